// The network surfaces as configured: settings of the transports and the address of the main listener.
import type {ProxyService, TransportSettings} from '../../core/services/proxy.js'
import {splitListen} from '../../core/listen.js'
import type {CommandLineValues, Context, Plugin} from '../../core/plugin.js'
import {checkDomainPattern, compileDomainList} from '../../lib/domain-list.js'
import type {Services} from '../../core/services/index.js'
import type {ProxyConfig} from './config.js'

const MIB = 1024 * 1024

const proxy = {
  name: 'proxy',
  sections: [
    'fetch_proxy',
    'forward_proxy',
    'limits',
    'default_agent_identity',
    'bind_default_agent_identity',
    'allowed_hosts',
    'work_budget',
  ],
  reasons: [],

  protections: [
    {
      name: 'forward proxy',
      by: 'forward_proxy.enabled',
      on: ({forward_proxy}: ProxyConfig) => forward_proxy.enabled,
      note: ({forward_proxy}: ProxyConfig) =>
        forward_proxy.sni_verification ? 'TLS names verified' : 'TLS names not verified',
    },
    {
      name: 'blocklist',
      by: 'fetch_proxy.monitoring.blocklist',
      on: ({fetch_proxy}: ProxyConfig) => fetch_proxy.monitoring.blocklist.length > 0,
      note: ({fetch_proxy}: ProxyConfig) => `${fetch_proxy.monitoring.blocklist.length} entries`,
    },
    {
      name: 'URL entropy',
      by: 'fetch_proxy.monitoring.entropy_threshold',
      on: ({fetch_proxy}: ProxyConfig) => fetch_proxy.monitoring.entropy_threshold > 0,
      note: ({fetch_proxy}: ProxyConfig) => `${fetch_proxy.monitoring.entropy_threshold} bits per character`,
    },
    {
      name: 'rate limit',
      by: 'fetch_proxy.monitoring.max_requests_per_minute',
      on: ({fetch_proxy}: ProxyConfig) => fetch_proxy.monitoring.max_requests_per_minute > 0,
      note: ({fetch_proxy}: ProxyConfig) =>
        `${fetch_proxy.monitoring.max_requests_per_minute} requests a minute and domain`,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  check(config: ProxyConfig) {
    const problems = []
    if (config.bind_default_agent_identity && config.default_agent_identity === '') {
      problems.push({field: 'bind_default_agent_identity', message: 'needs default_agent_identity'})
    }
    return problems
  },

  warnings: ({fetch_proxy: {monitoring}}: ProxyConfig) =>
    monitoring.blocklist.flatMap((pattern, i) => {
      if (checkDomainPattern(pattern) === undefined) return []
      return [{field: `fetch_proxy.monitoring.blocklist[${i}]`, message: `${pattern} refuses very many hosts`}]
    }),

  overrides: ({listen}: CommandLineValues) => (listen === undefined ? {} : {fetch_proxy: {listen}}),

  settings: ({fetch_proxy: fetch, forward_proxy: forward}: ProxyConfig) => ({
    listen: fetch.listen,
    forwardEnabled: forward.enabled,
    maxResponseBytes: Math.floor(fetch.max_response_mb * MIB),
    maxTunnelSeconds: forward.max_tunnel_seconds,
    monitoring: fetch.monitoring,
  }),

  state: () => undefined,

  async tools() {
    return (await import('./listener.js')).listenerTools
  },

  create(config: ProxyConfig, _state: undefined, _context: Context<Services>) {
    const {fetch_proxy: fetch, forward_proxy: forward, work_budget: work} = config
    const settings: TransportSettings = {
      forwardEnabled: forward.enabled,
      fetchTimeoutSeconds: fetch.timeout_seconds,
      maxResponseBytes: Math.floor(fetch.max_response_mb * MIB),
      userAgent: fetch.user_agent,
      maxTunnelSeconds: forward.max_tunnel_seconds,
      idleTimeoutSeconds: forward.idle_timeout_seconds,
      followRedirects: forward.follow_redirects,
      sniVerification: forward.sni_verification,
      redirectWebsocketHosts: forward.redirect_websocket_hosts,
      defaultAgentIdentity: sanitiseAgent(config.default_agent_identity),
      bindDefaultAgentIdentity: config.bind_default_agent_identity,
      allowedHosts: compileDomainList(config.allowed_hosts),
      workBudgets: {
        exchangeMs: work.exchange_seconds * 1000,
        streamMsPerMinute: work.stream_seconds_per_minute * 1000,
        clientMsPerMinute: work.client_seconds_per_minute * 1000,
      },
    }
    const limits = {heldMb: config.limits.held_mb, openRequests: config.limits.open_requests}
    return {service: {listen: splitListen(fetch.listen) ?? {host: '127.0.0.1', port: 8888}, settings, limits}}
  },
} satisfies Plugin<ProxyConfig, undefined, ProxyService, Services, unknown>

/** The configured default is sanitised like any other name. */
function sanitiseAgent(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64)
}

export default proxy
