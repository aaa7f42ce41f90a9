// Control payloads of an action record: a session opens, beats and closes. Missing members count as zero; the order of
// the tables is the order of the bytes.
import {INT64, memberTable, object, STRING, TIME, UINT64, type Int} from './member-table.js'

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

export const SESSION_CONTROL = memberTable([
  ['kind', STRING],
  ['open?', object(SESSION_OPEN)],
  ['heartbeat?', object(SESSION_HEARTBEAT)],
  ['close?', object(SESSION_CLOSE)],
])
