// Paths of routes, and the other way in which a server may read the path of a request. A path that reads as another one
// (`/packages/..;/api`, `/packages%2f..%2fapi`) must not take the route of the first and reach the second.
import {LIKE_SLASH} from '../../formats/segment-reading.js'
import {decodePercent} from '../../lib/decode.js'
import {compilePattern, PatternError, type RegexEngine} from '../../lib/regex/engine.js'

/** Exactly one of them. */
export interface PathSection {
  readonly exact?: string | undefined
  readonly prefix?: string | undefined
  readonly template?: string | undefined
  readonly regex?: string | undefined
}

/** Tries the path of a request, as the URL has it or as `lenientPath` reads it. */
export type PathMatcher = (path: string) => boolean

/** Escapes of separators and dots, empty and dot segments, path parameters. */
const AMBIGUOUS = /%(?:2[5ef]|3b|5c)|\/\/|;|\/\.{1,2}(?:\/|$)/i

/** What is wrong with a path of a kind but `regex`, whose syntax the engine tells; undefined when it is valid. */
export function pathProblem(kind: string, text: string): string | undefined {
  if (kind === 'regex') return undefined
  if (!text.startsWith('/')) return 'must begin with /'
  if (/[?#]/.test(text)) return 'is matched without query and fragment: end it in front of them'
  if (/[\u0000-\u001f\u007f\\]/.test(text)) return 'has a control character or a backslash'
  if (kind !== 'template') {
    if (/[{}*]/.test(text)) return 'has a placeholder; use template for it'
    return AMBIGUOUS.test(text)
      ? 'can be read in two ways: write it without escapes of / and ., without //, dot segments and ;'
      : undefined
  }
  const segments = text.slice(1).split('/')
  for (const [i, segment] of segments.entries()) {
    if (segment === '**') {
      if (i < segments.length - 1) return 'has ** elsewhere than at its end'
    } else if (/[{}*]/.test(segment) && !/^\{[a-z0-9_]{1,64}\}$/i.test(segment)) {
      return `has ${JSON.stringify(segment)} for a segment; write {name}, a last **, or the segment itself`
    } else if (segment === '' || segment === '.' || segment === '..') {
      return 'has an empty segment or a dot segment'
    }
  }
  return undefined
}

/** Why an expression cannot be used; undefined when it can. */
export function regexProblem(engine: RegexEngine, source: string): string | undefined {
  try {
    wholeMatch(engine, source)
    return undefined
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    return error.message
  }
}

/** True for texts that an expression matches from end to end, with regard to case. Throws PatternError. */
export function wholeMatch(engine: RegexEngine, source: string): (text: string) => boolean {
  // by itself first: `a)(b` is no expression, though it is one between parentheses
  compilePattern(engine, source)
  const matcher = compilePattern(engine, `^(?-i:${source})$`)
  return (text) => matcher.exec(text, 0) !== undefined
}

/** `folded`: without regard to case, as some servers compare. */
export function compilePath(section: PathSection | undefined, engine: () => RegexEngine, folded = false): PathMatcher {
  const fold = (text: string): string => (folded ? text.toLowerCase() : text)
  if (section === undefined) return () => true
  const {exact, prefix, template, regex} = section
  if (exact !== undefined) {
    const forms = formsOf(exact).map(fold)
    return (path) => forms.includes(fold(path))
  }
  if (prefix !== undefined) {
    const forms = formsOf(prefix).map(fold)
    return (path) => forms.some((form) => isBelow(form, fold(path)))
  }
  if (template !== undefined) {
    const parts = template
      .slice(1)
      .split('/')
      .map((part) => segmentOf(part, fold))
    return (path) => matchesTemplate(parts, fold(path).slice(1).split('/'))
  }
  return wholeMatch(engine(), folded ? `(?i:${regex ?? ''})` : (regex ?? ''))
}

/** True for the path itself and, segment by segment, for what is below it. */
export function isBelow(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false
  return prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/'
}

/** The path of a URL as the WHATWG URL Standard writes it. */
export function canonicalPath(text: string): string {
  return new URL(`http://host${text}`).pathname
}

/** A path of the configuration as the URL of a request may have it, and decoded. */
function formsOf(text: string): readonly string[] {
  const canonical = canonicalPath(text)
  const decoded = lenientPath(canonical)
  return decoded === canonical ? [canonical] : [canonical, decoded]
}

type Part =
  {readonly kind: 'any'} | {readonly kind: 'rest'} | {readonly kind: 'literal'; readonly forms: readonly string[]}

function segmentOf(text: string, fold: (text: string) => string): Part {
  if (text === '**') return {kind: 'rest'}
  if (text.startsWith('{')) return {kind: 'any'}
  return {kind: 'literal', forms: formsOf(`/${text}`).map((form) => fold(form.slice(1)))}
}

function matchesTemplate(parts: readonly Part[], segments: readonly string[]): boolean {
  const rest = parts.at(-1)?.kind === 'rest'
  const fixed = rest ? parts.length - 1 : parts.length
  if (rest ? segments.length < fixed : segments.length !== fixed) return false
  return parts.slice(0, fixed).every((part, i) => {
    const segment = segments[i] ?? ''
    return part.kind === 'literal' ? part.forms.includes(segment) : segment !== ''
  })
}

const SLASHES = new RegExp(`\\\\|${LIKE_SLASH.source}`, 'g')
const ORDINARY = /^(?:\/[A-Za-z0-9_~@:!$&'()*+,=-][A-Za-z0-9_.~@:!$&'()*+,=-]*)*\/?$/

/**
 * The path as a lenient server may read it: escapes decoded until none is left, what looks like a slash as one, path
 * parameters (`;…`) dropped, empty and dot segments resolved. An ordinary path reads as it is written.
 */
export function lenientPath(path: string): string {
  if (ORDINARY.test(path)) return path
  // a full-width `%` begins an escape for a server that normalises first
  const {text} = decodePercent(decodePercent(path, false).text.normalize('NFKC'), false)
  const segments: string[] = []
  const parts = text.replace(SLASHES, '/').split('/').slice(1)
  for (const part of parts) {
    const [segment = ''] = part.split(';', 1)
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const isFolder = /^(?:\.{0,2})(?:;|$)/.test(parts.at(-1) ?? '')
  return `/${segments.join('/')}${isFolder && segments.length > 0 ? '/' : ''}`
}
