// Signature checks apart from the chain rules. Links need hashes only and are judged in order; signatures cost ten times
// as much and depend on nothing, so they may be checked elsewhere. The failure that counts is the first in order of
// submission, whatever finishes first (receipts §9 row 5).
import {verify, type PublicKey} from '../../lib/ed25519.js'

export interface SignatureCheck {
  readonly key: PublicKey
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

export interface SignatureQueue<Note> {
  /** false: the signature is bad. true: it is good, or will be known when the queue has settled. */
  submit(check: SignatureCheck, note: Note): boolean
  /** True when `settle` should be awaited before more is submitted. */
  readonly full: boolean
  /** Waits for all answers; the note of the first check that failed. */
  settle(): Promise<Note | undefined>
  close(): Promise<void>
}

/** Checks at once, in the calling thread. */
export function inlineSignatures<Note>(): SignatureQueue<Note> {
  return {
    submit: (check) => verify(check.key, check.message, check.signature),
    full: false,
    settle: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  }
}
