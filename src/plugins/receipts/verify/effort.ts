// How a long verification is worked on: on which threads, and who is told how far it is. Neither shows in any result.
import {statSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {PipelockError} from '../../../core/errors.js'
import {BlockThreads} from '../fast/block-threads.js'
import type {LogFile, LogOptions, LogVerdict} from './log-verdict.js'
import {ResumedSignatures, ResumeFile, type Checked} from './resume.js'
import {verifyLog} from './log.js'

export interface Effort {
  /** Threads that read and check signatures, the calling one among them; undefined takes the cores that help. */
  readonly jobs?: number | undefined
  readonly progress?: ((readBytes: number, totalBytes: number) => void) | undefined
  /** A file that keeps how far signatures were checked, and the home that holds the key of such files. */
  readonly resume?: {readonly path: string; readonly home: string} | undefined
  /** Bytes below which no thread is started; only tests need another. */
  readonly smallBytes?: number
}

/** Threads beyond these hardly help: one alone reads the files and follows the links. */
const MAX_JOBS = 8
/** Starting a thread costs as much as checking some hundreds of receipts. */
const SMALL_BYTES = 2 * 1024 * 1024

export interface Work {
  /** Verifies one log; `id` names it in the file of `resume`. */
  verify(id: string, files: readonly LogFile[], options: LogOptions): Promise<LogVerdict>
}

/** Runs `use` on the files that it is going to read, and ends the threads. */
export async function work<T>(
  paths: readonly string[],
  {jobs, progress, resume, smallBytes = SMALL_BYTES}: Effort,
  use: (work: Work) => Promise<T>,
): Promise<T> {
  const kept = resume && ResumeFile.open(resume.path, resume.home)
  const total = sizeOf(paths)
  const count = jobs ?? Math.min(availableParallelism(), MAX_JOBS)
  const threads = new BlockThreads(total >= smallBytes ? count - 1 : 0)
  let before = 0
  const onRead = (bytes: number) => progress?.(before + bytes, total)
  const verify = async (id: string, files: readonly LogFile[], options: LogOptions): Promise<LogVerdict> => {
    if (!kept) return verifyLog(files, {...options, threads, onRead})
    const run = async (earlier: Checked | undefined) => {
      const signatures = new ResumedSignatures(earlier, (checked) => kept.save(id, checked))
      const verdict = await verifyLog(files, {...options, signatures, threads, onRead})
      if (!signatures.isSound) return undefined
      if (!verdict.v1.failure) signatures.save()
      return {...verdict, earlier: earlier && {checks: earlier.checks, path: kept.path}}
    }
    const verdict = (await run(kept.of(id))) ?? (await run(undefined))
    if (!verdict) throw new PipelockError('internal_error', 'a verification from the beginning resumed nothing')
    return verdict
  }
  try {
    return await use({
      verify: async (id, files, options) => {
        const verdict = await verify(id, files, options)
        before += sizeOf(files.map(({path}) => path))
        return verdict
      },
    })
  } finally {
    await threads.close()
  }
}

/** A file that cannot be read counts nothing here; whoever opens it says so. */
function sizeOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (statSync(path, {throwIfNoEntry: false})?.size ?? 0), 0)
}
