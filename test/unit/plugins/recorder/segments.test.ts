// Which keys signed a log before, read from its files: however the segments lie in them, and whoever changed them since.
import {describe, expect, test} from 'vitest'
import {entryLine, hashEntry, parseEntryLine} from '../../../../src/formats/entry.js'
import {privateKeyFromSeed} from '../../../../src/lib/ed25519.js'
import {MemoryDirectory} from '../../../support/memory-log.js'
import {sampled} from '../../../support/thorough.js'
import {facts, open, T0} from './fixtures.js'

const keys = Array.from({length: 12}, (_, n) => privateKeyFromSeed(Buffer.alloc(32, n + 1)))
const hex = (n: number): string => keys[n]?.public.hex ?? ''
const LATER = T0 + 1_000_000

/** A log with so many receipts by each key, and so many other entries behind each of them. */
function log(counts: readonly number[], maxEntriesPerFile: number, others = 0) {
  const directory = new MemoryDirectory()
  const starts: number[] = []
  let at = 0
  counts.forEach((count, n) => {
    const recorder = open(directory, {key: keys[n], maxEntriesPerFile, nowMs: T0 + at * 1000})
    starts.push(T0 + at * 1000)
    for (let i = 0; i < count; i++) {
      recorder.decide(facts(at++))
      for (let k = 0; k < others; k++) {
        const entry = {type: 'note', event_kind: '', transport: '', summary: '"type":"action_receipt"', detail: '{}'}
        recorder.append({...entry, atMs: T0 + (at - 1) * 1000})
      }
    }
    if (n % 2 === 0) recorder.close(T0 + (at - 1) * 1000)
    else recorder.sync()
  })
  return {directory, starts}
}

const signersOf = (directory: MemoryDirectory, n: number) => open(directory, {key: keys[n]}).signers(LATER)

describe('the signers of a log', () => {
  const layouts = [[3], [1, 1], [1, 1, 1, 1, 1], [9, 1, 1, 7], [2, 20, 1, 3, 1, 11], [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2]]
  const cases = layouts.flatMap((counts) => [2, 3, 7, 1000].flatMap((size) => [0, 4].map((o) => ({counts, size, o}))))
  test.each(sampled(cases, 20))('$counts receipts in files of $size, $o others behind each', ({counts, size, o}) => {
    const {directory, starts} = log(counts, size, o)
    const last = counts.length - 1
    const since = (n: number) => (n === 0 ? undefined : starts[n])
    const former = (from: number, to: number, untilMs: number | undefined) =>
      starts.slice(from, to).map((_, i) => {
        const n = from + i
        return {keyHex: hex(n), sinceMs: since(n), untilMs: n + 1 === to ? untilMs : starts[n + 1]}
      })
    expect(signersOf(directory, last)).toEqual({
      sinceMs: since(last),
      former: former(Math.max(0, last - 8), last, starts[last]),
    })
    // a key that has signed nothing yet
    expect(signersOf(directory, last + 1)).toEqual({
      sinceMs: LATER,
      former: former(Math.max(0, last - 7), last + 1, LATER),
    })
  })

  test('are none before the first receipt, and none by a name that its key did not sign', () => {
    expect(signersOf(new MemoryDirectory(), 0)).toEqual({sinceMs: undefined, former: []})
    const {directory} = log([4, 4, 4], 1000)
    for (const [name, bytes] of directory.files) {
      // the whole line in its place, hash and all; what cannot be made is the signature
      let prev = 'genesis'
      const lines = bytes.toString().split('\n').slice(0, -1)
      if (name.endsWith('.head')) continue
      const forged = lines.map((line) => {
        const {head, detailText} = parseEntryLine(line)
        const mark = `"prior_signer_key":"${hex(0)}"`
        const text = detailText.replace(mark, `"prior_signer_key":"${hex(5)}"`)
        const next = {...head, prev_hash: prev}
        prev = hashEntry(next, text)
        return `${entryLine(next, text, prev)}\n`
      })
      directory.files.set(name, Buffer.from(forged.join('')))
    }
    const {former} = signersOf(directory, 2)
    expect(former.map(({keyHex, sinceMs}) => [keyHex, sinceMs])).toEqual([[hex(1), undefined]])
  })

  test('are those of the files that are left', () => {
    const {directory} = log([6, 6, 6], 4)
    for (const seq of [0, 4, 8]) expect(directory.files.delete(`evidence-proxy-${seq}.jsonl`)).toBe(true)
    const {sinceMs, former} = signersOf(directory, 2)
    expect(sinceMs).toBe(T0 + 12_000)
    expect(former.map(({keyHex, sinceMs: since}) => [keyHex, since])).toEqual([[hex(1), undefined]])
  })
})
