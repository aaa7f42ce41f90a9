// Signed decision records inside `decision` entries.
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {INT64, memberTable, readMembers, refuseUnknown, STRING, writeMembers} from '../../../formats/member-table.js'
import {parseSignatureText, verify, type PublicKey} from '../../../lib/ed25519.js'
import {sha256} from '../../../lib/hash.js'
import {isObject, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {parseTimestamp} from '../../../lib/timestamp.js'

const SCANNER_RESULT = memberTable([
  ['layer', STRING],
  ['pattern?', STRING],
  ['match_text?', STRING],
  ['confidence?', STRING],
])
const POLICY_RULE = memberTable([
  ['source', STRING],
  ['section?', STRING],
  ['action?', STRING],
])
const REQUEST_CONTEXT = memberTable([
  ['transport', STRING],
  ['tool_name?', STRING],
  ['direction?', STRING],
])
const SIGNED = [
  ['version', INT64],
  ['type', STRING],
  ['session_id', STRING],
  ['manifest_ref?', STRING],
  ['timestamp', STRING],
  ['verdict', STRING],
  ['scanner_result', {kind: 'object', members: SCANNER_RESULT}],
  ['policy_rule', {kind: 'object', members: POLICY_RULE}],
  ['request_context', {kind: 'object', members: REQUEST_CONTEXT}],
] as const
const SIGNED_TABLE = memberTable(SIGNED)
const TABLE = memberTable([...SIGNED, ['signature?', STRING]])

interface DecisionRecord {
  readonly session_id: string
  readonly timestamp: string
  readonly verdict: string
  readonly request_context: {readonly transport: string}
  readonly signature: string
}

/** The detail of a `decision` entry that claims a signature. */
export function isSignedDecision(detail: JsonValue): detail is JsonObject {
  return isObject(detail) && detail['type'] === 'decision_record' && 'signature' in detail
}

/** Throws EvidenceFault unless the record verifies under one of the keys. */
export function verifyDecisionRecord(detail: JsonObject, keys: readonly PublicKey[]): void {
  if (detail['version'] !== 1) throw new EvidenceFault('unsupported_version', 'the decision record is not of version 1')
  refuseUnknown(TABLE, detail, 'the decision record')
  const record = readMembers(TABLE, detail) as unknown as DecisionRecord
  const {session_id, verdict, timestamp, request_context} = record
  for (const [name, value] of Object.entries({session_id, verdict, transport: request_context.transport})) {
    if (value === '') throw new EvidenceFault('missing_required_field', `${name} of the decision record is empty`)
  }
  if (parseTimestamp(timestamp) === undefined) {
    throw new EvidenceFault('invalid_field', 'timestamp of the decision record is not a canonical UTC timestamp')
  }
  const signature = parseSignatureText(record.signature)
  if (!signature) throw new EvidenceFault('signature_malformed', 'the decision record has no well-formed signature')
  const digest = sha256(writeMembers(SIGNED_TABLE, record))
  if (!keys.some((key) => verify(key, digest, signature))) {
    throw new EvidenceFault('signature_invalid', 'the decision record does not verify under the keys of the recorder')
  }
}
