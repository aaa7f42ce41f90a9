// Resolves the redirect target of a response. Pure.
import {isUtf8} from 'node:buffer'
import type {OriginHead} from './response-checks.js'
import {trimOws} from '../lib/ows.js'

export type RedirectHop =
  /** Handed back unchanged. */
  | {readonly kind: 'none'}
  | {readonly kind: 'unusable'}
  | {readonly kind: 'next'; readonly url: string; readonly method: string}

const JUDGED = new Set([301, 302, 303, 307, 308])
const NONE: RedirectHop = {kind: 'none'}
const UNUSABLE: RedirectHop = {kind: 'unusable'}
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i

export function redirectHop(head: OriginHead, current: string, method: string): RedirectHop {
  if (!JUDGED.has(head.status) || head.locations.length === 0) return NONE
  const [first = '', ...others] = head.locations
  if (others.some((other) => other !== first)) return UNUSABLE
  const bytes = Buffer.from(first, 'latin1')
  const text = trimOws(isUtf8(bytes) ? bytes.toString('utf8') : first)
  let resolved: URL
  try {
    resolved = new URL(text, current)
  } catch {
    return UNUSABLE
  }
  // the client will send an absolute one in its raw spelling; a relative one only exists resolved
  const url = ABSOLUTE.test(text) ? text : resolved.href
  return {kind: 'next', url, method: nextMethod(head.status, method)}
}

function nextMethod(status: number, method: string): string {
  if (status === 303) return method === 'HEAD' ? 'HEAD' : 'GET'
  if ((status === 301 || status === 302) && method === 'POST') return 'GET'
  return method
}
