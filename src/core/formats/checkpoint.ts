// Checkpoints of a chain of entries (receipts §4.6): the hash of the entry before commits to the whole prefix, so a signature
// over it attests everything up to there. One maker for the recorder and for captures.
import {sign, type PrivateKey} from '../../lib/ed25519.js'
import type {EntryFields, LogHead} from './entry-log.js'

export interface Checkpoint {
  readonly fields: EntryFields
  readonly detail: string
  /** Hex; "" without a key. */
  readonly signature: string
}

/** The entry at `head`, which covers what follows the checkpoint `after` (−1 for none). */
export function makeCheckpoint({seq, prevHash}: LogHead, after: number, key: PrivateKey | undefined): Checkpoint {
  const signature = key === undefined ? '' : sign(key, Buffer.from(prevHash, 'ascii')).toString('hex')
  const [first, last] = [after + 1, seq - 1]
  const count = seq - first
  const summary = `checkpoint: ${count} entries [seq ${first}-${last}]`
  return {
    fields: {type: 'checkpoint', event_kind: 'checkpoint', transport: '', summary},
    detail: `{"entry_count":${count},"first_seq":${first},"last_seq":${last},"signature":"${signature}"}`,
    signature,
  }
}
