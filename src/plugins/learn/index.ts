// Learning: what was observed becomes a candidate contract. Observing runs inside the firewall (service and hook);
// compiling and reviewing are tools of the command line.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'

const learn = {
  name: 'learn',
  sections: ['learn'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  state(_ports: Ports) {
    return {}
  },

  create(_config: EffectiveConfig, _state: object, _context: Context<Services>) {
    return {service: {}}
  },
} satisfies Plugin<EffectiveConfig, object, object, Services, object>

export default learn
