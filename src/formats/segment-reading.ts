// How the servers behind the proxy may read a path segment. They do not agree: some decode once more, some cut path
// parameters at `;`, some take `\` for `/`, some drop dots and blanks at the end, some compare names without regard to
// case or script. A wildcard that only compared canonical text would let `admin;x`, `%2561dmin` or `..;` reach what it
// excludes.
import {normaliseName} from '../lib/text/normalise.js'

/** Lower-case ASCII names that every server reads alike. */
const PLAIN_NAME = /^[a-z0-9_~-](?:[a-z0-9_.~-]*[a-z0-9_~-])?$/

/** No client encodes a segment more often by mistake; the limit bounds the work on hostile input. */
const MAX_DECODINGS = 8

/** Control characters, C1 included, and the characters at which a server may split or cut a segment. */
const SEPARATOR = /[\u0000-\u001f\u007f-\u009f;\\/]/
/** Characters that best-fit code pages turn into `/` and `\`. NFKC maps the full-width ones. */
export const LIKE_SLASH = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/

export function isPlainName(segment: string): boolean {
  return PLAIN_NAME.test(segment)
}

/**
 * The names that a lenient server would look up for a canonical segment: fully decoded, without path parameters, folded
 * by compatibility, case and look-alikes, without invisible characters and marks, without blanks and dots at the ends.
 * They include "" where such a server sees a dot segment. undefined when a server may read the segment as two, or when
 * its escapes do not end or are not UTF-8.
 */
export function serverReadings(segment: string): readonly string[] | undefined {
  const decoded = fullyDecoded(segment)
  if (decoded === undefined || SEPARATOR.test(decoded) || LIKE_SLASH.test(decoded)) return undefined
  // a full-width `%` begins an escape for a server that normalises first
  const compatible = fullyDecoded(decoded.normalize('NFKC'))
  if (compatible === undefined || SEPARATOR.test(compatible)) return undefined
  return namesOf(compatible)
}

/** Readings of a reserved or pinned value: it may contain characters that make a request ambiguous. */
export function namesOf(value: string): readonly string[] {
  const [name = ''] = value.split(';', 1)
  // look-alikes of capitals map from the capitals: canonical paths are in small letters
  return [foldName(name), foldName(name.toUpperCase())]
}

function foldName(name: string): string {
  // upper case first: one capital may correspond to two small letters
  return trimmed(normaliseName(name).toUpperCase().toLowerCase())
}

/** undefined when the escapes are not those of UTF-8 text, or do not end. */
function fullyDecoded(segment: string): string | undefined {
  let text = segment
  for (let pass = 0; text.includes('%'); pass++) {
    if (pass === MAX_DECODINGS) return undefined
    const decoded = decodedOnce(text)
    if (decoded === undefined || decoded === text) return decoded
    text = decoded
  }
  return text
}

/** A `%` that begins no escape is literal, as in `100%`. `%uXXXX` is read by IIS and by `unescape`. */
function decodedOnce(text: string): string | undefined {
  try {
    return text
      .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
      .replace(/(?:%[0-9a-f]{2})+/gi, (run) => decodeURIComponent(run))
  } catch {
    return undefined
  }
}

function trimmed(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isMargin(text.charCodeAt(from))) from++
  while (to > from && isMargin(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/** Blanks, `+` (a blank in form encoding), and dots, which file systems drop. Other white space is deleted before. */
function isMargin(code: number): boolean {
  return code === 0x20 || code === 0x2b || code === 0x2e
}
