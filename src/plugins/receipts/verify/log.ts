// One pass over the files of a log: read in blocks, the common lines quickly and maybe on several threads, every other one
// strictly, and all of them judged here in their order. Where a line was read shows in no verdict.
import type {KeyObject} from 'node:crypto'
import {MAX_LINE_BYTES} from '../../../formats/evidence-fault.js'
import {BlockThreads, type ReadBlock} from '../fast/block-threads.js'
import {isBlank, type Line} from './lines.js'
import {LogRun} from './log-run.js'
import type {LogFile, LogOptions, LogVerdict} from './log-verdict.js'
import {QuickReceipts} from '../fast/receipts.js'
import type {Reading} from '../fast/rows.js'
import {readBlocks} from './read-blocks.js'

export interface ReadOptions extends LogOptions {
  /** Threads that read too. */
  readonly threads?: BlockThreads | undefined
  /** Told now and then how many bytes of the log were read. */
  readonly onRead?: ((bytes: number) => void) | undefined
  /** Bytes that are read at once, and handed to one thread; only tests need another. */
  readonly blockBytes?: number
}

/** Keys that signatures are checked under ahead of their turn: trusted ones, and those that signed last. */
const MAX_KEYS = 64
const LF = 10
const NOTHING = Buffer.alloc(0)
const NO_KEYS: ReadonlyMap<string, KeyObject> = new Map()

export async function verifyLog(files: readonly LogFile[], options: ReadOptions): Promise<LogVerdict> {
  const reader = new LogReader(files, options)
  const threads = options.threads ?? new BlockThreads(0)
  let read = 0
  const blocks = readBlocks(
    files.map((file) => file.path),
    options.blockBytes,
  )
  for await (const block of threads.read(blocks, () => reader.reading())) {
    reader.take(block)
    if (reader.run.stopped) break
    options.onRead?.((read += block.block.bytes.length))
  }
  return reader.finish()
}

class LogReader {
  readonly run: LogRun
  readonly #options: LogOptions
  readonly #entries: boolean
  readonly #keys = new Map<string, KeyObject>()
  readonly #quick: QuickReceipts
  #line = 0
  /** A line to be read strictly, which asks whether it is the last one. */
  #held: Line | undefined

  constructor(files: readonly LogFile[], options: LogOptions) {
    this.run = new LogRun(files, options)
    this.#options = options
    this.#entries = options.level !== 'chains'
    this.#quick = new QuickReceipts(this.run.readKey, this.#entries)
  }

  reading(): Reading {
    const requested = !this.run.receiptsFailed && (this.#options.signatures?.requested ?? true)
    return {entries: this.#entries, keys: requested ? this.#known() : NO_KEYS}
  }

  #known(): ReadonlyMap<string, KeyObject> {
    const {keys} = this.run
    if (keys.length !== this.#keys.size) {
      this.#keys.clear()
      for (const {hex, key} of keys.slice(-MAX_KEYS)) this.#keys.set(hex, key)
    }
    return this.#keys
  }

  take({block, rows}: ReadBlock): void {
    const {file, bytes, isFirst, tooLong} = block
    if (isFirst) this.#line = 0
    if (tooLong) this.#strictly({file, line: ++this.#line, bytes, ...tooLong, tooLong: true})
    this.#quick.open(bytes, rows)
    for (let start = 0; start < bytes.length && !this.run.stopped;) {
      const lf = bytes.indexOf(LF, start)
      const end = lf === -1 ? bytes.length : lf
      const isTooLong = end - start > MAX_LINE_BYTES
      const place = {file, line: ++this.#line}
      const whole = (): Line => ({
        ...place,
        bytes: isTooLong ? NOTHING : bytes.subarray(start, end),
        terminated: lf !== -1,
        tooLong: isTooLong,
      })
      const quick = this.#quick.at(start)
      if (!quick) {
        this.#strictly(whole())
      } else if (this.#go()) {
        this.#options.observer?.line(whole())
        this.run.takeQuick(quick, place)
      }
      start = end + 1
    }
  }

  #strictly(line: Line): void {
    if (!this.#entries && !line.tooLong && isBlank(line.bytes)) return
    if (this.#go()) this.#held = line
  }

  /** Judges the line that waited, now that another one follows it. False when nothing more can be judged. */
  #go(): boolean {
    const line = this.#held
    this.#held = undefined
    if (line) this.#take(line, false)
    return !this.run.stopped
  }

  #take(line: Line, last: boolean): void {
    this.#options.observer?.line(line)
    this.run.take(line, last)
  }

  finish(): LogVerdict {
    if (this.#held && !this.run.stopped) this.#take(this.#held, true)
    return this.run.finish()
  }
}
