// Configuration names that this build does not accept: sections without an owner, and their names of earlier formats.
// Both get a message that differs from that for a typing error. A section with an owner declares its own former keys.

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
  'file_sentry',
  'git_protection',
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
  'request_policy',
  'rules',
  'sandbox',
  'sentry',
  'session_profiling',
  'shared_state',
  'supervise',
  'taint',
  'tool_chain_detection',
])

/** Replacements of keys of other releases, wherever they stand. */
const STALE: Readonly<Record<string, string>> = {
  threshold: 'renamed to escalation_threshold',
}

export function staleHint(name: string): string | undefined {
  return Object.hasOwn(STALE, name) ? STALE[name] : undefined
}
