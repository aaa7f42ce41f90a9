// Counters as Prometheus text and as /stats. Every label value comes from a closed set, so no request can create a time
// series.
import {splitListen, type ListenAddress} from '../../core/listen.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'
import type {Counters} from './counters.js'

export interface MetricsService {
  /** A listener of its own, when configured. */
  readonly listen: ListenAddress | undefined
  readonly counters: Counters
  /** Prometheus text of all metrics. */
  text(): Promise<string>
  /** The object of /stats. */
  stats(): object
}

interface MetricsState {
  counters: Counters | undefined
}

const metrics = {
  name: 'metrics',
  sections: ['metrics_listen'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  state: (): MetricsState => ({counters: undefined}),

  check(config: EffectiveConfig) {
    const own = splitListen(config.metrics_listen)
    const main = splitListen(config.fetch_proxy.listen)
    if (!own || !main || own.port === 0 || own.port !== main.port) return []
    return [{field: 'metrics_listen', message: 'must use another port than fetch_proxy.listen'}]
  },

  async create(config: EffectiveConfig, state: MetricsState, context: Context<Services>) {
    const [{createCounters: makeCounters}, {collectors: foreignCounts}] = await Promise.all([
      import('./counters.js'),
      import('./collectors.js'),
    ])
    const counters = (state.counters ??= makeCounters(context.ports))
    const memory = context.service('cross-request')
    counters.readFrom(
      foreignCounts({
        recorder: context.service('recorder'),
        logging: context.service('logging'),
        contract: context.service('contract'),
        learn: context.service('learn'),
        responses: context.service('response-scanning'),
        shield: context.service('shield'),
        redaction: context.service('redaction'),
        'cross-request': memory,
      }),
      () => ({
        entropy_tracker_active: memory.entropyActive,
        fragment_buffer_active: memory.fragmentsActive,
        fragment_buffer_bytes: memory.bufferSize(),
      }),
    )
    const contractMode = context.service('contract').mode
    return {
      service: {
        listen: splitListen(config.metrics_listen),
        counters,
        text: () => counters.text(),
        stats: () => counters.stats(),
      },
      hooks: () => ({observe: counters.observer(contractMode)}),
    }
  },
} satisfies Plugin<EffectiveConfig, MetricsState, MetricsService, Services, unknown>

export default metrics
