// ATT&CK technique by scanner label, for the labels that this build can emit.

const TECHNIQUES: Readonly<Record<string, readonly string[]>> = {
  T1048: [
    'dlp',
    'entropy',
    'path_entropy',
    'subdomain_entropy',
    'length',
    'env_leak',
    'core_dlp',
    'body_dlp',
    'header_dlp',
    'dlp_header',
  ],
  T1030: ['databudget', 'ratelimit'],
  T1046: ['ssrf', 'core_ssrf'],
  T1190: ['crlf_injection', 'parser', 'context'],
  T1059: ['response_scan', 'core_response', 'sse_stream'],
  T1083: ['path_traversal'],
  'T1071.001': ['blocklist', 'allowlist', 'redirect'],
  T1071: ['scheme', 'ws_protocol'],
  'T1090.004': ['sni_mismatch', 'tls_authority_mismatch'],
  T1573: ['tls_handshake_error'],
  T1659: ['tls_response_blocked'],
}

const BY_LABEL: ReadonlyMap<string, string> = new Map(
  Object.entries(TECHNIQUES).flatMap(([technique, labels]) => labels.map((label) => [label, technique])),
)

export function techniqueOf(label: string): string | undefined {
  return BY_LABEL.get(label)
}
