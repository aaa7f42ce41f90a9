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
const BATCH_CHECKS = 128
/** Lines of 8 MiB must not pile up behind signatures. */
const BATCH_BYTES = 1024 * 1024
/** Answers that may wait to be heard: each holds its batch. */
const UNHEARD = 16

export interface BatchSize {
  readonly checks: number
  readonly bytes: number
}

/**
 * Gathers checks into batches for the threads, which other queues may use too. While all of them are busy the calling
 * thread checks as well: reading costs so much less that it would mostly wait.
 */
export function threadedSignatures<Note>(
  threads: SignatureThreads,
  size: BatchSize = {checks: BATCH_CHECKS, bytes: BATCH_BYTES},
): SignatureQueue<Note> {
  return new ThreadedQueue(threads, size)
}

interface Job<Note> {
  readonly check: SignatureCheck
  readonly note: Note
  /** Place in the order of submission. */
  readonly order: number
}

class ThreadedQueue<Note> implements SignatureQueue<Note> {
  readonly #threads: SignatureThreads
  readonly #size: BatchSize
  readonly #open = new Set<Promise<void>>()
  #jobs: Job<Note>[] = []
  #weight = 0
  #submitted = 0
  /** The failed check that was submitted first, of those known. */
  #bad: Job<Note> | undefined

  constructor(threads: SignatureThreads, size: BatchSize) {
    this.#threads = threads
    this.#size = size
  }

  get full(): boolean {
    return this.#bad !== undefined || this.#open.size >= this.#threads.capacity + UNHEARD
  }

  submit(check: SignatureCheck, note: Note, weight: number): boolean {
    // the threads start, or are gone: what waits was submitted earlier, and stays first
    if (check.signature.length !== 64 || (!this.#threads.ready && this.#jobs.length === 0)) {
      return verify(check.key, check.message, check.signature)
    }
    if (this.#jobs.length > 0 && this.#jobs[0]?.check.key !== check.key) this.#handOut()
    this.#jobs.push({check, note, order: this.#submitted++})
    this.#weight += weight
    if (this.#jobs.length >= this.#size.checks || this.#weight >= this.#size.bytes) this.#handOut()
    return true
  }

  /** To a thread as soon as one has room; until then one after the other is checked here. */
  #handOut(part = this.#jobs.length): void {
    while (this.#jobs.length > 0) {
      if (this.#threads.hasRoom) {
        const rest = this.#jobs.splice(part)
        this.#send(this.#jobs)
        this.#jobs = rest
      } else {
        const job = this.#jobs.pop()
        if (job) this.#note(job, job.order > (this.#bad?.order ?? Infinity) || isGood(job))
      }
    }
    this.#weight = 0
  }

  #send(jobs: readonly Job<Note>[]): void {
    const done = this.#threads.firstBad(jobs.map(({check}) => check)).then((index) => {
      this.#open.delete(done)
      const job = jobs[index]
      if (job) this.#note(job, false)
    })
    this.#open.add(done)
  }

  #note(job: Job<Note>, good: boolean): void {
    if (!good && (!this.#bad || job.order < this.#bad.order)) this.#bad = job
  }

  async room(): Promise<boolean> {
    while (this.full && this.#open.size > 0 && !this.#bad) await Promise.race(this.#open)
    return this.#bad === undefined
  }

  async settle(): Promise<Note | undefined> {
    // in small parts, so that nobody waits long for the last one
    this.#handOut(16)
    while (this.#open.size > 0) await Promise.race(this.#open)
    return this.#bad?.note
  }
}

const isGood = ({check}: Job<unknown>): boolean => verify(check.key, check.message, check.signature)
