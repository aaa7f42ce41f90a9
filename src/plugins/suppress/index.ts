// Known and accepted findings. Other plugins ask it match by match: a suppressed match never ends the search for others,
// and is still said to have been seen.
import type {Context, Plugin} from '../../core/plugin.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'

export interface Suppression {
  readonly rule: string
  readonly path: string
  readonly reason: string
}

export interface SuppressService {
  readonly size: number
  /** The first entry that covers a rule at a place: a canonical URL, another locator, or a file path. */
  find(rule: string, target: string): Suppression | undefined
  /** Entries that can accept nothing, given the names that findings have. */
  idle(known: readonly string[]): readonly {readonly field: string; readonly message: string}[]
}

const suppress = {
  name: 'suppress',
  sections: ['suppress'],
  reasons: [],

  async schema() {
    return (await import('./config.js')).sections
  },

  state: () => undefined,

  async create(config: EffectiveConfig, _state: undefined, _context: Context<Services>) {
    const {makeSuppressions} = await import('./suppressions.js')
    return {service: makeSuppressions(config.suppress)}
  },
} satisfies Plugin<EffectiveConfig, undefined, SuppressService, Services, unknown>

export default suppress
