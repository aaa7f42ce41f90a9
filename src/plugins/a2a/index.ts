// Agents that talk to agents (A2A): what their messages and cards give away, smuggle or lead to. Which messages these are and
// what their fields mean is decided here; what is a secret, an order or a forbidden place, by the plugins that own that.
import type {Context, Plugin} from '../../core/plugin.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'

export interface A2aService {
  readonly enabled: boolean
}

const a2a = {
  name: 'a2a',
  sections: ['a2a_scanning'],
  reasons: [
    'dlp_match',
    'prompt_injection',
    'ssrf_private_ip',
    'ssrf_metadata',
    'scheme_blocked',
    'domain_blocklist',
    'path_entropy',
    'subdomain_entropy',
    'url_length',
    'response_size',
    'parse_error',
    'timeout',
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  state: () => undefined,

  async create(config: EffectiveConfig, _state: undefined, context: Context<Services>) {
    const {enabled} = config.a2a_scanning
    if (!enabled) return {service: {enabled}}
    const {a2aHooks} = await import('./create.js')
    const hooks = a2aHooks(config, {
      dlp: context.service('dlp'),
      injection: context.service('injection'),
      urls: context.service('destination').urls,
      suppress: context.service('suppress'),
      log: context.ports.log,
    })
    return {service: {enabled}, hooks: () => hooks}
  },
} satisfies Plugin<EffectiveConfig, undefined, A2aService, Services, unknown>

export default a2a
