// The audit log: one line per event, one event per exchange. Writing never delays a request; lines that a full pipe
// cannot take are dropped and counted.
import type {LoggingService} from '../../core/services/logging.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Services} from '../../core/services/index.js'
import type {LoggingConfig} from './config.js'
import type {LogState} from './state.js'

const logging = {
  name: 'logging',
  sections: ['logging'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  async preset() {
    return (await import('./preset.js')).preset
  },

  state: (_ports: Ports): LogState => ({streams: new Map(), dropped: 0}),

  async create(config: LoggingConfig, state: LogState, context: Context<Services>) {
    const [{openLog}, {decisionEvents}] = await Promise.all([import('./stream.js'), import('./decisions.js')])
    const {log, exchangeLog, people, attach, reopen, release} = openLog(config.logging, state, context.ports)
    const observe = decisionEvents(config.logging, exchangeLog, people)
    return {
      service: {log, attach, dropped: () => state.dropped, reopen},
      hooks: () => ({observe}),
      samples: () => [{name: 'log_dropped_total', help: 'Log lines that could not be written', value: state.dropped}],
      health: () => 'ok',
      close: release,
    }
  },
} satisfies Plugin<LoggingConfig, LogState, LoggingService, Services, unknown>

export default logging
