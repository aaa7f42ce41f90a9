// The kill switch as a service: whether all traffic is denied, by which source, and how an operator turns it.
import type {Finding} from '../decision.js'

/** Of the HTTP API. */
export const KILL_SWITCH_PATH = '/api/v1/killswitch'
export const KILL_SWITCH_STATUS_PATH = `${KILL_SWITCH_PATH}/status`

/** In the order in which they are reported: the first active one is named. */
export const KILL_SWITCH_SOURCES = ['config', 'api', 'signal', 'sentinel'] as const
export type KillSwitchSource = (typeof KILL_SWITCH_SOURCES)[number]
export type KillSwitchStates = Readonly<Record<KillSwitchSource, boolean>>

/** Sources that an operator turns while the process runs. */
export type KillSwitchLever = 'api' | 'signal'

export interface KillSwitchService {
  /** The source that is reported; undefined: traffic may pass. */
  active(): KillSwitchSource | undefined
  states(): KillSwitchStates
  /** For clients, "" without one. */
  readonly message: string
  /**
   * Why a client must not do anything now; undefined where it may. `ownPath`: path of an origin-form request to the
   * firewall itself, as received; every other request is exempt by its client's address alone.
   */
  denial(clientIp: string, ownPath?: string): Finding | undefined
  /**
   * Turns one lever. Throws home_unwritable when the new state cannot be kept over a restart: an activation holds
   * nevertheless, a deactivation does not happen.
   */
  turn(lever: KillSwitchLever, active: boolean): void
  readonly signalMode: 'toggle' | 'activate_only' | 'off'
  /** Calls back when any source has changed, until the returned function is called. */
  watch(changed: () => void): () => void
  readonly api: KillSwitchApi
}

/** Credentials and place of the HTTP API. */
export interface KillSwitchApi {
  /** Of its own; undefined: the main listener. */
  readonly listen: {readonly host: string; readonly port: number} | undefined
  /** A token is configured. */
  readonly isConfigured: boolean
  readonly hasLocalAdmin: boolean
  readonly allowedOrigins: readonly string[]
  /** What the lines of `Authorization` permit. */
  permits(authorization: readonly string[]): 'all' | 'reading' | undefined
}
