// TLS interception: the authority that clients trust, certificates for the hosts of tunnels, and the hosts whose tunnels stay
// closed. What is inside a tunnel is judged by the plugins that judge everything else.
import {PipelockError} from '../../core/errors.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {InterceptionService} from '../../core/services/interception.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {parseDuration} from '../../lib/duration.js'
import type {Certificates} from './certificates.js'
import type {InterceptionConfig} from './config.js'
import type {InterceptionTools} from './tools.js'

interface InterceptionState {
  /** Certificates of the newest generation, with what they were made from. */
  current: {readonly origin: string; readonly certificates: Certificates} | undefined
}

const OFF: InterceptionService = {interceptor: undefined}

const interception = {
  name: 'interception',
  sections: ['tls_interception'],
  reasons: [],

  protections: [
    {
      name: 'TLS interception',
      by: 'tls_interception.enabled',
      on: ({tls_interception: section}: InterceptionConfig) => section.enabled,
      note: ({tls_interception: {passthrough_domains: hosts}}: InterceptionConfig) =>
        hosts.length === 0
          ? 'every host'
          : `not inside ${hosts.length} ${hosts.length === 1 ? 'entry' : 'entries'} of passthrough_domains`,
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

  async check({tls_interception: section}: InterceptionConfig) {
    if (!section.enabled) return []
    const {checkAuthorityFiles} = await import('./authority-files.js')
    try {
      checkAuthorityFiles({certificate: section.ca_cert, key: section.ca_key})
      return []
    } catch (error) {
      if (!(error instanceof PipelockError)) throw error
      return [{field: 'tls_interception.enabled', message: `${error.message}: ${error.hint ?? ''}`}]
    }
  },

  settings: ({tls_interception: section}: InterceptionConfig) => ({
    enabled: section.enabled,
    maxResponseBytes: section.max_response_bytes,
    certificate: section.ca_cert,
    key: section.ca_key,
    passthrough: section.passthrough_domains,
  }),

  state: (_ports: Ports): InterceptionState => ({current: undefined}),

  tools: async (ports: Ports): Promise<InterceptionTools> => (await import('./tools.js')).interceptionTools(ports),

  async create(
    {tls_interception: section}: InterceptionConfig,
    state: InterceptionState,
    {ports, service}: Context<Services>,
  ) {
    if (!section.enabled) return {service: OFF}
    const [{readAuthority}, {Certificates: Issued}] = await Promise.all([
      import('./authority-files.js'),
      import('./certificates.js'),
    ])
    const authority = await readAuthority({certificate: section.ca_cert, key: section.ca_key}, ports.clock.now())
    const settings = {ttlMs: parseDuration(section.cert_ttl) ?? 0, most: section.cert_cache_size}
    const origin = `${authority.fingerprint} ${settings.ttlMs} ${settings.most}`
    // clients resume sessions only with the certificate under which they began
    if (state.current?.origin !== origin) {
      state.current = {origin, certificates: new Issued(authority, settings, ports.clock)}
    }
    const {certificates} = state.current
    const passthrough = compileDomainList(section.passthrough_domains)
    const routes = service('routes')
    return {
      samples: () => [
        {
          gauge: true as const,
          name: 'tls_cert_cache_size',
          help: 'Leaf certificates that are kept',
          value: certificates.size,
        },
      ],
      service: {
        interceptor: {
          intercepts(host: string, port: number) {
            const handling = routes.tunnel(host, port)
            return handling === undefined ? passthrough.match(host) === undefined : handling === 'intercept'
          },
          contextFor: (host: string) => certificates.contextFor(host),
        },
      },
    }
  },
} satisfies Plugin<InterceptionConfig, InterceptionState, InterceptionService, Services, InterceptionTools>

export default interception
