// The receipt of a redaction, signed by the activation key. A run after a crash finds the receipt that the
// interrupted one left, and does not tell of the same redaction twice.
import {canonicalText} from '../../../formats/documents/canonical.js'
import {tombstoneHash, type Tombstone} from '../../../formats/documents/tombstone.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
  type EvidenceDraft,
} from '../../../formats/evidence-receipt.js'
import {PipelockError} from '../../../core/errors.js'
import {readFileSecurely} from '../../../core/key-source.js'
import {isObject} from '../../../lib/json/reader.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import type {SigningKey} from '../candidate.js'

const MAX_RECEIPTS_BYTES = 64 * 1024 * 1024

export interface RedactionFacts {
  readonly contractHash: string
  readonly selectorId: string
  readonly tombstone: Tombstone
  readonly reason: string
  readonly keyId: string
  readonly nowMs: number
}

/** Its event id is the authorization id. */
export function redactionDraft({tombstone, ...facts}: RedactionFacts): EvidenceDraft {
  const authorization = tombstone.body.redaction_authorization_id
  return {
    event_id: authorization,
    timestamp: formatTimestamp(facts.nowMs),
    principal: facts.keyId,
    actor: 'learn forget',
    payload_kind: 'contract_redaction_request',
    contract_hash: facts.contractHash,
    selector_id: facts.selectorId,
    payload: {
      target_contract_hash: facts.contractHash,
      request_kind: 'local_erasure_tombstone',
      reason_class: facts.reason,
      authorization_id: authorization,
      tombstone_hash: tombstoneHash(tombstone),
    },
  }
}

/** What the file says already of this redaction: nothing, this very receipt, or another one of the same tombstone. */
export function findReceipt(path: string, draft: EvidenceDraft, {key}: SigningKey): 'none' | 'same' | 'other' {
  let match: 'none' | 'other' = 'none'
  for (const line of linesOf(path)) {
    if (!line.includes(draft.event_id)) continue
    try {
      const value = readEvidenceReceipt(line)
      const receipt = parseEvidenceReceipt(value)
      if (value['event_id'] !== draft.event_id || matchingForm(receipt, key.public) === undefined) continue
      const payload = value['payload']
      if (isObject(payload) && canonicalText(payload) === canonicalText(draft.payload)) return 'same'
      match = 'other'
    } catch (error) {
      // a line that a crash cut off says nothing; the append looks at the end of the file itself
      if (!(error instanceof EvidenceFault)) throw error
    }
  }
  return match
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSecurely(path, {maxBytes: MAX_RECEIPTS_BYTES}).toString('utf8').split('\n')
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'file_not_found') return []
    throw error
  }
}
