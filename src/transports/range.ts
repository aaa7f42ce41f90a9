// Serves the one range that a client requested from the complete response. Where responses may be inspected, a part is
// never fetched, because it can hide half of the content to be judged (ranges: RFC 9110, section 14).
import type {OriginHead} from './response-checks.js'
import {trimOws} from '../lib/ows.js'

export interface RangeRequest {
  /** First byte, or undefined for the last `to` bytes. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** Validator of the representation; the complete response is served for any other. */
  readonly ifRange: string | undefined
}

export type Part =
  /** Byte offsets; `end` is exclusive. */
  {readonly kind: 'part'; readonly start: number; readonly end: number} | {readonly kind: 'unsatisfiable'}

const ONE_RANGE = /^bytes=[ \t]*(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))[ \t]*$/i

/** undefined where the complete response is to be served: no range, several, or a malformed one. */
export function readRange(raw: readonly string[]): RangeRequest | undefined {
  let range: RangeRequest | undefined
  let ifRange: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (name.length !== 5 && name.length !== 8) continue
    const lower = name.toLowerCase()
    if (lower === 'if-range') ifRange = trimOws(raw[i + 1] ?? '')
    if (lower !== 'range') continue
    const match = ONE_RANGE.exec(raw[i + 1] ?? '')
    if (!match || range) return undefined
    const [, first, last, suffix] = match
    range =
      suffix === undefined
        ? {from: Number(first), to: last === '' || last === undefined ? undefined : Number(last), ifRange: undefined}
        : {from: undefined, to: Number(suffix), ifRange: undefined}
    if (range.from !== undefined && range.to !== undefined && range.to < range.from) return undefined
  }
  return range && {...range, ifRange}
}

/** The part of `total` bytes to serve; undefined: all of them. */
export function partOf(range: RangeRequest | undefined, head: OriginHead, total: number): Part | undefined {
  if (!range || head.status !== 200) return undefined
  if (range.ifRange !== undefined && !isState(range.ifRange, head)) return undefined
  const {from, to} = range
  if (from === undefined) {
    if (to === 0 || total === 0) return {kind: 'unsatisfiable'}
    return {kind: 'part', start: Math.max(0, total - (to ?? 0)), end: total}
  }
  if (from >= total) return {kind: 'unsatisfiable'}
  return {kind: 'part', start: from, end: to === undefined ? total : Math.min(total, to + 1)}
}

/** Strong comparison: a weak tag guarantees nothing about bytes (RFC 9110, section 13.1.5). */
function isState(ifRange: string, head: OriginHead): boolean {
  if (ifRange.startsWith('W/')) return false
  const field = ifRange.startsWith('"') ? 'etag' : 'last-modified'
  for (let i = 0; i < head.raw.length; i += 2) {
    if (head.raw[i]?.toLowerCase() === field) return trimOws(head.raw[i + 1] ?? '') === ifRange
  }
  return false
}

/** `Content-Range` of the served part. */
export function contentRange(part: Part, total: number): string {
  return part.kind === 'part' ? `bytes ${part.start}-${part.end - 1}/${total}` : `bytes */${total}`
}
