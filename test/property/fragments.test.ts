// Laws of the joining of requests: a token in pieces is found in every place that can carry them, in any order and with
// anything between; what one request holds whole is nothing that requests give away together.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {memoryOf, type Sent} from '../unit/plugins/cross-request/memory.js'
import {runs} from '../support/thorough.js'

const FRAGMENTS = {entropy_budget: {enabled: false}}
const letters = (alphabet: string, length: number): fc.Arbitrary<string> =>
  fc.string({unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length})
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const token = fc.oneof(
  letters(ALNUM, 34).map((body) => `ghp_4${body}`),
  letters('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 15).map((body) => `AKIA7${body}`),
  letters(ALNUM, 24).map((body) => `glpat-8${body}`),
)

const carriers: readonly ((piece: string, n: number) => Sent)[] = [
  (piece, n) => ({url: `http://h${n}.example.com/?part${n}=${piece}`}),
  (piece, n) => ({url: `http://h.example.com/?data=${piece}&n=${n}`}),
  (piece, n) => ({
    method: 'POST',
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({n, data: piece}),
  }),
  (piece, n) => ({method: 'POST', headers: [['content-type', 'text/plain']], body: `part ${n}: ${piece}`}),
  (piece) => ({url: 'http://h.example.com/', headers: [['x-trace-id', piece]]}),
]
const padding: fc.Arbitrary<Sent> = fc.oneof(
  fc.lorem({maxCount: 30}).map((body): Sent => ({method: 'POST', body})),
  fc.webPath().map((path): Sent => ({url: `http://docs.example.com${path}?page=2`})),
  fc.uuid().map((id): Sent => ({url: `http://api.example.com/items?id=${id}`})),
)

test('a token in pieces of one place is found, in any order', () => {
  fc.assert(
    fc.property(
      token,
      fc.constantFrom(...carriers),
      fc.integer({min: 2, max: 4}),
      fc.infiniteStream(fc.nat()),
      fc.array(padding, {maxLength: 4}),
      (secret, carry, count, random, between) => {
        const memory = memoryOf(FRAGMENTS)
        const size = Math.ceil(secret.length / count)
        const pieces = Array.from({length: count}, (_, i) => secret.slice(i * size, (i + 1) * size))
        // the same piece twice is one piece: repetitions are what ordinary traffic is full of
        fc.pre(new Set(pieces).size === count)
        const order = pieces.map((_, i) => i).sort(() => ((random.next().value ?? 0) % 2 === 0 ? -1 : 1))
        const results: string[] = []
        for (const n of order) {
          results.push(...memory.send(carry(pieces[n] ?? '', n)))
          for (const request of between) memory.send(request)
        }
        expect([order, results.length > 0]).toEqual([order, true])
      },
    ),
    {numRuns: runs(150)},
  )
})

test('a whole token, once or again, is nothing that requests give away together', () => {
  fc.assert(
    fc.property(token, fc.constantFrom(...carriers), fc.array(padding, {maxLength: 3}), (secret, carry, between) => {
      const memory = memoryOf(FRAGMENTS)
      for (const request of [carry(secret, 1), ...between, carry(secret, 2)]) expect(memory.send(request)).toEqual([])
    }),
    {numRuns: runs(100)},
  )
})
