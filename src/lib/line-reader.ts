// Splits a stream of bytes into lines in constant memory: what is kept is one chunk and one unfinished line. Only LF ends a
// line: U+0085, U+2028 and U+2029 are ordinary characters.

const LF = 10
const NOTHING = Buffer.alloc(0)

export interface Line {
  /** Counted from 1. */
  readonly line: number
  /** Without the LF; empty when the line is too long. They lie in the chunk they came in, as long as its source leaves it alone. */
  readonly bytes: Buffer
  /** The LF was there. Unknown, and false, for a line that is too long. */
  readonly terminated: boolean
  readonly tooLong: boolean
}

/** Every line, a last one without LF too. One over `maxBytes` is told as soon as it is that long, and then passed over. */
export function* splitLines(chunks: Iterable<Uint8Array>, maxBytes: number): Generator<Line> {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let line = 1
  let skipping = false
  const take = (last: Buffer, terminated: boolean): Line => {
    const total = pendingBytes + last.length
    const tooLong = total > maxBytes
    const bytes = tooLong ? NOTHING : pendingBytes === 0 ? last : Buffer.concat([...pending, last], total)
    pending = []
    pendingBytes = 0
    return {line, bytes, terminated: terminated && !tooLong, tooLong}
  }
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      if (!skipping) yield take(bytes.subarray(start, end), true)
      skipping = false
      line++
      start = end + 1
    }
    if (start === bytes.length || skipping) continue
    const rest = bytes.subarray(start)
    if (pendingBytes + rest.length > maxBytes) {
      skipping = true // a line without end must not fill the memory
      yield take(rest, false)
    } else {
      pending.push(Buffer.from(rest)) // the chunk's memory may be reused by its source
      pendingBytes += rest.length
    }
  }
  if (pendingBytes > 0) yield take(NOTHING, false)
}
