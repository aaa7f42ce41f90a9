// Signed documents from files: rosters under their pin, recovery authorizations and root transitions.
import {PipelockError} from '../../core/errors.js'
import {isHash} from '../../formats/documents/canonical.js'
import {formatOfPath} from '../../formats/documents/decode.js'
import {decodeRecovery, verifyRecovery, type RecoveryCheck} from '../../formats/documents/recovery.js'
import {loadRoster, rosterFormat, type Roster} from '../../formats/documents/roster.js'
import {MAX_DOCUMENT_BYTES} from '../../formats/documents/strict-json.js'
import {decodeTransition, verifyTransition, type TransitionCheck} from '../../formats/documents/transition.js'
import {parsePublicKeyText, MAX_PUBLIC_KEY_FILE_BYTES} from '../../formats/keys/key-file.js'
import {inFile, readFileSecurely} from '../../core/key-source.js'
import type {PublicKey} from '../../lib/ed25519.js'

/** Mounted documents are links; what they say is believed by signature, not by place. */
function readDocument(path: string): Buffer {
  return readFileSecurely(path, {maxBytes: MAX_DOCUMENT_BYTES, followLinks: true})
}

export function loadRosterFile(path: string, pin: string): Roster {
  let bytes: Buffer
  try {
    bytes = readDocument(path)
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError('roster_read', error.message)
  }
  return loadRoster(bytes, rosterFormat(path), pin)
}

export function verifyRecoveryFile(path: string, check: RecoveryCheck): void {
  verifyRecovery(decodeRecovery(readDocument(path), formatOfPath(path)), check)
}

/**
 * The entry for runtime use: an authorization counts for one roster only, so nothing is read until that
 * roster is named. A ceremony that only looks at the document uses the function above.
 */
export function authorizeRecoveryFile(path: string, check: RecoveryCheck & {readonly targetRosterHash: string}): void {
  if (!isHash(check.targetRosterHash)) {
    throw new PipelockError('recovery_target_mismatch', 'the hash of the roster that is to be trusted must be given')
  }
  verifyRecoveryFile(path, check)
}

/** The transition's fingerprints, once everything was verified. */
export function verifyTransitionFile(path: string, check: TransitionCheck): void {
  verifyTransition(decodeTransition(readDocument(path), formatOfPath(path)), check)
}

/** A file that holds a public key and nothing else, as ceremonies use them. */
export function loadCeremonyKey(path: string): PublicKey {
  const bytes = readFileSecurely(path, {maxBytes: MAX_PUBLIC_KEY_FILE_BYTES, followLinks: true})
  return inFile(path, () => parsePublicKeyText(bytes.toString('utf8')))
}
