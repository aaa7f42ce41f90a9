// What the recorder writes, judged by the verifier that outsiders use.
import {describe, expect, test} from 'vitest'
import {facts, CONTRACT, keyA, keyB, open, T0} from './fixtures.js'
import {entriesOf, MemoryDirectory, verdictOn} from '../../../support/memory-log.js'

const types = (directory: MemoryDirectory) => entriesOf(directory).map((e) => e['type'])

describe('a recorded run', () => {
  test('is whole, sealed and anchored after a clean close', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    for (let n = 0; n < 5; n++) recorder.decide(facts(n))
    recorder.close(T0 + 9000)
    expect(types(directory)).toEqual([...Array(5).fill('action_receipt'), 'transcript_root', 'checkpoint'])
    const verdict = await verdictOn(directory, [keyA.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.receiptCount).toBe(5)
    expect(verdict.completeness).toBe('anchored')
  })

  test('continues its chains over restarts, and seals each run', async () => {
    const directory = new MemoryDirectory()
    for (let run = 0; run < 3; run++) {
      const recorder = open(directory)
      recorder.decide(facts(run * 2))
      recorder.decide(facts(run * 2 + 1))
      recorder.close(T0 + run * 2000 + 1500)
    }
    const verdict = await verdictOn(directory, [keyA.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.receiptCount).toBe(6)
    expect(entriesOf(directory).filter((e) => e['type'] === 'transcript_root')).toHaveLength(3)
  })

  test('writes nothing when nothing happened since the seal', () => {
    const directory = new MemoryDirectory()
    const first = open(directory)
    first.decide(facts(0))
    first.close(T0 + 1)
    const before = entriesOf(directory).length
    open(directory).close(T0 + 5000)
    expect(entriesOf(directory)).toHaveLength(before)
  })

  test('rotates and checkpoints, the last checkpoint too, without exceeding a file', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory, {maxEntriesPerFile: 3, checkpointInterval: 2})
    for (let n = 0; n < 7; n++) recorder.decide(facts(n))
    recorder.close(T0 + 20_000)
    for (const [name, bytes] of directory.files) {
      if (!name.endsWith('.jsonl')) continue
      expect(bytes.toString().split('\n').length - 1).toBeLessThanOrEqual(3)
    }
    expect(types(directory)).toEqual(
      'rr c rr c rr c r t c'
        .replaceAll(' ', '')
        .split('')
        .map((c) => ({r: 'action_receipt', c: 'checkpoint', t: 'transcript_root'})[c]),
    )
    expect((await verdictOn(directory, [keyA.public], 'whole')).failure).toBeUndefined()
  })

  test('writes a second receipt directly after the first under a contract, across rotation and restart', async () => {
    const directory = new MemoryDirectory()
    for (let run = 0; run < 3; run++) {
      const recorder = open(directory, {maxEntriesPerFile: 3, checkpointInterval: 4})
      recorder.decide(facts(run * 3))
      recorder.decide(facts(run * 3 + 1, {contract: CONTRACT}))
      recorder.decide(facts(run * 3 + 2, {contract: {...CONTRACT, liveVerdict: 'block'}, verdict: 'warn'}))
      recorder.close(T0 + run * 3000 + 2500)
    }
    const list = types(directory)
    list.forEach((type, i) => type === 'evidence_receipt' && expect(list[i - 1]).toBe('action_receipt'))
    const verdict = await verdictOn(directory, [keyA.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v2.receiptCount).toBe(6)
    expect(verdict.v1.receiptCount).toBe(9)
  })

  test('keeps time from going back, whatever the clock does', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    recorder.decide(facts(100))
    recorder.decide(facts(1))
    recorder.close(T0)
    const again = open(directory)
    again.decide(facts(2))
    again.close(T0)
    const times = entriesOf(directory).map((e) => String(e['ts']))
    expect(times).toEqual([...times].sort())
    expect((await verdictOn(directory, [keyA.public], 'whole')).failure).toBeUndefined()
  })
})

describe('without a key', () => {
  test('records plain decisions with unsigned checkpoints', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory, {key: undefined})
    recorder.decide(facts(0, {verdict: 'block', layer: 'dlp', pattern: 'AWS Access Key'}))
    recorder.decide(facts(1))
    recorder.close(T0 + 5000)
    const [blocked, allowed, checkpoint] = entriesOf(directory)
    expect(blocked).toMatchObject({
      type: 'decision',
      event_kind: 'proxy_decision',
      summary: 'block: dlp (AWS Access Key)',
    })
    expect(JSON.stringify(blocked?.['detail'])).toBe(
      '{"layer":"dlp","pattern":"AWS Access Key","request_id":"req-0","verdict":"block"}',
    )
    expect(allowed).toMatchObject({summary: 'allow: unknown'})
    expect(checkpoint).toMatchObject({detail: {entry_count: 2, first_seq: 0, last_seq: 1, signature: ''}})
    const verdict = await verdictOn(directory, [])
    expect(verdict.failure).toBeUndefined()
    expect(verdict.unsigned).toBe(true)
  })
})

describe('the signing key', () => {
  test('opens a new segment when it changed between runs', async () => {
    const directory = new MemoryDirectory()
    for (const key of [keyA, keyB]) {
      const recorder = open(directory, {key})
      recorder.decide(facts(key === keyA ? 0 : 5))
      recorder.decide(facts(key === keyA ? 1 : 6))
      recorder.close(T0 + 7000)
    }
    const verdict = await verdictOn(directory, [keyA.public, keyB.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.segments).toHaveLength(2)
    expect((await verdictOn(directory, [keyA.public])).v1.failure?.reason).toBe('rotation_unauthorized')
  })

  test('opens a new segment while running', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    recorder.decide(facts(0))
    recorder.useKey(keyB)
    recorder.decide(facts(1))
    recorder.decide(facts(2))
    recorder.close(T0 + 5000)
    const again = open(directory, {key: keyB})
    again.decide(facts(6))
    again.close(T0 + 7000)
    const verdict = await verdictOn(directory, [keyA.public, keyB.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.segments).toHaveLength(2)
  })

  test('must not return after another one signed', () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    recorder.decide(facts(0))
    recorder.useKey(keyB)
    recorder.decide(facts(1))
    recorder.close(T0 + 5000)
    expect(() => open(directory, {key: keyA})).toThrow(/signed an earlier segment/)
  })
})

describe('what must not be written', () => {
  test('replaces an entry over a mebibyte by its digest', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    const detail = JSON.stringify({text: 'x'.repeat(1_100_000)})
    recorder.append({type: 'decision', event_kind: 'proxy_decision', transport: '', summary: 's', detail, atMs: T0})
    recorder.close(T0)
    expect(entriesOf(directory)[0]?.['detail']).toMatchObject({oversize: true, original_size: detail.length})
    expect((await verdictOn(directory, [keyA.public])).failure).toBeUndefined()
  })

  test('refuses U+0000 and continues', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    recorder.decide(facts(0))
    const entry = {type: 'decision', event_kind: 'proxy_decision', transport: '', detail: '{}', atMs: T0}
    expect(() => recorder.append({...entry, summary: 'a\0b'})).toThrow(/U\+0000/)
    recorder.decide(facts(1))
    recorder.close(T0 + 3000)
    expect((await verdictOn(directory, [keyA.public], 'whole')).failure).toBeUndefined()
  })

  test('withholds a receipt with a credential in a field that is never rewritten, and shows the hole', async () => {
    const directory = new MemoryDirectory()
    const recorder = open(directory)
    recorder.decide(facts(0))
    recorder.decide(facts(1, {actor: 'SECRET-TOKEN', dirty: ['Some Token']}))
    recorder.decide(facts(2))
    recorder.close(T0 + 3000)
    expect(entriesOf(directory)[1]).toMatchObject({
      detail: {redacted: true, detected_patterns: ['[REDACTED:Some Token]']},
    })
    expect([...directory.files.values()].join('')).not.toContain('SECRET-TOKEN')
    const verdict = await verdictOn(directory, [keyA.public])
    expect(verdict.recorder?.failure).toBeUndefined()
    expect(verdict.v1.failure?.reason).toBeDefined()
    // the next run continues from the last receipt that is there
    const again = open(directory)
    again.decide(facts(4))
    again.close(T0 + 5000)
    expect((await verdictOn(directory, [keyA.public])).recorder?.failure).toBeUndefined()
  })
})
