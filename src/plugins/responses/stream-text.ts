// A stream of events that came whole, as /fetch takes one: the running texts of its events, as a reader would see them.
import {Buffer} from 'node:buffer'
import {makeSseReader} from '../../lib/sse.js'
import {deltasOf} from './deltas.js'

/** One text for every choice; data that is no delta stands on lines of its own. */
export function streamText(text: string): string {
  const reader = makeSseReader(text.length + 1)
  const bytes = Buffer.from(text, 'utf8')
  const texts = new Map<string, string[]>()
  for (const item of [...reader.push(bytes), ...reader.end()]) {
    if (item.kind !== 'event' || item.data === undefined) continue
    for (const {key, value, isRaw} of deltasOf(item.data)) {
      const parts = texts.get(key) ?? []
      parts.push(isRaw ? `${value}\n` : value)
      texts.set(key, parts)
    }
  }
  return [...texts.values()].map((parts) => parts.join('')).join('\n')
}
