// How many captures were lost, written down where compile looks for it: the first, every hundredth, and the last, always
// as the count so far. It is written with the captures, not when the loss happens.
import {join} from 'node:path'
import {EntryLog} from '../../../formats/entry-log.js'
import {DamagedLog, readTail, sealTail, type LogTail} from '../../../formats/entry-tail.js'
import {makeDirectory} from '../../../lib/atomic-file.js'
import {isObject} from '../../../lib/json/reader.js'
import {tryLock, type Lock} from '../../../lib/lockfile.js'
import {openLogDirectory, type LogDirectory} from '../../../lib/log-directory.js'

const META = 'capture-meta'
const EVERY = 100
const MAX_ENTRIES_PER_FILE = 10_000

interface OpenLog {
  readonly log: EntryLog
  /** Count of the chain before this process; counts are cumulative over a chain. */
  readonly before: number
  readonly lock: Lock | undefined
}

export class DropLog {
  readonly #directory: string
  readonly #now: () => number
  #count = 0
  #recorded = 0
  #open: OpenLog | undefined

  constructor(captureDirectory: string, now: () => number) {
    this.#directory = join(captureDirectory, META)
    this.#now = now
  }

  get count(): number {
    return this.#count
  }

  add(count: number): void {
    this.#count += count
  }

  write(): void {
    const due =
      this.#recorded === 0 ? this.#count > 0 : Math.floor(this.#count / EVERY) > Math.floor(this.#recorded / EVERY)
    if (due) this.#say()
  }

  close(): void {
    if (this.#count > this.#recorded) this.#say()
    try {
      this.#open?.log.close()
    } catch {
      // the counts are in the file; only their sync failed
    }
    this.#open?.lock?.release()
    this.#open = undefined
  }

  /** When even this cannot be written the counters of the process still tell; the next loss tries again. */
  #say(): void {
    const nowMs = this.#now()
    try {
      const {log, before} = (this.#open ??= openDropLog(this.#directory, nowMs))
      if (log.full) log.close()
      const fields = {
        type: 'capture_drop',
        event_kind: 'capture_drop',
        transport: '',
        summary: 'capture queue overflow',
      }
      log.stage(fields, `{"count":${before + this.#count},"reason":"backpressure"}`, nowMs)
      log.flush()
      this.#recorded = this.#count
    } catch {
      this.#open?.log.discard()
    }
  }
}

/** The chain of this directory; when another process writes it, or it is damaged, one beside it. Compile adds chains up. */
function openDropLog(path: string, nowMs: number): OpenLog {
  makeDirectory(path, 0o700)
  const directory = openLogDirectory(path, 0o700)
  const options = {session: META, maxEntriesPerFile: MAX_ENTRIES_PER_FILE}
  const result = tryLock(join(path, `evidence-${META}.lock`))
  const tail = result.held ? soundTail(directory) : undefined
  if (tail === undefined) {
    if (result.held) result.lock.release()
    return {log: new EntryLog(directory, {...options, session: freeName(directory, nowMs)}), before: 0, lock: undefined}
  }
  sealTail(directory, tail, nowMs)
  const last = tail.last?.detail
  const count = isObject(last) ? last['count'] : undefined
  return {
    log: new EntryLog(directory, options, tail.head, tail.file),
    before: typeof count === 'number' ? count : 0,
    lock: result.held ? result.lock : undefined,
  }
}

function soundTail(directory: LogDirectory): LogTail | undefined {
  try {
    return readTail(directory, META)
  } catch (error) {
    if (error instanceof DamagedLog) return undefined
    throw error
  }
}

function freeName(directory: LogDirectory, nowMs: number): string {
  const names = new Set(directory.names())
  let ms = nowMs
  while (names.has(`evidence-${META}.${ms}-0.jsonl`)) ms++
  return `${META}.${ms}`
}
