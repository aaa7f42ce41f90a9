// Canonical paths and path patterns, one matcher for compile, shadow and live. Three texts must never be mixed: the raw
// path as received, the canonical path (decoded), and the pattern (canonical, `%` and a whole `*` escaped). URL text
// becomes host, port and raw path in target.ts, rule keys are in rule-key.ts. Published in docs/formats/paths.md.
import {admits, type Form} from './segment-forms.js'
import {isPlainName, namesOf, serverReadings} from './segment-reading.js'

export type PathFault = 'path_empty' | 'path_too_long' | 'path_non_canonical' | 'path_decode_failure'

export interface CanonicalPath {
  readonly canonical: string
  /** Decoded, folded segments; none for `/`. */
  readonly segments: readonly string[]
}

/** Segments that no wildcard ever covers; part of the format, not of the configuration. */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set(
  (
    'admin auth login oauth token billing settings users me orgs sso saml mfa kms vault secret key password payment refund ' +
    'transfer withdraw ssh ssl cert ca auth0'
  ).split(' '),
)

const MAX_PATH_BYTES = 2048
const CONTROL = /[\u0000-\u001f\u007f]/
const NON_ASCII = /[^\u0000-\u007f]/
/** Lower-case ASCII segments that need no decoding; the leading character keeps `.` and `..` out. */
const PLAIN_PATH = /^(?:\/[a-z0-9_~-][a-z0-9_.~-]*)+$/
const ROOT: CanonicalPath = {canonical: '/', segments: []}

/**
 * Canonical form of a raw path, or the fault that prevents one. The raw path must not have passed a URL library: those
 * resolve `..`.
 */
export function canonicalPath(raw: string): CanonicalPath | PathFault {
  if (raw === '') return 'path_empty'
  if (raw.length > MAX_PATH_BYTES) return 'path_too_long'
  if (PLAIN_PATH.test(raw)) return {canonical: raw, segments: raw.slice(1).split('/')}
  if (Buffer.byteLength(raw) > MAX_PATH_BYTES) return 'path_too_long'
  if (!raw.isWellFormed()) return 'path_decode_failure'
  const folded = fold(raw)
  if (CONTROL.test(folded) || !folded.startsWith('/')) return 'path_non_canonical'
  if (folded === '/') return ROOT
  if (folded.endsWith('/')) return 'path_non_canonical'
  const segments = folded.slice(1).split('/')
  if (segments.some(isUnsafe)) return 'path_non_canonical'
  for (const [i, segment] of segments.entries()) {
    if (!segment.includes('%')) continue
    const decoded = decode(segment)
    if (decoded === undefined) return 'path_decode_failure'
    if (decoded.includes('/') || CONTROL.test(decoded)) return 'path_non_canonical'
    // folded again: `%41dmin` must not stay `Admin` and `%2e%2e` must not become a dot segment unseen
    const again = fold(decoded)
    if (isUnsafe(again)) return 'path_non_canonical'
    segments[i] = again
  }
  return {canonical: `/${segments.join('/')}`, segments}
}

/**
 * The path of a request for aggregator and runtime: empty is `/`, and exactly one trailing slash is dropped, but not
 * the second of two.
 */
export function requestPath(raw: string): CanonicalPath | PathFault {
  if (raw === '') return ROOT
  const drop = raw.length > 1 && raw.endsWith('/') && raw[raw.length - 2] !== '/'
  return canonicalPath(drop ? raw.slice(0, -1) : raw)
}

function isUnsafe(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..'
}

/** NFC, then simple lower-case mapping. */
function fold(text: string): string {
  return lower(NON_ASCII.test(text) ? text.normalize('NFC') : text)
}

/** One code point to one, no context, so that no locale and no expansion decides. */
function lower(text: string): string {
  if (!NON_ASCII.test(text)) return text.toLowerCase()
  let out = ''
  for (const c of text) {
    if (c === '\u0130') {
      out += 'i'
      continue
    }
    const small = c.toLowerCase()
    out += [...small].length === 1 ? small : c
  }
  return out
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined // a bad escape, or bytes that are not UTF-8
  }
}

/** A configured segment (reserved extra, sibling, pin) in canonical form; undefined where its grammar forbids it. */
export function literalSegment(text: string): string | undefined {
  const path = canonicalPath(`/${text}`)
  if (typeof path === 'string') return undefined
  const [segment, ...more] = path.segments
  if (segment === undefined || more.length > 0) return undefined
  return isLiteralSegment(segment) ? segment : undefined
}

/** Grammar of the literals in normalization blocks, which are canonical already. */
export function isLiteralSegment(segment: string): boolean {
  const bytes = Buffer.byteLength(segment)
  return bytes >= 1 && bytes <= 256 && !CONTROL.test(segment) && !/[/*?[\]]/.test(segment)
}

/**
 * True for a segment that canonicalPath can return: decoded, folded, no dot segment. Lower-casing comes after NFC, so a
 * segment is not always in NFC: `H` with a line below becomes an `h` with one, which NFC would join. Refusing those
 * would let one request with such a path spoil the ledger that records it.
 */
export function isCanonicalSegment(segment: string): boolean {
  if (isUnsafe(segment) || !segment.isWellFormed() || segment.includes('/') || CONTROL.test(segment)) return false
  return fold(segment) === segment || fold(raised(segment)) === segment
}

/**
 * Capital letters, where a single one maps to the small letter: folds to the text although the text does not fold to
 * itself.
 */
function raised(text: string): string {
  return [...text]
    .map((c) => {
      const big = c === 'i' ? '\u0130' : c.toUpperCase()
      return [...big].length === 1 && lower(big) === c ? big : c
    })
    .join('')
}

/** A canonical segment as pattern text; a literal `*` never becomes a wildcard. */
export function patternSegment(segment: string): string {
  const escaped = segment.includes('%') ? segment.replaceAll('%', '%25') : segment
  return escaped === '*' ? '%2A' : escaped
}

/** Segments of a canonical path; decoded ones hold no `/`, so the text can be split again. */
export function segmentsOf(canonical: string): readonly string[] {
  return canonical === '/' ? [] : canonical.slice(1).split('/')
}

/** Pattern text that matches exactly the path of these canonical segments. */
export function literalPattern(segments: readonly string[]): string {
  return segments.length === 0 ? '/' : `/${segments.map(patternSegment).join('/')}`
}

export const WILDCARD = Symbol('*')

/** Segments of a pattern, each a canonical segment or the wildcard. */
export type Pattern = readonly (string | typeof WILDCARD)[]

/**
 * Reads pattern text. `%25` and `%2A` are decoded in one pass; any other `%` is literal. Text without leading `/`
 * matches nothing.
 */
export function parsePattern(text: string): Pattern | undefined {
  if (text === '/') return []
  if (!text.startsWith('/')) return undefined
  return text
    .slice(1)
    .split('/')
    .map((part) => (part === '*' ? WILDCARD : part.replace(/%25|%2A/g, (escape) => (escape === '%25' ? '%' : '*'))))
}

/**
 * Segments that no wildcard of a path entry covers besides the built-in ones: its `pinned_segments`, in every reading
 * of a server.
 */
export class SetApart {
  readonly #names: ReadonlySet<string>

  constructor(values: Iterable<string> = []) {
    const names = new Set<string>()
    for (const value of values)
      for (const name of [value, ...(serverReadings(value) ?? namesOf(value))]) names.add(name)
    this.#names = names
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }
}

const NOTHING_APART = new SetApart()

/** True when a wildcard may match this canonical segment. */
export function isWild(segment: string, apart: SetApart = NOTHING_APART): boolean {
  if (isApart(segment, apart)) return false
  if (isPlainName(segment)) return true
  const readings = serverReadings(segment)
  return readings !== undefined && !readings.some((name) => isApart(name, apart))
}

function isApart(name: string, apart: SetApart): boolean {
  return name === '' || RESERVED_SEGMENTS.has(name) || apart.has(name)
}

/** What typed wildcards admit, by index of the segment from 0. */
export type SegmentForms = ReadonlyMap<number, readonly Form[]>

/** Segment by segment, equal counts; `apart` holds the pinned_segments of the path entry, `forms` its typed wildcards. */
export function matchesPattern(
  pattern: Pattern,
  segments: readonly string[],
  apart = NOTHING_APART,
  forms?: SegmentForms,
): boolean {
  if (pattern.length !== segments.length) return false
  if (pattern.some((part, i) => part !== WILDCARD && part !== segments[i])) return false
  return matchesWildcards(wildcardsOf(pattern), segments, apart, forms)
}

/** Where wildcards stand, by index of the segment from 0. */
export function wildcardsOf(pattern: Pattern): readonly number[] {
  return [...pattern.keys()].filter((i) => pattern[i] === WILDCARD)
}

/** What remains of a match where the literals are those of the path already. */
export function matchesWildcards(
  wildcards: readonly number[],
  segments: readonly string[],
  apart: SetApart,
  forms: SegmentForms | undefined,
): boolean {
  for (const i of wildcards) {
    const segment = segments[i] ?? ''
    const admitted = forms?.get(i)
    // the form first: it is cheap, and refuses most of what a wildcard must not match
    if (admitted && !admitted.some((form) => admits(form, segment, segments, i))) return false
    if (!isWild(segment, apart)) return false
  }
  return true
}
