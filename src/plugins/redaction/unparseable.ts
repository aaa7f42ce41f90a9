// Requests whose body is no JSON: what they are refused with, and the destinations that may receive them as they are.
import {charsetNamed, charsetsOf} from '../../lib/charset.js'
import type {DomainList} from '../../lib/domain-list.js'
import type {FailureCode} from './redact-json.js'
import {trimOws} from '../../lib/ows.js'

export interface RequestFacts {
  /** Canonical. */
  readonly host: string
  readonly method: string
  readonly path: string
  /** Content-Type as received; "" where there is none. */
  readonly contentType: string
}

/** Every dimension that is given must match. */
export interface UnparseableRoute {
  readonly hosts: DomainList
  readonly methods: readonly string[]
  readonly pathPrefixes: readonly string[]
  readonly pathSuffixes: readonly string[]
  readonly contentTypes: readonly string[]
}

/** `type/subtype` in lower case without parameters. */
export function mediaTypeOf(contentType: string): string {
  return trimOws(contentType.split(';', 1)[0] ?? '').toLowerCase()
}

export function isJsonType(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType === 'text/json' || /^[^/]+\/[^/]+\+json$/.test(mediaType)
}

/**
 * Clients that name no type, or the one that a string body gets by default, mostly send JSON: then the bytes tell. A type
 * that says something else is believed, because its reader would decode the bytes in another way than JSON does.
 */
export function mayBeJson(mediaType: string): boolean {
  return mediaType === '' || mediaType === 'text/plain'
}

/** Letters that nobody here can read: of ASCII they may make something else. */
export function hasUnknownCharset(contentType: string): boolean {
  return charsetsOf(contentType).some((label) => charsetNamed(label).kind === 'unknown')
}

const STREAMS = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/json-seq',
  'application/grpc',
  'text/event-stream',
])

/** The failure of a body that is read as something else than JSON. */
export function failureOf(mediaType: string): FailureCode {
  if (mediaType.startsWith('multipart/')) return 'multipart_unsupported'
  if (STREAMS.has(mediaType) || mediaType.startsWith('application/grpc+')) return 'streaming_request_unsupported'
  return 'non_json_body'
}

export function isAllowed(request: RequestFacts, hosts: DomainList, routes: readonly UnparseableRoute[]): boolean {
  return hosts.match(request.host) !== undefined || routes.some((route) => matches(route, request))
}

function matches(route: UnparseableRoute, {host, method, path, contentType}: RequestFacts): boolean {
  const any = <T>(given: readonly T[], test: (one: T) => boolean): boolean => given.length === 0 || given.some(test)
  return (
    route.hosts.match(host) !== undefined &&
    any(route.methods, (one) => one === method) &&
    any(route.pathPrefixes, (one) => path.startsWith(one)) &&
    any(route.pathSuffixes, (one) => path.endsWith(one)) &&
    any(route.contentTypes, (one) => one === mediaTypeOf(contentType))
  )
}
