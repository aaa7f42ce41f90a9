// What passes between the firewall's thread and the writer's. Every item has a ticket, counted from 0 in the order of
// sending; the writer answers which tickets are settled and which of them failed.
import type {ErrorCode} from '../../core/errors.js'
import type {EvidenceEntry, LastContract, OtherEntry} from '../../core/services/recorder.js'
import type {LockName} from '../../lib/lockfile.js'
import type {Gap} from './losses.js'
import type {SignerHistory} from './segments.js'
import type {RecorderSettings, SyncCounts} from './settings.js'

export type Fsync = 'every' | 'group' | 'async'

export interface WriterSettings extends RecorderSettings {
  readonly fsync: Fsync
}

export interface WriterInit {
  readonly directory: string
  readonly session: string
  /** Lock of the session, without which nothing is written; undefined: nobody holds one. */
  readonly lock?: LockName | undefined
  /** Seed of the signing key; undefined: no receipts. */
  readonly seed: Uint8Array | undefined
  readonly settings: WriterSettings
  readonly nowMs: number
}

/** A decision in the encoding of facts.ts, an entry of another part, or a statement of another part to be signed. */
export type Item = string | OtherEntry | EvidenceEntry

export type ToWriter =
  | {
      readonly type: 'batch'
      readonly nowMs: number
      readonly first: number
      readonly items: readonly Item[]
      readonly awaited: boolean
    }
  | {readonly type: 'configure'; readonly settings: WriterSettings}
  | {readonly type: 'key'; readonly seed: Uint8Array}
  /** What never came this far. */
  | {readonly type: 'lost'; readonly gap: Gap}
  /** Nothing but the time, which an idle firewall would not tell otherwise. */
  | {readonly type: 'tick'; readonly nowMs: number}
  | {readonly type: 'close'; readonly nowMs: number}

export interface FailedTickets {
  readonly first: number
  readonly last: number
  readonly message: string
}

export type FromWriter =
  | {
      readonly type: 'ready'
      readonly session: string
      readonly nextSeq: number
      readonly signers: SignerHistory
      readonly lastContract: LastContract | undefined
      /** Entries were removed before the log was taken up. */
      readonly alarm: string | undefined
    }
  | {readonly type: 'refused'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined}
  | {
      readonly type: 'settled'
      /** Every ticket up to here is final. */
      readonly through: number
      readonly failed: readonly FailedTickets[]
      readonly nextSeq: number
      /** Why nothing is taken for now. */
      readonly stopped: string | undefined
      /** Lost entries that no durable entry tells of yet. */
      readonly untold: number
      readonly syncs: SyncCounts
    }
  | {readonly type: 'key'; readonly error: string | undefined}
  | {readonly type: 'notice'; readonly text: string}
  | {readonly type: 'closed'; readonly error: string | undefined}
