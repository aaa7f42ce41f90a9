// Counters as Prometheus text and as /stats. Every label value comes from a closed set, so no request can create a time
// series.
import type {MetricsService} from '../../core/services/metrics.js'
import {splitListen} from '../../core/listen.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {Services} from '../../core/services/index.js'
import type {MetricsConfig} from './config.js'
import type {Counters} from './counters.js'

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

  check(config: MetricsConfig, settings: ReadSettings) {
    const own = splitListen(config.metrics_listen)
    const main = splitListen(settings('proxy').listen)
    if (!own || !main || own.port === 0 || own.port !== main.port) return []
    return [{field: 'metrics_listen', message: 'must use another port than fetch_proxy.listen'}]
  },

  async create(config: MetricsConfig, state: MetricsState, context: Context<Services>) {
    const {createCounters} = await import('./counters.js')
    const counters = (state.counters ??= createCounters(context.ports))
    const memory = context.service('cross-request')
    counters.readFrom(context.samples, () => ({
      entropy_tracker_active: memory.entropyActive,
      fragment_buffer_active: memory.fragmentsActive,
      fragment_buffer_bytes: memory.bufferSize(),
    }))
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
} satisfies Plugin<MetricsConfig, MetricsState, MetricsService, Services, unknown>

export default metrics
