import {createHash} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {createEntropyBudget} from '../../../../src/plugins/cross-request/entropy-budget.js'
import {sections} from '../../../../src/plugins/cross-request/config.js'
import {memoryOf, type Sent} from './memory.js'

const MINUTE = 60_000
const budget = () => createEntropyBudget({windowMs: 5 * MINUTE, seed: 1})

/** Opaque letters and digits, others for every number. */
function opaque(n: number, length: number): string {
  const bytes = createHash('sha512').update(`${n}`).digest()
  return Array.from({length}, (_, i) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.charAt((bytes[i % 64] ?? 0) % 62),
  ).join('')
}

describe('bits', () => {
  test('are what is above ordinary text', () => {
    const bits = budget().record(opaque(1, 40), 0)
    expect(bits).toBeGreaterThan(40)
    expect(bits).toBeLessThan(80)
    expect(budget().record('', 0)).toBe(0)
    expect(budget().record('a a a a a a', 0)).toBe(0)
  })

  test('of the same content count once in a window', () => {
    const b = budget()
    const once = b.record(opaque(1, 64), 0)
    expect(b.record(opaque(1, 64), MINUTE)).toBe(once)
    expect(b.record(`again ${opaque(1, 64)} and ${opaque(1, 64)}`, 2 * MINUTE)).toBeLessThan(once + 30)
    const talk = `{"messages":["${opaque(2, 300)}"]}`
    const twice = b.record(talk, 2 * MINUTE)
    expect(b.record(talk.replace(']', ',"more"]'), 2 * MINUTE)).toBeLessThan(twice + 10)
  })

  test('leave out identifiers, digests, times and numbers', () => {
    const structured =
      '123e4567-e89b-12d3-a456-426614174000 3f786850e387550fdab836ed7e6dc881de23001b 2026-11-21T18:00:00Z 1.2.3'
    expect(budget().record(structured, 0)).toBe(0)
  })

  test('count crumbs as what they are together', () => {
    const b = budget()
    let bits = 0
    for (let i = 0; i < 200; i++) bits = b.record(`c=${opaque(i, 6)}`, i)
    expect(bits).toBeGreaterThan(1000)
  })

  test('leave the window, and what left it counts again', () => {
    const b = budget()
    const first = b.record(opaque(1, 64), 0)
    expect(b.bits(4 * MINUTE)).toBe(first)
    expect(b.bits(6 * MINUTE)).toBe(0)
    expect(b.record(opaque(1, 64), 11 * MINUTE)).toBeGreaterThan(0)
    expect(b.bits(1000 * MINUTE)).toBe(0)
  })

  test('a clock that steps back moves nothing', () => {
    const b = budget()
    const bits = b.record(opaque(1, 64), 10 * MINUTE)
    expect(b.bits(0)).toBe(bits)
  })
})

const ENTROPY = {fragment_reassembly: {enabled: false}}
const EXCEEDED = /^warn: cross-request entropy budget exceeded: \d+\/4096 bits$/

describe('the budget of a client', () => {
  const query = (n: number, host = 'a.example.com'): Sent => ({url: `http://${host}/?v=${opaque(n, 200)}`})

  test('is used up by queries and bodies together, over hosts, and says so from then on', () => {
    const memory = memoryOf(ENTROPY)
    const results: number[] = []
    for (let i = 0; i < 30; i++) {
      const sent =
        i % 2 === 0 ? query(i, `h${i}.example.com`) : {method: 'POST', body: JSON.stringify({v: opaque(i, 200)})}
      const [detail] = memory.send(sent)
      if (detail === undefined) continue
      expect(detail).toMatch(EXCEEDED)
      results.push(i)
    }
    expect(results.length).toBeGreaterThan(5)
    expect(results).toEqual(Array.from({length: results.length}, (_, i) => 30 - results.length + i))
    memory.advance(6 * MINUTE)
    expect(memory.send(query(99))).toEqual([])
  })

  test('counts no path, no exempt host, and no other client', () => {
    const memory = memoryOf({entropy_budget: {exempt_domains: ['*.api.example'], bits_per_window: 100}, ...ENTROPY})
    expect(memory.send({url: `http://a.example.com/${opaque(1, 300)}`})).toEqual([])
    expect(memory.send(query(2, 'x.api.example'))).toEqual([])
    expect(memory.send({...query(3), ip: '10.9.9.9'})).toHaveLength(1)
    expect(memory.send({url: 'http://a.example.com/?a=b'})).toEqual([])
    expect(memory.send(query(4))).toHaveLength(1)
    expect(memory.send(query(5, 'x.api.example'))).toEqual([])
  })

  test('holds for tunnels, which add nothing to it', () => {
    const memory = memoryOf({entropy_budget: {bits_per_window: 100, action: 'block'}, ...ENTROPY})
    const tunnel = {method: 'CONNECT', url: 'https://b.example.com/'}
    expect(memory.send(tunnel)).toEqual([])
    memory.send(query(1))
    expect(memory.send(tunnel)).toEqual([expect.stringMatching(/^block: cross-request entropy budget exceeded/)])
  })
})

describe('the section', () => {
  test('has the documented defaults', () => {
    expect(sections.cross_request_detection.parse(undefined)).toEqual({
      enabled: false,
      action: 'warn',
      entropy_budget: {enabled: true, action: 'warn', bits_per_window: 4096, window_minutes: 5, exempt_domains: []},
      fragment_reassembly: {enabled: true, max_buffer_bytes: 65_536, window_minutes: 5},
    })
  })

  test.each([
    ['both halves off', {enabled: true, entropy_budget: {enabled: false}, fragment_reassembly: {enabled: false}}],
    ['a budget of nothing', {entropy_budget: {bits_per_window: 0}}],
    ['a window of nothing', {fragment_reassembly: {window_minutes: 0}}],
    ['a buffer of nothing', {fragment_reassembly: {max_buffer_bytes: 0}}],
    ['another action', {action: 'strip'}],
    ['an unknown key', {window: 5}],
  ])('refuses %s', (_name, section) => {
    expect(sections.cross_request_detection.safeParse(section).success).toBe(false)
  })
})
