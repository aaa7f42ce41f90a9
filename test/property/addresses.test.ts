// All spellings of one address are one address: they parse to the same host and are judged alike, inside IPv6 as well.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseTarget} from '../../src/core/target.js'
import {parseAddress, type Address} from '../../src/lib/ip.js'
import {createAddressPolicy} from '../../src/plugins/destination/addresses.js'
import {sections} from '../../src/plugins/destination/config.js'
import {runs} from '../support/thorough.js'

const policy = createAddressPolicy({internal: sections.internal.parse(undefined), ipAllowlist: [], trustedDomains: []})

type Quad = readonly [number, number, number, number]
const byte = fc.oneof(fc.constantFrom(0, 10, 127, 169, 172, 192, 254, 255), fc.nat(255))
const quad: fc.Arbitrary<Quad> = fc.tuple(byte, byte, byte, byte)

const number = ([a, b, c, d]: Quad): number => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
const inBase = (value: number, base: 8 | 10 | 16): string =>
  base === 10 ? String(value) : base === 8 ? `0${value.toString(8)}` : `0x${value.toString(16)}`
const base = fc.constantFrom(8 as const, 10 as const, 16 as const)
const fullWidth = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
const escaped = (text: string): string =>
  [...Buffer.from(text)].map((code) => `%${code.toString(16).padStart(2, '0')}`).join('')

/** One spelling of an IPv4 address: parts joined from the right, each in a base of its own, and a disguise over it all. */
const spelling = fc.record({
  parts: fc.integer({min: 1, max: 4}),
  bases: fc.tuple(base, base, base, base),
  dot: fc.constantFrom('.', '\u3002', '\uff0e', '\uff61'),
  disguise: fc.constantFrom('', 'wide', 'escaped', 'upper'),
  trailing: fc.boolean(),
})
type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never

function spell(q: Quad, {parts, bases, dot, disguise, trailing}: Spelling): string {
  const rest = number(q) % 256 ** (5 - parts)
  const values = [...q.slice(0, parts - 1), rest]
  const text = values.map((value, i) => inBase(value, bases[i] ?? 10)).join(dot) + (trailing ? '.' : '')
  if (disguise === 'wide') return fullWidth(text)
  if (disguise === 'escaped') return escaped(text)
  return disguise === 'upper' ? text.toUpperCase() : text
}

function hostOf(text: string): string | undefined {
  return parseTarget(`http://${text}/`).target?.host
}

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (!parsed) throw new Error(text)
  return parsed
}

test('every spelling of an IPv4 address is its dotted form', () => {
  fc.assert(
    fc.property(quad, spelling, (q, how) => {
      const host = hostOf(spell(q, how))
      expect(host).toBe(q.join('.'))
    }),
    {numRuns: runs(500)},
  )
})

test('what carries an internal IPv4 address in IPv6 is never judged more kindly', () => {
  const hex = (a: number, b: number): string => ((a << 8) | b).toString(16)
  fc.assert(
    fc.property(quad, (q) => {
      const [a, b, c, d] = q
      const verdict = policy.judge(address(q.join('.')))
      const words = `${hex(a, b)}:${hex(c, d)}`
      const inverted = `${hex(255 - a, 255 - b)}:${hex(255 - c, 255 - d)}`
      const carriers = [
        `::ffff:${q.join('.')}`,
        `::ffff:${words}`,
        `0:0:0:0:0:ffff:${words}`,
        `::${words}`,
        `::ffff:0:${words}`,
        `64:ff9b::${words}`,
        `2002:${words}::`,
        `2001:0:4136:e378:8000:63bf:${inverted}`,
        `2606:4700::5efe:${words}`,
        `2606:4700::200:5efe:${words}`,
      ]
      for (const carrier of carriers) {
        const host = hostOf(`[${carrier}]`)
        expect(host, carrier).toBeDefined()
        if (verdict !== 'ok') expect(policy.judge(address(host ?? '')), carrier).not.toBe('ok')
        if (verdict === 'metadata') expect(policy.judge(address(host ?? '')), carrier).toBe('metadata')
      }
    }),
    {numRuns: runs(300)},
  )
})

test('every spelling of an IPv6 address is one host and one verdict', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.boolean(), (text, upper) => {
      const host = hostOf(`[${text}]`)
      expect(host).toBeDefined()
      const plain = address(host ?? '')
      const other = upper ? text.toUpperCase() : text
      expect(hostOf(`[${other}%25eth0]`)).toBe(host)
      expect(hostOf(`[${other}]`)).toBe(host)
      expect(policy.judge(address(text))).toBe(policy.judge(plain))
    }),
    {numRuns: runs(300)},
  )
})
