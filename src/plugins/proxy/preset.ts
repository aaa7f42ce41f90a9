// Listener, limits of the URL layers and forward proxy in each preset, and the identity of a learning agent.
import type {Preset, PresetName} from '../../core/preset.js'
import {BLOCKLIST} from './blocklist.js'

interface Limits {
  readonly urlLength: number
  readonly entropy: string
  readonly subdomainEntropy: string
  readonly requestsPerMinute: number
}

const BALANCED: Limits = {urlLength: 2048, entropy: '4.5', subdomainEntropy: '4.0', requestsPerMinute: 60}

const LIMITS: Readonly<Record<PresetName, Limits>> = {
  balanced: BALANCED,
  strict: {urlLength: 500, entropy: '3.5', subdomainEntropy: '3.5', requestsPerMinute: 30},
  audit: {...BALANCED, requestsPerMinute: 0},
}

export const preset: Preset = {
  lines(name) {
    const {urlLength, entropy, subdomainEntropy, requestsPerMinute} = LIMITS[name]
    return [
      'fetch_proxy:',
      '  listen: "127.0.0.1:8888"',
      '  timeout_seconds: 30',
      '  max_response_mb: 10',
      '  monitoring:',
      `    max_url_length: ${urlLength}`,
      '    # bits per character; a lower value matches more, and more ordinary text',
      `    entropy_threshold: ${entropy}`,
      `    subdomain_entropy_threshold: ${subdomainEntropy}`,
      '    # to one registrable domain; 0: no limit',
      `    max_requests_per_minute: ${requestsPerMinute}`,
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
    ]
  },
  agentLines: ({agent}) => [
    '# every client of this listener is this agent, whichever name it sends',
    `default_agent_identity: ${JSON.stringify(agent)}`,
    'bind_default_agent_identity: true',
    '',
  ],
}
