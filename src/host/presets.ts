// The presets as configuration files: supported sections are set, the rest of the preset follows as comments, so that a
// later version's file can be compared with this one.
import {DEFAULT_EVIDENCE, DEFAULT_RECEIPT_KEY} from '../core/home-path.js'

export const PRESETS = ['balanced', 'strict', 'audit'] as const
export type PresetName = (typeof PRESETS)[number]

interface PresetValues {
  readonly summary: string
  readonly mode: string
  readonly enforce: boolean
  readonly maxUrlLength: number
  readonly entropyThreshold: string
  readonly subdomainThreshold: string
  readonly requestsPerMinute: number
  readonly hasAllowlist: boolean
  /** Action on a credential or an opaque value in a request. */
  readonly bodyAction: string
  readonly headerMode: string
  /** Action on a finding in a response. */
  readonly responseAction: string
  /** Sections without an owner yet, as lines of YAML. */
  readonly later: readonly string[]
}

const ALLOWLIST = [
  '*.anthropic.com',
  '*.openai.com',
  'api.telegram.org',
  '*.discord.com',
  'gateway.discord.gg',
  '*.slack.com',
  'github.com',
  '*.github.com',
  '*.githubusercontent.com',
]

const BLOCKLIST = ['*.pastebin.com', '*.hastebin.com', '*.paste.ee', '*.transfer.sh', '*.file.io', '*.requestbin.com']

const CROSS_REQUEST = [
  '# what one client sends over several requests: secrets in pieces, and opaque content beyond a budget',
  'cross_request_detection:',
  '  enabled: true',
  '  action: block',
  '  entropy_budget:',
  '    action: warn',
  '    bits_per_window: 4096',
  '    window_minutes: 5',
  '  fragment_reassembly:',
  '    max_buffer_bytes: 65536',
  '    window_minutes: 5',
  '',
]

const REDACTION = [
  '# placeholders in place of credentials in JSON requests; a request that cannot be redacted is then refused',
  'redaction:',
  '  enabled: false',
  '  default_profile: code',
  '  profiles:',
  '    code:',
  '      classes: [aws-access-key, google-api-key, github-token, slack-token, jwt, ssh-private-key]',
  '',
]

interface LaterValues {
  readonly action: string
  readonly parseError: string
  readonly policy: string
  readonly threshold: string
  readonly decay: string
  readonly airlock: boolean
}

function later(v: LaterValues): readonly string[] {
  return [
    `mcp_input_scanning: {enabled: true, action: ${v.action}, on_parse_error: ${v.parseError}}`,
    `mcp_tool_scanning: {enabled: true, action: ${v.action}, detect_drift: true}`,
    `mcp_tool_policy: {enabled: true, action: ${v.action}, include_defaults: true}`,
    `tool_chain_detection: {enabled: true, action: ${v.action}}`,
    'session_profiling: {enabled: true, anomaly_action: warn}',
    `adaptive_enforcement: {enabled: true, escalation_threshold: ${v.threshold}, decay_per_clean_request: ${v.decay}}`,
    `airlock: {enabled: ${v.airlock}}`,
    `taint: {enabled: true, policy: ${v.policy}}`,
    'tls_interception: {enabled: false}',
  ]
}

const VALUES: Readonly<Record<PresetName, PresetValues>> = {
  balanced: {
    summary: 'general purpose: block on findings, pass everything else',
    mode: 'balanced',
    enforce: true,
    maxUrlLength: 2048,
    entropyThreshold: '4.5',
    subdomainThreshold: '4.0',
    requestsPerMinute: 60,
    hasAllowlist: true,
    bodyAction: 'warn',
    headerMode: 'sensitive',
    responseAction: 'warn',
    later: later({
      action: 'warn',
      parseError: 'block',
      policy: 'balanced',
      threshold: '5.0',
      decay: '0.5',
      airlock: false,
    }),
  },
  strict: {
    summary: 'high security: only the hosts of the allowlist',
    mode: 'strict',
    enforce: true,
    maxUrlLength: 500,
    entropyThreshold: '3.5',
    subdomainThreshold: '3.5',
    requestsPerMinute: 30,
    hasAllowlist: true,
    bodyAction: 'block',
    headerMode: 'all',
    responseAction: 'block',
    later: later({
      action: 'block',
      parseError: 'block',
      policy: 'strict',
      threshold: '3.0',
      decay: '0.25',
      airlock: true,
    }),
  },
  audit: {
    summary: 'monitoring: report everything, block nothing that can be forwarded safely',
    mode: 'audit',
    enforce: false,
    maxUrlLength: 2048,
    entropyThreshold: '4.5',
    subdomainThreshold: '4.0',
    requestsPerMinute: 0,
    hasAllowlist: false,
    bodyAction: 'warn',
    headerMode: 'sensitive',
    responseAction: 'warn',
    later: later({
      action: 'warn',
      parseError: 'forward',
      policy: 'permissive',
      threshold: '5.0',
      decay: '0.5',
      airlock: false,
    }),
  },
}

export interface RegistryHost {
  readonly host: string
  /** Source of the value, for the comment. */
  readonly origin: string
}

export interface AgentPlaces {
  readonly agent: string
  readonly roster: string
  /** Fingerprint of the roster's root. */
  readonly pin: string
  readonly receiptKey: string
  readonly captures: string
  readonly store: string
}

/**
 * The file of a preset for one learning agent. Its contract is compared but not enforced until the mode is changed.
 */
export function agentConfig(name: PresetName, registry: RegistryHost | undefined, places: AgentPlaces): string {
  const {agent, roster, pin, receiptKey, captures, store} = places
  return [
    presetText(name, registry, receiptKey),
    '# every client of this listener is this agent, whichever name it sends',
    `default_agent_identity: ${JSON.stringify(agent)}`,
    'bind_default_agent_identity: true',
    '',
    'learn:',
    `  capture_dir: ${JSON.stringify(captures)}`,
    '',
    'learn_lock:',
    '  enabled: true',
    '  # capture: record only; shadow: also report what the contract would block; live: block it',
    '  mode: shadow',
    `  store_dir: ${JSON.stringify(store)}`,
    `  roster_path: ${JSON.stringify(roster)}`,
    `  pinned_root_fingerprint: ${JSON.stringify(pin)}`,
    '  # where contracts are in force: a manifest for another environment is refused',
    '  environment: {id: local, tenant: local, deployment_id: "1"}',
    '',
  ].join('\n')
}

/** The file of a preset. `registry` is the package registry of the user's own client, if known. */
export function presetText(
  name: PresetName,
  registry: RegistryHost | undefined,
  receiptKey: string = DEFAULT_RECEIPT_KEY,
): string {
  const v = VALUES[name]
  const hosts = ALLOWLIST.map((host) => `  - "${host}"`)
  if (registry) hosts.push(`  - "${registry.host}"  # ${registry.origin}`)
  return [
    `# Pipelock, preset ${name}: ${v.summary}.`,
    '# Omitted settings are as in the preset balanced. pipelock check -c FILE tells whether a change is valid and what is',
    '# on; a running firewall reads it at once.',
    '',
    'version: 1',
    '',
    '# strict, balanced or audit',
    `mode: ${v.mode}`,
    '# false: findings are logged and counted, not blocked',
    `enforce: ${v.enforce}`,
    '# true: blocks carry a hint: which setting an operator could change',
    'explain_blocks: false',
    '',
    ...(v.hasAllowlist
      ? ['# strict: the only hosts. Otherwise: hosts that the blocklist does not apply to.', 'api_allowlist:', ...hosts]
      : ['api_allowlist: []']),
    '',
    'fetch_proxy:',
    '  listen: "127.0.0.1:8888"',
    '  timeout_seconds: 30',
    '  max_response_mb: 10',
    '  monitoring:',
    `    max_url_length: ${v.maxUrlLength}`,
    '    # bits per character; a lower value matches more, and more ordinary text',
    `    entropy_threshold: ${v.entropyThreshold}`,
    `    subdomain_entropy_threshold: ${v.subdomainThreshold}`,
    '    # to one registrable domain; 0: no limit',
    `    max_requests_per_minute: ${v.requestsPerMinute}`,
    '    blocklist:',
    ...BLOCKLIST.map((host) => `      - "${host}"`),
    '',
    '# HTTP_PROXY and HTTPS_PROXY of the agent point here',
    'forward_proxy:',
    '  enabled: true',
    '  max_tunnel_seconds: 300',
    '  idle_timeout_seconds: 120',
    '  sni_verification: true',
    '',
    'dlp:',
    '  # the built-in patterns, which grow with every version; own ones go under patterns',
    '  include_defaults: true',
    '  scan_env: true',
    '',
    '# what the agent sends: bodies are read whole before they move; critical credentials are blocked under warn, too',
    'request_body_scanning:',
    '  enabled: true',
    `  action: ${v.bodyAction}`,
    '  max_body_bytes: 5242880',
    '  scan_headers: true',
    '  # sensitive: the headers that carry credentials; all: every header',
    `  header_mode: ${v.headerMode}`,
    `  content_entropy_action: ${v.bodyAction}`,
    '',
    ...(name === 'balanced' ? REDACTION : []),
    '# injected instructions in responses: warn, block, strip or ask',
    'response_scanning:',
    '  enabled: true',
    `  action: ${v.responseAction}`,
    ...(name === 'strict'
      ? ['  # nobody watches: a quoted phrase is enforced like any other', '  mentions: false']
      : []),
    '  sse_streaming:',
    '    action: block',
    '',
    '# images, audio and video on their way to the agent; images lose their metadata',
    'media_policy:',
    '  enabled: true',
    '  strip_images: false',
    '  strip_audio: true',
    '  strip_video: true',
    '  allowed_image_types: [image/png, image/jpeg]',
    '  max_image_bytes: 5242880',
    '',
    ...(name === 'strict' ? CROSS_REQUEST : []),
    '# a signed receipt for every decision; <home> is --home, PIPELOCK_HOME or ~/.pipelock, and the key is made when it is missing',
    'flight_recorder:',
    '  enabled: true',
    `  dir: "${DEFAULT_EVIDENCE}"`,
    `  signing_key_path: ${JSON.stringify(receiptKey)}`,
    '',
    'logging:',
    '  format: json',
    '  output: stdout',
    '',
    '# Also part of this preset, not supported by this version yet:',
    ...v.later.map((line) => `# ${line}`),
    '',
  ].join('\n')
}
