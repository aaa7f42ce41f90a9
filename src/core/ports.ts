// Ports: everything outside the process reaches product code through these. Tests supply another clock or environment;
// lint forbids reading them anywhere else.
import type {Approver} from './approver.js'

/** Read at call time, never at import: tests move it, and a replay runs under a recorded one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds that only increase, for durations. */
  monotonic(): number
  /** Milliseconds of processor time of this thread or, where the runtime cannot measure it, of the process. */
  processor?(): number
}

export interface Log {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  error(event: string, fields?: Readonly<Record<string, unknown>>): void
}

/**
 * Resolves a name to all its addresses, in the resolver's order. Rejects on failure, with the resolver's code; with
 * `LOOK_UP_SHARE` when the client at `address` already waits for its maximum of names.
 */
export type Resolve = (host: string, signal: AbortSignal, address?: string) => Promise<readonly string[]>

export const LOOK_UP_SHARE = 'ERR_LOOK_UP_SHARE'

/** Standard output on a terminal. */
export interface TerminalOutput {
  /** Current width; undefined: unknown, nothing is cut. */
  columns(): number | undefined
  readonly hasColour: boolean
}

export interface Ports {
  /** Standard output is a terminal: the log has one short line per exchange. undefined: as configured. */
  readonly terminal?: TerminalOutput | undefined
  /** Approver at the terminal; undefined: nobody can be asked. */
  readonly approver?: Approver | undefined
  /** Receives the log lines for standard output, which belongs to the program that the operator started. */
  readonly logFile?: string | undefined
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
