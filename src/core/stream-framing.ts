// Framing of content without a known end, cut into pieces that are judged one by one: server-sent events, and JSON
// values one after the other, for content that declares itself as such a stream, and messages of WebSockets. Any other
// type is held until it is complete.
import {Buffer} from 'node:buffer'
import {charsetsOf} from '../lib/charset.js'
import {createValueReader} from '../lib/json/value-stream.js'
import {createTextCutter} from '../lib/text-cutter.js'
import {eventText, createSseReader, writeEvent, type SseItem} from '../lib/sse.js'
import type {Unit} from './exchange.js'
import {declaredTypes} from './content-type.js'
import {BEGINNING_BYTES} from './verdicts.js'

export type Framing = 'events' | 'lines' | 'messages' | 'text'

export type StreamItem =
  | {
      readonly kind: 'piece'
      /** The inspected bytes. */
      readonly bytes: Buffer
      /** The bytes to send; undefined: derived from the inspected ones. */
      readonly wire?: Buffer
      /** False for an unfinished event at the end of the stream: inspected, and never sent. */
      readonly complete: boolean
    }
  /** Cannot be inspected. `bytes` are sent where the finding is accepted; nothing is sent where they are absent. */
  | {readonly kind: 'unreadable'; readonly why: 'size' | 'encoding'; readonly bytes?: Buffer}
  /** Continuation of an accepted unreadable piece. */
  | {readonly kind: 'rest'; readonly bytes: Buffer}

export interface Framer {
  push(chunk: Buffer): readonly StreamItem[]
  end(): readonly StreamItem[]
}

const LINES =
  /^(?:application|text)\/(?:(?:x-)?(?:ndjson|jsonl|json-?lines|ldjson|json-stream)|stream\+json|(?:[^/]+\+)?json-seq)$/
/** Media type parameter of Kubernetes watch responses. */
const WATCHED = /;[ \t]*stream[ \t]*=[ \t]*"?watch"?[ \t]*(?:;|$)/i
const PLAIN_CHARSET = /^(?:utf-?8|us-ascii)$/i

export function framingOf({framing, mediaType, contentType, headers}: Unit): Framing | undefined {
  if (framing) return framing
  if (mediaType === 'text/event-stream') return 'events'
  if (!mediaType.includes('json')) return undefined
  if (!LINES.test(mediaType) && !(mediaType === 'application/json' && WATCHED.test(contentType))) return undefined
  // a reader that assumes another type or charset would read another text
  const isPlain = charsetsOf(contentType).every((charset) => PLAIN_CHARSET.test(charset))
  return isPlain && declaredTypes(headers).length === 1 ? 'lines' : undefined
}

/** JSON is not among them: only a whole document tells what its escapes stand for. */
const CUTTABLE = /^text\/(?!event-stream$)|[/+](?:xml|yaml|toml)$|^application\/(?:x-)?(?:javascript|sql|sh|log)$/

/** True for a text in an ASCII-compatible encoding, which can be cut between any two of its lines. */
export function isCuttable({mediaType, contentType, headers}: Unit): boolean {
  if (!CUTTABLE.test(mediaType) || declaredTypes(headers).length !== 1) return false
  return charsetsOf(contentType).every((charset) => PLAIN_CHARSET.test(charset))
}

/** `maxBytes`: limit for the data of an event, or for one value. Messages arrive whole: they need no framer. */
export function createFramer(framing: Framing, maxBytes: number): Framer {
  if (framing === 'events') {
    const reader = createSseReader(maxBytes)
    return {push: (chunk) => reader.push(chunk).map(eventItem), end: () => reader.end().map(eventItem)}
  }
  if (framing === 'text') {
    const cutter = createTextCutter()
    return {push: (chunk) => cutter.push(chunk).map(textItem), end: () => cutter.end().map(textItem)}
  }
  const reader = createValueReader(maxBytes, BEGINNING_BYTES)
  const itemsOf = (items: ReturnType<typeof reader.end>): readonly StreamItem[] =>
    items.map(({kind, bytes}) =>
      kind === 'values'
        ? {kind: 'piece', bytes, complete: true}
        : kind === 'rest'
          ? {kind, bytes}
          : {kind: 'unreadable', why: 'size', bytes},
    )
  return {push: (chunk) => itemsOf(reader.push(chunk)), end: () => itemsOf(reader.end())}
}

function textItem(bytes: Buffer): StreamItem {
  return {kind: 'piece', bytes, complete: true}
}

/** Fields without a meaning are dropped, so that nothing uninspected travels in them: the event is written anew. */
function eventItem(item: SseItem): StreamItem {
  if (item.kind === 'unreadable') return item
  const {complete} = item
  return {kind: 'piece', bytes: Buffer.from(eventText(item)), wire: Buffer.from(writeEvent(item)), complete}
}
