// Known and accepted findings. Other plugins query it match by match: a suppressed match never ends the search for
// others, and is still logged.
import type {SuppressService} from '../../core/services/suppress.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {SuppressConfig} from './config.js'
import {IDLE, Usage} from './usage.js'

const suppress = {
  name: 'suppress',
  sections: ['suppress'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  state: () => new Usage(),

  async create({suppress: entries}: SuppressConfig, usage: Usage, {ports: {clock, log}, warn}: Context<Services>) {
    const {createSuppressions: makeSuppressions} = await import('./suppressions.js')
    usage.keep(entries, clock.monotonic())
    for (const at of usage.idle(entries, clock.monotonic())) warn(`suppress[${at}]`, IDLE)
    const compiled = makeSuppressions(entries)
    const service: SuppressService = {
      ...compiled,
      find(rule, target) {
        const entry = compiled.find(rule, target)
        const now = clock.monotonic()
        if (entry) usage.used(entry, now)
        for (const at of usage.idle(entries, now)) log.warn('anomaly', {reason: `suppress[${at}] ${IDLE}`, score: 0})
        return entry
      },
    }
    return {service}
  },
} satisfies Plugin<SuppressConfig, Usage, SuppressService, Services, unknown>

export default suppress
