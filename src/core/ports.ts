// Everything outside the process reaches product code through these. A test gives another clock or environment; nothing
// in the product reads them anywhere else (lint enforces it).
import type {Approver} from './approver.js'

/** Read at call time, never at import: tests move it, and a replay runs under a recorded one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds that only grow, for durations. */
  monotonic(): number
  /** Milliseconds of processor time of this thread or, where the runtime cannot tell, of the process. */
  processor?(): number
}

export interface Log {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  error(event: string, fields?: Readonly<Record<string, unknown>>): void
}

/**
 * Looks a name up: every address, in the resolver's order. Rejects on failure, with the resolver's code; with
 * `LOOK_UP_SHARE` when the client at `address` waits for as many names as it may.
 */
export type Resolve = (host: string, signal: AbortSignal, address?: string) => Promise<readonly string[]>

export const LOOK_UP_SHARE = 'ERR_LOOK_UP_SHARE'

/** Standard output, where a person reads it. */
export interface TerminalOutput {
  /** As wide as it is now; undefined: not known, nothing is cut. */
  columns(): number | undefined
  readonly hasColour: boolean
}

export interface Ports {
  /** Standard output is read by a person: the log has one short line an exchange there. undefined: as configured. */
  readonly terminal?: TerminalOutput | undefined
  /** Somebody at a terminal; undefined: nobody can be asked. */
  readonly approver?: Approver | undefined
  readonly clock: Clock
  /** Cryptographically strong bytes. */
  random(bytes: number): Uint8Array
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly resolve: Resolve
  /** Key store and state root: --home, PIPELOCK_HOME, ~/.pipelock. */
  readonly home: string
  readonly build: {readonly version: string; readonly sha: string; readonly runtime: string}
}
