// Strings of hundreds of kilobytes: what stands at an edge of a window is replaced like anything else, and everybody else has
// a turn while one of them is scanned.
import {createHash} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import type {Work} from '../../../../src/core/work.js'
import {turnsDuring} from '../../../support/turns.js'
import {stepPerTurn} from '../../../support/work.js'
import {API, redact, withClasses} from './rules.js'

const service = withClasses('email', 'github-token', 'jwt', 'ssh-private-key', 'hash-md5', 'ipv4')
const TOKEN = ['gh', 'p_', 'a1B2c3D4e5F6g7H8j9K0'].join('')
const MAIL = 'jane@example.com'
const WINDOW = 16_384
const OVERLAP = 4_096

const replaced = async (text: string, work?: Work): Promise<string> => {
  const bytes = await redact(service, JSON.stringify({a: text}), API, work)
  return (JSON.parse(bytes) as {a: string}).a
}

describe('a find at the edge of a window', () => {
  const edges = [WINDOW, WINDOW + OVERLAP, 2 * WINDOW, 2 * WINDOW + OVERLAP]
  test.each(edges)('%i', async (edge) => {
    for (const [secret, label] of [
      [TOKEN, 'github-token'],
      [MAIL, 'email'],
    ] as const) {
      for (let at = edge - secret.length - 1; at <= edge + 1; at++) {
        const text = `${'- '.repeat(edge)}`.slice(0, at - 1)
        const after = ' -'.repeat(WINDOW)
        expect(await replaced(`${text} ${secret}${after}`)).toBe(`${text} <pl:${label}:1>${after}`)
      }
    }
  })
  test('is none that the edge made', async () => {
    // digits that go on are no hash, wherever a window cuts them
    const digits = '0123456789abcdef'.repeat(4_000)
    expect(await replaced(digits)).toBe(digits)
    for (let length = 4_090; length < 4_110; length++) {
      const text = `${'- '.repeat(WINDOW / 2)}${'abcdef0123456789'.repeat(300).slice(0, length)} -${' -'.repeat(WINDOW)}`
      expect(await replaced(text)).toBe(text)
    }
  })
})

describe('longer than the overlap', () => {
  const blocks = Array.from({length: 1_500}, (_, i) => createHash('sha256').update(String(i)).digest())
  const noise = (length: number): string => Buffer.concat(blocks).toString('base64url').slice(0, length)
  test('a token is replaced as one', async () => {
    const jwt = `eyJhbGciOiJub25lIn0.eyJ${noise(60_000)}.${noise(43)}`
    expect(await replaced(`the ${jwt} here`)).toBe('the <pl:jwt:1> here')
  })
  test('a key block is replaced to its end, and one without an end to the end of the text', async () => {
    const lines = noise(40_000).replace(/.{64}/g, '$&\n')
    const [begin, end] = ['-----BEGIN RSA PRIVATE KEY-----', '-----END RSA PRIVATE KEY-----']
    expect(await replaced(`x ${begin}\n${lines}${end} y`)).toBe('x <pl:ssh-private-key:1> y')
    expect(await replaced(`x ${begin}\n${lines}`)).toBe('x <pl:ssh-private-key:1>')
  })
  test('an encoded run that holds something somewhere is replaced as a whole', async () => {
    for (const at of [10, 12_280, 12_290, 15_360, 40_000]) {
      const plain = `${'some words '.repeat(6_000).slice(0, at)} ${TOKEN} ${'more words '.repeat(6_000)}`
      const out = await replaced(`see ${Buffer.from(plain).toString('base64').replace(/=+$/, '')} there`)
      expect(out).toMatch(/^see <pl:[a-z-]+:1> there$/)
    }
  })
})

test('lets others have a turn within one string', async () => {
  const turns = await turnsDuring(() => replaced('ab cd-ef '.repeat(64 * 1024), stepPerTurn()))
  // one for every window at least
  expect(turns).toBeGreaterThan((9 * 64 * 1024) / (WINDOW + OVERLAP))
})
