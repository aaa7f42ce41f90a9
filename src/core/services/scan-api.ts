// The scan API as a service: one request in, one response out. The transport moves bytes; the plugin decides.
import type {ListenAddress} from '../listen.js'

export const SCAN_PATH = '/api/v1/scan'

export interface ScanApiRequest {
  readonly method: string
  /** Lines of `Authorization`, as received. */
  readonly authorization: readonly string[]
  readonly clientIp: string
  /** Reads the whole body; called once, after the caller is known. */
  body(maxBytes: number): Promise<Buffer | 'too_large' | 'broken'>
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

/** One request, for the metrics. All values come from closed sets. */
export interface ScanOutcome {
  /** "": none that is known. */
  readonly kind: string
  /** "": an error. */
  readonly decision: 'allow' | 'deny' | ''
  /** Code of the error, or "". */
  readonly error: string
  readonly findings: readonly {readonly scanner: string; readonly severity: string}[]
}

export interface ScanApiResponse {
  readonly status: number
  /** Fields besides those of the content. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: object
  readonly outcome: ScanOutcome
}

export interface ScanApiService {
  /** undefined: off. */
  readonly listen: ListenAddress | undefined
  readonly readMs: number
  readonly writeMs: number
  readonly maxConnections: number
  respond(request: ScanApiRequest): Promise<ScanApiResponse>
}
