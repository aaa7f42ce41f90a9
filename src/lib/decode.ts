// Encodings that hide text: iterated percent escapes, base64 in its four variants, hexadecimal, base32. Every function is
// pure, linear in its input, and never throws.

export interface PercentDecoded {
  readonly text: string
  /** Rounds that changed something. */
  readonly rounds: number
  /** An escape of an ASCII letter or digit appeared only after an earlier round: no encoder writes that. */
  readonly excessive: boolean
}

const MAX_ROUNDS = 500

/** Undoes well-formed escapes until the text is stable; a malformed one stays literal and hides nothing after it. */
export function decodePercent(text: string, plusAsSpace: boolean): PercentDecoded {
  let current = plusAsSpace && text.includes('+') ? text.replaceAll('+', ' ') : text
  let rounds = 0
  let excessive = false
  while (current.includes('%')) {
    if (rounds > 0 && ESCAPED_ALNUM.test(current)) excessive = true
    let next = decodeWide(decodeOnce(current))
    if (next === current) break
    // Escapes of the escape character, however deep, are undone together: one round each would be quadratic.
    const collapsed = next.replace(ESCAPED_PERCENTS, '%')
    if (collapsed !== next) {
      rounds++
      next = collapsed
    }
    current = next
    if (++rounds >= MAX_ROUNDS) return {text: current, rounds, excessive: true}
  }
  return {text: current, rounds, excessive}
}

const ESCAPED_ALNUM = /%(?:u00)?(?:3[0-9]|[46][1-9a-f]|[57][0-9a])/i
const ESCAPED_PERCENTS = /%(?:25)+/g
const ESCAPES = /(?:%[0-9a-f]{2})+/gi

/** One round: runs of escapes become UTF-8 text; what is no UTF-8 becomes U+FFFD. */
export function decodeOnce(text: string): string {
  return text.includes('%')
    ? text.replace(ESCAPES, (run) => {
        const code = run.length === 3 ? Number.parseInt(run.slice(1), 16) : 0x80
        return code < 0x80 ? String.fromCharCode(code) : Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8')
      })
    : text
}

const WIDE_ESCAPE = /%u([0-9a-f]{4})/gi

/** `%u0041`: no standard has it, and old servers and every script read it. */
function decodeWide(text: string): string {
  return text.includes('%u') || text.includes('%U')
    ? text.replace(WIDE_ESCAPE, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    : text
}

const KIND_HEX = 1
const KIND_BASE32 = 2
const KIND_BASE64 = 4
const PADDING = 8
const KINDS = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  if (/[0-9A-Fa-f]/.test(character)) KINDS[c] = (KINDS[c] ?? 0) | KIND_HEX
  if (/[A-Za-z2-7]/.test(character)) KINDS[c] = (KINDS[c] ?? 0) | KIND_BASE32
  if (/[A-Za-z0-9+/_-]/.test(character)) KINDS[c] = (KINDS[c] ?? 0) | KIND_BASE64
  if (character === '=') KINDS[c] = PADDING
}

/** Shortest texts worth decoding: what the shortest rule (eight characters) takes in each encoding. */
const MIN_HEX = 16
const MIN_BASE32 = 13
const MIN_BASE64 = 11

export type Encoding = 'hex' | 'base32' | 'base64'

export interface Decoded {
  readonly encoding: Encoding
  readonly bytes: Buffer
}

/**
 * Every reading of a whole field (padding allowed). Base64 is read in both alphabets at once: a text that mixes them is
 * read by the laxest peer.
 */
export function decodeField(text: string): readonly Decoded[] {
  const results: Decoded[] = []
  for (const reading of fieldReadings(text)) if (reading !== undefined) results.push(reading)
  return results
}

/** Characters between two pauses; of a text of megabytes, looking at all of them takes long. */
const PIECE = 65_536

/** `decodeField`, each reading made when it is requested; undefined is a pause. */
export function* fieldReadings(text: string): Generator<Decoded | undefined, undefined> {
  const n = text.length
  if (n < MIN_BASE64) return
  let kinds = KIND_HEX | KIND_BASE32 | KIND_BASE64
  let end = n
  while (end > 0 && text.charCodeAt(end - 1) === 0x3d) end--
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    kinds &= c < 128 ? (KINDS[c] ?? 0) : 0
    if (kinds === 0) return
    if (i % PIECE === PIECE - 1) yield
  }
  const body = end === n ? text : text.slice(0, end)
  if (kinds & KIND_HEX && end >= MIN_HEX && end === n) {
    yield {encoding: 'hex', bytes: Buffer.from(body.slice(0, end & ~1), 'hex')}
  }
  if (kinds & KIND_BASE32 && end >= MIN_BASE32) yield {encoding: 'base32', bytes: yield* base32Steps(body)}
  if (kinds & KIND_BASE64 && end >= MIN_BASE64 && end % 4 !== 1) {
    yield {encoding: 'base64', bytes: Buffer.from(body, 'base64')}
  }
}

/** Maximal runs of the base64 alphabets of at least `minimum` characters that are not the whole text; undefined is a pause. */
export function* encodedRuns(text: string, minimum: number): Generator<string | undefined, undefined> {
  let start = -1
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 0
    const inside = c < 128 && ((KINDS[c] ?? 0) & (KIND_BASE64 | PADDING)) !== 0
    if (inside) {
      if (start < 0) start = i
    } else if (start >= 0) {
      if (i - start >= minimum && i - start < text.length) yield text.slice(start, i)
      start = -1
    }
    if (i % PIECE === PIECE - 1) yield
  }
  return undefined
}

function* base32Steps(text: string): Generator<undefined, Buffer> {
  const bytes = Buffer.allocUnsafe(Math.floor((text.length * 5) / 8))
  let buffer = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < text.length && at < bytes.length; i++) {
    const c = text.charCodeAt(i)
    const value = c <= 0x37 ? c - 0x32 + 26 : (c | 0x20) - 0x61
    buffer = ((buffer << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (buffer >> bits) & 0xff
    }
    if (i % PIECE === PIECE - 1) yield
  }
  return bytes
}
