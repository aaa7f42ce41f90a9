// The audit log: one line per event, one event per exchange. Writing never delays a request; lines that a full pipe
// cannot take are dropped and counted.
import type {Context, Plugin} from '../../core/plugin.js'
import type {Log, Ports} from '../../core/ports.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'
import type {LogState} from './state.js'

export interface LoggingService {
  /** Receives `ports.log` of the running firewall. */
  readonly log: Log
  /** Number of lines that could not be written since the start. */
  dropped(): number
  /** Reopens the log file, for rotation. */
  reopen(): void
}

const logging = {
  name: 'logging',
  sections: ['logging'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  state: (_ports: Ports): LogState => ({streams: new Map(), dropped: 0}),

  async create(config: EffectiveConfig, state: LogState, context: Context<Services>) {
    const [{openLog}, {decisionEvents}] = await Promise.all([import('./stream.js'), import('./decisions.js')])
    const {clock, terminal} = context.ports
    const {log, exchangeLog, people, reopen, release} = openLog(config.logging, state, clock, terminal)
    const observe = decisionEvents(config.logging, exchangeLog, people)
    return {
      service: {log, dropped: () => state.dropped, reopen},
      hooks: () => ({observe}),
      health: () => 'ok',
      close: release,
    }
  },
} satisfies Plugin<EffectiveConfig, LogState, LoggingService, Services, unknown>

export default logging
