// Configuration names that this build does not accept: sections without an owner, and names of earlier formats. Both
// get a message that differs from that for a typing error.

/**
 * Sections of the format without an owner in this build: refused, never ignored, since an ignored section looks like
 * protection.
 */
export const UNSUPPORTED_SECTIONS: ReadonlySet<string> = new Set([
  'adaptive_enforcement',
  'agents',
  'airlock',
  'behavioral_baseline',
  'budgets',
  'emit',
  'file_sentry',
  'git_protection',
  'health_watchdog',
  'kill_switch',
  'license_file',
  'license_key',
  'license_public_key',
  'mcp_binary_integrity',
  'mcp_input_scanning',
  'mcp_session_binding',
  'mcp_tool_policy',
  'mcp_tool_provenance',
  'mcp_tool_scanning',
  'mcp_ws_listener',
  'mediation_envelope',
  'request_policy',
  'reverse_proxy',
  'routes',
  'rules',
  'sandbox',
  'scan_api',
  'sentry',
  'session_profiling',
  'shared_state',
  'supervise',
  'taint',
  'tls_interception',
  'tool_chain_detection',
  'websocket_proxy',
])

/** Replacements of keys of other releases, by the whole path, or by the last name where the position is irrelevant. */
const STALE: Readonly<Record<string, string>> = {
  sentinel_path: 'renamed to kill_switch.sentinel_file',
  threshold: 'renamed to escalation_threshold',
  'scan_api.enabled': 'remove it: the scan API starts when listen and a token are set',
  'flight_recorder.path': 'renamed to flight_recorder.dir',
  'forward_proxy.trusted_domains': 'move it to the top level',
  'learn_lock.environment': 'write it as a block with the fields of the environment',
}

export function staleHint(path: readonly (string | number)[]): string | undefined {
  const names = path.filter((part) => typeof part === 'string')
  const whole = names.join('.')
  if (Object.hasOwn(STALE, whole)) return STALE[whole]
  const last = names.at(-1)
  return last !== undefined && Object.hasOwn(STALE, last) ? STALE[last] : undefined
}
