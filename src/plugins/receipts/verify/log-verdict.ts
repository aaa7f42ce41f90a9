// What the judgement of a log is asked, whom it tells what it sees, and what it comes to.
import type {ActionRecord} from '../../../formats/action-record.js'
import type {Entry} from '../../../formats/entry.js'
import type {EvidenceReceipt} from '../../../formats/evidence-receipt.js'
import type {Int} from '../../../formats/member-table.js'
import type {RetentionAnchor} from '../../../formats/retention-anchor.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import type {Authority, Expectations} from './authority.js'
import type {Endorsement} from '../../../formats/endorsement.js'
import type {HeadFileWord, StatedHeads} from './head-cursor.js'
import type {Line, Place} from './lines.js'
import type {NamedFile, RecorderVerdict} from './recorder-chain.js'
import type {Signatures} from './signatures.js'
import type {ChainVerdict, Failure} from './verdict.js'

export type Level = 'chains' | 'integrity' | 'whole'

export interface LogFile {
  readonly path: string
  /** What the name says; undefined for a file that was given by itself. */
  readonly named: NamedFile | undefined
}

export interface LogOptions {
  readonly level: Level
  /** Recorder session that endorsements are compared with. */
  readonly session: string
  /** Session that the entries must name; undefined takes that of the first entry. */
  readonly entrySession: string | undefined
  readonly trusted: readonly PublicKey[]
  /** Authority over evidence receipts; the trusted keys when left out. */
  readonly authority?: Authority
  readonly expect?: Expectations
  readonly endorsements?: readonly Endorsement[]
  readonly anchor?: RetentionAnchor | undefined
  /** Warnings from before the log was opened. */
  readonly notes?: readonly string[]
  readonly strict?: boolean
  readonly tolerateTornTail?: boolean
  readonly allowUnanchoredSeal?: boolean
  /** Evidence receipts that no key can be checked for are judged by structure and links, not refused. */
  readonly structuralWithoutKey?: boolean
  readonly expectHead?: string | undefined
  readonly expectSeq?: Int | undefined
  /** What the recorder stated about how far the log reaches; undefined where no folder was looked into. */
  readonly heads?: StatedHeads | 'missing' | undefined
  /** Who judges the signatures of action receipts. */
  readonly signatures?: Signatures | undefined
  readonly observer?: LogObserver | undefined
  /** Lines from the middle of a log: a transcript root that no receipt stands before has nothing to be held against. */
  readonly isExcerpt?: boolean
}

/** Sees a log as it is judged, in the order of its lines. */
export interface LogObserver {
  /** Before it is judged. */
  readonly line: (line: Line) => void
  /** Entries that hold no action receipt. */
  readonly entry: (entry: Entry) => void
  readonly receipt: (record: ActionRecord, place: Place) => void
  readonly evidence: (receipt: EvidenceReceipt, hash: string, place: Place) => void
}

export type Completeness = 'retained_suffix' | 'head_verified' | 'anchored' | 'sealed' | 'not_proven'

export interface LogVerdict {
  /** undefined when only receipt chains were checked */
  readonly recorder: RecorderVerdict | undefined
  readonly v1: ChainVerdict
  readonly v2: ChainVerdict
  /** A line could not be read, so that nothing behind it was. */
  readonly unreadable: boolean
  /** The first failure: recorder, then v1, then v2. */
  readonly failure: Failure | undefined
  readonly completeness: Completeness
  /** What became of the head file, for a log with signed checkpoints; undefined where no folder was looked into. */
  readonly headFile?: HeadFileWord | undefined
  /** Transcript roots that state what the chain came to. */
  readonly roots: number
  readonly tornTail: boolean
  /** No key was given, or nothing in the input is signed. */
  readonly unsigned: boolean
  readonly warnings: readonly string[]
  /** Signatures of action receipts that an earlier run checked, as a file says that is bound to this installation. */
  readonly earlier?: {readonly checks: number; readonly path: string} | undefined
}

/** The head is not the expected one. */
export function headFailure(chain: ChainVerdict, {expectHead, expectSeq}: LogOptions): Failure | undefined {
  const fault = (message: string): Failure => ({reason: 'head_mismatch', message, seq: 0, place: undefined})
  if (expectHead !== undefined && expectHead !== chain.rootHash) {
    return fault(`the head is ${chain.rootHash || 'empty'}, expected ${expectHead}`)
  }
  if (expectSeq !== undefined && expectSeq !== chain.finalSeq) {
    return fault(`the final seq is ${chain.finalSeq ?? 'none'}, expected ${expectSeq}`)
  }
  return undefined
}

export function completenessOf(
  {anchor, expectHead}: LogOptions,
  {isValid, sealed, anchored}: Readonly<Record<'isValid' | 'sealed' | 'anchored', boolean>>,
): Completeness {
  if (anchor) return 'retained_suffix'
  if (!isValid) return 'not_proven'
  if (expectHead !== undefined) return 'head_verified'
  return anchored ? 'anchored' : sealed ? 'sealed' : 'not_proven'
}
