// One piece of reading: the lines of a part of a file, or the digest of a file that is read in several parts. The same
// code runs in the command itself and in its threads.
import {createHash} from 'node:crypto'
import {PipelockError} from '../../../core/errors.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import type {FileRange} from '../../../lib/secure-read.js'
import {hashing, partFault, scanPart, type Part, type PartFault, type Taker} from './ingest.js'
import {readBytesOfRange, readLinesOfRange} from './source-file.js'

/** Plain data: it is sent to threads. */
export interface ReadTask {
  readonly kind: 'lines' | 'digest'
  /** Position in input order. */
  readonly index: number
  readonly path: string
  readonly range: FileRange
  readonly whole: FileRange
}

export interface TaskDone {
  readonly index: number
  readonly part: Part | undefined
  /** Of a file that is read in one part, and of a digest task. */
  readonly sha256: string | undefined
  readonly fault: PartFault | undefined
}

export function runTask(task: ReadTask, take: Taker, keys: readonly PublicKey[] | undefined): TaskDone {
  const {index, path, range, whole} = task
  const hash = createHash('sha256')
  if (task.kind === 'digest') {
    const fault = drain(hashing(readBytesOfRange(path, whole), hash))
    return {index, part: undefined, sha256: fault ? undefined : `sha256:${hash.digest('hex')}`, fault}
  }
  const isWhole = range.from === 0 && range.to === whole.to
  const lines = readLinesOfRange(path, range, whole)
  const part = scanPart(isWhole ? hashing(lines, hash) : lines, (entry) => take(entry, path), keys)
  return {index, part, sha256: isWhole ? `sha256:${hash.digest('hex')}` : undefined, fault: part.fault}
}

function drain(chunks: Iterator<Uint8Array>): PartFault | undefined {
  try {
    while (chunks.next().done !== true);
    return undefined
  } catch (error) {
    if (error instanceof PipelockError) return partFault(error, 0)
    throw error
  }
}
