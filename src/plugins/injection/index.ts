// Injection detection: which texts hold instructions for an agent. A service without hooks: the plugins that own a surface
// decide which texts are scanned, and what a match means.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {InjectionService} from '../../core/services/injection.js'
import type {OwnRules} from './own-patterns.js'

/** Its rules are written in the section of the responses that they judge. */
interface Config {
  readonly response_scanning: OwnRules
}

const injection = {
  name: 'injection',
  sections: [],
  reasons: [],

  schema: () => Promise.resolve({}),

  async check({response_scanning}: Config) {
    return (await import('./create.js')).check(response_scanning)
  },

  state(_ports: Ports) {
    return undefined
  },

  async create({response_scanning}: Config, _state: undefined, context: Context<Services>) {
    const {buildScanner} = await import('./create.js')
    return {service: buildScanner(context.ports, response_scanning, context.warn)}
  },

  async tools(ports: Ports) {
    const {buildScanner} = await import('./create.js')
    return {scanner: () => buildScanner(ports)}
  },
} satisfies Plugin<Config, undefined, InjectionService, Services, object>

export default injection
