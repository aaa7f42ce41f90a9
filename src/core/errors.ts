// The error class of the product and the closed set of its codes. docs/reference/errors.md is generated from this
// table.

/** Exit status of the command line: 0 done, 1 refused or failed, 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2

export interface ErrorRow {
  readonly exit: ExitCode
  readonly meaning: string
  readonly remedy: string
}

const row = (exit: ExitCode, meaning: string, remedy: string): ErrorRow => ({exit, meaning, remedy})

export const ERRORS = {
  // general
  usage: row(
    2,
    'the command line is wrong: an unknown flag, a missing argument or a value of the wrong form',
    'read the hint, or run the command with `--help`',
  ),
  config_invalid: row(
    2,
    'the configuration file does not fit its schema, or two settings contradict each other',
    'correct the named line; `pipelock check -c FILE` lists every problem at once',
  ),
  plugin_failed: row(
    1,
    'a plugin of the operator failed while `check` or `explain` judged with it; a running firewall blocks such a request',
    'correct the named hook of the plugin, then write its new digest to the configuration',
  ),
  config_unreadable: row(
    2,
    'the configuration file is missing or cannot be read',
    'correct the path, or write one with `pipelock generate config --out pipelock.yaml`',
  ),
  not_supported: row(
    2,
    'the setting exists in the format, but this version does not implement it',
    'remove the setting',
  ),
  internal_error: row(
    1,
    'a defect of pipelock; nothing was let through because of it',
    'report it with the command and its output',
  ),
  file_not_found: row(1, 'a named file does not exist', 'correct the path'),
  file_unreadable: row(
    1,
    'a named file exists, but reading it failed',
    'check the medium and the permissions, then repeat',
  ),
  file_not_regular: row(
    1,
    'the file is a link, a FIFO, a device or a directory where a regular file is required',
    'name the file itself',
  ),
  file_exists: row(1, 'the output would replace a file', 'choose another name, or pass `--force`'),
  file_permissions: row(
    1,
    'the permissions of a file or directory refuse the access, or are too open for a secret',
    'correct owner or mode (a private key: `chmod 600`)',
  ),
  address_in_use: row(
    1,
    'another process listens on the address',
    'stop it, or choose another address with `--listen`',
  ),
  address_unavailable: row(
    1,
    'this machine does not have the address, or the user may not bind it',
    'use 127.0.0.1 or an address of this machine, and a port above 1023',
  ),
  admin_unreachable: row(
    1,
    'no firewall responds at the address of the admin API',
    'start it, or name the address with `--api-url`',
  ),
  admin_refused: row(1, 'the admin API refused the request', 'read the reason; wait a minute after too many requests'),
  admin_unauthorized: row(
    2,
    'the admin API does not accept the token, the address or the request',
    'check token and address: `kill_switch.api_token`, `--api-token-file`, `--api-url`',
  ),
  home_unwritable: row(
    1,
    'the home directory of keys and state cannot be written',
    'choose another one with `--home` or `PIPELOCK_HOME`',
  ),
  ca_unusable: row(
    1,
    'a file of the certificate authority for TLS interception is missing or cannot be used',
    'create an authority with `pipelock tls init`, or name its files in `tls_interception`',
  ),
  trust_store_unavailable: row(
    1,
    'this machine has no such trust store, lacks the program that changes it, or the user may not change it',
    'install the program that the hint names, or run the printed commands as root',
  ),
  trust_store_failed: row(
    1,
    'a program that changes a trust store failed, or one of its files could not be written or removed',
    'correct the cause that the message quotes, then repeat the command: completed actions are safe to repeat',
  ),
  // keys and rosters
  key_name: row(2, 'the name is not a key name: letters, digits, `.`, `_` and `-`', 'choose such a name'),
  key_exists: row(
    1,
    'the key store already has a key of this name',
    'choose another name; `--force` replaces the key, whose signatures then no longer verify here',
  ),
  key_missing: row(
    1,
    'a required key is not in the key store or not set',
    'make it with `pipelock keygen NAME`, or name the right store with `--keystore`',
  ),
  key_ambiguous: row(1, 'more than one key fits', 'name the key by its id or fingerprint'),
  keystore_escape: row(1, 'a link in the key store leads out of it', 'replace the link by the directory itself'),
  key_invalid: row(
    1,
    'the file does not hold a valid key, or holds a weak one',
    'use the original file, or make a new key',
  ),
  key_unknown: row(
    1,
    'the roster, directory or key store does not list the key',
    'add the key, or check that the document comes from the expected signer',
  ),
  key_revoked: row(1, 'the roster lists the key as revoked', 'sign with an active key'),
  key_not_active: row(
    1,
    'the roster lists the key with a status that does not permit this use',
    'sign with an active key; root keys sign rosters only',
  ),
  key_not_yet_valid: row(1, 'the key is valid from a later time on', 'wait, or check the clock'),
  key_expired: row(1, 'the validity of the key has ended', 'add a new key to the roster and sign with it'),
  roster_read: row(
    1,
    'the roster file cannot be read',
    'correct the path; its name must end in `.json`, `.yaml` or `.yml`',
  ),
  roster_decode: row(
    1,
    'the roster file is not a well-formed roster document',
    'use the file that `pipelock signing roster build` wrote',
  ),
  roster_invalid: row(
    1,
    'the roster breaks a rule of its format, or its signature does not verify',
    'build and sign it again',
  ),
  roster_root_missing: row(
    1,
    'the key that signed the roster is not one of its root keys',
    'sign with the root key that the roster lists',
  ),
  roster_root_wrong_purpose: row(
    1,
    'the key that signed the roster has another purpose than `roster-root`',
    'sign with a key of purpose `roster-root`',
  ),
  roster_fingerprint_mismatch: row(
    1,
    'the root key is not the pinned one',
    'if the root was changed on purpose, verify the transition and pin the new fingerprint; otherwise treat the roster as forged',
  ),
  recovery_invalid: row(
    1,
    'the recovery authorization breaks a rule of its format, or its signature does not verify',
    'obtain the original document',
  ),
  recovery_not_yet_valid: row(
    1,
    'the recovery authorization is valid from a later time on',
    'wait, or check the clock',
  ),
  recovery_expired: row(1, 'the validity of the recovery authorization has ended', 'issue a new one'),
  recovery_target_mismatch: row(
    1,
    'the recovery authorization is for another roster',
    'name the roster that it authorizes',
  ),
  recovery_fingerprint_mismatch: row(1, 'the key is not the pinned recovery root', 'use the pinned key'),
  transition_invalid: row(
    1,
    'the root transition breaks a rule of its format, or a signature does not verify',
    'obtain the original document',
  ),
  transition_fingerprint_mismatch: row(
    1,
    'a key of the root transition is not the pinned one',
    'use the pinned key; otherwise treat the transition as forged',
  ),
  transition_not_effective: row(
    1,
    'the root transition takes effect later',
    'wait, or pass `--allow-early` after checking why',
  ),
  directory_unreachable: row(
    1,
    'the key directory of the host could not be fetched',
    'check host, network and certificate',
  ),
  directory_invalid: row(
    1,
    'the key directory of the host is not a valid one',
    'report it to whoever operates the host',
  ),
  manifest_invalid: row(
    1,
    'the integrity manifest is damaged or its signature does not verify',
    'compare with a copy, or run `pipelock integrity init` again',
  ),
  // documents
  empty_payload: row(1, 'the document is empty', 'use the complete file'),
  malformed_json: row(1, 'the document is not JSON', 'use the original file; an editor may have damaged it'),
  nesting_too_deep: row(1, 'the document is nested more deeply than its format permits', 'use the original file'),
  payload_too_large: row(1, 'the document is larger than its format permits', 'use the original file'),
  unknown_field: row(
    1,
    'the document has a member that its format does not define',
    'use a matching version, or remove the member and sign again',
  ),
  missing_required_field: row(1, 'the document lacks a required member', 'use the complete file'),
  invalid_field: row(1, 'a member of the document has a wrong type or value', 'use the original file'),
  duplicate_key: row(1, 'the document has the same member twice', 'remove one of them and sign again'),
  trailing_tokens: row(1, 'text follows the end of the document', 'remove it'),
  float_not_allowed: row(
    1,
    'the document has a number that is not an integer of 64 bits',
    'write the number as an integer or a string',
  ),
  invalid_utf8: row(1, 'the document is not valid UTF-8', 'save it as UTF-8'),
  yaml_merge_key: row(1, 'the YAML document uses a merge key (`<<`)', 'write the members out'),
  yaml_syntax: row(1, 'the document is not YAML', 'correct the named line'),
  yaml_multi_doc: row(1, 'the file holds more than one YAML document', 'split the file'),
  yaml_alias_or_anchor: row(1, 'the YAML document uses an alias or an anchor', 'write the value out'),
  yaml_custom_tag: row(1, 'the YAML document uses a tag', 'remove the tag'),
  yaml_duplicate_key: row(1, 'the YAML document has the same key twice', 'remove one of them'),
  bad_schema_version: row(
    1,
    'the document has a schema version that this version does not know',
    'use a matching version of pipelock',
  ),
  bad_contract_kind: row(1, 'the document is not a behavioral contract', 'name a contract or a candidate'),
  bad_manifest_kind: row(1, 'the document is not an activation manifest', 'restore the contract store from a copy'),
  bad_bundle_kind: row(1, 'the document is not a public proof bundle', 'name the right file'),
  bad_lifecycle: row(1, 'a rule of the contract has an unknown lifecycle state', 'compile and ratify again'),
  unenforceable_rule_kind: row(1, 'a rule is enforced whose kind cannot be', 'keep the rule as `capture_only`'),
  duplicate_rule_id: row(1, 'two rules of the contract have the same id', 'compile again'),
  bad_capture_grade: row(1, 'a rule has an unknown capture grade', 'compile again'),
  missing_data_class: row(1, 'a member of the document has no data class', 'compile again'),
  invalid_data_class: row(1, 'a member of the document has an unknown data class', 'compile again'),
  regulated_field: row(
    1,
    'the document holds a value of the class `regulated`, which may not be stored',
    'remove the value; learn again with the sensitive pattern configured',
  ),
  hash_mismatch: row(
    1,
    'the content does not have the hash that the document states',
    'the document was changed after it was signed: use the original',
  ),
  selector_id_mismatch: row(1, 'the id of a selector is not the hash of its content', 'compile again'),
  selector_set_hash_mismatch: row(1, 'the hash of the set of selectors does not fit the manifest', 'promote again'),
  duplicate_selector: row(1, 'two contracts of the manifest have the same selector', 'remove one of them'),
  bad_selector: row(1, 'a selector is empty or not well formed', 'name an agent, for example `--selector coder`'),
  module_root_mismatch: row(
    1,
    'the digests of the compiler modules do not fit the root that the manifest states',
    'the manifest was changed: use the original',
  ),
  tombstone_index_mismatch: row(
    1,
    'the index of tombstones does not list the files that are there',
    'restore the contract store from a copy',
  ),
  disallowed_setting: row(
    1,
    'the document sets something that its kind may not set',
    'remove the member and sign again',
  ),
  signature_format: row(1, 'the signature is not of the form `ed25519:` with 128 hex characters', 'sign again'),
  signature_invalid: row(
    1,
    'the signature does not verify with the key',
    'the document was changed, or another key signed it: use the original, or the right key',
  ),
  wrong_key_purpose: row(
    1,
    'the key has another purpose than the operation requires',
    'use a key of the named purpose',
  ),
  unknown_payload_kind: row(
    1,
    'the receipt has a payload kind that this version does not know',
    'verify with a matching version',
  ),
  environment_mismatch: row(1, 'the manifest is for another environment', 'promote for this environment'),
  generation_not_monotonic: row(
    1,
    'the manifest does not have the next generation number',
    'repeat the promotion; if it persists, an older store was restored: see `pipelock learn history`',
  ),
  prior_manifest_mismatch: row(
    1,
    'the manifest does not continue the one in force',
    'somebody else promoted meanwhile: look at `pipelock learn history`, then repeat',
  ),
  contract_history: row(1, 'the accepted manifests do not form one history', 'restore the contract store from a copy'),
  write_once_conflict: row(
    1,
    'a file that is written once exists with other content',
    'do not edit the store; restore it from a copy',
  ),
  no_active_manifest: row(
    1,
    'the contract store has no contract in force, although one is required or was accepted before',
    'restore the store from a copy, or promote a contract',
  ),
  dual_control: row(1, 'the manifest lacks a signature of a second person', 'have a second operator sign'),
  contract_tombstoned: row(1, 'the contract was removed with `pipelock learn forget`', 'ratify a newer candidate'),
  rule_forgotten: row(
    1,
    'the contract would enforce a rule that was removed with `pipelock learn forget`',
    'reject the rule, or restore it on purpose with `--restore-forgotten RULE`',
  ),
  bad_tombstone: row(1, 'a tombstone breaks a rule of its format', 'restore the contract store from a copy'),
  tombstone_signature: row(1, 'the signature of a tombstone does not verify', 'restore the contract store from a copy'),
  tombstone_decode: row(1, 'a tombstone is not a well-formed document', 'restore the contract store from a copy'),
  tombstone_unverifiable_signer: row(
    1,
    'a tombstone is signed by a key that is no longer valid',
    'sign it again with an active key',
  ),
  // learning
  path_empty: row(1, 'the path is empty', 'write at least `/`'),
  path_too_long: row(1, 'the path is longer than a contract can state', 'shorten the path'),
  path_non_canonical: row(1, 'the path is not in normal form', 'write it without `.`, `..`, `//` and needless escapes'),
  path_decode_failure: row(1, 'the path has an escape that is not valid', 'correct the percent-encoding'),
  salt_unset: row(
    1,
    'the salt of redacted reports is configured, but empty',
    'set the variable or file that `learn.privacy.salt_source` names',
  ),
  unsupported_schema_version: row(
    1,
    'a capture has a version that this version does not know',
    'use a matching version of pipelock',
  ),
  hash_chain_broken: row(
    1,
    'captures were changed, cut or reordered after they were written',
    'leave the session out, or restore it from a copy',
  ),
  no_captures: row(
    1,
    'no captures fit the agent, the folder and the time span',
    'observe first, or correct `--agent`, `--capture-dir` or `--since`',
  ),
  captures_dropped: row(
    1,
    'part of the traffic was not captured, so that a contract would be incomplete',
    'observe again; the log names the cause (disk, limits)',
  ),
  captures_repeated: row(1, 'two files hold the same captures, which would count twice', 'remove the copy'),
  checkpoint_unsigned: row(1, 'a checkpoint of the log has no signature', 'record with a signing key'),
  checkpoint_invalid: row(
    1,
    'a checkpoint does not fit the log, or its signature does not verify',
    'treat the log as tampered with',
  ),
  aggregate_invalid: row(
    1,
    'the aggregate file is damaged or not signed as required',
    'make it again with `pipelock learn aggregate`',
  ),
  aggregate_mismatch: row(
    1,
    'the aggregates were made with different settings',
    'make them again with the same settings',
  ),
  aggregate_repeated: row(1, 'a session is counted by two aggregates', 'leave one of them out'),
  low_confidence: row(
    1,
    'a rule without enough evidence would be enforced',
    'observe more, keep it as `capture_only`, or override with `--accept-low-confidence`',
  ),
  tail_promotion_block: row(
    1,
    'too much of the observed traffic matched no rule',
    'observe more, or override with `--accept-tail`',
  ),
  host_wide: row(
    1,
    'a rule for a whole host would be enforced',
    'prefer path rules, or override with `--accept-host-wide`',
  ),
  blocked_only_rule: row(
    1,
    'a rule would be enforced that rests on blocked events only',
    'reject the rule, or keep it as `capture_only`',
  ),
  nothing_enforced: row(1, 'no rule of the contract would be enforced', 'observe more, or decide with `--interactive`'),
  decision_invalid: row(
    1,
    'the decisions do not fit the candidate',
    'write one decision for each rule: `enforce`, `capture_only` or `reject`',
  ),
  rule_not_found: row(1, 'the candidate has no rule with this id', 'take the id from `pipelock learn review`'),
  last_rule: row(1, 'the last rule of a candidate cannot be removed', 'compile a new candidate instead'),
  rule_without_path: row(1, 'the rule has no path, so no segment can be pinned', 'choose a path rule'),
  collapsed_segment_not_found: row(
    1,
    'the rule has no wildcard at this position',
    'take the position from `pipelock learn review`',
  ),
  ledger_mismatch: row(1, 'the ledger of merged values does not belong to the candidate', 'compile again'),
  reserved_segment: row(
    1,
    'a reserved segment would be written out of the ledger',
    'pass `--accept-reserved` after checking it',
  ),
  report_invalid: row(1, 'the file is not a shadow report', 'give what `pipelock learn shadow --out-json` wrote'),
  scanner_floor: row(
    1,
    'a replay would allow what the scanners block',
    'report it: a contract never overrides a scanner',
  ),
  store_locked: row(1, 'another process is writing to the store', 'wait until it has ended, then repeat'),
  aborted: row(1, 'the operator ended the session', 'start the command again; answers that were kept are taken up'),
  // evidence
  evidence_unreadable: row(2, 'a file or folder of evidence cannot be read', 'correct the path or the permissions'),
  evidence_invalid: row(1, 'the evidence does not verify', 'see `pipelock integrity verify` for the first failure'),
  anchor_invalid: row(1, 'an anchor folder is damaged or does not verify', 'restore it from a copy'),
  anchor_inconsistent: row(
    1,
    'the log does not extend the anchored one',
    'treat the log as rewritten or cut; compare with a copy',
  ),
  recorder_locked: row(
    1,
    'another process writes to the evidence directory',
    'stop it, or give each firewall a directory of its own',
  ),
  recorder_chain_break: row(
    1,
    'the evidence log does not form one chain',
    'see `pipelock integrity verify`; a new start continues in a recovered session',
  ),
  recorder_unwritable: row(1, 'the evidence directory cannot be written', 'free space or correct the permissions'),
  escrow_authentication_failed: row(
    1,
    'sealed data was not sealed to this key, or was changed',
    'use the matching private key',
  ),
  receipt_emission_failed: row(
    1,
    'a required receipt could not be written, so the request was refused',
    'free space or correct the permissions of the evidence directory',
  ),
} as const satisfies Record<string, ErrorRow>

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
    return ERRORS[this.code].exit
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
