// Services of the plugins that inspect messages by their hooks: what other plugins need to know of them.
import type {Agent, Exchange} from '../exchange.js'
import type {Steps} from '../work.js'
import type {CredentialSeverity} from './dlp.js'

/** What a body holds, whatever the configured actions are. */
export interface ContentVerdict {
  readonly credentials: readonly {readonly rule: string; readonly severity: CredentialSeverity}[]
  readonly injections: readonly {readonly rule: string}[]
  /** It could not be read whole: fail closed. */
  readonly unreadable: boolean
}

/** Scans a body as it would be scanned in a request. */
export type ContentScanner = (bytes: Buffer, mediaType: string) => Steps<ContentVerdict>

export interface RequestScanningService {
  readonly enabled: boolean
  /** Loads the scanner of bodies, which works without `enabled`. */
  content(): Promise<ContentScanner>
}

export interface A2aService {
  readonly enabled: boolean
  /** True for a stream of A2A messages, which the a2a plugin inspects itself. */
  isStream(x: Exchange): boolean
}

export interface CrossRequestService {
  readonly entropyActive: boolean
  readonly fragmentsActive: boolean
  /** Characters held for all clients. */
  bufferSize(): number
  /** Removes the memory of a client; false for an unknown one. */
  forget(agent: Agent, clientIp: string): boolean
}
