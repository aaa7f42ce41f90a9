// Which session an exchange belongs to: one agent on one client, from its first request until it is silent
// for half an hour or the session is old. The clock is the caller's, so a moved clock makes sessions too.
import {sha256Hex} from '../../../lib/hash.js'
import {formatSeconds} from '../../../lib/timestamp.js'

const IDLE_MS = 30 * 60_000

export interface Session {
  readonly id: string
  readonly startedMs: number
  lastMs: number
}

/** `<agent>|<client>|<YYYYMMDDThhmmssZ>` */
export function sessionId(agent: string, client: string, startMs: number): string {
  return `${agent}|${client}|${formatSeconds(startMs).replaceAll('-', '').replaceAll(':', '')}`
}

/** True when the session ended before this moment; one that lies in the future ended when the clock was set back. */
export function hasEnded(session: Session, nowMs: number, maxAgeMs: number): boolean {
  return Math.abs(nowMs - session.lastMs) >= IDLE_MS || nowMs - session.startedMs >= maxAgeMs
}

export type SanitiseReason = 'unsafe_path' | 'overlength' | 'unknown'

export interface SessionName {
  /** Name of the directory, and session of its chain. */
  readonly name: string
  /** Why the session id could not be the name; it is then kept in each record. */
  readonly replaced: SanitiseReason | undefined
}

const MAX_BYTES = 128

export function sessionName(id: string): SessionName {
  const replaced = unfit(id)
  return {name: replaced === undefined ? id : `h-${sha256Hex(id).slice(0, 32)}`, replaced}
}

function unfit(id: string): SanitiseReason | undefined {
  if (id === '' || id === '.') return 'unknown'
  if (/[/\\]|\.\.|[^\x20-\x7e]/.test(id)) return 'unsafe_path'
  return id.length > MAX_BYTES ? 'overlength' : undefined
}
