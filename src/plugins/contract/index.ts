// The contract runtime: what has been promoted is loaded, watched and asked about every exchange (learn §19); promote and
// rollback are tools of the command line (learn §18).
import {resolveMode} from './mode.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Reason} from '../../core/reasons.js'
import type {EffectiveConfig} from '../effective-config.js'
import type {Services} from '../registry.js'
import type {ContractState} from './runtime.js'
import type {LoaderStatus} from './loader.js'
import type {ContractTools} from './tools.js'

export interface ContractService {
  readonly mode: 'off' | 'live' | 'shadow' | 'capture'
  /** For metrics and /stats; undefined while the lock is off. */
  status(): LoaderStatus | undefined
}

const reasons: readonly Reason[] = [
  'contract_default_deny',
  'contract_enforce_default',
  'contract_non_default_port',
  'contract_invalid_path',
  'contract_observed_only',
  'kill_switch_active',
  'parse_error',
]

const contract = {
  name: 'contract',
  sections: ['learn_lock'],
  reasons,

  async schema() {
    return (await import('./config.js')).sections
  },

  state: (_ports: Ports): ContractState => ({running: undefined}),

  async create(config: EffectiveConfig, state: ContractState, context: Context<Services>) {
    const mode = resolveMode(config.learn_lock, context.warn)
    const {openRuntime} = await import('./runtime.js')
    const runtime = await openRuntime(config.learn_lock, state, context)
    if (!runtime) return {service: {mode: 'off' as const, status: () => undefined}}
    const {contractGate} = await import('./gate.js')
    const remove = runtime.loader.onSwap(() => context.changed())
    return {
      service: {mode, status: () => runtime.loader.status()},
      hooks: () => ({contract: contractGate(runtime.loader.contracts, mode, context.ports.log)}),
      health: () => runtime.loader.health(),
      close: async () => {
        remove()
        runtime.release()
      },
    }
  },

  async tools(ports: Ports): Promise<ContractTools> {
    const {contractTools} = await import('./tools.js')
    return contractTools(ports)
  },
} satisfies Plugin<EffectiveConfig, ContractState, ContractService, Services, ContractTools>

export default contract
