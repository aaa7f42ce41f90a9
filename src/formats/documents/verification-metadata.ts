// Header of a public proof bundle: its contract, and the tombstones that its reader must know.
import type {PrivateKey, PublicKey} from '../../lib/ed25519.js'
import {compareCodePoints} from '../../lib/json/writer.js'
import {PipelockError} from '../../core/errors.js'
import {ACTIVATION_PURPOSE} from './active-manifest.js'
import {canonicalHash, matchHash, signBody, verifyBody, type Variant} from './canonical.js'
import {checkDataClass} from './data-class.js'
import {decodeDocument, type DocumentFormat} from './decode.js'
import {int, list, object, project, string, type Infer} from './schema.js'
import {MAX_DOCUMENT_BYTES} from './strict-json.js'

const BODY = object({
  schema_version: int,
  bundle_kind: string,
  contract_hash: string,
  tombstone_index_root: string,
  tombstone_hashes: list(string),
  bundle_signed_at: string,
  signer_key_id: string,
  key_purpose: string,
  data_class_root: string,
})

const ENVELOPE = object({body: BODY, signature: string})

export type VerificationMetadata = Infer<typeof ENVELOPE>

export function decodeVerificationMetadata(bytes: Uint8Array, format: DocumentFormat): VerificationMetadata {
  return decodeDocument(bytes, format, ENVELOPE, {maxBytes: MAX_DOCUMENT_BYTES, name: 'verification metadata'})
}

const IDENTITY = ['contract_hash', 'tombstone_index_root', 'bundle_signed_at', 'signer_key_id'] as const

export function checkVerificationMetadata(body: VerificationMetadata['body']): void {
  if (body.schema_version !== 1)
    throw new PipelockError('bad_schema_version', 'verification metadata has schema_version 1')
  if (body.bundle_kind !== 'public_proof_bundle') {
    throw new PipelockError('bad_bundle_kind', 'bundle_kind must be public_proof_bundle')
  }
  for (const name of IDENTITY) {
    if (body[name] === '') throw new PipelockError('missing_required_field', `${name} must not be empty`)
  }
  if (body.key_purpose !== ACTIVATION_PURPOSE) {
    throw new PipelockError('wrong_key_purpose', `a proof bundle is signed for ${ACTIVATION_PURPOSE}`)
  }
  if (body.data_class_root !== '') checkDataClass(body.data_class_root, 'data_class_root')
  const hashes = body.tombstone_hashes ?? []
  if (new Set(hashes).size !== hashes.length) {
    throw new PipelockError('tombstone_index_mismatch', 'duplicate tombstone hash')
  }
  if (matchHash(hashes.toSorted(compareCodePoints), body.tombstone_index_root) === undefined) {
    throw new PipelockError(
      'tombstone_index_mismatch',
      'tombstone_index_root is not the hash of the sorted tombstone hashes',
    )
  }
}

export function verifyVerificationMetadata(document: VerificationMetadata, key: PublicKey): Variant {
  checkVerificationMetadata(document.body)
  return verifyBody(key, document.body, document.signature)
}

/** Hash of the sorted list of tombstone hashes. */
function tombstoneIndexRoot(hashes: readonly string[]): string {
  return canonicalHash(hashes.toSorted(compareCodePoints))
}

export interface BundleHeader {
  readonly contractHash: string
  readonly tombstoneHashes: readonly string[]
  /** RFC 3339. */
  readonly signedAt: string
  readonly signerKeyId: string
}

/** A bundle is public, and so is its data class. */
export function signVerificationMetadata(header: BundleHeader, key: PrivateKey): VerificationMetadata {
  const body = project(
    BODY,
    {
      schema_version: 1,
      bundle_kind: 'public_proof_bundle',
      contract_hash: header.contractHash,
      tombstone_index_root: tombstoneIndexRoot(header.tombstoneHashes),
      tombstone_hashes: header.tombstoneHashes.toSorted(compareCodePoints),
      bundle_signed_at: header.signedAt,
      signer_key_id: header.signerKeyId,
      key_purpose: ACTIVATION_PURPOSE,
      data_class_root: 'public',
    },
    'verification metadata',
  )
  checkVerificationMetadata(body)
  return {body, signature: signBody(key, body)}
}
