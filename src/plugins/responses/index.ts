// What comes back to an agent: instructions in bodies, heads and event streams. Which texts are looked at and what a hit
// does is decided here; what a hit is, by the scanners.
import type {Context, Plugin} from '../../core/plugin.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'

const responses = {
  name: 'responses',
  sections: ['response_scanning'],
  reasons: ['prompt_injection', 'dlp_match', 'response_size', 'parse_error'],

  async schema() {
    return (await import('./config.js')).sections
  },

  state: () => undefined,

  async create(config: EffectiveConfig, _state: undefined, context: Context<Services>) {
    const {responseHooks} = await import('./create.js')
    const hooks = responseHooks(config, {
      injection: context.service('injection'),
      dlp: context.service('dlp'),
      suppress: context.service('suppress'),
      log: context.ports.log,
    })
    return {service: undefined, hooks: () => hooks}
  },
} satisfies Plugin<EffectiveConfig, undefined, undefined, Services, unknown>

export default responses
