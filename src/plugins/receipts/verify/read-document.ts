// Reads a document that is judged as a whole: one receipt, one endorsement.
import {closeSync, fstatSync, openSync, readSync, realpathSync, statSync} from 'node:fs'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {MAX_LINE_BYTES} from '../../../formats/evidence-fault.js'

/** The bytes of a small file. What is longer than any receipt is not read into memory; it comes back as something too long. */
export function readDocument(path: string): Buffer {
  if (isNamedPipe(path)) throw new PipelockError('file_not_regular', `${path} is a FIFO, not a file`)
  const fd = openSync(path, 'r')
  try {
    const stat = fstatSync(fd)
    if (stat.isDirectory())
      throw new PipelockError('file_not_regular', `${path} is a directory`, {hint: 'use --chain for a directory'})
    // the size says nothing of a pipe, a device, or a file that grows
    return readUpTo(fd, 2 * MAX_LINE_BYTES) ?? Buffer.alloc(MAX_LINE_BYTES + 1)
  } finally {
    closeSync(fd)
  }
}

/** One in a stranger's folder would be waited for; a pipe of the shell, as in `<(…)`, has no name that leads to it. */
function isNamedPipe(path: string): boolean {
  try {
    return statSync(realpathSync(path)).isFIFO()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return false // whoever opens it says so
    throw error
  }
}

function readUpTo(fd: number, most: number): Buffer | undefined {
  const parts: Buffer[] = []
  for (let total = 0; total <= most;) {
    const part = Buffer.allocUnsafe(64 * 1024)
    const count = readSync(fd, part)
    if (count === 0) return Buffer.concat(parts, total)
    parts.push(part.subarray(0, count))
    total += count
  }
  return undefined
}
