// Splits a stream of bytes into lines in constant memory: what is kept is one chunk and one unfinished line.

const LF = 10

export class LineTooLong extends Error {
  /** 1-based. */
  readonly line: number
  constructor(line: number, maxBytes: number) {
    super(`line ${line} is longer than ${maxBytes} bytes`)
    this.name = 'LineTooLong'
    this.line = line
  }
}

/**
 * Yields every line without its LF, a last one without LF too. The bytes are only valid until the next step.
 * Throws LineTooLong.
 */
export function* splitLines(chunks: Iterable<Uint8Array>, maxBytes: number): Generator<Buffer> {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let count = 1
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      const part = bytes.subarray(start, end)
      if (pendingBytes + part.length > maxBytes) throw new LineTooLong(count, maxBytes)
      yield pendingBytes === 0 ? part : Buffer.concat([...pending, part])
      pending = []
      pendingBytes = 0
      count++
      start = end + 1
    }
    if (start < bytes.length) {
      pendingBytes += bytes.length - start
      if (pendingBytes > maxBytes) throw new LineTooLong(count, maxBytes)
      pending.push(Buffer.from(bytes.subarray(start))) // the chunk's memory is reused by its source
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending)
}
