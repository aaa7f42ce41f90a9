// Where the signatures of action receipts are judged, one after another in the order of the log.
import {verify, type PublicKey} from '../../lib/ed25519.js'

export interface Signed {
  readonly signer: PublicKey
  /** What the signature covers. */
  readonly digest: Uint8Array
  readonly signature: Uint8Array
  /** It was found good already. */
  readonly isGood: boolean
}

export interface Signatures {
  /** The next ones should be checked before they are requested. */
  readonly requested: boolean
  isGood(signed: Signed): boolean
}

export const checkedHere: Signatures = {
  requested: true,
  isGood: ({signer, digest, signature, isGood}) => isGood || verify(signer, digest, signature),
}
