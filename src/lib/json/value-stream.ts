// Cuts a stream of bytes at the ends of its JSON values: JSON lines, records of RFC 7464, values one after the other, spread
// over lines or not. What came at once stays together; what is no JSON is cut at its line ends. Bounded: a value of more
// bytes than allowed is told once, and handed through piece by piece up to the end of its line. The lexer cannot serve here: a
// chunk may end inside a token, and what is no JSON must still be cut.
import {Buffer} from 'node:buffer'

export interface ValueItem {
  /** `rest`: more of a value that was told to be too long. */
  readonly kind: 'values' | 'too_long' | 'rest'
  /** As they came; all items together are the stream. */
  readonly bytes: Buffer
}

export interface ValueReader {
  push(chunk: Buffer): readonly ValueItem[]
  /** What stands unterminated at the end of the stream. */
  end(): readonly ValueItem[]
}

const [LF, RS, QUOTE, BACKSLASH] = [0x0a, 0x1e, 0x22, 0x5c]
/** Begins a value, or may stand in front of the first one. */
const BEGINS_JSON = /^(?:\xef\xbb\xbf)?[\x1e\t\n\r ]*(?:$|[[{"\-0-9tfn])/

/** A stream that does not begin like JSON begins with a piece of at least `minStrange` bytes, so that it can be recognised. */
export function createValueReader(maxBytes: number, minStrange: number): ValueReader {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let depth = 0
  let inString = false
  let isEscaped = false
  let isTooLong = false
  let isStrange: boolean | undefined

  /** Offset behind the last value that ends in the chunk; 0 where none does. */
  const lastEnd = (chunk: Buffer): number => {
    let end = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (isTooLong) {
        if (byte !== LF) continue
        // whatever was open: a line end is where others find their way again
        isTooLong = inString = isEscaped = false
        depth = 0
        return at + 1
      }
      if (inString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) inString = false
        else if (byte === LF || byte === RS) {
          // no JSON: whoever reads by lines, or by records, begins anew here
          inString = false
          depth = 0
          end = byte === LF ? at + 1 : at
        }
      } else if (byte === QUOTE) inString = true
      else if (byte === 0x7b || byte === 0x5b) depth++
      else if (byte === 0x7d || byte === 0x5d) {
        if (depth > 0) depth--
        if (depth === 0) end = at + 1
      } else if (byte === LF) {
        if (depth === 0) end = at + 1
      } else if (byte === RS) {
        depth = 0
        end = at
      }
    }
    return end
  }

  const taken = (last: Buffer): Buffer => {
    const bytes = pendingBytes === 0 ? last : Buffer.concat([...pending, last], pendingBytes + last.length)
    pending = []
    pendingBytes = 0
    return bytes
  }

  /** Too few bytes of something that is no JSON. */
  const isUnknown = (more: Buffer): boolean => {
    if (isStrange === undefined) {
      const start = pendingBytes === 0 ? more : Buffer.concat([...pending, more])
      isStrange = !BEGINS_JSON.test(start.toString('latin1', 0, minStrange))
    }
    return isStrange && pendingBytes + more.length < minStrange
  }

  return {
    push(chunk) {
      const items: ValueItem[] = []
      let rest = chunk
      if (isTooLong) {
        const end = lastEnd(chunk)
        if (isTooLong) return chunk.length === 0 ? [] : [{kind: 'rest', bytes: chunk}]
        items.push({kind: 'rest', bytes: chunk.subarray(0, end)})
        rest = chunk.subarray(end)
      }
      const end = lastEnd(rest)
      if (end > 0 && !isUnknown(rest.subarray(0, end))) {
        isStrange = false
        items.push({kind: 'values', bytes: taken(rest.subarray(0, end))})
        rest = rest.subarray(end)
      }
      if (rest.length === 0) return items
      pending.push(rest)
      pendingBytes += rest.length
      if (pendingBytes > maxBytes) {
        isTooLong = true
        items.push({kind: 'too_long', bytes: taken(EMPTY)})
      }
      return items
    },
    end: () => (pendingBytes === 0 ? [] : [{kind: 'values', bytes: taken(EMPTY)}]),
  }
}

const EMPTY = Buffer.alloc(0)
