// Values that look random and are not secrets by their form: identifiers, digests, times, numbers, media, slugs, and DNS
// queries. Entropy alone skips them; credential rules never do.

const FORMS = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  // ULID
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i,
  /^\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/,
  /^[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?$/i,
  /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z-]{1,16}(?:\.[0-9A-Za-z-]{1,16}){0,3})?(?:\+[0-9A-Za-z-]{1,16}(?:\.[0-9A-Za-z-]{1,16}){0,3})?$/,
]
const DIGEST_LENGTHS = new Set([32, 40, 56, 64, 96, 128])

export function isStructuredValue(text: string): boolean {
  if (DIGEST_LENGTHS.has(text.length) && /^[0-9a-f]+$/i.test(text)) return true
  return FORMS.some((form) => form.test(text)) || isSlug(text) || isMedia(text)
}

/** At least three words; everything else short numbers or single letters. */
function isSlug(text: string): boolean {
  if (text.length > 400 || !/[-_.]/.test(text)) return false
  let words = 0
  for (const part of text.split(/[-_.]/)) {
    if (isWord(part)) words++
    else if (!/^(?:\d{1,8}|[A-Za-z])$/.test(part)) return false
  }
  return words >= 3
}

function isWord(part: string): boolean {
  return (
    /^(?:[a-z]{2,16}|[A-Z]{2,16}|[A-Z][a-z]{1,15})$/.test(part) &&
    /[aeiouy]/i.test(part) &&
    !/[bcdfghjklmnpqrstvwxz]{5}/i.test(part)
  )
}

const MAGIC = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x25, 0x50, 0x44, 0x46],
  [0x50, 0x4b, 0x03, 0x04],
]

function isMedia(text: string): boolean {
  if (!/^[A-Za-z0-9+/_-]{20}/.test(text)) return false
  const head = Buffer.from(text.slice(0, 24), 'base64')
  if (MAGIC.some((magic) => magic.every((byte, i) => head[i] === byte))) return true
  return head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP'
}

export interface DnsQuery {
  readonly labels: readonly string[]
  /** Option data other than zero padding. */
  readonly options: readonly string[]
}

/** base64url that parses completely as one DNS query: RFC 8484 requests carry it. */
export function parseDnsQuery(text: string): DnsQuery | undefined {
  if (text.length < 20 || text.length > 1400 || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const count = (at: number): number => bytes.readUInt16BE(at)
  // a query, one or more questions, no answers, no authority, at most one OPT record
  if (bytes.length < 17 || ((bytes[2] ?? 0) & 0x80) !== 0 || count(6) !== 0 || count(8) !== 0 || count(10) > 1) {
    return undefined
  }
  const questions = count(4)
  if (questions < 1) return undefined
  const labels: string[] = []
  let at = 12
  for (let q = 0; q < questions; q++) {
    const end = readName(bytes, at, labels)
    if (end === undefined || end + 4 > bytes.length) return undefined
    at = end + 4
  }
  if (count(10) === 0) return at === bytes.length ? {labels, options: []} : undefined
  const options = readOpt(bytes, at)
  return options === undefined ? undefined : {labels, options}
}

function readName(bytes: Buffer, from: number, labels: string[]): number | undefined {
  let at = from
  for (;;) {
    const length = bytes[at]
    if (length === undefined || length > 63 || at + 1 + length > bytes.length) return undefined
    at++
    if (length === 0) return at
    labels.push(bytes.toString('latin1', at, at + length))
    at += length
  }
}

function readOpt(bytes: Buffer, at: number): readonly string[] | undefined {
  if (at + 11 > bytes.length || bytes[at] !== 0 || bytes.readUInt16BE(at + 1) !== 41) return undefined
  const end = at + 11 + bytes.readUInt16BE(at + 9)
  if (end !== bytes.length) return undefined
  const options: string[] = []
  for (let i = at + 11; i < end;) {
    if (i + 4 > end) return undefined
    const length = bytes.readUInt16BE(i + 2)
    if (i + 4 + length > end) return undefined
    const data = bytes.subarray(i + 4, i + 4 + length)
    if (data.some((byte) => byte !== 0)) options.push(data.toString('latin1'))
    i += 4 + length
  }
  return options
}
