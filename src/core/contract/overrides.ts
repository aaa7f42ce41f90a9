// The subjects of a request that a contract judges: its destination, and the ones it names besides. Live gate and shadow
// replay share this, so that no spelling has two readings.
//
// A request can ask its server for another method or path than its own: by a header, a query parameter or a form field.
// Such a request would evade a contract that judged only the request line. Every method and path that a server may act
// on is judged, and all of them must be allowed.
import type {Header, Target} from '../exchange.js'
import {parseDestination, type Destination} from '../../formats/target.js'
import {readForm, type FormField} from '../../lib/body/form.js'

/**
 * The target as received, only when that reading names the very host and port that would be dialled. undefined when the
 * target is malformed for a contract: this is an evaluator error.
 */
export function contractDestination(target: Target | undefined): Destination | undefined {
  if (!target) return undefined
  const read = parseDestination(target.raw)
  return read && read.scheme === target.scheme && read.host === target.host && read.port === target.port
    ? read
    : undefined
}

export interface Overrides {
  readonly methods: readonly string[]
  /** Values of headers that name another path or URL. */
  readonly urls: readonly string[]
}

export const NO_OVERRIDES: Overrides = {methods: [], urls: []}

/** Stands for an unreadable method; no rule can name it. */
export const UNREADABLE_METHOD = '?'

const METHOD_HEADERS: ReadonlySet<string> = new Set(['x-http-method-override', 'x-method-override', 'x-http-method'])
const URL_HEADERS: ReadonlySet<string> = new Set(['x-original-url', 'x-rewrite-url'])
const METHOD_FIELD = '_method'

/** No client sends more; all combinations are judged. */
export const MAX_EACH = 4

/** Methods and paths that the head of a request names besides its request line. */
export function overridesOf(headers: readonly Header[], rawTarget: string): Overrides {
  const methods = methodsOfFields(readForm(queryOf(rawTarget)))
  const urls: string[] = []
  for (const [name, value] of headers) {
    // CGI and its descendants read `_` and `-` as one
    const folded = name.toLowerCase().replaceAll('_', '-')
    if (METHOD_HEADERS.has(folded)) methods.push(...value.split(','))
    else if (URL_HEADERS.has(folded)) urls.push(value.trim())
  }
  return {methods: distinct(methods.map((text) => text.trim())), urls: distinct(urls)}
}

/** Values of the form fields that some server takes for the method. */
export function methodsOfFields(fields: readonly FormField[]): string[] {
  return fields.flatMap(({name, value, deep}) => [
    ...(name.toLowerCase() === METHOD_FIELD ? [value] : []),
    ...(deep?.name.toLowerCase() === METHOD_FIELD ? [deep.value] : []),
  ])
}

export function withMethods({methods, urls}: Overrides, more: readonly string[]): Overrides {
  return more.length === 0
    ? {methods, urls}
    : {methods: distinct([...methods, ...more.map((text) => text.trim())]), urls}
}

/**
 * The destination that a server would route the request to; undefined when the value is neither a path nor a URL. Servers
 * read parameters of the value, of the request line or of both, so both are in its query.
 */
export function overridden(own: Destination, value: string): Destination | undefined {
  const to = value.startsWith('/')
    ? {...own, rawPath: value.replace(/[?#].*$/s, ''), rawQuery: queryOf(value)}
    : parseDestination(value)
  return to && {...to, rawQuery: [to.rawQuery, own.rawQuery].filter((query) => query !== '').join('&')}
}

function queryOf(rawTarget: string): string {
  const [beforeFragment = ''] = rawTarget.split('#', 1)
  const at = beforeFragment.indexOf('?')
  return at < 0 ? '' : beforeFragment.slice(at + 1)
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ''))]
}
