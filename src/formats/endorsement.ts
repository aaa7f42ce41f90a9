// Rotation endorsement: the old key's word that a new key continues its chain.
import {parsePublicKeyHex, parseSignatureText, sign, signatureText, verify, type PrivateKey} from '../lib/ed25519.js'
import {sha256} from '../lib/hash.js'
import {indentJson} from '../lib/json/indent.js'
import {parseTimestamp} from '../lib/timestamp.js'
import {EvidenceFault, readEvidenceObject} from './evidence-fault.js'
import {INT64, memberTable, readMembers, refuseUnknown, STRING, UINT64, writeMembers, type Int} from './member-table.js'

export interface Endorsement {
  readonly session_id: string
  readonly prior_signer_key: string
  readonly prior_final_seq: Int
  readonly prior_tail_hash: string
  readonly new_signer_key: string
  readonly rotated_at: string
}

const SIGNED = [
  ['version', INT64],
  ['session_id', STRING],
  ['prior_signer_key', STRING],
  ['prior_final_seq', UINT64],
  ['prior_tail_hash', STRING],
  ['new_signer_key', STRING],
  ['rotated_at', STRING],
] as const
const SIGNED_TABLE = memberTable(SIGNED)
const TABLE = memberTable([...SIGNED, ['endorsement', STRING]])
const MAX_BYTES = 65_536
const DOMAIN = 'pipelock-rotation-endorsement-v1\0'

/** Reads and verifies one endorsement. Throws EvidenceFault. */
export function parseEndorsement(bytes: Uint8Array): Endorsement {
  if (bytes.length > MAX_BYTES) throw invalid('the endorsement is longer than 65,536 bytes')
  const value = readEvidenceObject(bytes)
  if (value['version'] !== 1) throw new EvidenceFault('unsupported_version', 'the endorsement is not of version 1')
  refuseUnknown(TABLE, value, 'the endorsement')
  const read = readMembers(TABLE, value) as unknown as Endorsement & {readonly endorsement: string}
  if (read.session_id.trim() === '') throw invalid('session_id is blank')
  const prior = parsePublicKeyHex(read.prior_signer_key)
  const next = parsePublicKeyHex(read.new_signer_key)
  if (!prior || !next) throw new EvidenceFault('signature_malformed', 'the endorsement names a key that is not usable')
  if (prior.hex === next.hex) throw invalid('new_signer_key is the prior key')
  if (!/^[0-9a-f]{64}$/.test(read.prior_tail_hash)) throw invalid('prior_tail_hash is not 64 lowercase hex characters')
  if (parseTimestamp(read.rotated_at) === undefined) throw invalid('rotated_at is not a canonical UTC timestamp')
  const signature = parseSignatureText(read.endorsement)
  if (!signature) throw new EvidenceFault('signature_malformed', 'endorsement is not "ed25519:" and 128 hex characters')
  const message = sha256(DOMAIN + writeMembers(SIGNED_TABLE, read))
  if (!verify(prior, message, signature)) {
    throw new EvidenceFault('signature_invalid', 'the endorsement does not verify under the prior key')
  }
  return read
}

/** The text of a new endorsement, as a file holds it. The caller has verified what `statement` says of the chain. */
export function endorsementText(statement: Endorsement, prior: PrivateKey): string {
  const text = writeMembers(SIGNED_TABLE, {version: 1, ...statement})
  const endorsement = signatureText(sign(prior, sha256(DOMAIN + text)))
  return `${indentJson(writeMembers(TABLE, {version: 1, ...statement, endorsement}))}\n`
}

const invalid = (message: string) => new EvidenceFault('invalid_field', message)
