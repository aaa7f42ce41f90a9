// EvidenceReceipt v2: building, signing, and reading of one receipt, except who may sign it. The proof object is
// blanked in the preimage, so the signer's id and purpose are NOT signed: a verifier must take authority from its own
// key set, never from the receipt.
import {utf8} from '../lib/bytes.js'
import {parseSignatureText, sign, signatureText, verify, type PrivateKey, type PublicKey} from '../lib/ed25519.js'
import {sha256Hex} from '../lib/hash.js'
import {isObject, type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {canonicalJ, escapeHtml, type CanonicalInput} from '../lib/json/writer.js'
import {parseTimestamp} from '../lib/timestamp.js'
import type {SignedReceipt} from './action-receipt.js'
import {EvidenceFault, readEvidenceObject} from './evidence-fault.js'
import {
  checkPayload,
  isPayloadKind,
  requiredPurpose,
  type EvidenceKeyPurpose,
  type PayloadKind,
} from './evidence-payload.js'
import {isStrings, readInt, type Int} from './member-table.js'

export type {PayloadKind} from './evidence-payload.js'

/** Fields set by the emitter; kind and payload are checked against the table before anything is signed. */
export interface EvidenceDraft {
  readonly payload_kind: PayloadKind
  /** UUIDv7 */
  readonly event_id: string
  readonly timestamp: string
  readonly principal?: string
  readonly actor?: string
  readonly delegation_chain?: readonly string[]
  readonly active_manifest_hash?: string
  readonly contract_hash?: string
  readonly selector_id?: string
  readonly contract_generation?: Int
  readonly payload: {readonly [name: string]: CanonicalInput}
}

export interface EvidenceSigner {
  /** The roster id, or the public key in hex when there is no roster. */
  readonly id: string
  readonly key: PrivateKey
}

export interface ChainPosition {
  readonly chain_seq: Int
  /** `genesis`, or the bare hex hash of the previous receipt. */
  readonly chain_prev_hash: string
}

const BLANK_PROOF = {algorithm: '', key_purpose: '', signature: '', signer_key_id: ''}
const ALGORITHM = 'ed25519'

/** Signs over form J. Empty optional members are left out. Throws EvidenceFault for a draft that would not verify. */
export function signEvidenceReceipt(
  draft: EvidenceDraft,
  position: ChainPosition,
  signer: EvidenceSigner,
): SignedReceipt {
  const receipt: Record<string, CanonicalInput> = {
    record_type: 'evidence_receipt_v2',
    receipt_version: 2,
    ...Object.fromEntries(Object.entries(draft).filter(([, value]) => !isEmpty(value))),
    ...position,
    signature: BLANK_PROOF,
  }
  const signature = signatureText(sign(signer.key, utf8(canonicalJ(receipt))))
  const purpose = requiredPurpose(draft.payload_kind)
  receipt['signature'] = {algorithm: ALGORITHM, key_purpose: purpose, signature, signer_key_id: signer.id}
  const text = canonicalJ(receipt)
  parseEvidenceReceipt(readEvidenceReceipt(text)) // never write a receipt that the reader would refuse
  return {text, hash: sha256Hex(text)}
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === '' || value === 0 || value === 0n || (Array.isArray(value) && value.length === 0)
  )
}

/** Strict reading with member names compared after NFC, since writer J signs the NFC form. */
export function readEvidenceReceipt(input: Uint8Array | string): JsonObject {
  return readEvidenceObject(input, {nfcNames: true})
}

/** A receipt of valid structure; its signer and the signer's authority are not yet checked. */
export interface EvidenceReceipt extends ChainPosition {
  readonly kind: PayloadKind
  readonly payload: JsonObject
  readonly timestamp: string
  readonly eventId: string
  readonly principal: string
  readonly actor: string
  readonly activeManifestHash: string
  readonly contractHash: string
  readonly policyHash: string
  readonly selectorId: string
  readonly contractGeneration: Int
  readonly proof: {
    readonly signerKeyId: string
    readonly keyPurpose: EvidenceKeyPurpose
    readonly signature: Uint8Array
  }
  /** The signed text and the hashed text in form J; form E is their HTML-escaped spelling. */
  readonly preimage: string
  readonly whole: string
}

const ENVELOPE: ReadonlySet<string> = new Set([
  'record_type',
  'receipt_version',
  'payload_kind',
  'canonicalization',
  'crit',
  'event_id',
  'timestamp',
  'principal',
  'actor',
  'delegation_chain',
  'signature',
  'chain_seq',
  'chain_prev_hash',
  'active_manifest_hash',
  'contract_hash',
  'policy_hash',
  'selector_id',
  'contract_generation',
  'payload',
])

const PROOF: ReadonlySet<string> = new Set(['signer_key_id', 'key_purpose', 'algorithm', 'signature'])

const CANONICALIZATION: Readonly<Record<string, string>> = {
  jcs_profile: 'pipelock-jcs-rfc8785-nfc-v1',
  jcs_version: 'rfc8785',
  hash_alg: 'sha256',
  sig_alg: 'ed25519',
  redaction_ruleset_id: 'pipelock-transform-v1',
  redaction_ruleset_version: '1',
  redaction_ruleset_hash: 'sha256:541896788b42651a202448894583a847db9d1aa081c33a7e1f0512303d72527e',
}

const MAX_UINT = 2n ** 63n - 1n

/**
 * Checks from the record type to the form of the signature. Their order decides the reported code and is part of the
 * format. Throws EvidenceFault.
 */
export function parseEvidenceReceipt(value: JsonObject): EvidenceReceipt {
  if (value['record_type'] !== 'evidence_receipt_v2') {
    throw new EvidenceFault('unsupported_record_type', 'record_type is not evidence_receipt_v2')
  }
  if (value['receipt_version'] !== 2) throw new EvidenceFault('unsupported_version', 'receipt_version is not 2')
  for (const name in value) {
    if (!ENVELOPE.has(name))
      throw new EvidenceFault('unknown_field', `the receipt has no member ${JSON.stringify(name)}`)
  }
  checkCanonicalization(value)
  const kind = text(value, 'payload_kind')
  const eventId = text(value, 'event_id')
  const timestamp = text(value, 'timestamp')
  if (parseTimestamp(timestamp) === undefined) throw invalid('timestamp is not a canonical UTC timestamp')
  const principal = optionalText(value, 'principal')
  const actor = optionalText(value, 'actor')
  const delegation = value['delegation_chain']
  if (delegation !== undefined && !(isStrings(delegation) && delegation.length > 0 && !delegation.includes(''))) {
    throw invalid('delegation_chain is not a list of non-empty strings')
  }
  const proof = value['signature']
  if (proof === undefined) throw new EvidenceFault('missing_required_field', 'signature is missing')
  if (!isObject(proof)) throw invalid('signature is not an object')
  const chainSeq = integer(value, 'chain_seq')
  if (chainSeq === undefined) throw new EvidenceFault('missing_required_field', 'chain_seq is missing')
  const chainPrevHash = text(value, 'chain_prev_hash')
  const activeManifestHash = optionalText(value, 'active_manifest_hash')
  const contractHash = optionalText(value, 'contract_hash')
  const policyHash = optionalText(value, 'policy_hash')
  const selectorId = optionalText(value, 'selector_id')
  const contractGeneration = integer(value, 'contract_generation')
  if (contractGeneration === 0) throw invalid('contract_generation is present but 0')
  const payload = value['payload']
  if (payload === undefined || payload === null) throw new EvidenceFault('missing_required_field', 'payload is missing')
  if (!isObject(payload)) throw invalid('payload is not an object')
  if (!isPayloadKind(kind))
    throw new EvidenceFault('unknown_payload_kind', `unknown payload kind ${JSON.stringify(kind)}`)
  checkPayload(kind, payload)
  return {
    kind,
    payload,
    eventId,
    timestamp,
    principal,
    actor,
    chain_seq: chainSeq,
    chain_prev_hash: chainPrevHash,
    activeManifestHash,
    contractHash,
    policyHash,
    selectorId,
    contractGeneration: contractGeneration ?? 0,
    proof: parseProof(proof, kind),
    preimage: canonicalJ({...value, signature: BLANK_PROOF}),
    whole: canonicalJ(value),
  }
}

function parseProof(proof: JsonObject, kind: PayloadKind): EvidenceReceipt['proof'] {
  for (const name in proof) {
    if (!PROOF.has(name)) throw new EvidenceFault('unknown_field', `signature has no member ${JSON.stringify(name)}`)
  }
  const signerKeyId = text(proof, 'signer_key_id')
  const purpose = text(proof, 'key_purpose')
  const algorithm = text(proof, 'algorithm')
  const signature = text(proof, 'signature')
  const keyPurpose = requiredPurpose(kind)
  if (purpose !== keyPurpose) {
    throw new EvidenceFault(
      'key_purpose_mismatch',
      `${kind} requires the purpose ${keyPurpose}, not ${JSON.stringify(purpose)}`,
    )
  }
  if (algorithm !== ALGORITHM) throw new EvidenceFault('signature_malformed', 'algorithm is not ed25519')
  const bytes = parseSignatureText(signature)
  if (!bytes) throw new EvidenceFault('signature_malformed', 'signature is not "ed25519:" and 128 hex characters')
  return {signerKeyId, keyPurpose, signature: bytes}
}

function checkCanonicalization(value: JsonObject): void {
  const {canonicalization, crit} = value
  if (canonicalization === undefined && crit === undefined) return
  const named =
    isObject(canonicalization) && Object.keys(canonicalization).length === Object.keys(CANONICALIZATION).length
  if (
    !named ||
    !Object.entries(CANONICALIZATION).every(([name, text]) => canonicalization[name] === text) ||
    !(Array.isArray(crit) && crit.length === 1 && crit[0] === 'canonicalization')
  ) {
    throw new EvidenceFault('unsupported_canonicalization', 'canonicalization or crit is not the one supported')
  }
}

/** How the signer spelled the signed text; the receipt hash uses the same form. */
export type CanonicalForm = 'rfc8785' | 'html-escaped'

/** The form under which the signature verifies, or undefined. Both forms decode to one tree, so accepting either is safe. */
export function matchingForm(receipt: EvidenceReceipt, key: PublicKey): CanonicalForm | undefined {
  const {preimage, proof} = receipt
  if (verify(key, utf8(preimage), proof.signature)) return 'rfc8785'
  const escaped = escapeHtml(preimage)
  return escaped !== preimage && verify(key, utf8(escaped), proof.signature) ? 'html-escaped' : undefined
}

export function evidenceReceiptHash(receipt: EvidenceReceipt, form: CanonicalForm): string {
  return sha256Hex(form === 'rfc8785' ? receipt.whole : escapeHtml(receipt.whole))
}

function text(value: JsonObject, name: string): string {
  const member = value[name]
  if (member === undefined || member === '')
    throw new EvidenceFault('missing_required_field', `${name} is missing or empty`)
  if (typeof member !== 'string') throw invalid(`${name} is not a string`)
  return member
}

function optionalText(value: JsonObject, name: string): string {
  const member: JsonValue | undefined = value[name]
  if (member === undefined) return ''
  if (typeof member !== 'string' || member === '') throw invalid(`${name} is not a non-empty string`)
  return member
}

function integer(value: JsonObject, name: string): Int | undefined {
  const member = value[name]
  if (member === undefined) return undefined
  const exact = readInt(0n, MAX_UINT, member)
  if (exact === undefined) throw invalid(`${name} is not an integer from 0 to 2^63-1`)
  return exact
}

function invalid(message: string): EvidenceFault {
  return new EvidenceFault('invalid_field', message)
}
