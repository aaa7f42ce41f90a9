// The URL layers as a service: the verdict on an address outside of an exchange's own target.
import type {Finding} from '../decision.js'
import type {Purpose, Target} from '../exchange.js'

/** Result of one URL in the published form. */
export interface UrlScanResult {
  readonly allowed: boolean
  readonly reason?: string
  readonly scanner: string
  readonly hint?: string
  readonly score: number
  readonly warn_matches?: readonly {readonly pattern_name: string; readonly severity: string}[]
  /** The deciding finding; not part of the published form. */
  readonly finding?: Finding
}

export interface ScanOptions {
  /** `check` runs everything but takes no rate slot; `replay` judges only what is independent of time and place. */
  readonly purpose: Extract<Purpose, 'check' | 'replay'>
  /** Query the resolver; without it only literals and overridden hosts are judged by address. */
  readonly resolve?: boolean
  readonly signal?: AbortSignal
}

export interface UrlScanner {
  scan(raw: string, options: ScanOptions): Promise<UrlScanResult>
  /**
   * Refuses a URL inside other data when its literal destination is out of bounds: internal addresses, blocked hosts.
   */
  named(target: Target): Finding | undefined
}

export interface DestinationService {
  readonly urls: UrlScanner
}
