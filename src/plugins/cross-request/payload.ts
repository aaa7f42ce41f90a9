// What of a request is looked at over several requests (scanning §8): values and names of the query, the segments of the
// path, its own headers, and the strings of the body, each under the place where its pieces may go on.
import type {Exchange, Header, Unit} from '../../core/exchange.js'
import {readForm} from '../../lib/body/form.js'
import {decodePercent} from '../../lib/decode.js'
import {JsonFault} from '../../lib/json/reader.js'
import {readJsonTexts} from '../../lib/json/texts.js'
import type {Payload} from './fragments.js'

export interface RequestParts {
  readonly payloads: readonly Payload[]
  /** What is counted: values, bare words and names, not the path (scanning §8.1). */
  readonly counted: string
}

/** Larger documents are looked at as text. */
const MAX_PARSED = 256 * 1024

export function headParts({target, headers}: Pick<Exchange, 'target' | 'headers'>): RequestParts {
  if (target === undefined) return {payloads: [], counted: ''}
  const {canonical, scheme} = target
  const start = canonical.indexOf('/', scheme.length + 3)
  const question = canonical.indexOf('?', start)
  const path = canonical.slice(start, question < 0 ? undefined : question)
  const fields = question < 0 ? [] : readForm(canonical.slice(question + 1))
  const segments = path.split('/').flatMap((one) => (one === '' ? [] : [decodePercent(one, false).text]))
  const payloads = [
    {stream: 'path', texts: segments},
    ...byPlace(fields.map(({name, value, deep}) => [deep?.name ?? name, deep?.value ?? value] as const)),
    ...headers.flatMap((header) => headerPayload(header)),
  ]
  return {payloads, counted: fields.map(({name, value}) => `${name}=${value}`).join('&')}
}

export function bodyParts(unit: Unit): RequestParts {
  const text = unit.bytes.subarray(0, MAX_PARSED).toString('utf8')
  const fields = fieldsOf(text, unit)
  const payloads = fields === undefined ? [{stream: 'body', texts: [text]}] : byPlace(fields)
  return {payloads, counted: text}
}

function fieldsOf(text: string, {mediaType, bytes}: Unit): readonly (readonly [string, string])[] | undefined {
  if (bytes.length > MAX_PARSED) return undefined
  if (mediaType === 'application/x-www-form-urlencoded') {
    return readForm(text).map(({name, value, deep}) => [deep?.name ?? name, deep?.value ?? value])
  }
  try {
    const texts = readJsonTexts(text, {maxDepth: 64, sequence: true})
    return texts.flatMap(({text: value, role, under}) => {
      if (role === 'key') return [[value, '']] as const
      return role === 'word' ? [] : ([[under, value]] as const)
    })
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return undefined // no JSON: it is looked at as it is
  }
}

/** Every field as a place of its own, all values together as one, and all names as another. */
function byPlace(fields: readonly (readonly [name: string, value: string])[]): readonly Payload[] {
  if (fields.length === 0) return []
  const places = new Map<string, string[]>()
  for (const [name, value] of fields) {
    if (value === '') continue
    const stream = `field:${placeOf(name)}`
    const texts = places.get(stream)
    if (texts === undefined) places.set(stream, [value])
    else texts.push(value)
  }
  const values = fields.flatMap(([, value]) => (value === '' ? [] : [value]))
  return [
    {stream: 'values', texts: values, endsOnly: true},
    ...[...places].map(([stream, texts]) => ({stream, texts})),
    {stream: 'names', texts: fields.map(([name]) => name)},
  ]
}

/** `part1` and `part2` are one place. */
function placeOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[0-9]+/g, '')
    .slice(0, 64)
}

/** What clients send with every request, and what other parts of the product judge. */
const ORDINARY = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'pragma',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-pipelock-agent',
])

function headerPayload([name, value]: Header): readonly Payload[] {
  const lower = name.toLowerCase()
  return ORDINARY.has(lower) || value === '' ? [] : [{stream: `header:${placeOf(lower)}`, texts: [value]}]
}
