// A stream of events that came whole, as /fetch takes one: the running texts of its events, as a reader would see them.
import {Buffer} from 'node:buffer'
import {makeSseReader, type SseItem} from '../../lib/sse.js'
import {deltasOf} from './deltas.js'

/** Bytes between two pauses. */
const STEP = 65_536

/** One text for every choice; data that is no delta stands on lines of its own. */
export function* streamText(text: string): Generator<undefined, string> {
  const reader = makeSseReader(text.length + 1)
  const bytes = Buffer.from(text, 'utf8')
  const texts = new Map<string, string[]>()
  const add = (items: Iterable<SseItem>): void => {
    for (const item of items) {
      if (item.kind !== 'event' || item.data === undefined) continue
      for (const {key, value, isRaw} of deltasOf(item.data)) {
        const parts = texts.get(key) ?? []
        parts.push(isRaw ? `${value}\n` : value)
        texts.set(key, parts)
      }
    }
  }
  for (let at = 0; at < bytes.length; at += STEP) {
    add(reader.push(bytes.subarray(at, at + STEP)))
    yield
  }
  add(reader.end())
  return [...texts.values()].map((parts) => parts.join('')).join('\n')
}
