// Taking a log up after a crash: cut at every byte, damaged in every place, by another owner.
import {sampled} from '../../../support/thorough.js'
import {randomBytes} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {facts, CONTRACT, keyA, keyB, open, T0} from './fixtures.js'
import {entriesOf, MemoryDirectory, verdictOn} from '../../../support/memory-log.js'
import {DamagedLog} from '../../../../src/formats/entry-tail.js'
import {openSession} from '../../../../src/plugins/recorder/open-session.js'

const LOG = 'evidence-proxy-0.jsonl'

/** Three decisions, one of them with two receipts, a checkpoint after the second entry; not closed. */
function crashed(): MemoryDirectory {
  const directory = new MemoryDirectory()
  const recorder = open(directory, {checkpointInterval: 3})
  recorder.decide(facts(0))
  recorder.decide(facts(1, {contract: CONTRACT}))
  recorder.decide(facts(2))
  recorder.sync()
  return directory
}

const whole = crashed().files.get(LOG) ?? Buffer.alloc(0)
const ends = [...whole.entries()].flatMap(([i, byte]) => (byte === 10 ? [i + 1] : []))

describe('a log cut at any byte', () => {
  test('is taken up at its last whole line, with the fragment set aside and named', async () => {
    const all = [...Array(whole.length + 1).keys()]
    const nearEnds = all.filter((length) => ends.some((end) => Math.abs(end - length) <= 1))
    for (const length of new Set([...sampled(all, 200), ...nearEnds])) {
      const kept = ends.filter((end) => end <= length).length
      const keptBytes = kept === 0 ? 0 : (ends[kept - 1] ?? 0)
      const directory = new MemoryDirectory(new Map([[LOG, whole.subarray(0, length)]]))
      const recorder = open(directory, {checkpointInterval: 3})
      // work continues, and the whole verifier judges it, around each line end and for a sample of the other lengths
      const isVerified = length % 97 === 0 || ends.some((end) => Math.abs(end - length) <= 1)
      if (isVerified) {
        recorder.decide(facts(10, {contract: CONTRACT}))
        recorder.close(T0 + 20_000)
      }
      const entries = entriesOf(directory)
      const torn = [...directory.files].filter(([name]) => name.includes('.torn-'))
      if (keptBytes === length) expect(torn).toHaveLength(0)
      else {
        expect(torn).toHaveLength(1)
        expect(torn[0]?.[1].equals(whole.subarray(keptBytes, length))).toBe(true)
        expect(entries[kept]).toMatchObject({
          type: 'recovery',
          summary: `recovery: torn record of ${length - keptBytes} bytes set aside`,
          detail: {torn_bytes: length - keptBytes, file: torn[0]?.[0], resumed_after_seq: kept === 0 ? null : kept - 1},
        })
      }
      if (isVerified) {
        const verdict = await verdictOn(directory, [keyA.public], 'whole')
        expect(verdict.failure, `cut at ${length}`).toBeUndefined()
      }
    }
  })

  test('is taken up when a new file was just begun', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory, {maxEntriesPerFile: 3})
    for (let n = 0; n < 3; n++) recorder.decide(facts(n))
    recorder.sync()
    for (const fragment of ['', '{"v":2,"se', '\0\0\0\0']) {
      const copy = new MemoryDirectory(directory.files)
      copy.files.set('evidence-proxy-3.jsonl', Buffer.from(fragment))
      const again = open(copy, {maxEntriesPerFile: 3})
      again.decide(facts(5))
      again.close(T0 + 9000)
      expect((await verdictOn(copy, [keyA.public], 'whole')).failure).toBeUndefined()
    }
  })

  test('reads a last line with LF that is no JSON as torn', async () => {
    const directory = crashed()
    directory.files.set(LOG, Buffer.concat([whole, Buffer.from('\0\0\0 zeroes of a lost page\n')]))
    const recorder = open(directory)
    recorder.close(T0 + 9000)
    expect(entriesOf(directory).filter((e) => e['type'] === 'recovery')).toHaveLength(1)
    expect((await verdictOn(directory, [keyA.public], 'whole')).failure).toBeUndefined()
  })
})

describe('a damaged log', () => {
  const flipped = (offset: number): MemoryDirectory => {
    const bytes = Buffer.from(whole)
    bytes[offset] = (bytes[offset] ?? 0) ^ 1
    return new MemoryDirectory(new Map([[LOG, bytes]]))
  }
  const lastLine = ends[ends.length - 2] ?? 0

  test('is never appended to, wherever its last line was changed', () => {
    for (let offset = lastLine; offset < whole.length - 1; offset += 7) {
      const directory = flipped(offset)
      const before = directory.files.get(LOG)
      let refused = false
      try {
        open(directory)
      } catch (error) {
        refused = true
        expect(error instanceof DamagedLog || (error instanceof Error && /does not verify/.test(error.message))).toBe(
          true,
        )
      }
      if (refused) expect(directory.files.get(LOG)?.equals(before ?? Buffer.alloc(0))).toBe(true)
      // a byte that makes the line no JSON at all is a tear: set aside, and recorded
      else expect(entriesOf(directory).some((e) => e['type'] === 'recovery')).toBe(true)
    }
  })

  test('is one that ends with a line longer than any may be: nothing of it is set aside', () => {
    for (const length of [8 * 1024 * 1024 + 2, 9 * 1024 * 1024]) {
      const directory = crashed()
      directory.files.set(LOG, Buffer.concat([whole, Buffer.alloc(length, ' '), Buffer.from('\n')]))
      const before = [...directory.files]
      expect(() => open(directory)).toThrow(DamagedLog)
      expect([...directory.files].every(([name, bytes], i) => before[i]?.[0] === name && bytes === before[i][1])).toBe(
        true,
      )
    }
  })

  test('is found by any change since the last checkpoint', () => {
    const checkpoint = ends[2] ?? 0
    for (let offset = checkpoint; offset < lastLine; offset += 11) {
      expect(() => open(flipped(offset)), `offset ${offset}`).toThrow()
    }
  })

  test('is followed by a session of its own, which the next start continues', async () => {
    const directory = flipped((ends[2] ?? 0) + 40)
    const notices: string[] = []
    const options = {
      session: 'proxy',
      key: keyA,
      nowMs: T0,
      onSync: () => {},
      onNotice: (text: string) => void notices.push(text),
      checkpointInterval: 1000,
      maxEntriesPerFile: 10_000,
      signCheckpoints: true,
      escrowKey: '',
      retentionDays: 0,
      random: randomBytes,
    }
    for (let run = 0; run < 2; run++) {
      const recorder = openSession(directory, {...options, nowMs: T0 + run})
      expect(recorder.session).toBe(`proxy.recovered-${T0}`)
      recorder.decide(facts(run))
      recorder.close(T0 + 5000)
    }
    expect(notices[0]).toMatch(/^ALARM/)
    const verdict = await verdictOn(directory, [keyA.public], 'whole', `proxy.recovered-${T0}`)
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.receiptCount).toBe(2)
  })
})

describe('a receipt that does not verify', () => {
  test('is refused, not continued', () => {
    // entry and hash are right, the signature is another key's: only its own check can tell
    const other = new MemoryDirectory()
    const recorder = open(other, {key: keyB})
    recorder.decide(facts(0))
    recorder.sync()
    const line = entriesOf(other)[0] ?? {}
    const forged = JSON.stringify(line['detail']).replace(keyB.public.hex, keyA.public.hex)
    const target = new MemoryDirectory()
    const writer = open(target)
    writer.append({
      type: 'action_receipt',
      event_kind: 'read',
      transport: 'forward',
      summary: 's',
      detail: forged,
      atMs: T0,
    })
    writer.sync()
    expect(() => open(target)).toThrow(/does not verify: signature_invalid/)
  })
})

test('does not adopt files of a session with a longer name', () => {
  const directory = new MemoryDirectory()
  const other = open(directory, {session: 'proxy-debug'})
  other.decide(facts(0))
  other.sync()
  expect(open(directory).nextSeq).toBe(0)
})
