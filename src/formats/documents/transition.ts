// Root transitions: the old root names its successor, and both sign. The runtime never follows one by itself; the
// operator changes the pin.
import {fingerprint, type PublicKey} from '../../lib/ed25519.js'
import {parseInstant} from '../../lib/instant.js'
import {PipelockError} from '../../core/errors.js'
import {HASH_SHAPE, parseSignature, verifyBody} from './canonical.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {int, object, string, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'

const BODY = object({
  schema_version: int,
  root_kind: string,
  old_fingerprint: string,
  new_fingerprint: string,
  effective_at: string,
  reason: string,
})

const ENVELOPE = object({body: BODY, old_signature: string, new_signature: string})

export type RootTransition = Infer<typeof ENVELOPE>

export function decodeTransition(bytes: Uint8Array, format: DocumentFormat): RootTransition {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'root transition'})
}

export interface TransitionCheck {
  readonly oldKey: PublicKey
  readonly newKey: PublicKey
  /** The pinned fingerprint; compared as text. */
  readonly pinnedFingerprint: string | undefined
  readonly nowMs: number
  readonly allowEarly: boolean
}

/** Every check after the decoding. Their order decides the reported code and is part of the format. */
export function verifyTransition(document: RootTransition, check: TransitionCheck): void {
  const {body} = document
  if (body.schema_version !== 1) throw invalid('bad_schema_version: a root transition has schema_version 1')
  if (body.root_kind !== 'roster-root' && body.root_kind !== 'recovery-root') {
    throw invalid('root_kind must be roster-root or recovery-root')
  }
  if (!HASH_SHAPE.test(body.old_fingerprint) || !HASH_SHAPE.test(body.new_fingerprint)) {
    throw invalid('fingerprints must be sha256: and 64 lowercase hex characters')
  }
  if (body.old_fingerprint === body.new_fingerprint) throw invalid('the new root must differ from the old one')
  const effectiveMs = parseInstant(body.effective_at)
  if (effectiveMs === undefined) throw invalid('effective_at must be an RFC 3339 time')
  if (body.reason === '') throw invalid('reason must not be empty')
  if (fingerprint(check.oldKey.raw) !== body.old_fingerprint)
    throw mismatch('old_fingerprint is not the fingerprint of the old key')
  if (fingerprint(check.newKey.raw) !== body.new_fingerprint)
    throw mismatch('new_fingerprint is not the fingerprint of the new key')
  if (check.pinnedFingerprint !== undefined && check.pinnedFingerprint !== body.old_fingerprint) {
    throw mismatch('old_fingerprint is not the pinned one')
  }
  parseSignature(document.old_signature)
  parseSignature(document.new_signature)
  verifyBody(check.oldKey, body, document.old_signature)
  verifyBody(check.newKey, body, document.new_signature)
  if (check.nowMs < effectiveMs && !check.allowEarly) {
    throw new PipelockError('transition_not_effective', `the transition is effective from ${body.effective_at} on`, {
      hint: 'pass --allow-early to inspect it before that time',
    })
  }
}

function invalid(message: string): PipelockError {
  return new PipelockError('transition_invalid', message)
}

function mismatch(message: string): PipelockError {
  return new PipelockError('transition_fingerprint_mismatch', message)
}
