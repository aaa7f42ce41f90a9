// Server-sent events out of bytes, as a client of the standard reads them (WHATWG HTML, server-sent events): CR, LF and CRLF
// end lines, one byte-order mark is dropped, chunk boundaries mean nothing, not even inside a character. Bounded: an event
// of more data than allowed is told once, and skipped up to its end without being kept.
import {Buffer} from 'node:buffer'

export interface SseEvent {
  readonly kind: 'event'
  readonly event: string | undefined
  readonly id: string | undefined
  /** Digits. */
  readonly retry: string | undefined
  /** Lines joined by LF; undefined for an event that only changes the client's state. */
  readonly data: string | undefined
  /** False for the beginning of an event at the end of the stream: no client dispatches it. */
  readonly complete: boolean
}

export type SseItem = SseEvent | {readonly kind: 'unreadable'; readonly why: 'size' | 'encoding'}

export interface SseReader {
  push(chunk: Buffer): readonly SseItem[]
  /** What stands unterminated at the end of the stream. */
  end(): readonly SseItem[]
}

/** Names, ids and unknown fields of one event. */
const MAX_FIELD_BYTES = 16_384
const [CR, LF, COLON] = [0x0d, 0x0a, 0x3a]

/** `maxDataBytes` counts the joined data alone. */
export function createSseReader(maxDataBytes: number): SseReader {
  const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})
  let line: Buffer[] = []
  let lineBytes = 0
  let isComment = false
  let afterCr = false
  let first = true
  let event: string | undefined
  let id: string | undefined
  let retry: string | undefined
  let data: string[] | undefined
  let dataBytes = 0
  let fieldBytes = 0
  /** Told already; nothing of this event is kept. */
  let skipping = false
  let items: SseItem[] = []

  const reset = (): void => {
    event = id = retry = data = undefined
    dataBytes = fieldBytes = 0
    skipping = false
  }
  const refuse = (why: 'size' | 'encoding'): void => {
    items.push({kind: 'unreadable', why})
    event = id = retry = data = undefined
    skipping = true
  }
  const clearLine = (): void => {
    line = []
    lineBytes = 0
    isComment = false
  }

  const field = (bytes: Buffer): void => {
    let text: string
    try {
      text = decoder.decode(bytes)
    } catch {
      return refuse('encoding')
    }
    const colon = text.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') {
      dataBytes += Buffer.byteLength(value) + (data ? 1 : 0)
      if (dataBytes > maxDataBytes) return refuse('size')
      ;(data ??= []).push(value)
      return
    }
    fieldBytes += bytes.length
    if (fieldBytes > MAX_FIELD_BYTES) return refuse('size')
    if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^[0-9]+$/.test(value)) retry = value
  }

  const dispatch = (complete: boolean): void => {
    const isEvent = !skipping && (event !== undefined || id !== undefined || retry !== undefined || data !== undefined)
    if (isEvent) items.push({kind: 'event', event, id, retry, data: data?.join('\n'), complete})
    reset()
  }

  const endLine = (): void => {
    const bytes = line.length === 1 ? (line[0] ?? EMPTY) : Buffer.concat(line, lineBytes)
    const wasComment = isComment
    const wasEmpty = lineBytes === 0
    clearLine()
    if (wasEmpty) dispatch(true)
    else if (!wasComment && !skipping) field(bytes)
  }

  const keep = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    if (lineBytes === 0) isComment = bytes[0] === COLON
    lineBytes += bytes.length
    if (isComment || skipping) return
    // a line that never ends is no way to fill the memory
    if (lineBytes > maxDataBytes + MAX_FIELD_BYTES) {
      refuse('size')
      line = []
      return
    }
    line.push(bytes)
  }

  /** One byte-order mark at the very beginning is no part of the first line. */
  let pending: Buffer | undefined
  const withoutMark = (chunk: Buffer): Buffer | undefined => {
    if (!first) return chunk
    const start = pending ? Buffer.concat([pending, chunk]) : chunk
    const count = Math.min(3, start.length)
    if (start.length < 3 && MARK.subarray(0, count).equals(start)) {
      pending = start
      return undefined
    }
    first = false
    pending = undefined
    return start.length >= 3 && MARK.equals(start.subarray(0, 3)) ? start.subarray(3) : start
  }

  const read = (chunk: Buffer): void => {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte !== CR && byte !== LF) {
        afterCr = false
        continue
      }
      if (byte === LF && afterCr) {
        afterCr = false
        from = at + 1
        continue
      }
      keep(chunk.subarray(from, at))
      endLine()
      afterCr = byte === CR
      from = at + 1
    }
    keep(chunk.subarray(from))
  }

  const taken = (): readonly SseItem[] => {
    const out = items
    items = []
    return out
  }

  return {
    push(chunk) {
      const bytes = withoutMark(chunk)
      if (bytes) read(bytes)
      return taken()
    },
    end() {
      if (first && pending) {
        first = false
        read(pending)
      }
      if (lineBytes > 0) endLine()
      dispatch(false)
      return taken()
    },
  }
}

const EMPTY = Buffer.alloc(0)
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Everything that a client learns from an event, as one text: `event`, `id`, `retry`, then the joined data. */
export function eventText({event, id, retry, data}: SseEvent): string {
  const lines: string[] = []
  if (event !== undefined) lines.push(`event: ${event}`)
  if (id !== undefined) lines.push(`id: ${id}`)
  if (retry !== undefined) lines.push(`retry: ${retry}`)
  if (data !== undefined) lines.push(`data: ${data}`)
  return lines.join('\n')
}

/** The data of such a text; values in front of it hold no line end, so it cannot be forged by one of them. */
export function dataOf(text: string): string {
  if (text.startsWith('data: ')) return text.slice(6)
  const at = text.indexOf('\ndata: ')
  return at < 0 ? '' : text.slice(at + 7)
}

/** An event on the wire, in canonical fields. */
export function writeEvent({event, id, retry, data}: SseEvent): string {
  let out = ''
  if (event !== undefined) out += `event: ${event}\n`
  if (id !== undefined) out += `id: ${id}\n`
  if (retry !== undefined) out += `retry: ${retry}\n`
  if (data !== undefined) for (const line of data.split('\n')) out += `data: ${line}\n`
  return `${out}\n`
}
