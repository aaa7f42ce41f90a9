import {execFileSync} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../src/core/errors.js'
import {
  checkKeyName,
  jsonKeyText,
  looksLikePath,
  parseJsonKey,
  parsePrivateKeyText,
  parsePublicKeyText,
  privateKeyFileText,
  publicKeyFileText,
} from '../../../src/formats/keys/key-file.js'
import {loadAnyKey, loadJsonKey, loadPrivateKey, resolvePublicKey} from '../../../src/core/key-source.js'
import {privateKeyFromSeed} from '../../../src/lib/ed25519.js'

const key = privateKeyFromSeed(Buffer.alloc(32, 7))
const other = privateKeyFromSeed(Buffer.alloc(32, 8))
const json = jsonKeyText(key, 'receipt-signing', Date.parse('2026-04-01T10:00:00.500Z'))
/** y = 1: the neutral element, under which anything verifies */
const SMALL_ORDER = `01${'00'.repeat(31)}`

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keys-'))
})
afterEach(() => {
  rmSync(dir, {recursive: true, force: true})
})

function put(name: string, text: string, mode = 0o600): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

describe('two-line files', () => {
  test('round-trip', () => {
    expect(parsePublicKeyText(publicKeyFileText(key.public)).hex).toBe(key.public.hex)
    expect(parsePrivateKeyText(privateKeyFileText(key)).public.hex).toBe(key.public.hex)
    expect(publicKeyFileText(key.public)).toMatch(/^pipelock-ed25519-public-v1\n[A-Za-z0-9+/]{43}=\n$/)
  })

  const halves = Buffer.concat([key.seed, other.public.raw]).toString('base64')
  const publicLine = Buffer.from(key.public.raw).toString('base64')
  test.each([
    ['a public half of another key', () => parsePrivateKeyText(`pipelock-ed25519-private-v1\n${halves}\n`)],
    ['another header', () => parsePublicKeyText(`pipelock-ed25519-public-v2\n${publicLine}\n`)],
    ['a third line', () => parsePublicKeyText(`pipelock-ed25519-public-v1\n${publicLine}\nmore\n`)],
    ['no padding', () => parsePublicKeyText(`pipelock-ed25519-public-v1\n${publicLine.replace('=', '')}\n`)],
    ['noise in the base64', () => parsePublicKeyText(`pipelock-ed25519-public-v1\n*${publicLine}\n`)],
    ['a private key as public key', () => parsePublicKeyText(privateKeyFileText(key))],
    ['a public key as private key', () => parsePrivateKeyText(publicKeyFileText(key.public))],
    ['a key of small order', () => parsePublicKeyText(SMALL_ORDER)],
    ['a point that is not on the curve', () => parsePublicKeyText(`02${'00'.repeat(31)}`)],
    ['63 characters', () => parsePublicKeyText(key.public.hex.slice(1))],
    ['nothing', () => parsePublicKeyText('')],
  ])('refuse %s', (_, action) => {
    expect(codeOf(action)).toBe('key_invalid')
  })
})

describe('JSON key files', () => {
  test('are written in the format', () => {
    const id = `receipt-signing-${parseJsonKey(Buffer.from(json)).keyId.slice(-8)}`
    expect(JSON.parse(json)).toEqual({
      schema_version: 1,
      purpose: 'receipt-signing',
      key_id: id,
      public: key.public.hex,
      private: Buffer.concat([key.seed, key.public.raw]).toString('hex'),
      created_at: '2026-04-01T10:00:00Z',
    })
    expect(Object.keys(JSON.parse(json) as object)).toEqual([
      'schema_version',
      'purpose',
      'key_id',
      'public',
      'private',
      'created_at',
    ])
    expect(json.endsWith('"\n}\n')).toBe(true)
  })

  const change = (members: object) => JSON.stringify({...(JSON.parse(json) as object), ...members})
  const otherHex = Buffer.concat([other.seed, other.public.raw]).toString('hex')
  test.each([
    ['another version', change({schema_version: 2}), 'bad_schema_version'],
    ['an unknown purpose', change({purpose: 'x'}), 'wrong_key_purpose'],
    ['another key inside', change({private: otherHex}), 'key_invalid'],
    ['halves that disagree', change({private: otherHex.slice(0, 64) + key.public.hex}), 'key_invalid'],
    ['uppercase hex', change({public: key.public.hex.toUpperCase()}), 'key_invalid'],
    ['a short private half', change({private: 'aa'}), 'key_invalid'],
    ['an unknown member', change({more: 1}), 'unknown_field'],
    ['a repeated member', json.replace('"purpose"', '"schema_version": 1, "purpose"'), 'duplicate_key'],
    ['text behind', `${json}x`, 'trailing_tokens'],
    ['too much', json + ' '.repeat(16_384), 'payload_too_large'],
  ])('refuse %s', (_, text, code) => {
    expect(codeOf(() => parseJsonKey(Buffer.from(text)))).toBe(code)
    expect(codeOf(() => loadJsonKey(put('key.json', text)))).toBe(code)
  })

  test('must have the required purpose', () => {
    const path = put('key.json', json)
    expect(loadJsonKey(path, 'receipt-signing').public.hex).toBe(key.public.hex)
    expect(codeOf(() => loadJsonKey(path, 'roster-root'))).toBe('wrong_key_purpose')
    expect(codeOf(() => loadPrivateKey(path, 'roster-root'))).toBe('wrong_key_purpose')
  })
})

describe('files', () => {
  test.each([
    [0o600, 'accepted'],
    [0o640, 'accepted'],
    [0o644, 'file_permissions'],
    [0o660, 'file_permissions'],
    [0o650, 'file_permissions'],
    [0o601, 'file_permissions'],
  ])('a private key of mode %o is %s', (mode, code) => {
    expect(codeOf(() => loadPrivateKey(put('id_ed25519', privateKeyFileText(key), mode)))).toBe(code)
    expect(codeOf(() => loadPrivateKey(put('key.json', json, mode)))).toBe(code)
    expect(codeOf(() => loadAnyKey(put('any.json', json, mode)))).toBe(code)
  })

  test('an agent key may be a link, and its target is checked', () => {
    put('target', privateKeyFileText(key))
    symlinkSync('target', join(dir, 'link'))
    expect(loadPrivateKey(join(dir, 'link')).private.public.hex).toBe(key.public.hex)
    chmodSync(join(dir, 'target'), 0o644)
    expect(codeOf(() => loadPrivateKey(join(dir, 'link')))).toBe('file_permissions')
  })

  test('a JSON key file must not be a link, a FIFO or a directory', () => {
    put('target.json', json)
    symlinkSync('target.json', join(dir, 'link.json'))
    mkdirSync(join(dir, 'folder.json'))
    execFileSync('mkfifo', [join(dir, 'fifo.json')])
    for (const name of ['link.json', 'folder.json', 'fifo.json']) {
      expect(codeOf(() => loadJsonKey(join(dir, name)))).toBe('file_not_regular')
      expect(codeOf(() => loadPrivateKey(join(dir, name)))).toBe('file_not_regular')
    }
    expect(codeOf(() => loadJsonKey(join(dir, 'none.json')))).toBe('file_not_found')
  })

  test('loadAnyKey reports what a file holds', () => {
    expect(loadAnyKey(put('key.json', json))).toMatchObject({isPrivate: true, purpose: 'receipt-signing'})
    expect(loadAnyKey(put('id', privateKeyFileText(key)))).toMatchObject({isPrivate: true})
    expect(loadAnyKey(put('id.pub', publicKeyFileText(key.public), 0o644))).toMatchObject({isPrivate: false})
    expect(loadAnyKey(put('hex', `${key.public.hex}\n`, 0o644)).public.hex).toBe(key.public.hex)
  })
})

describe('values of --key', () => {
  test('are a file, a missing file, or the key itself', () => {
    const path = put('key.pub', publicKeyFileText(key.public), 0o644)
    expect(resolvePublicKey('')).toBeUndefined()
    expect(resolvePublicKey(path)?.hex).toBe(key.public.hex)
    expect(resolvePublicKey(key.public.hex)?.hex).toBe(key.public.hex)
    expect(resolvePublicKey(key.public.hex.toUpperCase())?.hex).toBe(key.public.hex)
    expect(resolvePublicKey(publicKeyFileText(key.public))?.hex).toBe(key.public.hex)
    expect(codeOf(() => resolvePublicKey(join(dir, 'none')))).toBe('file_not_found')
    expect(codeOf(() => resolvePublicKey('none.pub'))).toBe('file_not_found')
    expect(codeOf(() => resolvePublicKey('zz'))).toBe('key_invalid')
    expect(codeOf(() => resolvePublicKey(dir))).toBe('file_not_regular')
    expect(codeOf(() => resolvePublicKey(put('small', SMALL_ORDER)))).toBe('key_invalid')
  })

  test.each([
    ['a/b', true],
    ['a\\b', true],
    ['.key', true],
    ['key.pub', true],
    ['abcdef', false],
    ['pipelock-ed25519-public-v1\nab/c=\n', false],
  ])('%j looks like a path: %s', (value, expected) => {
    expect(looksLikePath(value)).toBe(expected)
  })
})

test.each([
  ['coder', true],
  ['a.b_c-D9', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['.', false],
  ['..', false],
  ['a..b', false],
  ['.hidden', false],
  ['a/b', false],
  ['ä', false],
  ['a\n', false],
])('key name %j: %s', (name, accepted) => {
  expect(codeOf(() => checkKeyName(name))).toBe(accepted ? 'accepted' : 'key_name')
})

test('suggests a valid name', () => {
  try {
    checkKeyName('../my agent/1')
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({hint: 'for example: __my_agent_1'})
  }
})
