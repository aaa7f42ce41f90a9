// Answers that have no end to wait for, and how they are cut into pieces that are judged one by one: server-sent events
// (scanning §12), and JSON values one after the other (proxy §13.6 for what is declared as such a stream). A type that says
// anything else is held until it is whole.
import {Buffer} from 'node:buffer'
import {charsetsOf} from '../lib/charset.js'
import {createValueReader} from '../lib/json/value-stream.js'
import {eventText, createSseReader, writeEvent, type SseItem} from '../lib/sse.js'
import type {Unit} from './exchange.js'
import {declaredTypes} from './inspection.js'
import {BEGINNING_BYTES} from './plugin.js'

export type Framing = 'events' | 'lines'

export type StreamItem =
  | {
      readonly kind: 'piece'
      /** What is looked at. */
      readonly bytes: Buffer
      /** What is sent; undefined: what is looked at, as it comes out of that. */
      readonly wire?: Buffer
      /** False for the beginning of an event at the end of the stream: looked at, and never sent. */
      readonly complete: boolean
    }
  /** It cannot be looked at; `bytes` are sent where that is accepted, nothing is where there are none. */
  | {readonly kind: 'unreadable'; readonly why: 'size' | 'encoding'; readonly bytes?: Buffer}
  /** More of what was unreadable and accepted. */
  | {readonly kind: 'rest'; readonly bytes: Buffer}

export interface Framer {
  push(chunk: Buffer): readonly StreamItem[]
  end(): readonly StreamItem[]
}

const LINES =
  /^(?:application|text)\/(?:(?:x-)?(?:ndjson|jsonl|json-?lines|ldjson|json-stream)|stream\+json|(?:[^/]+\+)?json-seq)$/
/** As servers of Kubernetes declare what they watch. */
const WATCHED = /;[ \t]*stream[ \t]*=[ \t]*"?watch"?[ \t]*(?:;|$)/i
const PLAIN_CHARSET = /^(?:utf-?8|us-ascii)$/i

export function framingOf({mediaType, contentType, headers}: Unit): Framing | undefined {
  if (mediaType === 'text/event-stream') return 'events'
  if (!mediaType.includes('json')) return undefined
  if (!LINES.test(mediaType) && !(mediaType === 'application/json' && WATCHED.test(contentType))) return undefined
  // who takes another type, or other letters, reads something else
  const isPlain = charsetsOf(contentType).every((charset) => PLAIN_CHARSET.test(charset))
  return isPlain && declaredTypes(headers).length === 1 ? 'lines' : undefined
}

/** `maxBytes`: data of an event, or one value. */
export function createFramer(framing: Framing, maxBytes: number): Framer {
  if (framing === 'events') {
    const reader = createSseReader(maxBytes)
    return {push: (chunk) => reader.push(chunk).map(eventItem), end: () => reader.end().map(eventItem)}
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

/** Fields that mean nothing are dropped: an event is written anew (proxy §13.6). */
function eventItem(item: SseItem): StreamItem {
  if (item.kind === 'unreadable') return item
  const {complete} = item
  return {kind: 'piece', bytes: Buffer.from(eventText(item)), wire: Buffer.from(writeEvent(item)), complete}
}
