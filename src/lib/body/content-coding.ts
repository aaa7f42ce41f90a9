// Coded bodies, decoded for looking at them: completely or not at all. Bounded by size and by ratio, so that a small body
// cannot become a large one.
import * as zlib from 'node:zlib'
import {brotliDecompress, gunzip, inflate, inflateRaw, type InputType, type ZlibOptions} from 'node:zlib'
import {trimOws} from '../ows.js'

export type Coding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd'

/** Node before 22.15 has no Zstandard. */
const zstdDecompress = 'zstdDecompress' in zlib ? (zlib.zstdDecompress as Decoder) : undefined

/** Of a request: whoever sends Brotli does not do so because it has to. */
const SENT = 'gzip and deflate'
/** Of an answer. */
export const ANSWERED = zstdDecompress ? 'gzip, deflate, br and zstd' : 'gzip, deflate and br'
/** Codings of an answer that can be undone. */
export const DECODABLE: readonly string[] = ['gzip', 'x-gzip', 'deflate', 'br', ...(zstdDecompress ? ['zstd'] : [])]

/** The one coding of a Content-Encoding, or why there is none that can be undone. Several lines are joined by commas. */
export function codingOf(values: readonly string[], known = SENT): Coding | {readonly problem: string} {
  const names = values
    .join(',')
    .split(',')
    .map((name) => trimOws(name).toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  const [name] = names
  if (name === undefined) return 'identity'
  if (names.length > 1) return {problem: 'has more than one content coding'}
  if (name === 'gzip' || name === 'x-gzip') return 'gzip'
  if (name === 'deflate') return 'deflate'
  if (name === 'br' && known === ANSWERED) return 'br'
  if (name === 'zstd' && known === ANSWERED && zstdDecompress) return 'zstd'
  return {problem: `has a content coding other than ${known}`}
}

export interface DecodeLimits {
  readonly maxBytes: number
  /** Decoded bytes for each byte received. */
  readonly maxRatio: number
}

export type DecodeResult = {readonly bytes: Buffer} | {readonly problem: 'incomplete' | 'ratio' | 'size'}

export async function decodeContent(
  bytes: Buffer,
  coding: Exclude<Coding, 'identity'>,
  limits: DecodeLimits,
): Promise<DecodeResult> {
  const byRatio = bytes.length * limits.maxRatio
  const most = Math.min(limits.maxBytes, byRatio)
  const over = byRatio < limits.maxBytes ? 'ratio' : 'size'
  if (coding === 'gzip') return await attempt(gunzip, bytes, most, over)
  if (coding === 'br') return await attempt(brotliDecompress, bytes, most, over)
  if (coding === 'zstd')
    return zstdDecompress ? await attempt(zstdDecompress, bytes, most, over) : {problem: 'incomplete'}
  const zlib = await attempt(inflate, bytes, most, over)
  const raw = await attempt(inflateRaw, bytes, most, over)
  // crafted bytes can be both, with different texts; which one the peer takes nobody knows
  if ('bytes' in zlib && 'bytes' in raw) return {problem: 'incomplete'}
  if ('bytes' in zlib || zlib.problem !== 'incomplete') return zlib
  return raw
}

type Decoder = (
  bytes: InputType,
  options: ZlibOptions,
  callback: (error: NodeJS.ErrnoException | null, result: unknown) => void,
) => void

function attempt(decode: Decoder, bytes: Buffer, most: number, over: 'ratio' | 'size'): Promise<DecodeResult> {
  return new Promise((resolve) => {
    decode(bytes, {info: true, maxOutputLength: Math.max(1, most)}, (error, result) => {
      if (error) return resolve({problem: error.code === 'ERR_BUFFER_TOO_LARGE' ? over : 'incomplete'})
      const whole = readResult(result)
      // the library takes bytes behind the end in silence; a peer may not
      resolve(whole?.consumed === bytes.length ? {bytes: whole.buffer} : {problem: 'incomplete'})
    })
  })
}

const GZIP = Buffer.from([0x1f, 0x8b, 8])

/**
 * Extra fields, file names and comments in the heads of gzip members, one to a line: decoders skip them, and the bytes are
 * sent as they came. Read wherever a member may begin, since a peer may go on where this decoder ends; each byte once.
 */
export function gzipNotes(bytes: Buffer): string {
  const notes: string[] = []
  for (let at = bytes.indexOf(GZIP); at >= 0 && at + 3 < bytes.length;) {
    const flags = bytes[at + 3] ?? 0
    let from = at + 10
    const take = (end: number, next: number): void => {
      notes.push(bytes.toString('utf8', from, end))
      from = next
    }
    if (flags & 4 && from + 2 <= bytes.length) {
      from += 2
      const end = from + bytes.readUInt16LE(from - 2)
      take(end, end)
    }
    for (const field of [8, 16]) {
      if (!(flags & field)) continue
      const end = bytes.indexOf(0, from)
      take(end < 0 ? bytes.length : end, end < 0 ? bytes.length : end + 1)
    }
    at = bytes.indexOf(GZIP, from > at + 10 ? from : at + 3)
  }
  return notes.join('\n')
}

/** What `info: true` makes of a result; the published types do not know it. */
function readResult(result: unknown): {readonly buffer: Buffer; readonly consumed: number} | undefined {
  const {buffer, engine} = result as {readonly buffer?: unknown; readonly engine?: {readonly bytesWritten?: unknown}}
  if (!Buffer.isBuffer(buffer) || typeof engine?.bytesWritten !== 'number') return undefined
  return {buffer, consumed: engine.bytesWritten}
}
