// Lines of JSONL files and where they stand.
import type {Line as LineOfFile} from '../../../lib/line-reader.js'

export interface Place {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
}

export type Line = Place & LineOfFile

/** Where a line stands, without the line: what is kept must not keep its bytes too. */
export const placeOf = ({file, line}: Place): Place => ({file, line})

/** A line without its one trailing CR. */
export function withoutCr(bytes: Buffer): Buffer {
  return bytes.length > 0 && bytes[bytes.length - 1] === 13 ? bytes.subarray(0, -1) : bytes
}

export function isBlank(bytes: Buffer): boolean {
  for (const c of bytes) if (c !== 32 && (c < 9 || c > 13)) return false
  return true
}
