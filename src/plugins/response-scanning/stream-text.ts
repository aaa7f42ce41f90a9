// A stream that came whole, as /fetch takes one: the running texts of its events or lines, as a reader would see them.
import {Buffer} from 'node:buffer'
import {createSseReader, type SseItem} from '../../lib/sse.js'
import {deltasOf} from './deltas.js'
import {namedTexts} from './named-texts.js'

/** Bytes between two pauses. */
const STEP = 65_536

/** One text for every choice; data that is no delta stands on lines of its own. */
export function* streamText(text: string): Generator<undefined, string> {
  const reader = createSseReader(text.length + 1)
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

/** The members of one name as one text, with and without a space at every joint. */
export function* lineTexts(text: string): Generator<undefined, string> {
  const parts: string[] = []
  for (const values of (yield* namedTexts(text)).values()) {
    if (values.length > 1) parts.push(values.join(''), values.join(' '))
  }
  return parts.join('\n')
}
