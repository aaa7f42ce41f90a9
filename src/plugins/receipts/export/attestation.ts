// A receipt in the clothes of supply-chain tools: a DSSE envelope whose payload is the receipt itself, or an in-toto Statement
// (v1) whose predicate it is. The receipt keeps its own signature inside; the envelope's is over the payload and its type.
// The payload is the text that the receipt hash is of, so that its digest, the subject of the Statement, is that hash.
import {EvidenceFault, MAX_LINE_BYTES, readEvidenceObject} from '../../../formats/evidence-fault.js'
import type {Int} from '../../../formats/member-table.js'
import {DsseFault, parseEnvelope, payloadText, signEnvelope, signersOf} from './dsse.js'
import type {PrivateKey, PublicKey} from '../../../lib/ed25519.js'
import {isObject, type JsonObject} from '../../../lib/json/reader.js'
import type {RecordType} from '../anchor/leaf.js'
import {verifySingle} from '../verify/single.js'

export type AttestationFormat = 'dsse' | 'in-toto'

export interface AttestedReceipt {
  readonly recordType: RecordType
  readonly chainSeq: Int
  readonly text: string
  readonly hash: string
}

const PAYLOAD_TYPES: Readonly<Record<RecordType, string>> = {
  action_receipt_v1: 'application/vnd.pipelock.action-receipt.v1+json',
  evidence_receipt_v2: 'application/vnd.pipelock.evidence-receipt.v2+json',
}

const PREDICATE_TYPES: Readonly<Record<RecordType, string>> = {
  action_receipt_v1: 'urn:pipelock:action-receipt:v1',
  evidence_receipt_v2: 'urn:pipelock:evidence-receipt:v2',
}

const STATEMENT_PAYLOAD = 'application/vnd.in-toto+json'
const STATEMENT = 'https://in-toto.io/Statement/v1'

/** One line. Throws EvidenceFault for a receipt so large that no reader would take the envelope. */
export function attest(receipt: AttestedReceipt, format: AttestationFormat, key: PrivateKey): string {
  const {recordType, text} = receipt
  const [type, payload] =
    format === 'dsse' ? [PAYLOAD_TYPES[recordType], text] : [STATEMENT_PAYLOAD, statementText(receipt)]
  const line = signEnvelope(type, Buffer.from(payload, 'utf8'), key, key.public.hex)
  if (line.length < MAX_LINE_BYTES) return line
  throw new EvidenceFault('malformed_json', `receipt ${receipt.chainSeq} is too large for an envelope`)
}

function statementText({recordType, chainSeq, text, hash}: AttestedReceipt): string {
  const name = JSON.stringify(`${recordType}/${chainSeq}`)
  const subject = `{"name":${name},"digest":{"sha256":"${hash}"}}`
  const predicateType = JSON.stringify(PREDICATE_TYPES[recordType])
  // the receipt's own text, byte for byte: writing its values anew could change what its signature covers
  return `{"_type":"${STATEMENT}","subject":[${subject}],"predicateType":${predicateType},"predicate":${text}}`
}

export type AttestationReason = 'envelope_invalid' | 'statement_invalid' | 'digest_mismatch' | EvidenceFault['reason']

export type AttestationVerdict =
  | {
      readonly failure: undefined
      readonly format: AttestationFormat
      readonly recordType: RecordType
      readonly hash: string
      readonly signers: readonly string[]
    }
  | {readonly failure: {readonly reason: AttestationReason; readonly message: string}}

class Refusal extends Error {
  readonly reason: AttestationReason
  constructor(reason: AttestationReason, message: string) {
    super(message)
    this.name = 'Refusal'
    this.reason = reason
  }
}

/** `keys` may sign the envelope, `signers` the receipt in it; both have to. */
export function verifyAttestation(
  bytes: Uint8Array,
  keys: readonly PublicKey[],
  signers: readonly PublicKey[],
): AttestationVerdict {
  try {
    return judge(bytes, keys, signers)
  } catch (error) {
    if (error instanceof DsseFault) return {failure: {reason: 'envelope_invalid', message: error.message}}
    if (!(error instanceof Refusal || error instanceof EvidenceFault)) throw error
    return {failure: {reason: error.reason, message: error.message}}
  }
}

function judge(bytes: Uint8Array, keys: readonly PublicKey[], trusted: readonly PublicKey[]): AttestationVerdict {
  const envelope = parseEnvelope(bytes)
  const signers = signersOf(envelope, keys).map((key) => key.hex)
  if (signers.length === 0) throw new Refusal('signature_invalid', 'the envelope is not signed by a trusted key')
  const payload = payloadText(envelope)
  if (payload === undefined) throw new Refusal('envelope_invalid', 'the payload is not valid UTF-8')
  const {format, recordType, text, digest} = contentOf(envelope.payloadType, payload)
  const verdict = verifySingle(Buffer.from(text, 'utf8'), {trusted})
  if (verdict.failure) throw new Refusal(verdict.failure.reason, `the receipt: ${verdict.failure.message}`)
  if ((verdict.version === 1 ? 'action_receipt_v1' : 'evidence_receipt_v2') !== recordType) {
    throw new Refusal('statement_invalid', `the receipt is no ${recordType}, as its type says`)
  }
  if (digest !== undefined && digest !== verdict.hash) {
    throw new Refusal(
      'digest_mismatch',
      `the subject is ${digest.slice(0, 80)}, and the receipt's hash ${verdict.hash}`,
    )
  }
  return {failure: undefined, format, recordType, hash: verdict.hash, signers}
}

interface Content {
  readonly format: AttestationFormat
  readonly recordType: RecordType
  readonly text: string
  /** What the Statement says the receipt's hash is. */
  readonly digest: string | undefined
}

function contentOf(payloadType: string, payload: string): Content {
  const bare = nameOf(PAYLOAD_TYPES, payloadType)
  if (bare) return {format: 'dsse', recordType: bare, text: payload, digest: undefined}
  if (payloadType !== STATEMENT_PAYLOAD) throw new Refusal('envelope_invalid', 'the payload is of another type')
  let text = ''
  const statement = readEvidenceObject(payload, {
    onRootMember(name, start, end) {
      if (name === 'predicate') text = payload.slice(start, end)
    },
  })
  if (statement['_type'] !== STATEMENT)
    throw new Refusal('statement_invalid', 'the payload is not an in-toto Statement v1')
  const recordType = nameOf(PREDICATE_TYPES, statement['predicateType'])
  if (!recordType) throw new Refusal('statement_invalid', 'the predicate is of another type')
  return {format: 'in-toto', recordType, text, digest: subjectOf(statement)}
}

/** A Statement about several things could claim the receipt for another one. */
function subjectOf(statement: JsonObject): string {
  const {subject} = statement
  const only = Array.isArray(subject) && subject.length === 1 ? subject[0] : undefined
  const digest = isObject(only) && isObject(only['digest']) ? only['digest'] : undefined
  const sha256 = digest && Object.keys(digest).length === 1 ? digest['sha256'] : undefined
  if (typeof sha256 === 'string') return sha256
  throw new Refusal('statement_invalid', 'the Statement has not one subject with one sha256 digest')
}

function nameOf(table: Readonly<Record<RecordType, string>>, type: unknown): RecordType | undefined {
  return type === table.action_receipt_v1
    ? 'action_receipt_v1'
    : type === table.evidence_receipt_v2
      ? 'evidence_receipt_v2'
      : undefined
}
