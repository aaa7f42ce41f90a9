// The mediation envelope as a service: the keys that sign it.
import type {DirectoryKey} from '../../formats/keys/key-directory.js'
import type {PrivateKey} from '../../lib/ed25519.js'

export interface MediationService {
  /** The keys that sign or lately signed envelopes, the current one first, and the private half of the current one. */
  keyDirectory(): {readonly keys: readonly DirectoryKey[]; readonly signer: PrivateKey | undefined}
}
