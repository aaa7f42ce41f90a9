// Payload kinds of EvidenceReceipt v2: their fields as a table, the relations between fields, and the key purpose that
// each kind requires.
import {isObject, type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {parseTimestamp} from '../lib/timestamp.js'
import {EvidenceFault} from './evidence-fault.js'
import {readInt} from './member-table.js'

export type EvidenceKeyPurpose = 'receipt-signing' | 'contract-activation-signing'

type Field =
  | {readonly type: 'string' | 'list' | 'map' | 'uint'; readonly opt?: true}
  | {readonly type: 'enum'; readonly values: readonly string[]}
  | {readonly type: 'decimal'}
  | {readonly type: 'object'; readonly fields: Fields}
  /** presence is decided by the relation below */
  | {readonly type: 'string'; readonly related: true}
type Fields = Readonly<Record<string, Field>>

interface Kind {
  readonly purpose: EvidenceKeyPurpose
  readonly fields: Fields
  readonly relation?: (payload: JsonObject) => void
}

const S = {type: 'string'} as const
const OPT = {type: 'string', opt: true} as const
const LIST = {type: 'list'} as const
const UINT = {type: 'uint'} as const
const OUTCOME = {type: 'enum', values: ['accepted', 'rejected']} as const
const REJECT_REASON = {type: 'string', related: true} as const

const RECEIPT = 'receipt-signing'
const ACTIVATION = 'contract-activation-signing'

export const PAYLOAD_KINDS = {
  proxy_decision: {
    purpose: RECEIPT,
    fields: {
      action_type: S,
      target: S,
      verdict: S,
      transport: S,
      policy_sources: LIST,
      winning_source: S,
      rule_id: OPT,
      live_verdict: OPT,
    },
  },
  contract_ratified: {
    purpose: RECEIPT,
    fields: {
      contract_hash: S,
      ratifier_key_id: S,
      ratified_rule_ids: LIST,
      ratification_decision_per_rule: {type: 'map'},
    },
  },
  contract_promote_intent: {
    purpose: ACTIVATION,
    fields: {target_manifest_hash: S, target_generation: UINT, prior_manifest_hash: S, intent_id: S},
  },
  contract_promote_committed: {
    purpose: RECEIPT,
    fields: {
      target_manifest_hash: S,
      prior_manifest_hash: S,
      intent_id: S,
      validation_outcome: OUTCOME,
      reject_reason: REJECT_REASON,
    },
    relation: rejectReason,
  },
  contract_rollback_authorized: {
    purpose: ACTIVATION,
    fields: {rollback_target_hash: S, current_generation: UINT, authorizer_signatures: LIST, authorization_id: S},
  },
  contract_rollback_committed: {
    purpose: RECEIPT,
    fields: {
      rollback_target_hash: S,
      prior_manifest_hash: S,
      authorization_id: S,
      validation_outcome: OUTCOME,
      reject_reason: REJECT_REASON,
    },
    relation: rejectReason,
  },
  contract_demoted: {
    purpose: RECEIPT,
    fields: {contract_hash: S, rule_id: S, demotion_reason: S, prior_state: S, new_state: S, aggregation_window: S},
  },
  contract_expired: {purpose: RECEIPT, fields: {contract_hash: S, rule_id: S, expiration_reason: S}},
  contract_drift: {
    purpose: RECEIPT,
    fields: {
      contract_hash: S,
      rule_id: S,
      drift_kind: S,
      observation_summary: OPT,
      missed_windows: {type: 'uint', opt: true},
      opportunity_status: OPT,
    },
  },
  shadow_delta: {
    purpose: RECEIPT,
    fields: {
      contract_hash: S,
      rule_id: S,
      original_verdict: S,
      candidate_verdict: S,
      aggregation: {
        type: 'object',
        fields: {window_start: S, window_end: S, lossless_count: UINT, delta_sample_count: UINT, exemplar_ids: LIST},
      },
    },
    relation: aggregation,
  },
  opportunity_missing: {
    purpose: RECEIPT,
    fields: {
      contract_hash: S,
      rule_id: S,
      parent_context: S,
      historical_opportunity_rate: {type: 'decimal'},
      current_opportunity_rate: {type: 'decimal'},
      window: S,
    },
  },
  key_rotation: {
    purpose: ACTIVATION,
    fields: {key_id: S, key_purpose: S, old_status: S, new_status: S, roster_hash: S, authorization_id: S},
  },
  contract_redaction_request: {
    purpose: ACTIVATION,
    fields: {
      target_contract_hash: S,
      request_kind: {type: 'enum', values: ['withdraw_public_proof', 'local_erasure_tombstone']},
      reason_class: S,
      authorization_id: S,
      tombstone_hash: S,
    },
  },
} as const satisfies Readonly<Record<string, Kind>>

export type PayloadKind = keyof typeof PAYLOAD_KINDS

export function isPayloadKind(kind: string): kind is PayloadKind {
  return Object.hasOwn(PAYLOAD_KINDS, kind)
}

export function requiredPurpose(kind: PayloadKind): EvidenceKeyPurpose {
  return PAYLOAD_KINDS[kind].purpose
}

/** Refuses a payload that its kind does not define. Throws EvidenceFault. */
export function checkPayload(kind: PayloadKind, payload: JsonObject): void {
  const row: Kind = PAYLOAD_KINDS[kind]
  checkNames(row.fields, payload, 'the payload')
  checkFields(row.fields, payload)
  row.relation?.(payload)
}

function checkNames(fields: Fields, value: JsonObject, where: string): void {
  for (const name in value) {
    if (!Object.hasOwn(fields, name))
      throw new EvidenceFault('unknown_field', `${where} has no member ${JSON.stringify(name)}`)
  }
  for (const [name, field] of Object.entries(fields)) {
    const member = value[name]
    if (field.type === 'object' && isObject(member)) checkNames(field.fields, member, name)
  }
}

function checkFields(fields: Fields, value: JsonObject): void {
  for (const [name, field] of Object.entries(fields)) checkField(name, field, value[name])
}

function checkField(name: string, field: Field, value: JsonValue | undefined): void {
  const opt = 'opt' in field || 'related' in field
  if (value === undefined) {
    if (opt || field.type === 'uint') return // a missing counter is zero
    throw missing(name)
  }
  switch (field.type) {
    case 'string':
      if (typeof value !== 'string') throw invalid(`${name} is not a string`)
      if (value === '' && !('related' in field)) throw opt ? invalid(`${name} is present but empty`) : missing(name)
      return
    case 'decimal':
      if (typeof value !== 'string') throw invalid(`${name} is not a string`)
      if (value === '') throw missing(name)
      if (!/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(value)) throw invalid(`${name} is not a decimal string`)
      return
    case 'enum':
      if (value === '') throw missing(name)
      if (typeof value !== 'string' || !field.values.includes(value))
        throw invalid(`${name} is not one of ${field.values.join(', ')}`)
      return
    case 'uint':
      if (readInt(0n, MAX_UINT, value) === undefined) throw invalid(`${name} is not an integer from 0 to 2^63-1`)
      if (opt && value === 0) throw invalid(`${name} is present but 0`)
      return
    case 'list':
      if (!Array.isArray(value)) throw invalid(`${name} is not a list`)
      if (value.length === 0) throw missing(name)
      if (!value.every(isText)) throw invalid(`${name} holds something other than non-empty strings`)
      return
    case 'map': {
      if (!isObject(value)) throw invalid(`${name} is not an object`)
      const entries = Object.entries(value)
      if (entries.length === 0) throw missing(name)
      if (!entries.every(([key, item]) => key !== '' && isText(item))) {
        throw invalid(`${name} holds something other than non-empty strings`)
      }
      return
    }
    case 'object':
      if (!isObject(value)) throw invalid(`${name} is not an object`)
      checkFields(field.fields, value)
  }
}

const MAX_UINT = 2n ** 63n - 1n
const isText = (value: JsonValue): value is string => typeof value === 'string' && value !== ''

function rejectReason(payload: JsonObject): void {
  const reason = payload['reject_reason']
  if (payload['validation_outcome'] === 'rejected') {
    if (reason === undefined || reason === '') throw missing('reject_reason')
  } else if (reason !== undefined) {
    throw invalid('reject_reason is present although the outcome is accepted')
  }
}

/** The exemplars are a sample of the deltas, and the deltas a part of what was counted. */
function aggregation(payload: JsonObject): void {
  const value = payload['aggregation']
  if (!isObject(value)) throw invalid('aggregation is not an object')
  const start = instant(value['window_start'])
  const end = instant(value['window_end'])
  if (start === undefined || end === undefined) throw invalid('a window bound is not a canonical UTC timestamp')
  if (start >= end) throw invalid('window_end is not after window_start')
  const counted = readInt(0n, MAX_UINT, value['lossless_count']) ?? 0
  const deltas = readInt(0n, MAX_UINT, value['delta_sample_count']) ?? 0
  if (counted < 1) throw invalid('lossless_count is 0')
  if (deltas > counted) throw invalid('delta_sample_count exceeds lossless_count')
  const exemplars = value['exemplar_ids']
  if (!Array.isArray(exemplars) || exemplars.length > deltas)
    throw invalid('exemplar_ids has more items than delta_sample_count')
}

/** Comparable to the nanosecond: the order of these texts is the order of the instants. */
function instant(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string' || parseTimestamp(value) === undefined) return undefined
  return `${value.slice(0, 19)}.${value.slice(20, -1).padEnd(9, '0')}`
}

const missing = (name: string) => new EvidenceFault('missing_required_field', `${name} is missing or empty`)
const invalid = (message: string) => new EvidenceFault('invalid_payload', message)
