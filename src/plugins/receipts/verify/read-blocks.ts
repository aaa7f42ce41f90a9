// Reads JSONL files in blocks of whole lines, one file open at a time.
import {closeSync, readSync} from 'node:fs'
import {MAX_LINE_BYTES} from '../../../formats/evidence-fault.js'
import {openRegular} from './read-lines.js'

export interface Block {
  readonly file: string
  /** It begins with the first line of the file. */
  readonly isFirst: boolean
  /** Whole lines, each with its LF; the last one of a file may have none. Memory of their own. */
  readonly bytes: Buffer<ArrayBuffer>
  /** In place of bytes: a line longer than any may be, and whether it ends with a LF. */
  readonly tooLong: {readonly terminated: boolean} | undefined
}

/** So few that the last blocks of a log keep every thread busy to its end, so many that handing them over costs little. */
const BLOCK = 64 * 1024
const LF = 10

/** The files in order. One that cannot be opened throws its system error. */
export function* readBlocks(files: readonly string[], blockBytes = BLOCK): Generator<Block> {
  for (const file of files) {
    const fd = openRegular(file)
    try {
      yield* blocksOf(fd, file, blockBytes)
    } finally {
      closeSync(fd)
    }
  }
}

function* blocksOf(fd: number, file: string, blockBytes: number): Generator<Block> {
  let isFirst = true
  let isSkipping = false
  let buffer = Buffer.allocUnsafeSlow(blockBytes)
  let held = 0
  const block = (bytes: Buffer<ArrayBuffer>, tooLong?: Block['tooLong']): Block => {
    const made = {file, isFirst, bytes, tooLong}
    isFirst = false
    return made
  }
  for (;;) {
    const count = readSync(fd, buffer, held, buffer.length - held, null)
    if (count === 0) break
    const filled = held + count
    let start = 0
    if (isSkipping) {
      const lf = buffer.subarray(0, filled).indexOf(LF)
      held = 0
      if (lf === -1) continue
      isSkipping = false
      start = lf + 1
      yield block(buffer.subarray(0, 0), {terminated: true})
    }
    const end = buffer.subarray(start, filled).lastIndexOf(LF) + start + 1
    const rest = filled - end
    const isTooLong = rest > MAX_LINE_BYTES
    // twice what is held: a long line is copied as often as its length doubles
    const next = Buffer.allocUnsafeSlow(isTooLong ? blockBytes : Math.max(blockBytes, 2 * rest))
    if (!isTooLong) buffer.copy(next, 0, end, filled)
    if (end > start) yield block(buffer.subarray(start, end))
    isSkipping = isTooLong // a line without end must not fill the memory
    held = isTooLong ? 0 : rest
    buffer = next
  }
  if (isSkipping) yield block(buffer.subarray(0, 0), {terminated: false})
  else if (held > 0) yield block(buffer.subarray(0, held))
}
