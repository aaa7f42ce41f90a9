// How a long verification is worked on: on which threads, and who is told how far it is. Neither shows in any result.
import {statSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {SignatureThreads} from '../../lib/ed25519-threads.js'
import type {Note} from './action-chain.js'
import {inlineSignatures, threadedSignatures, type SignatureQueue} from './signature-queue.js'

export interface Effort {
  /** Threads that check signatures; 1 checks them in the calling thread, undefined takes the cores that help. */
  readonly jobs?: number | undefined
  readonly progress?: ((readBytes: number, totalBytes: number) => void) | undefined
  /** Bytes below which no thread is started; only tests need another. */
  readonly smallBytes?: number
}

/** One thread reads, hashes and links what about this many others can check. */
const MAX_JOBS = 8
/** Starting a thread costs as much as checking some hundreds of receipts. */
const SMALL_BYTES = 2 * 1024 * 1024

export interface Work {
  /** One for each log. */
  signatures(): SignatureQueue<Note>
  /** Bytes of the log that is being verified. */
  onRead(bytes: number): void
  /** What was read of that log is over. */
  next(paths: readonly string[]): void
}

/** Runs `use` on the files that it is going to read, and ends the threads. */
export async function work<T>(
  paths: readonly string[],
  {jobs, progress, smallBytes = SMALL_BYTES}: Effort,
  use: (work: Work) => Promise<T>,
): Promise<T> {
  const total = sizeOf(paths)
  const count = jobs ?? Math.min(availableParallelism(), MAX_JOBS)
  const threads = count > 1 && total >= smallBytes ? new SignatureThreads(count) : undefined
  let before = 0
  try {
    return await use({
      signatures: () => (threads ? threadedSignatures(threads) : inlineSignatures()),
      onRead: (bytes) => progress?.(before + bytes, total),
      next: (done) => void (before += sizeOf(done)),
    })
  } finally {
    await threads?.close()
  }
}

/** A file that cannot be read counts nothing here; whoever opens it says so. */
function sizeOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (statSync(path, {throwIfNoEntry: false})?.size ?? 0), 0)
}
