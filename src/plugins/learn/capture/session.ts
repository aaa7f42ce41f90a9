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

/** 1 to 63 bytes, as in a host name: no separator of a session id, and no text that could be the start of a session. */
export const MACHINE_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/

/** `<agent>|<client>|<YYYYMMDDThhmmssZ>`, then `|<machine>` unless the machine has no name. */
export function sessionId(agent: string, client: string, startMs: number, machine = ''): string {
  const start = formatSeconds(startMs).replaceAll('-', '').replaceAll(':', '')
  return `${agent}|${client}|${start}${machine === '' ? '' : `|${machine}`}`
}

/**
 * The machine that a session id (not the name of its folder) ends with, or '' when it has none. An agent chooses its own
 * name, so only what follows the last start counts: the writer puts the client's address and the start after every agent name.
 */
export function machineOf(id: string): string {
  const machine = /\|\d{8}T\d{6}Z\|([^|]+)$/.exec(id)?.[1] ?? ''
  return MACHINE_NAME.test(machine) ? machine : ''
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
