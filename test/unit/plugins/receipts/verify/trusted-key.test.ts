// The values of --key: which of them are a key, and what is said of those that are none.
import {rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {resolveTrustedKeys} from '../../../../../src/plugins/receipts/verify/trusted-key.js'
import {testKey, withFolder} from '../../../../support/evidence.js'

const one = testKey('one').public.hex
const two = testKey('two').public.hex
const HEADER = 'pipelock-ed25519-public-v1'
const base64 = Buffer.from(one, 'hex').toString('base64')

const hexes = (...values: readonly string[]): readonly string[] => resolveTrustedKeys(values).map(({hex}) => hex)

test('keys are listed once each, in their order, and an empty value is none', () => {
  expect(hexes(two, '', one, ' ', two, two.toUpperCase())).toEqual([two, one])
  expect(hexes()).toEqual([])
})

describe('a text that is a key', () => {
  test.each([
    ['in hex', one],
    ['in hex, in capital letters', one.toUpperCase()],
    ['in hex, between blanks', ` ${one}\n`],
    ['with the header of a key file', `${HEADER}\n${base64}\n`],
    ['with the header and the line ends of another system', `${HEADER}\r\n${base64}\r\n`],
    ['with blanks around both lines', `  ${HEADER} \n  ${base64}  `],
  ])('%s', async (_, text) => {
    expect(hexes(text)).toEqual([one])
    await withFolder((folder) => {
      const path = join(folder, 'signer.pub')
      writeFileSync(path, text)
      expect(hexes(path)).toEqual([one])
      symlinkSync(path, join(folder, 'link'))
      expect(hexes(join(folder, 'link'))).toEqual([one])
    })
  })

  test.each([
    ['the header alone', HEADER],
    ['a third line', `${HEADER}\n${base64}\nmore`],
    ['no header', `${base64}`],
    ['another header', `pipelock-ed25519-private-v1\n${base64}`],
    ['characters that are no base64', `${HEADER}\n${base64.slice(0, 4)}!${base64.slice(4)}`],
    ['base64 of fewer bytes', `${HEADER}\n${Buffer.from(one.slice(2), 'hex').toString('base64')}`],
    ['a digit too few', one.slice(1)],
    ['a digit too many', `${one}0`],
    ['a point of small order', `01${'00'.repeat(31)}`],
  ])('is none with %s', (_, text) =>
    withFolder((folder) => {
      const path = join(folder, 'signer')
      writeFileSync(path, text)
      expect(() => hexes(path)).toThrow(/^--key .*signer.* is not an Ed25519 public key$/)
    }),
  )
})

describe('a value that names no file', () => {
  test.each(['./missing', '.missing', 'folder/missing', 'folder\\missing', 'missing.pub'])(
    'and looks like a path: %s',
    (value) => {
      expect(() => hexes(value)).toThrow(expect.objectContaining({code: 'usage'}))
      expect(() => hexes(value)).toThrow(/^--key .*missing.*: file not found$/)
    },
  )

  test.each([
    ['a word', 'missing'],
    ['a word with a dash behind its dot', 'missing.a-b'],
    ['a word that ends in a dot', 'missing.'],
    ['a text too long for a name', 'a'.repeat(5000)],
  ])('and looks like a mistyped key: %s', (_, value) => {
    expect(() => hexes(value)).toThrow(expect.objectContaining({code: 'usage'}))
    expect(() => hexes(value)).toThrow(/^--key .* is not an Ed25519 public key$/)
  })
})

describe('a file', () => {
  const KIB_64 = 64 * 1024

  test('of 64 KiB is read, and one byte more is refused', () =>
    withFolder((folder) => {
      const path = join(folder, 'signer')
      writeFileSync(path, one.padEnd(KIB_64))
      expect(hexes(path)).toEqual([one])
      writeFileSync(path, one.padEnd(KIB_64 + 1))
      expect(() => hexes(path)).toThrow(expect.objectContaining({code: 'usage'}))
      expect(() => hexes(path)).toThrow(/^--key .*signer.*: no key is that long$/)
    }))

  test.each(['loop', 'loop(ENAMETOOLONG) of names'])('that cannot be opened says why: %s', (name) =>
    withFolder((folder) => {
      const path = join(folder, name)
      symlinkSync(path, path)
      expect(() => hexes(path)).toThrow(expect.objectContaining({code: 'usage'}))
      expect(() => hexes(path)).toThrow(/^--key: .*loop.* cannot be opened \(ELOOP\)/)
    }),
  )

  test('whose name is a key must hold that key', () => {
    const name = testKey('the name of a file').public.hex
    try {
      writeFileSync(name, two)
      expect(() => hexes(name)).toThrow(
        expect.objectContaining({code: 'usage', hint: 'write ./ before the name to mean the file'}),
      )
      expect(() => hexes(name)).toThrow(/^--key .* is a key and the name of a file with another one$/)
      expect(hexes(`./${name}`)).toEqual([two])
      writeFileSync(name, 'nonsense')
      expect(() => hexes(name)).toThrow(/is a key and the name of a file with another one$/)
      writeFileSync(name, name.toUpperCase())
      expect(hexes(name)).toEqual([name])
    } finally {
      rmSync(name, {force: true})
    }
  })
})
