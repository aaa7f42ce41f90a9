// The audit log as a service.
import type {Log} from '../ports.js'

export interface LoggingService {
  /** Receives `ports.log` of the running firewall. */
  readonly log: Log
  /** Number of lines that could not be written since the start. */
  dropped(): number
  /** Reopens the log file, for rotation. */
  reopen(): void
}
