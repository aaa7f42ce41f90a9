// What commands ask of the verifiers.
import type {Report} from './report-receipt.js'

/** `verify-receipt`, its flags resolved. */
export interface ReceiptRequest {
  /** A single receipt, or a chain when the name ends in `.jsonl`. */
  readonly file?: string | undefined
  /** An evidence directory; excludes `file`. */
  readonly chain?: string | undefined
  readonly session: string
  readonly keys: readonly string[]
  readonly endorsements: readonly string[]
  readonly wholeRecorder: boolean
  readonly allowUnanchoredSeal: boolean
  readonly expectHead?: string | undefined
  readonly strict: boolean
  readonly requirePinned: boolean
  readonly tolerateTornTail: boolean
  readonly retainedSuffix: boolean
}

export interface PinnedReport extends Report {
  /** A trusted key was given. */
  readonly pinned: boolean
}

/** `integrity verify`, its flags as given. */
export interface IntegrityRequest {
  readonly path: string
  readonly keys: readonly string[]
  readonly session?: string | undefined
  readonly recursive: boolean
  readonly expectHead?: string | undefined
  readonly expectSeq?: bigint | undefined
  readonly strict: boolean
  readonly retainedSuffix: boolean
}
