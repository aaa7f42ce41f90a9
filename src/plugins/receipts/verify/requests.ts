// What commands ask of the verifiers.
import type {Roster} from '../../../formats/documents/roster.js'
import type {Expectations} from './authority.js'
import type {Effort} from './effort.js'
import type {Report} from './output/members.js'

/** `verify-receipt`, its flags resolved. */
export interface ReceiptRequest extends Effort {
  /** A single receipt, or a chain when the name ends in `.jsonl`. */
  readonly file?: string | undefined
  /** An evidence directory; excludes `file`. */
  readonly chain?: string | undefined
  /** What the file holds, where its name does not decide. */
  readonly as?: 'receipt' | 'chain' | undefined
  /** Without any key, evidence receipts are judged by structure and links, and the result says so. */
  readonly structural?: boolean | undefined
  readonly session: string
  readonly keys: readonly string[]
  /** Authority over evidence receipts, verified under its pinned root. Action receipts still need a key. */
  readonly roster?: Pick<Roster, 'keys'> | undefined
  readonly endorsements: readonly string[]
  /** What is expected of every evidence receipt. */
  readonly expect?: Expectations | undefined
  readonly wholeRecorder: boolean
  readonly allowUnanchoredSeal: boolean
  readonly expectHead?: string | undefined
  readonly strict: boolean
  readonly requirePinned: boolean
  readonly tolerateTornTail: boolean
  readonly retainedSuffix: boolean
}

export interface PinnedReport extends Report {
  /** Every receipt was held against a trusted key or roster. */
  readonly pinned: boolean
}

/** `integrity verify`, its flags as given. */
export interface IntegrityRequest extends Effort {
  readonly path: string
  readonly keys: readonly string[]
  /** Authority over evidence receipts, verified under its pinned root. */
  readonly roster?: Pick<Roster, 'keys'> | undefined
  readonly session?: string | undefined
  readonly recursive: boolean
  readonly expectHead?: string | undefined
  readonly expectSeq?: bigint | undefined
  readonly strict: boolean
  readonly retainedSuffix: boolean
}
