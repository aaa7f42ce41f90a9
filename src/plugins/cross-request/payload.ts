// The parts of a request that are inspected over several requests: values and names of the query, the segments of the
// path, its own headers, and the strings of the body, each under the place where its pieces may go on.
import type {Exchange, Header, Unit} from '../../core/exchange.js'
import type {Steps} from '../../core/work.js'
import {readForm} from '../../lib/body/form.js'
import {decodePercent} from '../../lib/decode.js'
import {JsonFault} from '../../lib/json/reader.js'
import {takeJsonTexts} from '../../lib/json/texts.js'
import {lineForDlp} from '../../lib/text/normalise.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import type {Payload} from './fragments.js'

export interface RequestParts {
  readonly payloads: readonly Payload[]
  /** What is counted: values, bare words and names, not the path. */
  readonly counted: string
}

/** Larger documents are inspected as text. */
const MAX_PARSED = 256 * 1024

export function* headParts({target, headers}: Pick<Exchange, 'target' | 'headers'>): Steps<RequestParts> {
  if (target === undefined) return {payloads: [], counted: ''}
  const {host, path, query} = target
  const fields = query === '' ? [] : readForm(query)
  const segments = path.split('/').flatMap((one) => (one === '' ? [] : [plain(decodePercent(one, false).text)]))
  const payloads = [
    {stream: 'path', texts: segments},
    ...(yield* byPlace(fields.map(({name, value, deep}) => [deep?.name ?? name, deep?.value ?? value] as const))),
    ...headers.flatMap((header) => headerPayload(header)),
    ...hostPayload(host),
  ]
  return {payloads, counted: fields.map(({name, value}) => `${name}=${value}`).join('&')}
}

const MAX_LABELS = 8

/** The labels of a name below the domain that somebody registered: its owner receives the queries for all of them. */
export function hostPayload(host: string): readonly Payload[] {
  if (!/[a-z]/.test(host) || host.includes(':')) return []
  const domain = registrableDomain(host)
  const labels = host
    .slice(0, -domain.length)
    .split('.')
    .filter((label) => label !== '')
  return labels
    .slice(-MAX_LABELS)
    .reverse()
    .map((label, i) => ({stream: `host:${i}.${domain}`, texts: [label], isSteady: true}))
}

export function* bodyParts(unit: Unit): Steps<RequestParts> {
  yield
  const text = unit.bytes.subarray(0, MAX_PARSED).toString('utf8')
  yield
  const fields = yield* fieldsOf(text, unit)
  const payloads = fields === undefined ? [{stream: 'body', texts: [text]}] : yield* byPlace(fields)
  return {payloads, counted: text}
}

type Field = readonly [name: string, value: string]

function* fieldsOf(text: string, {mediaType, bytes}: Unit): Steps<readonly Field[] | undefined> {
  if (bytes.length > MAX_PARSED) return undefined
  if (mediaType === 'application/x-www-form-urlencoded') {
    return readForm(text).map(({name, value, deep}) => [deep?.name ?? name, deep?.value ?? value])
  }
  try {
    const fields: Field[] = []
    yield* takeJsonTexts(text, {maxDepth: 64, sequence: true}, ({text: value, role, under}) => {
      if (role === 'key') fields.push([value, ''])
      else if (role !== 'word') fields.push([under, value])
    })
    return fields
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return undefined // not JSON: it is inspected as it is
  }
}

/** Every field as a place of its own, all values together as one, and all names as another. */
function* byPlace(fields: readonly Field[]): Steps<readonly Payload[]> {
  if (fields.length === 0) return []
  const places = new Map<string, string[]>()
  const values: string[] = []
  let work = 0
  for (const [name, raw] of fields) {
    if (raw === '') continue
    const value = plain(raw)
    if ((work += raw.length + 64) > PAUSE_AFTER) {
      work = 0
      yield
    }
    values.push(value)
    const stream = `field:${placeOf(name)}`
    const texts = places.get(stream)
    if (texts === undefined) places.set(stream, [value])
    else texts.push(value)
  }
  return [
    {stream: 'values', texts: values, endsOnly: true},
    ...[...places].map(([stream, texts]) => ({stream, texts})),
    {stream: 'names', texts: fields.map(([name]) => plain(name))},
  ]
}

/** Characters of fields read between two pauses. */
const PAUSE_AFTER = 32_768

/** `part1` and `part2` are one place. */
function placeOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[0-9]+/g, '')
    .slice(0, 64)
}

/** Longer texts are joined as they are written: only their ends count, and their tokens. */
const MAX_FOLDED = 16_384

/** Without the disguises that a reader sees through: a piece is as plain to it as a whole token. */
function plain(text: string): string {
  return text.length > MAX_FOLDED || !/[^\x00-\x7f]/.test(text) ? text : lineForDlp(text).text
}

/** What is about the connection and the body, and says nothing that the client may choose. */
const TECHNICAL = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-pipelock-agent',
])
/** What clients send with every request: joined with itself alone, and only where it is another text than before. */
const STEADY = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'authorization',
  'cache-control',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
  'user-agent',
])
const MAX_COOKIES = 16

function headerPayload([name, value]: Header): readonly Payload[] {
  const lower = name.toLowerCase()
  if (TECHNICAL.has(lower) || value === '') return []
  if (lower === 'cookie') return cookies(value)
  // the scheme would stand between two pieces
  const text = plain(lower === 'authorization' ? value.replace(/^[A-Za-z]+ +/, '') : value)
  const payload = {stream: `header:${placeOf(lower)}`, texts: [text]}
  return [STEADY.has(lower) ? {...payload, isSteady: true} : payload]
}

function cookies(value: string): readonly Payload[] {
  return value.split(';', MAX_COOKIES).map((pair) => {
    const at = pair.indexOf('=')
    const name = at < 0 ? '' : pair.slice(0, at)
    return {stream: `cookie:${placeOf(name.trim())}`, texts: [plain(pair.slice(at + 1).trim())], isSteady: true}
  })
}
