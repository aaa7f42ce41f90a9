// Content codings of responses, undone to judge what is inside: whole or not at all, within the limit and 100 times the size.
import {isContentEncoding} from '../core/content-type.js'
import type {Header, Unit} from '../core/exchange.js'
import {ANSWERED, codingOf, DECODABLE, decodeContent, type DecodeResult} from '../lib/body/content-coding.js'
import {trimOws} from '../lib/ows.js'
import type {OriginHead} from './response-checks.js'

const MAX_RATIO = 100

export type DecodedBody = DecodeResult | {readonly problem: 'coding'}

/** The identity form of a body; `coding`: there is no single coding that can be undone. */
export async function decodeBody(headers: readonly Header[], bytes: Buffer, maxBytes: number): Promise<DecodedBody> {
  const values = headers.flatMap(([name, value]) => (isContentEncoding(name) ? [value] : []))
  const coding = codingOf(values, ANSWERED)
  if (coding === 'identity' || bytes.length === 0) return {bytes}
  if (typeof coding === 'object') return {problem: 'coding'}
  return decodeContent(bytes, coding, {maxBytes, maxRatio: MAX_RATIO})
}

/** The unit as its reader sees it, without its coding. */
export function uncodedUnit(unit: Unit): Unit {
  return {...unit, headers: unit.headers.filter(([name]) => !isContentEncoding(name))}
}

/** The head of a response whose decoded body was changed. */
export function uncodedHead(head: OriginHead): OriginHead {
  const raw: string[] = []
  for (let i = 0; i < head.raw.length; i += 2) {
    const name = head.raw[i] ?? ''
    if (!isContentEncoding(name)) raw.push(name, head.raw[i + 1] ?? '')
  }
  return {...head, raw}
}

/** `Accept-Encoding` for the origin: the client's preferences among the codings that can be undone. */
export function acceptedCodings(values: readonly string[]): string {
  const kept = values
    .join(',')
    .split(',')
    .map((part) => trimOws(part))
    .filter((part) => DECODABLE.includes(trimOws(part.split(';', 1)[0] ?? '').toLowerCase()))
  return kept.length === 0 ? 'identity' : kept.join(', ')
}
