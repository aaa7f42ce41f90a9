// The closed vocabulary of block reasons (severity, retry advice, meaning, remedy and settings), and the table that
// maps scanner labels to them. docs/reference/block-reasons.md is generated from it.

export type Severity = 'info' | 'warn' | 'critical'

interface ReasonRow {
  readonly severity: Severity
  readonly retry: 'none' | 'transient' | 'policy' | 'retry-with-canonical-path'
  /** Cause of the block. */
  readonly meaning: string
  /** Remedy for the client or the operator. */
  readonly remedy: string
  /** Settings that control it, in the dotted names of the configuration. */
  readonly settings: readonly string[]
}

const row = (
  severity: Severity,
  retry: ReasonRow['retry'],
  meaning: string,
  remedy: string,
  ...settings: readonly string[]
): ReasonRow => ({severity, retry, meaning, remedy, settings})

export const REASONS = {
  scheme_blocked: row('warn', 'none', 'the URL has a scheme other than http or https', 'use http or https'),
  domain_blocklist: row(
    'critical',
    'policy',
    'the host is on the blocklist, or mode `strict` allows listed hosts only',
    'if the host is legitimate, remove it from the blocklist or add it to the allowlist',
    'fetch_proxy.monitoring.blocklist',
    'api_allowlist',
    'mode',
  ),
  ssrf_private_ip: row(
    'critical',
    'none',
    'the destination is, or resolves to, an address inside the own network',
    'if the agent needs this internal service, trust its name or its address',
    'trusted_domains',
    'ssrf.ip_allowlist',
    'dns.host_overrides',
  ),
  ssrf_metadata: row(
    'critical',
    'none',
    'the destination is a cloud metadata service, which hands out credentials',
    'none for a name; an address is permitted only if the allowlist names exactly that address',
    'ssrf.ip_allowlist',
  ),
  ssrf_dns_rebind: row(
    'critical',
    'transient',
    'a name resolved to a refused address when it was resolved again',
    'check the DNS records of the host',
  ),
  path_entropy: row(
    'warn',
    'policy',
    'part of the URL looks like an encoded secret',
    'if such values are normal for this host, exempt the parameter or raise the threshold',
    'fetch_proxy.monitoring.entropy_threshold',
    'fetch_proxy.monitoring.entropy_exempt_keys',
  ),
  subdomain_entropy: row(
    'warn',
    'policy',
    'a label of the host name looks like encoded data',
    'if the host is legitimate, exclude its domain',
    'fetch_proxy.monitoring.subdomain_entropy_threshold',
    'fetch_proxy.monitoring.subdomain_entropy_exclusions',
  ),
  body_entropy: row(
    'warn',
    'policy',
    'a value in the request body looks like an encoded secret',
    'if such values are normal, raise the threshold or suppress this finding',
    'request_body_scanning.content_entropy_action',
    'request_body_scanning.content_entropy_threshold',
    'suppress',
  ),
  url_length: row(
    'warn',
    'policy',
    'the URL is longer than permitted',
    'send the data in the body, or raise the limit',
    'fetch_proxy.monitoring.max_url_length',
  ),
  rate_limit: row(
    'warn',
    'transient',
    'one client or one domain exceeded its share of requests, connections or name look-ups',
    'wait a minute; if the load is normal, raise the limit',
    'fetch_proxy.monitoring.max_requests_per_minute',
    'limits.open_requests',
  ),
  data_budget: row(
    'warn',
    'policy',
    'more data was exchanged with one domain, or is held for one client, than permitted',
    'wait a minute; if the volume is normal, raise the limit',
    'fetch_proxy.monitoring.max_data_per_minute',
    'limits.held_mb',
  ),
  response_size: row(
    'warn',
    'policy',
    'the response is too large to be scanned',
    'raise the limit, or exempt the host from response scanning',
    'fetch_proxy.max_response_mb',
    'response_scanning.exempt_domains',
    'response_scanning.sse_streaming.max_event_bytes',
  ),
  dlp_match: row(
    'critical',
    'none',
    'a credential, another secret or a protected wallet address was about to leave',
    'remove the secret from the request; a false match can be suppressed',
    'dlp.patterns',
    'request_body_scanning.action',
    'request_body_scanning.credential_audience',
    'suppress',
  ),
  prompt_injection: row(
    'critical',
    'none',
    'the text contains instructions that address an AI agent',
    'read the content before anyone follows it; a trusted source can be exempted',
    'response_scanning.action',
    'response_scanning.exempt_domains',
    'suppress',
  ),
  redaction_failure: row(
    'critical',
    'transient',
    'redaction is on, and the request could not be rewritten safely',
    'send well-formed JSON within the limits, or list the route as not redactable',
    'redaction.enabled',
    'redaction.limits.max_body_bytes',
    'redaction.allowlist_unparseable_routes',
  ),
  media_policy: row(
    'warn',
    'policy',
    'the response is of a media type that is refused, is mislabeled or is too large',
    'allow the type or raise the limit',
    'media_policy.allowed_image_types',
    'media_policy.max_image_bytes',
    'media_policy.strip_audio',
    'media_policy.strip_video',
  ),
  tool_policy_deny: row('critical', 'policy', 'a tool policy denies the call', 'change the tool policy'),
  tool_chain_blocked: row(
    'critical',
    'none',
    'a sequence of tool calls matches an attack pattern',
    'review what the agent was doing',
  ),
  tool_poisoning: row(
    'critical',
    'none',
    'the description of a tool contains instructions, or was changed',
    'review the server that offers the tool',
  ),
  session_binding: row(
    'critical',
    'policy',
    'an agent card or a tool inventory differs from the one that was accepted',
    'review the change, then accept it, for example with `pipelock a2a reset`',
  ),
  airlock_active: row(
    'critical',
    'transient',
    'the session is in the airlock',
    'wait for its release, or have an operator release it',
  ),
  kill_switch_active: row(
    'critical',
    'transient',
    'the kill switch stops all traffic',
    'wait until an operator releases it',
  ),
  envelope_verify_failed: row(
    'critical',
    'none',
    'the mediation envelope of the request does not verify',
    'check the keys of the sender',
  ),
  outbound_envelope_failed: row(
    'critical',
    'transient',
    'the mediation envelope could not be signed',
    'check the signing key',
  ),
  redirect_scan_denied: row(
    'critical',
    'none',
    'a redirect led to a destination that is refused',
    'request the final URL directly to see which rule refuses it',
    'forward_proxy.follow_redirects',
  ),
  authority_mismatch: row(
    'critical',
    'policy',
    'the request names two different hosts: `Host`, CONNECT target, TLS server name or listener name',
    'send the same host everywhere; a name of the own pages can be allowed',
    'forward_proxy.sni_verification',
    'allowed_hosts',
  ),
  escalation_level: row(
    'critical',
    'transient',
    'the session was escalated to a level that blocks everything',
    'have an operator review the session',
  ),
  session_anomaly: row(
    'critical',
    'transient',
    'the session behaves unlike its profile',
    'have an operator review the session',
  ),
  cross_request_deny: row(
    'critical',
    'none',
    'several requests of one client together carry a secret, or too much opaque data',
    'review what the agent sends; a destination can be exempted',
    'cross_request_detection.action',
    'cross_request_detection.entropy_budget.bits_per_window',
    'cross_request_detection.entropy_budget.exempt_domains',
  ),
  compressed_response: row(
    'warn',
    'policy',
    'the response is compressed although it must be scanned',
    'request it without `Accept-Encoding`, or exempt the host',
    'response_scanning.exempt_domains',
    'response_scanning.enabled',
  ),
  browser_shield_oversize: row(
    'warn',
    'policy',
    'the page is larger than Browser Shield rewrites',
    'raise the limit, or exempt the host',
    'browser_shield.max_shield_bytes',
    'browser_shield.oversize_action',
    'browser_shield.exempt_domains',
  ),
  parse_error: row(
    'warn',
    'none',
    'a URL, header, body or response cannot be parsed without ambiguity',
    'send well-formed content',
    'request_body_scanning.enabled',
  ),
  timeout: row(
    'warn',
    'transient',
    'inspection, a TLS handshake or a tunnel did not finish in time',
    'repeat; large inputs may need a larger budget',
    'work_budget.exchange_seconds',
    'fetch_proxy.timeout_seconds',
    'forward_proxy.max_tunnel_seconds',
  ),
  pattern_unavailable: row(
    'warn',
    'transient',
    'a scanner could not run, so nothing was let through',
    'see the log for the cause',
  ),
  not_enabled: row('info', 'policy', 'this surface is switched off', 'enable it', 'forward_proxy.enabled'),
  bad_request: row(
    'info',
    'none',
    'the request is malformed, uses a wrong method, names an unknown host or comes from a browser page',
    'correct the request',
  ),
  request_policy_deny: row(
    'critical',
    'policy',
    'a policy of the operator denies the exchange: a route that does not allow the method (layer `route_policy`), or a plugin of their own (`plugin_<name>`)',
    'change allow_methods of the route, or the configuration of that plugin',
    'routes',
    'plugins',
  ),
  receipt_emission_failed: row(
    'critical',
    'transient',
    'a required receipt could not be written',
    'free space or correct the permissions of the evidence directory',
    'flight_recorder.require_receipts',
    'flight_recorder.dir',
  ),
  contract_default_deny: row(
    'critical',
    'none',
    'the contract of the agent has no rule for the host',
    'observe the agent again and promote a contract that has one',
    'learn_lock.mode',
  ),
  contract_enforce_default: row(
    'critical',
    'none',
    'the contract of the agent knows the host, but no rule allows this request',
    'observe the agent again and promote a contract that allows it',
    'learn_lock.mode',
  ),
  contract_non_default_port: row(
    'warn',
    'none',
    'the contract of the agent does not allow the port',
    'observe the agent again and promote a contract that allows it',
    'learn_lock.mode',
  ),
  contract_invalid_path: row(
    'warn',
    'retry-with-canonical-path',
    'the path is not in normal form, so no rule can be trusted to mean the same as the server',
    'send the path without `.`, `..`, `//`, `;` and needless escapes',
    'learn_lock.mode',
  ),
  contract_observed_only: row(
    'info',
    'none',
    'a rule observed the request but is not enforced',
    'decide on the rule with `pipelock learn ratify`',
  ),
  block_reason_overflow: row('warn', 'transient', 'the close frame is too small for the reason', 'see the log'),
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
