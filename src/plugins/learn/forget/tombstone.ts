// The tombstone that forget leaves. One contract has one tombstone: a run after a crash finds
// the existing one and continues with it, so that receipt and file never name two.
import {
  decodeTombstone,
  signTombstone,
  tombstoneHash,
  verifyTombstone,
  type Tombstone,
} from '../../../formats/documents/tombstone.js'
import {canonicalText} from '../../../formats/documents/canonical.js'
import {formatOfPath} from '../../../formats/documents/decode.js'
import {MAX_DOCUMENT_BYTES} from '../../../formats/documents/strict-json.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import {quoted} from '../../../lib/terminal.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import {writeYaml} from '../../../lib/yaml-writer.js'
import type {SigningKey} from '../candidate.js'

/** A file that may hold a tombstone of the contract. */
export interface TombstonePlace {
  readonly path: string
  readonly bytes: Uint8Array
}

export interface TombstoneFacts {
  readonly contractHash: string
  readonly nowMs: number
  readonly authorizationId: string
  readonly key: SigningKey
}

export function createTombstone({contractHash, nowMs, authorizationId, key}: TombstoneFacts): Tombstone {
  return signTombstone(
    {
      schema_version: 1,
      tombstone: true,
      prior_contract_hash: contractHash,
      redacted_at: formatTimestamp(nowMs),
      redaction_authorization_id: authorizationId,
      signer_key_id: key.keyId,
      key_purpose: 'contract-activation-signing',
      data_class_root: 'internal',
    },
    key.key,
  )
}

/** What stands at a place, or undefined. */
export function placeAt(path: string): TombstonePlace | undefined {
  try {
    return {path, bytes: readFileSecurely(path, {maxBytes: MAX_DOCUMENT_BYTES})}
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'file_not_found') return undefined
    throw error
  }
}

/** The one tombstone of all these places; undefined when there is none. Throws for one that this operator did not sign. */
export function existingTombstone(
  places: readonly TombstonePlace[],
  contractHash: string,
  key: SigningKey,
): Tombstone | undefined {
  let known: {readonly tombstone: Tombstone; readonly path: string} | undefined
  for (const {path, bytes} of places) {
    const tombstone = inFile(path, () => ownTombstone(decodeTombstone(bytes, formatOfPath(path)), contractHash, key))
    if (known && tombstoneHash(known.tombstone) !== tombstoneHash(tombstone)) {
      throw new PipelockError(
        'write_once_conflict',
        `${known.path} and ${path} are different tombstones of one contract`,
      )
    }
    known = {tombstone, path}
  }
  return known?.tombstone
}

function ownTombstone(tombstone: Tombstone, contractHash: string, {keyId, key}: SigningKey): Tombstone {
  const {body} = tombstone
  if (body.prior_contract_hash !== contractHash) {
    throw new PipelockError('bad_tombstone', 'it is about another contract than its name says')
  }
  if (body.signer_key_id !== keyId) {
    throw new PipelockError(
      'write_once_conflict',
      `the contract is tombstoned already, by the key ${quoted(body.signer_key_id)}`,
      {hint: 'forget from the candidate that was written then, or sign with that key'},
    )
  }
  verifyTombstone(tombstone, key.public)
  return tombstone
}

/** As files keep it: YAML beside candidates, canonical JSON in a store. */
export function tombstoneYaml(tombstone: Tombstone): string {
  return writeYaml({body: tombstone.body, signature: tombstone.signature} as unknown as Parameters<typeof writeYaml>[0])
}

export function tombstoneJson(tombstone: Tombstone): string {
  return canonicalText(tombstone)
}
