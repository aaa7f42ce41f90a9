// The action record, version 1: the signed part of an ActionReceipt. The order of the tables is the order of the bytes,
// and the projection is frozen: never add a member, or old verifiers refuse the receipt.
import {SESSION_CONTROL, type SessionControl} from './control-record.js'
import {BOOL, INT64, memberTable, object, STRING, STRINGS, UINT64, type Int} from './member-table.js'
import {
  KEY_TRANSITION,
  REDACTION,
  SHIELD,
  TAINT_SOURCE,
  type KeyTransition,
  type RedactionSummary,
  type ShieldSummary,
  type TaintSource,
} from './record-parts.js'

export type ActionType =
  'read' | 'derive' | 'write' | 'delegate' | 'authorize' | 'spend' | 'commit' | 'actuate' | 'unclassified'

export const ACTION_TYPES: ReadonlySet<string> = new Set<ActionType>([
  'read',
  'derive',
  'write',
  'delegate',
  'authorize',
  'spend',
  'commit',
  'actuate',
  'unclassified',
])

/** Members in byte order. Members of later format revisions are read but not written, except `key_transition`. */
export interface ActionRecord {
  readonly version: 1
  readonly action_id: string
  readonly parent_action_id?: string
  readonly action_type: ActionType
  readonly timestamp: string
  readonly principal: string
  readonly actor: string
  readonly delegation_chain: readonly string[] | null
  readonly target: string
  readonly intent?: string
  readonly data_classes_in?: readonly string[]
  readonly data_classes_out?: readonly string[]
  readonly side_effect_class: string
  readonly reversibility: string
  readonly policy_hash: string
  readonly verdict: string
  readonly decision_phase?: string
  readonly defer_id?: string
  readonly resolution_policy?: string
  readonly resolution_source?: string
  readonly session_id?: string
  readonly session_id_original?: string
  readonly session_taint_level?: string
  readonly session_contaminated?: boolean
  readonly recent_taint_sources?: readonly TaintSource[]
  readonly session_task_id?: string
  readonly session_task_label?: string
  readonly authority_kind?: string
  readonly taint_decision?: string
  readonly taint_decision_reason?: string
  readonly task_override_applied?: boolean
  readonly contract_winning_source?: string
  readonly contract_live_verdict?: string
  readonly contract_policy_sources?: readonly string[]
  readonly contract_rule_id?: string
  readonly active_manifest_hash?: string
  readonly contract_hash?: string
  readonly contract_selector_id?: string
  readonly contract_generation?: Int
  readonly transport: string
  readonly method?: string
  readonly layer?: string
  readonly pattern?: string
  readonly severity?: string
  readonly redaction?: RedactionSummary
  readonly shield?: ShieldSummary
  readonly request_id?: string
  readonly chain_prev_hash: string
  readonly chain_seq: Int
  readonly run_nonce?: string
  readonly key_transition?: KeyTransition
  readonly session_control?: SessionControl
  readonly venue?: string
  readonly jurisdiction?: string
  readonly rulebook_id?: string
  readonly remedy_class?: string
  readonly contestation_window?: string
  readonly precedent_refs?: readonly string[]
}

export const ACTION_RECORD = memberTable([
  ['version', INT64],
  ['action_id', STRING],
  ['parent_action_id?', STRING],
  ['action_type', STRING],
  ['timestamp', STRING], // checked separately, since its rule comes later in the order of checks
  ['principal', STRING],
  ['actor', STRING],
  ['delegation_chain', {kind: 'strings-or-null'}],
  ['target', STRING],
  ['intent?', STRING],
  ['data_classes_in?', STRINGS],
  ['data_classes_out?', STRINGS],
  ['side_effect_class', STRING],
  ['reversibility', STRING],
  ['policy_hash', STRING],
  ['verdict', STRING],
  ['decision_phase?', STRING],
  ['defer_id?', STRING],
  ['resolution_policy?', STRING],
  ['resolution_source?', STRING],
  ['session_id?', STRING],
  ['session_id_original?', STRING],
  ['session_taint_level?', STRING],
  ['session_contaminated?', BOOL],
  ['recent_taint_sources?', {kind: 'objects', members: TAINT_SOURCE}],
  ['session_task_id?', STRING],
  ['session_task_label?', STRING],
  ['authority_kind?', STRING],
  ['taint_decision?', STRING],
  ['taint_decision_reason?', STRING],
  ['task_override_applied?', BOOL],
  ['contract_winning_source?', STRING],
  ['contract_live_verdict?', STRING],
  ['contract_policy_sources?', STRINGS],
  ['contract_rule_id?', STRING],
  ['active_manifest_hash?', STRING],
  ['contract_hash?', STRING],
  ['contract_selector_id?', STRING],
  ['contract_generation?', UINT64],
  ['transport', STRING],
  ['method?', STRING],
  ['layer?', STRING],
  ['pattern?', STRING],
  ['severity?', STRING],
  ['redaction?', object(REDACTION)],
  ['shield?', object(SHIELD)],
  ['request_id?', STRING],
  ['chain_prev_hash', STRING],
  ['chain_seq', UINT64],
  ['run_nonce?', STRING],
  ['key_transition?', object(KEY_TRANSITION)],
  ['session_control?', object(SESSION_CONTROL)],
  ['venue?', STRING],
  ['jurisdiction?', STRING],
  ['rulebook_id?', STRING],
  ['remedy_class?', STRING],
  ['contestation_window?', STRING],
  ['precedent_refs?', STRINGS],
])
