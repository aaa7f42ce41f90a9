// Recovery authorizations: the break-glass permission to trust another roster, for at most an hour and for one roster
// only. No unsigned override exists.
import {fingerprint, type PublicKey} from '../../lib/ed25519.js'
import {parseInstant} from '../../lib/instant.js'
import {PipelockError} from '../../core/errors.js'
import {HASH_SHAPE, parseSignature, verifyBody, type Variant} from './canonical.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {isSameFingerprint} from './roster.js'
import {int, object, string, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'

const BODY = object({
  schema_version: int,
  reason: string,
  expires_at: string,
  target_roster_hash: string,
  operator_identity: string,
  issued_at: string,
})

const ENVELOPE = object({body: BODY, signature: string})

export type RecoveryAuthorization = Infer<typeof ENVELOPE>

const MAX_LIFETIME_MS = 3_600_000

export function decodeRecovery(bytes: Uint8Array, format: DocumentFormat): RecoveryAuthorization {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'recovery authorization'})
}

export interface RecoveryCheck {
  readonly key: PublicKey
  readonly pinnedFingerprint: string
  /** Hash of the roster to be trusted; undefined only where a document is inspected offline. */
  readonly targetRosterHash: string | undefined
  readonly nowMs: number
}

/** Every check after the decoding. Their order decides the reported code and is part of the format. */
export function verifyRecovery({body, signature}: RecoveryAuthorization, check: RecoveryCheck): Variant {
  if (body.schema_version !== 1) throw invalid('bad_schema_version: a recovery authorization has schema_version 1')
  if (body.reason === '' || body.operator_identity === '')
    throw invalid('reason and operator_identity must not be empty')
  if (!HASH_SHAPE.test(body.target_roster_hash))
    throw invalid('target_roster_hash must be sha256: and 64 lowercase hex characters')
  const issuedMs = parseInstant(body.issued_at) ?? unreadable('issued_at')
  const expiresMs = parseInstant(body.expires_at) ?? unreadable('expires_at')
  parseSignature(signature)
  if (expiresMs <= issuedMs) throw invalid('expires_at must be after issued_at')
  if (expiresMs - issuedMs > MAX_LIFETIME_MS) throw invalid('an authorization is valid for at most one hour')
  if (check.nowMs < issuedMs) throw new PipelockError('recovery_not_yet_valid', `valid from ${body.issued_at} on`)
  if (check.nowMs > expiresMs) throw new PipelockError('recovery_expired', `valid until ${body.expires_at}`)
  if (expiresMs - check.nowMs > MAX_LIFETIME_MS) throw invalid('an authorization ends at most one hour from now')
  if (check.targetRosterHash !== undefined && check.targetRosterHash !== body.target_roster_hash) {
    throw new PipelockError('recovery_target_mismatch', 'the authorization is for another roster')
  }
  if (!isSameFingerprint(fingerprint(check.key.raw), check.pinnedFingerprint)) {
    throw new PipelockError('recovery_fingerprint_mismatch', 'the key is not the pinned recovery root')
  }
  return verifyBody(check.key, body, signature)
}

function invalid(message: string): PipelockError {
  return new PipelockError('recovery_invalid', message)
}

function unreadable(member: string): never {
  throw invalid(`${member} must be an RFC 3339 time`)
}
