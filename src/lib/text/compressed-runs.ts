// Compressed text inside text: base64 or hex of a gzip or zlib stream, which shows nothing readable when it is decoded
//. Such a run says what it is with its first bytes, so that others cost a comparison. What it unpacks to is
// bounded: of a stream that unpacks to more, the beginning is handed on.
import type {DecodeBudget, DecodedRun, Runs} from './decoded-run.js'
import {constants, inflateRawSync} from 'node:zlib'

/** Streams that are tried for one text: what only begins like one costs a failed try. */
const MAX_STREAMS = 32
const MIN_RUN = 16
/** Of a stream that is too much as a whole, what share is unpacked instead. */
const SHARES = [1, 4, 16, 64]

interface Stream {
  readonly encoding: 'base64' | 'hex'
  readonly start: number
  readonly end: number
}

const NOTHING: DecodedRun[] = []

/** What the runs of a text unpack to. */
export function compressedRuns(text: string, runs: Runs, budget: DecodeBudget): readonly DecodedRun[] {
  let results: DecodedRun[] = NOTHING
  let tried = 0
  for (const {encoding, start, end} of streamsIn(text, runs)) {
    if (++tried > MAX_STREAMS || --budget.attempts < 0) break
    const unpacked = unpackedText(Buffer.from(text.slice(start, end), encoding), budget)
    if (unpacked === '') continue
    if (results === NOTHING) results = []
    results.push({encoding, start, end, text: unpacked, isWhole: true})
  }
  return results
}

const GZIP: readonly (readonly [sign: string, encoding: 'base64' | 'hex'])[] = [
  ['H4sI', 'base64'],
  ['1f8b08', 'hex'],
  ['1F8B08', 'hex'],
]
/** The two bytes of a zlib head: looked for at the beginning of a run alone. */
const ZLIB: ReadonlyMap<string, 'base64' | 'hex'> = new Map([
  ...['eA', 'eF', 'eJ', 'eN'].map((sign) => [sign, 'base64'] as const),
  ...['7801', '785e', '789c', '78da'].flatMap((sign) => [sign, sign.toUpperCase()].map((one) => [one, 'hex'] as const)),
])
const [SMALL_E, SEVEN] = [0x65, 0x37]

function* streamsIn(text: string, runs: Runs): Generator<Stream> {
  if (runs.length === 0) return
  for (const [sign, encoding] of GZIP) {
    for (let at = text.indexOf(sign), i = 0; at >= 0; at = text.indexOf(sign, at + sign.length)) {
      while (i < runs.length && (runs[i + 1] ?? 0) <= at) i += 2
      const end = runs[i + 1] ?? 0
      if ((runs[i] ?? text.length) <= at && end - at >= MIN_RUN) yield {encoding, start: at, end}
    }
  }
  for (let i = 0; i < runs.length; i += 2) {
    const [start = 0, end = 0] = [runs[i], runs[i + 1]]
    const c = text.charCodeAt(start)
    if ((c !== SMALL_E && c !== SEVEN) || end - start < MIN_RUN) continue
    const encoding = ZLIB.get(text.slice(start, start + (c === SMALL_E ? 2 : 4)))
    if (encoding !== undefined) yield {encoding, start, end}
  }
}

/** Empty where it is no such stream. One that was cut short is read as far as it goes, what stands behind one is not. */
function unpackedText(bytes: Buffer, budget: DecodeBudget): string {
  const packed = bytes.subarray(headSize(bytes))
  const maxOutputLength = Math.max(1, budget.bytes)
  for (const share of SHARES) {
    try {
      const part = packed.subarray(0, Math.ceil(packed.length / share))
      const unpacked = inflateRawSync(part, {maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH})
      budget.bytes -= unpacked.length
      return unpacked.toString('utf8')
    } catch (error) {
      if (!(error instanceof RangeError)) return ''
    }
  }
  return ''
}

const GZIP_SIGN = 0x1f
const FLAG = {extra: 4, name: 8, comment: 16, checksum: 2}

/** Bytes in front of the packed ones: two of zlib, ten or more of gzip (RFC 1952, section 2.3). */
function headSize(bytes: Buffer): number {
  if (bytes[0] !== GZIP_SIGN) return 2
  const flags = bytes[3] ?? 0
  let at = 10
  if (flags & FLAG.extra) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0)
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (flags & flag) at = Math.max(at, bytes.indexOf(0, at) + 1)
  }
  return flags & FLAG.checksum ? at + 2 : at
}
