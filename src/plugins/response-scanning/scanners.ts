// What this plugin uses of other plugins and of the ports.
import type {Approver} from '../../core/approver.js'
import type {Exchange} from '../../core/exchange.js'
import type {Clock, Log} from '../../core/ports.js'
import type {Route} from '../../core/route.js'
import type {Services} from '../../core/services/index.js'

export interface Scanners {
  readonly injection: Services['injection']
  readonly dlp: Services['dlp']
  readonly suppress: Services['suppress']
  readonly log: Log
  readonly approver: Approver | undefined
  readonly clock: Clock
  /** Longest inspected response. */
  readonly maxBytes: number
  /** The same inside a tunnel that is opened. */
  readonly interceptedMaxBytes: number
  /** Expressions of the operator for credentials. */
  readonly expressions: readonly string[]
  /** Something about the configuration that its operator should know. */
  warn(field: string, message: string): void
  /** A stream that a plugin looks into which knows more of it. */
  readonly isOthersStream?: (x: Exchange) => boolean
  /** Absent: no route is configured. */
  readonly routeOf?: (x: Exchange) => Route | undefined
  /** Counts a finding that was let through on purpose. */
  excuse(reason: 'exempt_domain' | 'suppress', transport: Exchange['transport']): void
}
