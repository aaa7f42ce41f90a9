// Tombstones: the signed statement that a contract must never be in force again.
import type {PrivateKey, PublicKey} from '../../lib/ed25519.js'
import {PipelockError} from '../../core/errors.js'
import {ACTIVATION_PURPOSE} from './active-manifest.js'
import {canonicalHash, signBody, verifyBody, type Variant} from './canonical.js'
import {checkDataClass} from './data-class.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {boolean, int, object, project, string, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'

const BODY = object({
  schema_version: int,
  tombstone: boolean,
  prior_contract_hash: string,
  redacted_at: string,
  redaction_authorization_id: string,
  signer_key_id: string,
  key_purpose: string,
  data_class_root: string,
})

const ENVELOPE = object({body: BODY, signature: string})

export type TombstoneBody = Infer<typeof BODY>
export type Tombstone = Infer<typeof ENVELOPE>

export function decodeTombstone(bytes: Uint8Array, format: DocumentFormat): Tombstone {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'tombstone'})
}

export function checkTombstoneStructure(body: TombstoneBody): void {
  if (body.schema_version !== 1) throw new PipelockError('bad_schema_version', 'a tombstone has schema_version 1')
  if (!body.tombstone) throw new PipelockError('bad_tombstone', 'the member tombstone must be true')
  if (body.key_purpose !== ACTIVATION_PURPOSE) {
    throw new PipelockError('wrong_key_purpose', `a tombstone is signed for ${ACTIVATION_PURPOSE}`)
  }
  if (body.data_class_root !== '') checkDataClass(body.data_class_root, 'data_class_root')
}

export function verifyTombstone(tombstone: Tombstone, key: PublicKey): Variant {
  checkTombstoneStructure(tombstone.body)
  return verifyBody(key, tombstone.body, tombstone.signature)
}

/** Hash of the whole envelope, signature included; receipts and proof bundles name it. */
export function tombstoneHash(tombstone: Tombstone): string {
  return canonicalHash(tombstone)
}

export function signTombstone(body: object, key: PrivateKey): Tombstone {
  const projected = project(BODY, body, 'tombstone')
  checkTombstoneStructure(projected)
  return {body: projected, signature: signBody(key, projected)}
}
