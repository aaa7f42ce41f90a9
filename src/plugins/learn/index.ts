// Learning: what was observed becomes a candidate contract. Observing runs inside the firewall (service and hook);
// compiling and reviewing are tools of the command line.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'
import type {LearnTools} from './tools.js'

const learn = {
  name: 'learn',
  sections: ['learn'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  async check({learn: {privacy}}: EffectiveConfig) {
    const {saltSourceProblem} = await import('./salt.js')
    const message = saltSourceProblem(privacy.salt_source)
    return message === undefined ? [] : [{field: 'learn.privacy.salt_source', message}]
  },

  state(_ports: Ports) {
    return {}
  },

  async create(config: EffectiveConfig, _state: object, context: Context<Services>) {
    const {isLiteralSalt} = await import('./salt.js')
    if (isLiteralSalt(config.learn.privacy.salt_source)) {
      context.warn('learn.privacy.salt_source', 'the salt stands in the configuration in clear: for tests only')
    }
    return {service: {}}
  },

  async tools(ports: Ports) {
    return (await import('./tools.js')).learnTools(ports)
  },
} satisfies Plugin<EffectiveConfig, object, object, Services, LearnTools>

export default learn
