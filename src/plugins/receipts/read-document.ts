// Reads a document that is judged as a whole: one receipt, one endorsement.
import {closeSync, fstatSync, openSync, readFileSync} from 'node:fs'
import {PipelockError} from '../../core/errors.js'
import {MAX_LINE_BYTES} from '../../core/formats/evidence-fault.js'

/** The bytes of a small file. What is longer than any receipt is not read into memory; it comes back as something too long. */
export function readDocument(path: string): Buffer {
  const fd = openSync(path, 'r')
  try {
    const stat = fstatSync(fd)
    if (stat.isDirectory())
      throw new PipelockError('file_not_regular', `${path} is a directory`, {hint: 'use --chain for a directory'})
    if (stat.size > 2 * MAX_LINE_BYTES) return Buffer.alloc(MAX_LINE_BYTES + 1)
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}
