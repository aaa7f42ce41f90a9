// Blocks of lines in their order, with what the quick reader finds in them, read on several threads of which the calling
// one is the first. A thread only saves work: one that is lost, or never starts, is never missed.
import {Worker} from 'node:worker_threads'
import {builtFile} from '../../lib/built-file.js'
import type {ThreadReply, ThreadTask} from './block-thread.js'
import {readRows, type QuickRows, type Reading} from './quick-rows.js'
import type {Block} from './read-blocks.js'

export interface ReadBlock {
  readonly block: Block
  readonly rows: QuickRows
}

/** Blocks at a thread: the one it works on, and one so that it never idles. */
const TASKS = 2
/** Blocks for each thread that are read and wait for one before them. */
const AHEAD = 8
/** Bytes of all blocks that wait: lines of 8 MiB must not pile up. */
const AHEAD_BYTES = 24 * 1024 * 1024

interface Job {
  readonly block: Block
  readonly reading: Reading
  rows: QuickRows | undefined
  /** No thread has it, or the one that had it is gone. */
  isOurs: boolean
}

interface Thread {
  readonly worker: Worker
  readonly jobs: Job[]
  isReady: boolean
}

export class BlockThreads {
  readonly #threads: Thread[] = []
  #wake: () => void = () => undefined
  #isClosing = false

  /** `count`: threads beside the calling one. */
  constructor(count: number) {
    for (let i = 0; i < count; i++) this.#start()
  }

  /** All that are left have begun. */
  get ready(): boolean {
    return this.#threads.every(({isReady}) => isReady)
  }

  #start(): void {
    const worker = new Worker(builtFile('./block-thread.js', import.meta.url), {name: 'evidence'})
    const thread: Thread = {worker, jobs: [], isReady: false}
    this.#threads.push(thread)
    worker.unref() // an idle thread holds no process up
    worker.on('message', (response: ThreadReply) => {
      thread.isReady = true
      const job = response && thread.jobs.shift()
      if (job) job.rows = response
      // one that becomes ready only while its end is awaited must go on holding the process up: with an empty event loop
      // Node would leave the command open and exit without a word
      if (thread.jobs.length === 0 && !this.#isClosing) worker.unref()
      this.#wake()
    })
    const lose = () => {
      const at = this.#threads.indexOf(thread)
      if (at !== -1) this.#threads.splice(at, 1)
      for (const job of thread.jobs.splice(0)) job.isOurs = true
      this.#wake()
    }
    worker.on('error', lose)
    worker.on('exit', lose)
  }

  /**
   * The blocks in their order; `reading` is called for each when its turn comes to be read. The first is always read here,
   * so that the keys it brings are known to the others. What `blocks` throws is thrown behind all blocks before it.
   */
  async *read(blocks: Iterator<Block>, reading: () => Reading): AsyncGenerator<ReadBlock> {
    const jobs: Job[] = []
    const source = new Source(blocks)
    let bytes = 0
    const take = (isOurs: boolean): Job | undefined => {
      const isFull = bytes >= AHEAD_BYTES || jobs.length >= AHEAD * (this.#threads.length + 1)
      const block = isFull ? undefined : source.next()
      if (!block) return undefined
      const job: Job = {block, reading: reading(), rows: undefined, isOurs}
      bytes += block.bytes.length
      jobs.push(job)
      return job
    }
    try {
      const first = take(true)
      if (first) {
        yield {block: first.block, rows: readRows(first.block.bytes, first.reading)}
        jobs.shift()
        bytes -= first.block.bytes.length
      }
      for (;;) {
        for (let idle = this.#idle(); idle; idle = this.#idle()) {
          const job = take(false)
          if (!job) break
          send(idle, job)
        }
        const [head] = jobs
        if (head?.rows) {
          jobs.shift()
          bytes -= head.block.bytes.length
          yield {block: head.block, rows: head.rows}
          continue
        }
        const job = head?.isOurs ? head : take(true)
        if (job) {
          job.rows = readRows(job.block.bytes, job.reading)
          if (this.#threads.length > 0) await new Promise((resolve) => setImmediate(resolve)) // to hear the threads
        } else if (head) {
          await new Promise<void>((resolve) => (this.#wake = resolve))
        } else {
          source.rethrow()
          return
        }
      }
    } finally {
      blocks.return?.()
    }
  }

  #idle(): Thread | undefined {
    return this.#threads.find(({jobs, isReady}) => isReady && jobs.length < TASKS)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.#threads.map(({worker}) => worker.terminate()))
  }
}

/** The bytes are copied, not handed over: a thread that is lost takes nothing with it. */
function send({worker, jobs}: Thread, job: Job): void {
  const {block, reading} = job
  jobs.push(job)
  worker.ref()
  worker.postMessage({bytes: block.bytes, ...reading} satisfies ThreadTask)
}

/** Blocks one by one, the error at their end kept until everything before it was handed on. */
class Source {
  readonly #blocks: Iterator<Block>
  #error: {readonly cause: unknown} | undefined

  constructor(blocks: Iterator<Block>) {
    this.#blocks = blocks
  }

  next(): Block | undefined {
    if (this.#error) return undefined
    try {
      const next = this.#blocks.next()
      return next.done === true ? undefined : next.value
    } catch (cause) {
      this.#error = {cause}
      return undefined
    }
  }

  rethrow(): void {
    if (this.#error) throw this.#error.cause
  }
}
