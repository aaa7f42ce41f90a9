// Files inside messages: base64 that is decoded and scanned where it is text. What cannot be decoded, is too
// long or is an archive was not inspected, which is a finding and never silence.
import {Buffer, isUtf8} from 'node:buffer'
import {readBase64} from '../../lib/base64.js'
import {readingSteps} from '../../lib/body/readings.js'

export type RawPart =
  | {readonly texts: readonly string[]; readonly bytes: Buffer}
  | {readonly problem: 'a2a_raw_size' | 'a2a_raw_encoding' | 'a2a_raw_archive'}

const TEXT_TYPE =
  /^text\/|[/+.-](?:json|xml|ya?ml|javascript|ecmascript|csv|markdown|svg|html|typescript|sh|sql|toml)\b/i
const MIN_RUN = 12
const PRINTABLE_SHARE = 0.9

const ARCHIVES: readonly (readonly [number, readonly number[]])[] = [
  [0, [0x50, 0x4b, 0x03, 0x04]],
  [0, [0x50, 0x4b, 0x05, 0x06]],
  [0, [0x1f, 0x8b]],
  [0, [0x42, 0x5a, 0x68]],
  [0, [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  [0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  [0, [0x28, 0xb5, 0x2f, 0xfd]],
  [0, [0x52, 0x61, 0x72, 0x21]],
  // the mark of a tape archive
  [257, [0x75, 0x73, 0x74, 0x61, 0x72]],
]

export function* readRawPart(encoded: string, mediaType: string, maxSize: number): Generator<undefined, RawPart> {
  if (encoded.length > maxSize) return {problem: 'a2a_raw_size'}
  const bytes = readBase64(encoded)
  if (!bytes) return {problem: 'a2a_raw_encoding'}
  for (const [at, magic] of ARCHIVES) {
    if (magic.every((byte, i) => bytes[at + i] === byte)) return {problem: 'a2a_raw_archive'}
  }
  if (TEXT_TYPE.test(mediaType) || isText(bytes)) return {texts: (yield* readingSteps(bytes, mediaType)).texts, bytes}
  const texts = [...(yield* wideTexts(bytes)), printableRuns(bytes)].filter((text) => text !== '')
  return {texts, bytes}
}

/** Text of two or four bytes a character, which nothing declares. */
function* wideTexts(bytes: Buffer): Generator<undefined, readonly string[]> {
  const [likeliest = '', ...others] = (yield* readingSteps(bytes, '')).texts
  if (others.length === 0) return []
  const sample = likeliest.slice(0, WIDE_SAMPLE)
  return sample.replace(/[^\t\n\r -~]/g, '').length >= sample.length / 2 ? [likeliest] : []
}
const WIDE_SAMPLE = 4_096

function isText(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false
  let printable = 0
  for (const c of bytes) if (c >= 0x20 || c === 0x0a || c === 0x0d || c === 0x09) printable++
  return printable >= bytes.length * PRINTABLE_SHARE
}

function printableRuns(bytes: Buffer): string {
  const runs: string[] = []
  let start = 0
  for (let i = 0; i <= bytes.length; i++) {
    const c = bytes[i] ?? 0
    if (c >= 0x20 && c < 0x7f) continue
    if (i - start >= MIN_RUN) runs.push(bytes.toString('latin1', start, i))
    start = i + 1
  }
  return runs.join('\n')
}
