// UTF-8 in pieces: decoding megabytes of it in one call holds up the event loop for tens of milliseconds.
import {isUtf8} from 'node:buffer'
import {JsonFault} from '../json/reader.js'

/** Bytes decoded between two pauses. */
export const PIECE_BYTES = 131_072

/** `bytes.toString('utf8')` in steps; the result is the same for every input. */
export function* utf8Steps(bytes: Buffer): Generator<undefined, string> {
  if (bytes.length <= PIECE_BYTES) return bytes.toString('utf8')
  const pieces: string[] = []
  for (let from = 0; from < bytes.length;) {
    const to = pieceEnd(bytes, from + PIECE_BYTES)
    pieces.push(bytes.toString('utf8', from, to))
    from = to
    yield
  }
  return pieces.join('')
}

/** The same for what has to be valid. Throws the JsonFault `utf8`. */
export function* strictUtf8Steps(bytes: Buffer): Generator<undefined, string> {
  if (!isUtf8(bytes)) throw new JsonFault('utf8', 0, 'not valid UTF-8')
  return yield* utf8Steps(bytes)
}

/** Where a cut divides no sequence: in front of a byte that continues none, or behind three that do. */
function pieceEnd(bytes: Buffer, near: number): number {
  if (near >= bytes.length) return bytes.length
  for (let at = near; at >= near - 3; at--) if (!continuesSequence(bytes[at])) return at
  return near
}

function continuesSequence(byte = 0): boolean {
  return (byte & 0xc0) === 0x80
}
