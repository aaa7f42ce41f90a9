// The error class of the product. Codes are a closed set with one exit status each; docs/reference/errors.md is
// generated from this table.

/** Exit status of the command line: 0 done, 1 refused or failed, 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2

export const ERRORS = {
  // general
  usage: 2,
  config_invalid: 2,
  config_unreadable: 2,
  not_supported: 2,
  internal_error: 1,
  file_not_found: 1,
  file_unreadable: 1,
  file_not_regular: 1,
  file_exists: 1,
  file_permissions: 1,
  address_in_use: 1,
  address_unavailable: 1,
  home_unwritable: 1,
  // keys and rosters
  key_name: 2,
  key_exists: 1,
  key_missing: 1,
  key_ambiguous: 1,
  keystore_escape: 1,
  key_invalid: 1,
  key_unknown: 1,
  key_revoked: 1,
  key_not_active: 1,
  key_not_yet_valid: 1,
  key_expired: 1,
  roster_read: 1,
  roster_decode: 1,
  roster_invalid: 1,
  roster_root_missing: 1,
  roster_root_wrong_purpose: 1,
  roster_fingerprint_mismatch: 1,
  recovery_invalid: 1,
  recovery_not_yet_valid: 1,
  recovery_expired: 1,
  recovery_target_mismatch: 1,
  recovery_fingerprint_mismatch: 1,
  transition_invalid: 1,
  transition_fingerprint_mismatch: 1,
  transition_not_effective: 1,
  directory_unreachable: 1,
  directory_invalid: 1,
  manifest_invalid: 1,
  // signed documents
  empty_payload: 1,
  malformed_json: 1,
  nesting_too_deep: 1,
  payload_too_large: 1,
  unknown_field: 1,
  missing_required_field: 1,
  invalid_field: 1,
  duplicate_key: 1,
  trailing_tokens: 1,
  float_not_allowed: 1,
  invalid_utf8: 1,
  yaml_merge_key: 1,
  yaml_syntax: 1,
  yaml_multi_doc: 1,
  yaml_alias_or_anchor: 1,
  yaml_custom_tag: 1,
  yaml_duplicate_key: 1,
  bad_schema_version: 1,
  bad_contract_kind: 1,
  bad_manifest_kind: 1,
  bad_bundle_kind: 1,
  bad_lifecycle: 1,
  unenforceable_rule_kind: 1,
  duplicate_rule_id: 1,
  bad_capture_grade: 1,
  missing_data_class: 1,
  invalid_data_class: 1,
  regulated_field: 1,
  hash_mismatch: 1,
  selector_id_mismatch: 1,
  selector_set_hash_mismatch: 1,
  duplicate_selector: 1,
  bad_selector: 1,
  module_root_mismatch: 1,
  tombstone_index_mismatch: 1,
  disallowed_setting: 1,
  signature_format: 1,
  signature_invalid: 1,
  wrong_key_purpose: 1,
  unknown_payload_kind: 1,
  environment_mismatch: 1,
  generation_not_monotonic: 1,
  prior_manifest_mismatch: 1,
  contract_history: 1,
  write_once_conflict: 1,
  no_active_manifest: 1,
  dual_control: 1,
  contract_tombstoned: 1,
  rule_forgotten: 1,
  bad_tombstone: 1,
  tombstone_signature: 1,
  tombstone_decode: 1,
  tombstone_unverifiable_signer: 1,
  // learn
  path_empty: 1,
  path_too_long: 1,
  path_non_canonical: 1,
  path_decode_failure: 1,
  salt_unset: 1,
  unsupported_schema_version: 1,
  hash_chain_broken: 1,
  no_captures: 1,
  captures_dropped: 1,
  captures_repeated: 1,
  checkpoint_unsigned: 1,
  checkpoint_invalid: 1,
  aggregate_invalid: 1,
  aggregate_mismatch: 1,
  aggregate_repeated: 1,
  low_confidence: 1,
  tail_promotion_block: 1,
  host_wide: 1,
  blocked_only_rule: 1,
  nothing_enforced: 1,
  decision_invalid: 1,
  rule_not_found: 1,
  last_rule: 1,
  rule_without_path: 1,
  collapsed_segment_not_found: 1,
  ledger_mismatch: 1,
  reserved_segment: 1,
  report_invalid: 1,
  scanner_floor: 1,
  store_locked: 1,
  aborted: 1,
  // evidence; verification results carry these as values, commands print them
  evidence_unreadable: 2,
  evidence_invalid: 1,
  anchor_invalid: 1,
  anchor_inconsistent: 1,
  recorder_locked: 1,
  recorder_chain_break: 1,
  recorder_unwritable: 1,
  escrow_authentication_failed: 1,
  receipt_emission_failed: 1,
} as const satisfies Record<string, ExitCode>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorOptions {
  /** The remedy, as an instruction. */
  readonly hint?: string
  readonly cause?: unknown
}

/** An error with a stable code. Never carries secret material. */
export class PipelockError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'PipelockError'
    this.code = code
    this.hint = options.hint
  }

  get exitCode(): ExitCode {
    return ERRORS[this.code]
  }
}

/** True for errors of the file system with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/** The code of a system error (ENOENT, EADDRINUSE, …); undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}
