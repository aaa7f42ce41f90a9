// The closed vocabulary of verification outcomes. Parsers of evidence throw an EvidenceFault; verifiers turn it into a
// value, since a receipt that fails is an expected result and not an error of the program.
import {JsonFault, readJson, isObject, type JsonObject, type JsonReadOptions} from '../lib/json/reader.js'

export type EvidenceReason =
  | 'malformed_json'
  | 'duplicate_key'
  | 'nesting_too_deep'
  | 'unknown_field'
  | 'unsupported_version'
  | 'unsupported_record_type'
  | 'unsupported_canonicalization'
  | 'missing_required_field'
  | 'invalid_field'
  | 'invalid_action_type'
  | 'header_injection'
  | 'unknown_payload_kind'
  | 'invalid_payload'
  | 'signature_malformed'
  | 'signature_invalid'
  | 'signer_key_mismatch'
  | 'signer_key_untrusted'
  | 'unknown_signer'
  | 'key_purpose_mismatch'
  | 'signer_key_id_mismatch'
  | 'expectation_mismatch'
  | 'chain_seq_gap'
  | 'chain_break'
  | 'genesis_invalid'
  | 'session_state_invalid'
  | 'key_transition_invalid'
  | 'rotation_unauthorized'
  | 'replay_detected'
  | 'no_receipts'
  | 'head_mismatch'
  | 'recorder_entry_invalid'
  | 'recorder_hash_mismatch'
  | 'recorder_chain_break'
  | 'recorder_torn_record'
  | 'checkpoint_unsigned'
  | 'checkpoint_invalid'
  | 'seal_mismatch'
  | 'incomplete'
  | 'unanchored'
  | 'retention_anchor_invalid'
  | 'escrow_authentication_failed'

export class EvidenceFault extends Error {
  readonly reason: EvidenceReason
  constructor(reason: EvidenceReason, message: string) {
    super(message)
    this.name = 'EvidenceFault'
    this.reason = reason
  }
}

/** Longest line, and longest file of a single receipt, that is read at all. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/** Maximum depth of nested containers, the outermost counted as 1. */
export const MAX_DEPTH = 128

type Extra = Pick<JsonReadOptions, 'nfcNames' | 'onRootMember'>

/** Reads one JSON object strictly; every fault of the text becomes its reason code. */
export function readEvidenceObject(input: Uint8Array | string, extra: Extra = {}): JsonObject {
  if (input.length > MAX_LINE_BYTES) throw new EvidenceFault('malformed_json', 'the text is longer than 8 MiB')
  let value
  try {
    value = readJson(input, {maxDepth: MAX_DEPTH, ...extra})
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw new EvidenceFault(reasonOf(error), error.message)
  }
  if (!isObject(value)) throw new EvidenceFault('malformed_json', 'not a JSON object')
  return value
}

function reasonOf(fault: JsonFault): EvidenceReason {
  if (fault.kind === 'duplicate') return 'duplicate_key'
  if (fault.kind === 'depth') return 'nesting_too_deep'
  return 'malformed_json'
}
