// Signature checks apart from the chain rules. Links need hashes only and are judged in order; signatures cost ten times
// as much and depend on nothing, so they may be checked elsewhere. The failure that counts is the first in order of
// submission, whatever finishes first (receipts §9 row 5).
import type {SignatureCheck, SignatureThreads} from '../../lib/ed25519-threads.js'
import {verify} from '../../lib/ed25519.js'

export interface SignatureQueue<Note> {
  /** false: the signature is bad. true: it is good, or will be known when the queue has settled. `weight`: bytes held meanwhile. */
  submit(check: SignatureCheck, note: Note, weight: number): boolean
  /** True when `room` should be awaited before more is submitted. */
  readonly full: boolean
  /** Waits until more may be submitted; false when a check has failed, and nothing more matters. */
  room(): Promise<boolean>
  /** Waits for all answers; the note of the first check that failed. */
  settle(): Promise<Note | undefined>
}

/** Checks at once, in the calling thread. */
export function inlineSignatures<Note>(): SignatureQueue<Note> {
  return {
    submit: (check) => verify(check.key, check.message, check.signature),
    full: false,
    room: () => Promise.resolve(true),
    settle: () => Promise.resolve(undefined),
  }
}

/** Small enough that the last ones of a log keep every thread busy to its end. */
const BATCH_CHECKS = 256
/** Lines of 8 MiB must not pile up behind signatures. */
const BATCH_BYTES = 1024 * 1024

export interface BatchSize {
  readonly checks: number
  readonly bytes: number
}

/** Gathers checks into batches for the threads, which other queues may use too. */
export function threadedSignatures<Note>(
  threads: SignatureThreads,
  size: BatchSize = {checks: BATCH_CHECKS, bytes: BATCH_BYTES},
): SignatureQueue<Note> {
  return new ThreadedQueue(threads, size)
}

class ThreadedQueue<Note> implements SignatureQueue<Note> {
  readonly #threads: SignatureThreads
  readonly #size: BatchSize
  readonly #open = new Set<Promise<void>>()
  #checks: SignatureCheck[] = []
  #notes: Note[] = []
  #weight = 0
  #submitted = 0
  /** The failed check that was submitted first, of those known. */
  #bad: {readonly order: number; readonly note: Note} | undefined

  constructor(threads: SignatureThreads, size: BatchSize) {
    this.#threads = threads
    this.#size = size
  }

  get full(): boolean {
    return this.#isBatch && this.#threads.full
  }

  get #isBatch(): boolean {
    return this.#checks.length >= this.#size.checks || this.#weight >= this.#size.bytes
  }

  submit(check: SignatureCheck, note: Note, weight: number): boolean {
    // the threads start, or are gone: what waits was submitted earlier, and stays first
    if (check.signature.length !== 64 || (!this.#threads.ready && this.#checks.length === 0)) {
      return verify(check.key, check.message, check.signature)
    }
    if (this.#checks.length > 0 && (this.#isBatch || this.#checks[0]?.key !== check.key)) this.#send()
    this.#checks.push(check)
    this.#notes.push(note)
    this.#weight += weight
    this.#submitted++
    if (this.#isBatch && !this.#threads.full) this.#send()
    return true
  }

  #send(): void {
    const checks = this.#checks
    const notes = this.#notes
    const first = this.#submitted - checks.length
    this.#checks = []
    this.#notes = []
    this.#weight = 0
    const done = this.#threads.firstBad(checks).then((index) => {
      this.#open.delete(done)
      const note = notes[index]
      if (note === undefined) return
      const order = first + index
      if (!this.#bad || order < this.#bad.order) this.#bad = {order, note}
    })
    this.#open.add(done)
  }

  async room(): Promise<boolean> {
    while (this.full && this.#open.size > 0 && !this.#bad) await Promise.race(this.#open)
    return this.#bad === undefined
  }

  async settle(): Promise<Note | undefined> {
    this.#spread()
    while (this.#open.size > 0) await Promise.race(this.#open)
    return this.#bad?.note
  }

  /** The rest, a part for each thread: one alone would be waited for. */
  #spread(): void {
    const checks = this.#checks
    const notes = this.#notes
    const end = this.#submitted
    const part = Math.max(16, Math.ceil(checks.length / Math.max(1, this.#threads.count)))
    for (let from = 0; from < checks.length; from += part) {
      this.#checks = checks.slice(from, from + part)
      this.#notes = notes.slice(from, from + part)
      this.#submitted = end - checks.length + from + this.#checks.length
      this.#send()
    }
    this.#submitted = end
  }
}
