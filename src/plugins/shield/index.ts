// Removes hidden content and active code from HTML, SVG and scripts on their way to an agent. Other plugins inspect both the
// received and the rewritten response.
import type {Exchange} from '../../core/exchange.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import type {ShieldConfig} from './config.js'
import type {Counts} from './counts.js'

interface ShieldState {
  counts: Counts | undefined
}

const shield = {
  name: 'shield',
  sections: ['browser_shield'],
  reasons: ['browser_shield_oversize'],

  protections: [
    {
      name: 'browser shield',
      by: 'browser_shield.enabled',
      on: ({browser_shield: section}: ShieldConfig) => section.enabled,
      note: ({browser_shield: section}: ShieldConfig) => section.strictness,
    },
  ],

  async schema() {
    return (await import('./config.js')).sections
  },

  async explain() {
    return (await import('./explain.js')).explanation
  },

  state: (): ShieldState => ({counts: undefined}),

  async create(config: ShieldConfig, state: ShieldState, {ports, settings, service}: Context<Services>) {
    const contributed = {service: {}, samples: () => state.counts?.list() ?? []}
    const {enabled} = config.browser_shield
    if (!enabled && !settings('media').handsOnSvg) return contributed
    const [{shieldHooks, svgAlone}, {Counts}] = await Promise.all([import('./create.js'), import('./counts.js')])
    const section = enabled ? config.browser_shield : svgAlone(config.browser_shield)
    const routes = service('routes')
    const {maxResponseBytes} = settings('proxy')
    const scope = {
      only: enabled ? undefined : ('svg' as const),
      maxBytesOf: (x: Exchange) => routes.of(x)?.responses.maxBytes ?? maxResponseBytes,
    }
    const hooks = shieldHooks(section, scope, (state.counts ??= new Counts()), ports)
    return {...contributed, hooks: () => hooks}
  },
} satisfies Plugin<ShieldConfig, ShieldState, object, Services, unknown>

export default shield
