// Input files that an attacker may have prepared: opened without following a link at the last component, the opened
// descriptor checked to be a regular file, read in pieces.
import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'

export class InputFault extends Error {
  readonly kind: 'missing' | 'link' | 'irregular' | 'too_large' | 'unreadable'
  constructor(kind: InputFault['kind'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = 'InputFault'
    this.kind = kind
  }
}

export interface InputFile {
  readonly fd: number
  readonly size: number
  close(): void
}

/** Throws InputFault. The caller closes it. */
export function openInput(path: string): InputFile {
  let fd: number
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer before the check below refuses it
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new InputFault('missing', `${path} does not exist`, error)
    if (code === 'ELOOP') throw new InputFault('link', `${path} is a symbolic link`, error)
    throw new InputFault('unreadable', `${path} cannot be opened (${String(code)})`, error)
  }
  const stat = fstatSync(fd)
  if (!stat.isFile()) {
    closeSync(fd)
    throw new InputFault('irregular', `${path} is not a regular file`)
  }
  return {fd, size: stat.size, close: () => closeSync(fd)}
}

const CHUNK = 1 << 18

/** Pieces of the file from its start; each is only valid until the next step. */
export function* readChunks(file: InputFile): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK)
  for (let at = 0; ;) {
    const read = readSync(file.fd, buffer, 0, CHUNK, at)
    if (read === 0) return
    at += read
    yield buffer.subarray(0, read)
  }
}

/** The whole file, at most `maxBytes` (judged on what was read, not on what the file claimed to be). Throws InputFault. */
export function readInput(path: string, maxBytes: number): Buffer {
  const file = openInput(path)
  try {
    const parts: Buffer[] = []
    let total = 0
    for (const chunk of readChunks(file)) {
      total += chunk.length
      if (total > maxBytes) throw new InputFault('too_large', `${path} is larger than ${maxBytes} bytes`)
      parts.push(Buffer.from(chunk))
    }
    return Buffer.concat(parts)
  } finally {
    file.close()
  }
}
