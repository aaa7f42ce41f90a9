// Removes the content coding of a response to /fetch.
import {headUnit} from '../core/inspection.js'
import {framingOf} from '../core/stream-framing.js'
import {ANSWERED, codingOf, decodeContent} from '../lib/body/content-coding.js'
import {headerPairs} from './exchange-factory.js'
import type {Download} from './fetch-download.js'

const MAX_RATIO = 100

/** The identity form of a body, within the cap and 100 times its size; undefined when it cannot be decoded. */
export async function decompress({head, body}: Download, maxBytes: number): Promise<Buffer | undefined> {
  const unit = headUnit('response', headerPairs(head.raw))
  const values = unit.headers.flatMap(([name, value]) => (name.toLowerCase() === 'content-encoding' ? [value] : []))
  const coding = codingOf(values, ANSWERED)
  if (coding === 'identity' || body.length === 0) return body
  // event streams are never decoded: their events are inspected as received
  if (typeof coding === 'object' || framingOf(unit) === 'events') return undefined
  const decoded = await decodeContent(body, coding, {maxBytes, maxRatio: MAX_RATIO})
  return 'bytes' in decoded ? decoded.bytes : undefined
}
