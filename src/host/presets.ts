// The presets as configuration files: settings of the core, then the sections of every plugin that declares a preset. The
// rest of the preset follows as comments, so that a later version's file can be compared with this one.
import {DEFAULT_RECEIPT_KEY} from '../core/home-path.js'
import type {AgentFacts, Preset, PresetFacts, PresetName, RegistryHost} from '../core/preset.js'
import type {PluginName} from '../plugins/registry.js'
import {loadPlugin, pluginNames} from './config/load.js'

interface Core {
  readonly summary: string
  readonly mode: string
  readonly enforce: boolean
  /** Sections without an owner yet, as lines of YAML. */
  readonly later: readonly string[]
}

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
  ]
}

const BALANCED: LaterValues = {
  action: 'warn',
  parseError: 'block',
  policy: 'balanced',
  threshold: '5.0',
  decay: '0.5',
  airlock: false,
}

const CORE: Readonly<Record<PresetName, Core>> = {
  balanced: {
    summary: 'general purpose: block on findings, pass everything else',
    mode: 'balanced',
    enforce: true,
    later: later(BALANCED),
  },
  strict: {
    summary: 'high security: only the hosts of the allowlist',
    mode: 'strict',
    enforce: true,
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
    later: later({...BALANCED, parseError: 'forward', policy: 'permissive'}),
  },
}

/**
 * The order in which a person reads the file: destinations, requests, responses, evidence. Plugins that are not listed
 * follow in the order of the registry.
 */
const ORDER: readonly PluginName[] = [
  'destination',
  'proxy',
  'interception',
  'websocket',
  'dlp',
  'request-scanning',
  'redaction',
  'response-scanning',
  'media',
  'cross-request',
  'scan-api',
  'kill-switch',
  'recorder',
  'logging',
  'emission',
]

async function declaredPresets(): Promise<readonly Preset[]> {
  const names = [...new Set([...ORDER, ...pluginNames()])]
  const presets = await Promise.all(names.map(async (name) => (await loadPlugin(name)).preset?.()))
  return presets.filter((preset) => preset !== undefined)
}

/** The file of a preset for one learning agent. */
export async function agentConfig(name: PresetName, facts: PresetFacts & AgentFacts): Promise<string> {
  const [presets, text] = await Promise.all([declaredPresets(), presetText(name, facts.registry, facts.receiptKey)])
  return [text, ...presets.flatMap((preset) => preset.agentLines?.(facts) ?? [])].join('\n')
}

/** The file of a preset. `registry` is the package registry of the user's own client, if known. */
export async function presetText(
  name: PresetName,
  registry?: RegistryHost,
  receiptKey: string = DEFAULT_RECEIPT_KEY,
): Promise<string> {
  const {summary, mode, enforce, later: comments} = CORE[name]
  const facts = {registry, receiptKey}
  const sections = (await declaredPresets()).flatMap((preset) => preset.lines?.(name, facts) ?? [])
  return [
    `# Pipelock, preset ${name}: ${summary}.`,
    '# Omitted settings are as in the preset balanced. pipelock check -c FILE tells whether a change is valid and what is',
    '# on; a running firewall reads it at once.',
    '',
    'version: 1',
    '',
    '# strict, balanced or audit',
    `mode: ${mode}`,
    '# false: findings are logged and counted, not blocked',
    `enforce: ${enforce}`,
    '# true: blocks carry a hint: which setting an operator could change',
    'explain_blocks: false',
    '',
    ...sections,
    '# Also part of this preset, not supported by this version yet:',
    ...comments.map((line) => `# ${line}`),
    '',
  ].join('\n')
}
