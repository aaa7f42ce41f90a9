// Every call of the file system fails once, at every place where it is made: whatever was acknowledged is in the log, the
// log verifies after the next start, and no sequence number is used twice.
import {sampled} from '../../../support/thorough.js'
import {describe, expect, test} from 'vitest'
import {facts, CONTRACT, keyA, open, T0} from './fixtures.js'
import {entriesOf, MemoryDirectory, verdictOn, type Fault, type Operation} from '../../../support/memory-log.js'
import {encodeFacts} from '../../../../src/plugins/recorder/facts.js'
import type {FromWriter, Fsync} from '../../../../src/plugins/recorder/protocol.js'
import type {Recorder} from '../../../../src/plugins/recorder/recorder.js'
import {Writer} from '../../../../src/plugins/recorder/writer.js'

interface Outcome {
  readonly directory: MemoryDirectory
  readonly acknowledged: ReadonlySet<number>
  readonly failed: ReadonlySet<number>
  readonly stopped: boolean
  readonly total: number
}

/** Batches of growing size through the writer; the fault strikes where it likes. */
function run(fsync: Fsync, fault: Fault, before = (_d: MemoryDirectory): void => undefined): Outcome {
  const directory = new MemoryDirectory()
  const acknowledged = new Set<number>()
  const failed = new Set<number>()
  let stopped = false
  let settled = -1
  let time = 0
  const post = (message: FromWriter): void => {
    if (message.type !== 'settled') return
    for (const {first, last} of message.failed) for (let t = first; t <= last; t++) failed.add(t)
    for (; settled < message.through; settled++) if (!failed.has(settled + 1)) acknowledged.add(settled + 1)
    stopped ||= message.stopped !== undefined
  }
  let writer: Writer | undefined
  const recorder: Recorder = open(directory, {
    maxEntriesPerFile: 7,
    checkpointInterval: 5,
    onSync: () => writer?.onSync(),
  })
  const due = new Set<() => void>()
  writer = new Writer(recorder, fsync, T0, {
    post,
    monotonic: () => time,
    timer(_ms, callback) {
      due.add(callback)
      return () => void due.delete(callback)
    },
  })
  directory.fault = fault
  before(directory)
  let ticket = 0
  for (const [round, size] of [1, 3, 2, 5, 1, 4].entries()) {
    const items = Array.from({length: size}, (_, i) =>
      encodeFacts(facts(ticket + i, (ticket + i) % 3 === 0 ? {contract: CONTRACT} : {})),
    )
    writer.receive({type: 'batch', nowMs: T0, first: ticket, items, awaited: round % 2 === 0})
    ticket += size
    writer.idle()
    time += 20
    for (const callback of [...due]) if (due.delete(callback)) callback()
  }
  writer.close(T0 + 60_000)
  directory.fault = () => undefined
  return {directory, acknowledged, failed, stopped, total: ticket}
}

const idsIn = (directory: MemoryDirectory): readonly string[] =>
  entriesOf(directory).flatMap((e) => {
    const detail = e['detail'] as {action_record?: {action_id: string}}
    return e['type'] === 'action_receipt' && detail.action_record ? [detail.action_record.action_id] : []
  })

/** What must hold after any fault, before and after the next start. */
async function check(outcome: Outcome, where: string): Promise<void> {
  const {directory, acknowledged, failed, total} = outcome
  expect(acknowledged.size + failed.size, `${where}: every ticket is settled`).toBe(total)
  const again = open(directory)
  again.decide(facts(1000))
  again.close(T0 + 1_100_000)
  const ids = idsIn(directory)
  expect(new Set(ids).size, `${where}: no receipt twice`).toBe(ids.length)
  for (const ticket of acknowledged) expect(ids, `${where}: ticket ${ticket}`).toContain(`0196-${ticket}`)
  const verdict = await verdictOn(directory, [keyA.public], 'whole')
  expect(verdict.failure, where).toBeUndefined()
}

const OPERATIONS: readonly Operation[] = ['write', 'sync', 'create', 'close', 'directory-sync', 'ensure']

describe.each<Fsync>(['group', 'every', 'async'])('with fsync %s', (fsync) => {
  test('acknowledges everything when nothing fails', async () => {
    const outcome = run(fsync, () => undefined)
    expect(outcome.failed.size).toBe(0)
    await check(outcome, 'no fault')
  })

  test.each(OPERATIONS)('survives a failure of each %s', async (operation) => {
    const places = run(fsync, () => undefined).directory.calls.filter((call) => call === operation).length
    expect(places).toBeGreaterThan(0)
    for (const place of sampled([...Array(places).keys()], 5)) {
      let count = 0
      const outcome = run(fsync, (call) => (call === operation && count++ === place ? 'fail' : undefined))
      await check(outcome, `${operation} ${place}`)
    }
  })

  test('undoes every short write', async () => {
    const places = run(fsync, () => undefined).directory.calls.filter((call) => call === 'write').length
    for (const place of sampled([...Array(places).keys()], 5)) {
      let count = 0
      const outcome = run(fsync, (call) => (call === 'write' && count++ === place ? 17 : undefined))
      expect(outcome.stopped).toBe(false)
      await check(outcome, `short write ${place}`)
    }
  })

  test('stops for good when a short write cannot be undone', async () => {
    let count = 0
    const outcome = run(fsync, (call) => {
      if (call === 'write' && count++ === 3) return 17
      return call === 'truncate' ? 'fail' : undefined
    })
    expect(outcome.stopped).toBe(true)
    await check(outcome, 'truncate')
  })
})

test('stops for good when a sync failed: nothing that was not synced is acknowledged', async () => {
  let count = 0
  const outcome = run('group', (call) => (call === 'sync' && count++ === 1 ? 'fail' : undefined))
  expect(outcome.stopped).toBe(true)
  expect(outcome.failed.size).toBeGreaterThan(0)
  await check(outcome, 'sync')
})

test('continues in a new file when its file is removed, and states it in the log', () => {
  let writes = 0
  const outcome = run(
    'group',
    () => undefined,
    (directory) => {
      directory.fault = (call, name) => {
        if (call === 'write' && ++writes === 2) directory.files.delete(name)
        return undefined
      }
    },
  )
  const {directory, failed, stopped, acknowledged, total} = outcome
  expect(stopped).toBe(false)
  expect(failed.size).toBeGreaterThan(0)
  expect(acknowledged.size + failed.size).toBe(total)
  const entries = entriesOf(directory)
  expect(entries[0]?.['seq']).toBeGreaterThan(0)
  expect(entries.flatMap((e) => (e['type'] === 'recovery' ? [e['summary']] : []))).toEqual([
    'recovery: evidence was removed while running, a new file was begun',
    `recovery: ${failed.size} entries could not be written`,
  ])
  const seqs = entries.map((e) => Number(e['seq']))
  expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i))
})

const recoveries = (directory: MemoryDirectory) =>
  entriesOf(directory).flatMap((e) => (e['type'] === 'recovery' ? [e['detail'] as Record<string, unknown>] : []))

describe.each<Fsync>(['group', 'every', 'async'])('a disk that is full for a while, with fsync %s', (fsync) => {
  test.each(['write', 'sync', 'create', 'directory-sync'] as const)(
    'leaves a record of exactly what was lost when each %s fails from some place on',
    async (operation) => {
      const places = run(fsync, () => undefined).directory.calls.filter((call) => call === operation).length
      for (const place of sampled([...Array(places).keys()], 3)) {
        for (const length of [1, 3, 5]) {
          let count = 0
          const outcome = run(fsync, (call) => {
            if (call !== operation) return undefined
            const at = count++ - place
            return at >= 0 && at < length ? 'fail' : undefined
          })
          const where = `${operation} ${place}+${length}`
          const {directory, failed, acknowledged} = outcome
          const reported = recoveries(directory).map((d) => Number(d['lost_entries'] ?? 0))
          const sum = reported.reduce((a, b) => a + b, 0)
          await check(outcome, where)
          // what failed at the very end nothing can tell any more
          if (outcome.stopped || sum === 0) continue
          expect(sum, where).toBe(failed.size)
          expect(new Set(idsIn(directory)).size, where).toBe(acknowledged.size + 1)
        }
      }
    },
  )
})
