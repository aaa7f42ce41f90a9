// One receipt in one file.
import {keyReader, parseActionReceipt, type ActionReceipt} from '../../../formats/action-receipt.js'
import {EvidenceFault, type EvidenceReason} from '../../../formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  parseEvidenceReceipt,
  readEvidenceReceipt,
  type CanonicalForm,
  type EvidenceReceipt,
} from '../../../formats/evidence-receipt.js'
import {verify, type PublicKey} from '../../../lib/ed25519.js'
import {sha256Hex} from '../../../lib/hash.js'
import type {JsonObject} from '../../../lib/json/reader.js'
import {
  checkExpectations,
  knowsNoKey,
  refuseExpectations,
  verifyUnder,
  type Authority,
  type Expectations,
} from './authority.js'
import {readLine} from './read-line.js'

export interface SingleFailure {
  readonly reason: EvidenceReason
  readonly message: string
}

export type SingleVerdict =
  | {readonly version: 1; readonly receipt: ActionReceipt; readonly hash: string; readonly failure: undefined}
  | {
      readonly version: 2
      readonly receipt: EvidenceReceipt
      readonly hash: string
      /** undefined when no key was there to tell which form was signed */
      readonly form: CanonicalForm | undefined
      readonly failure: undefined
    }
  | {readonly version: 1 | 2; readonly failure: SingleFailure}

export interface SingleOptions {
  readonly trusted: readonly PublicKey[]
  readonly authority?: Authority
  readonly expect?: Expectations
  /** Without any key: judge the structure of an evidence receipt, instead of failing as unknown_signer. */
  readonly structuralWithoutKey?: boolean
}

/** Version 2 is an object with `record_type` and without `action_record`; everything else is judged as version 1. */
export function verifySingle(bytes: Uint8Array, options: SingleOptions): SingleVerdict {
  let version: 1 | 2 = 1
  try {
    const {value, text, extText} = readLine(bytes)
    if (value['record_type'] !== undefined && value['action_record'] === undefined) {
      version = 2
      return verifyEvidence(text, options)
    }
    return verifyAction(value, extText, options)
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    return {version, failure: {reason: error.reason, message: error.message}}
  }
}

function verifyAction(value: JsonObject, extText: string | undefined, options: SingleOptions): SingleVerdict {
  const {trusted, expect = {}} = options
  const receipt = parseActionReceipt(value, extText, keyReader(trusted))
  refuseExpectations(expect)
  const {hex} = receipt.signer
  if (trusted.length > 0 && !trusted.some((key) => key.hex === hex)) {
    throw trusted.length === 1
      ? new EvidenceFault('signer_key_mismatch', `signer key ${hex} is not the trusted key`)
      : new EvidenceFault('signer_key_untrusted', `signer key ${hex} is none of the trusted keys`)
  }
  if (!verify(receipt.signer, receipt.digest, receipt.signature)) {
    throw new EvidenceFault('signature_invalid', 'signature verification failed')
  }
  return {version: 1, receipt, hash: sha256Hex(receipt.envelope), failure: undefined}
}

function verifyEvidence(text: string, options: SingleOptions): SingleVerdict {
  const {trusted, authority = {kind: 'raw', keys: trusted}, expect = {}} = options
  const receipt = parseEvidenceReceipt(readEvidenceReceipt(text))
  checkExpectations(receipt, expect)
  const form = options.structuralWithoutKey && knowsNoKey(authority) ? undefined : verifyUnder(receipt, authority)
  return {version: 2, receipt, hash: evidenceReceiptHash(receipt, form ?? 'rfc8785'), form, failure: undefined}
}
