// The audit log as a service.
import type {Log} from '../ports.js'

/** Receives every event of the log, debug messages apart, with its redacted fields. Must not throw. */
export type EventTap = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>>,
) => void

export interface LoggingService {
  /** Receives `ports.log` of the running firewall. */
  readonly log: Log
  /** From now on `tap` receives the events that the log receives, and the blocks that `include_blocked: false` leaves out. */
  attach(tap: EventTap): void
  /** Number of lines that could not be written since the start. */
  dropped(): number
  /** Reopens the log file, for rotation. */
  reopen(): void
}
