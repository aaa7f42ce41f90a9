// What the configuration says to a recorder, and the reasons for which it syncs.

export interface RecorderSettings {
  readonly checkpointInterval: number
  readonly maxEntriesPerFile: number
  readonly signCheckpoints: boolean
  /** X25519 key in hex to which the text of every entry is sealed before redaction; "": escrow is off. */
  readonly escrowKey: string
  /** Age at which files of the log go; 0 keeps them. */
  readonly retentionDays: number
}

/** Why a sync was made. */
export type SyncKind = 'every' | 'group' | 'async' | 'checkpoint' | 'rotation' | 'transcript_root' | 'close'
export type SyncCounts = Readonly<Record<SyncKind, number>>

export function noSyncs(): Record<SyncKind, number> {
  return {every: 0, group: 0, async: 0, checkpoint: 0, rotation: 0, transcript_root: 0, close: 0}
}
