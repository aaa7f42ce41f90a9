// The closed vocabulary of block reasons with severity and retry advice, and the table that maps scanner labels to
// them.

export type Severity = 'info' | 'warn' | 'critical'

interface ReasonRow {
  readonly severity: Severity
  readonly retry: 'none' | 'transient' | 'policy' | 'retry-with-canonical-path'
}

const row = (severity: Severity, retry: ReasonRow['retry']): ReasonRow => ({severity, retry})

export const REASONS = {
  scheme_blocked: row('warn', 'none'),
  domain_blocklist: row('critical', 'policy'),
  ssrf_private_ip: row('critical', 'none'),
  ssrf_metadata: row('critical', 'none'),
  ssrf_dns_rebind: row('critical', 'transient'),
  path_entropy: row('warn', 'policy'),
  subdomain_entropy: row('warn', 'policy'),
  body_entropy: row('warn', 'policy'),
  url_length: row('warn', 'policy'),
  rate_limit: row('warn', 'transient'),
  data_budget: row('warn', 'policy'),
  response_size: row('warn', 'policy'),
  dlp_match: row('critical', 'none'),
  prompt_injection: row('critical', 'none'),
  redaction_failure: row('critical', 'transient'),
  media_policy: row('warn', 'policy'),
  tool_policy_deny: row('critical', 'policy'),
  tool_chain_blocked: row('critical', 'none'),
  tool_poisoning: row('critical', 'none'),
  session_binding: row('critical', 'policy'),
  airlock_active: row('critical', 'transient'),
  kill_switch_active: row('critical', 'transient'),
  envelope_verify_failed: row('critical', 'none'),
  outbound_envelope_failed: row('critical', 'transient'),
  redirect_scan_denied: row('critical', 'none'),
  authority_mismatch: row('critical', 'policy'),
  escalation_level: row('critical', 'transient'),
  session_anomaly: row('critical', 'transient'),
  cross_request_deny: row('critical', 'none'),
  compressed_response: row('warn', 'policy'),
  browser_shield_oversize: row('warn', 'policy'),
  parse_error: row('warn', 'none'),
  timeout: row('warn', 'transient'),
  pattern_unavailable: row('warn', 'transient'),
  not_enabled: row('info', 'policy'),
  bad_request: row('info', 'none'),
  request_policy_deny: row('critical', 'policy'),
  receipt_emission_failed: row('critical', 'transient'),
  contract_default_deny: row('critical', 'none'),
  contract_enforce_default: row('critical', 'none'),
  contract_non_default_port: row('warn', 'none'),
  contract_invalid_path: row('warn', 'retry-with-canonical-path'),
  contract_observed_only: row('info', 'none'),
  block_reason_overflow: row('warn', 'transient'),
} as const satisfies Record<string, ReasonRow>

export type Reason = keyof typeof REASONS

/** Finding class of the URL scanner, for adaptive scoring; all four block. */
export type FindingClass = 'threat' | 'protective' | 'config_mismatch' | 'infrastructure_error'

const LABELS: Readonly<Record<string, Reason>> = {
  scheme: 'scheme_blocked',
  blocklist: 'domain_blocklist',
  allowlist: 'domain_blocklist',
  ssrf_metadata: 'ssrf_metadata',
  ssrf: 'ssrf_private_ip',
  core_ssrf: 'ssrf_private_ip',
  dns: 'timeout',
  entropy: 'path_entropy',
  path_entropy: 'path_entropy',
  subdomain_entropy: 'subdomain_entropy',
  length: 'url_length',
  ratelimit: 'rate_limit',
  look_ups: 'rate_limit',
  databudget: 'data_budget',
  dlp: 'dlp_match',
  core_dlp: 'dlp_match',
  body_dlp: 'dlp_match',
  header_dlp: 'dlp_match',
  dlp_header: 'dlp_match',
  env_leak: 'dlp_match',
  canary: 'dlp_match',
  seed_phrase: 'dlp_match',
  address_protection: 'dlp_match',
  body_prompt_injection: 'prompt_injection',
  response_scan: 'prompt_injection',
  core_response: 'prompt_injection',
  redaction: 'redaction_failure',
  scanner_unavailable: 'pattern_unavailable',
}

/** The block reason of a scanner label; `parse_error` for an unknown label. */
export function reasonOfLabel(label: string): Reason {
  return LABELS[label] ?? 'parse_error'
}
