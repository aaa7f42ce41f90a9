// Parts of an action record about taint, redaction, the shield and a key change; the order of the tables is the order
// of the bytes.
import {BOOL, BYTE, INT64, memberTable, STRING, TIME, UINT64, type Int} from './member-table.js'

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

export const TAINT_SOURCE = memberTable([
  ['url', STRING],
  ['kind', STRING],
  ['level', BYTE],
  ['timestamp', TIME],
  ['receipt_id?', STRING],
  ['match_reason?', STRING],
])

export const REDACTION = memberTable([
  ['profile?', STRING],
  ['provider?', STRING],
  ['parser?', STRING],
  ['total_redactions?', INT64],
  ['by_class?', {kind: 'counts'}],
  ['cache_boundary_kept?', BOOL],
])

export const SHIELD = memberTable([
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

export const KEY_TRANSITION = memberTable([
  ['prior_signer_key', STRING],
  ['prior_chain_seq', UINT64],
  ['prior_chain_hash', STRING],
])
