// The action record, version 1: the signed part of an ActionReceipt. The order of the tables is the order of the bytes,
// and the projection is frozen: never add a member (receipts §2.2, §2.3, §3.5).
import {
  BOOL,
  BYTE,
  INT64,
  STRING,
  STRINGS,
  TIME,
  UINT64,
  memberTable,
  type Int,
  type MemberTable,
} from './member-table.js'

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

export interface TaintSource {
  readonly url: string
  readonly kind: string
  readonly level: Int
  readonly timestamp: string
  readonly receipt_id?: string
  readonly match_reason?: string
}

export interface RedactionSummary {
  readonly profile?: string
  readonly provider?: string
  readonly parser?: string
  readonly total_redactions?: Int
  readonly by_class?: Readonly<Record<string, Int>>
  readonly cache_boundary_kept?: boolean
}

export interface ShieldSummary {
  readonly pipeline?: string
  readonly total_rewrites?: Int
  readonly extension_probes?: Int
  readonly tracking_beacons?: Int
  readonly agent_traps?: Int
  readonly fingerprint_shim_injected?: boolean
  readonly svg_foreign_objects?: Int
  readonly svg_event_handlers?: Int
  readonly svg_external_references?: Int
  readonly svg_hidden_text?: Int
  readonly svg_animation_injections?: Int
  readonly body_bytes?: Int
  readonly scanned_bytes?: Int
  readonly partial?: boolean
  readonly adaptive_signals_recorded?: Int
  readonly adaptive_signal_max_per_body?: Int
}

export interface KeyTransition {
  readonly prior_signer_key: string
  readonly prior_chain_seq: Int
  readonly prior_chain_hash: string
}

export interface SessionOpen {
  readonly run_nonce?: string
  readonly open_nonce?: string
  readonly recorder_session?: string
  readonly policy_hash?: string
  readonly signer_key_epoch?: string
  readonly heartbeat_seconds?: Int
  readonly chain_open_seq?: Int
  readonly prior_chain_head?: string
  readonly prior_chain_seq?: Int
  readonly genesis_hash?: string
  readonly genesis_anchor_head?: string
  readonly genesis_anchor_log?: string
  readonly posture_capsule_sha256?: string
  readonly posture_signer_key_id?: string
  readonly containment_nonce?: string
  readonly contained_uid?: string
}

export interface SessionHeartbeat {
  readonly run_nonce?: string
  readonly open_nonce?: string
  readonly beat?: Int
  readonly chain_head?: string
  readonly chain_seq_head?: Int
  readonly heartbeat_time?: string
  readonly fsync_errors_gated?: Int
  readonly durability_blocks?: Int
}

export interface SessionClose {
  readonly run_nonce?: string
  readonly open_nonce?: string
  readonly final_seq?: Int
  readonly root_hash?: string
  readonly receipt_count?: Int
  readonly close_reason?: string
  readonly fsync_errors_gated?: Int
  readonly durability_blocks?: Int
}

export interface SessionControl {
  readonly kind: string
  readonly open?: SessionOpen
  readonly heartbeat?: SessionHeartbeat
  readonly close?: SessionClose
}

/** Members in byte order. The emitter writes none that the specification marks [3.x], except `key_transition` (receipts §3.8). */
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

const object = (members: MemberTable) => ({kind: 'object', members}) as const

const TAINT_SOURCE = memberTable([
  ['url', STRING],
  ['kind', STRING],
  ['level', BYTE],
  ['timestamp', TIME],
  ['receipt_id?', STRING],
  ['match_reason?', STRING],
])

const REDACTION = memberTable([
  ['profile?', STRING],
  ['provider?', STRING],
  ['parser?', STRING],
  ['total_redactions?', INT64],
  ['by_class?', {kind: 'counts'}],
  ['cache_boundary_kept?', BOOL],
])

const SHIELD = memberTable([
  ['pipeline?', STRING],
  ['total_rewrites?', INT64],
  ['extension_probes?', INT64],
  ['tracking_beacons?', INT64],
  ['agent_traps?', INT64],
  ['fingerprint_shim_injected?', BOOL],
  ['svg_foreign_objects?', INT64],
  ['svg_event_handlers?', INT64],
  ['svg_external_references?', INT64],
  ['svg_hidden_text?', INT64],
  ['svg_animation_injections?', INT64],
  ['body_bytes?', INT64],
  ['scanned_bytes?', INT64],
  ['partial?', BOOL],
  ['adaptive_signals_recorded?', INT64],
  ['adaptive_signal_max_per_body?', INT64],
])

const KEY_TRANSITION = memberTable([
  ['prior_signer_key', STRING],
  ['prior_chain_seq', UINT64],
  ['prior_chain_hash', STRING],
])

const SESSION_OPEN = memberTable(
  [
    ['run_nonce', STRING],
    ['open_nonce', STRING],
    ['recorder_session', STRING],
    ['policy_hash', STRING],
    ['signer_key_epoch', STRING],
    ['heartbeat_seconds', INT64],
    ['chain_open_seq', UINT64],
    ['prior_chain_head?', STRING],
    ['prior_chain_seq?', UINT64],
    ['genesis_hash?', STRING],
    ['genesis_anchor_head?', STRING],
    ['genesis_anchor_log?', STRING],
    ['posture_capsule_sha256?', STRING],
    ['posture_signer_key_id?', STRING],
    ['containment_nonce?', STRING],
    ['contained_uid?', STRING],
  ],
  'zero',
)

const SESSION_HEARTBEAT = memberTable(
  [
    ['run_nonce', STRING],
    ['open_nonce', STRING],
    ['beat', UINT64],
    ['chain_head', STRING],
    ['chain_seq_head', UINT64],
    ['heartbeat_time', TIME],
    ['fsync_errors_gated', UINT64],
    ['durability_blocks', UINT64],
  ],
  'zero',
)

const SESSION_CLOSE = memberTable(
  [
    ['run_nonce', STRING],
    ['open_nonce', STRING],
    ['final_seq', UINT64],
    ['root_hash', STRING],
    ['receipt_count', UINT64],
    ['close_reason', STRING],
    ['fsync_errors_gated', UINT64],
    ['durability_blocks', UINT64],
  ],
  'zero',
)

const SESSION_CONTROL = memberTable([
  ['kind', STRING],
  ['open?', object(SESSION_OPEN)],
  ['heartbeat?', object(SESSION_HEARTBEAT)],
  ['close?', object(SESSION_CLOSE)],
])

export const ACTION_RECORD = memberTable([
  ['version', INT64],
  ['action_id', STRING],
  ['parent_action_id?', STRING],
  ['action_type', STRING],
  ['timestamp', STRING], // judged in its own place of the order of checks
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
