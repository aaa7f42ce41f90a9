// Detection over several requests of one client: opaque content beyond a budget, and secrets in pieces. It joins what the
// other scanners inspect with what the client sent before.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {CrossRequestConfig} from './config.js'
import type {CrossRequestState} from './create.js'
import type {CrossRequestService} from '../../core/services/scanning.js'

const crossRequest = {
  name: 'cross-request',
  sections: ['cross_request_detection'],
  reasons: ['cross_request_deny'],

  protections: [
    {
      name: 'cross-request',
      by: 'cross_request_detection.enabled',
      on: ({cross_request_detection: section}: CrossRequestConfig) => section.enabled,
      note: ({cross_request_detection: section}: CrossRequestConfig) => section.action,
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

  state(_ports: Ports): CrossRequestState {
    return {memory: undefined, counts: {entropyExceeded: 0, dlpMatches: 0}}
  },

  async create(config: CrossRequestConfig, state: CrossRequestState, context: Context<Services>) {
    if (config.cross_request_detection.enabled && !context.settings('request-scanning').enabled) {
      const message = 'bodies are not read (request_body_scanning.enabled): only addresses and headers are joined'
      context.warn('cross_request_detection.enabled', message)
    }
    const [{createCrossRequest}, {memorySamples}] = await Promise.all([import('./create.js'), import('./samples.js')])
    const {service, hooks} = createCrossRequest(config, state, context.service('dlp'), context.ports)
    return {service, hooks: () => hooks, samples: () => memorySamples(state.counts, service.bufferSize())}
  },
} satisfies Plugin<CrossRequestConfig, CrossRequestState, CrossRequestService, Services, unknown>

export default crossRequest
