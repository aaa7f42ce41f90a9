// The contract runtime: what has been promoted is loaded, watched and asked about every exchange, and what it shows of the
// contracts is stated; promote and rollback are tools of the command line.
import type {ContractService} from '../../core/services/contract.js'
import {resolveMode} from './mode.js'
import {PipelockError} from '../../core/errors.js'
import {failingDirty} from '../../formats/sanitise.js'
import type {Context, Plugin} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import type {Reason} from '../../core/reasons.js'
import type {Services} from '../../core/services/index.js'
import type {ContractConfig} from './config.js'
import type {ContractState} from './runtime.js'
import type {ContractTools} from './tools.js'

const reasons: readonly Reason[] = [
  'contract_default_deny',
  'contract_enforce_default',
  'contract_non_default_port',
  'contract_invalid_path',
  'contract_observed_only',
  'kill_switch_active',
  'parse_error',
]

/** A salt that is configured and cannot be read must not leave the ids of guessable URLs unsalted. */
async function exemplarSalt({service, ports, warn}: Context<Services>): Promise<Uint8Array | undefined> {
  try {
    return await service('learn').salt()
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    warn('learn.privacy.salt_source', `${error.message}: shadow evidence is salted for this run only`)
    return ports.random(32)
  }
}

const contract = {
  name: 'contract',
  sections: ['learn_lock'],
  reasons,

  protections: [
    {
      name: 'contract lock',
      by: 'learn_lock.enabled',
      on: ({learn_lock: section}: ContractConfig) => section.enabled,
      note: ({learn_lock: section}: ContractConfig) => section.mode || 'shadow',
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

  settings: ({learn_lock: lock}: ContractConfig) => ({lock}),

  state: (_ports: Ports): ContractState => ({running: undefined}),

  async create(config: ContractConfig, state: ContractState, context: Context<Services>) {
    const mode = resolveMode(config.learn_lock, context.warn)
    const {openRuntime} = await import('./runtime.js')
    const receipts = {
      keyPath: context.settings('recorder').signingKeyPath,
      append: context.service('receipts').appendEvidenceReceipt,
    }
    const runtime = await openRuntime(config.learn_lock, state, receipts, context, (statement) =>
      context.service('recorder').evidence(statement),
    )
    if (!runtime) return {service: {mode: 'off' as const, status: () => undefined}}
    const [{contractGate, contractWitness, formTooLong}, {formMethods}, {lockSamples}] = await Promise.all([
      import('./gate.js'),
      import('./form-method.js'),
      import('./samples.js'),
    ])
    const {loader, telemetry} = runtime
    try {
      const {require_active: requireActive, minimum_generation: minimumGeneration} = config.learn_lock
      const evidence = context.service('recorder').status().lastContract
      loader.requireFloor({requireActive, minimumGeneration, evidence})
    } catch (error) {
      if (mode !== 'live' && error instanceof PipelockError) context.warn('learn_lock', error.message)
      else {
        runtime.release()
        throw error
      }
    }
    const {log} = context.ports
    const bodies = context.settings('request-scanning')
    const scanner = context.service('dlp')
    const isClean = failingDirty((text) => scanner.isClean(text))
    const witness = contractWitness({
      mode,
      observe: (observed) => telemetry.observe(observed),
      isClean,
      salt: mode === 'shadow' ? await exemplarSalt(context) : undefined,
      log,
    })
    const remove = loader.onSwap(() => context.changed())
    return {
      service: {mode, status: () => loader.status()},
      samples: () => lockSamples(loader.status(), telemetry.counts()),
      hooks: () => {
        const active = loader.contracts
        const forms = formMethods(active, {
          maxBytes: bodies.maxBodyBytes,
          decodes: bodies.enabled,
          tooLong: mode === 'live' ? formTooLong(bodies.maxBodyBytes) : undefined,
        })
        const contract = contractGate(active, mode, log, {isClean, formMethods: forms.of})
        return {...(active ? forms.hooks : {}), contract, commit: witness}
      },
      health: () => loader.health(),
      reason: () => loader.reason(),
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
} satisfies Plugin<ContractConfig, ContractState, ContractService, Services, ContractTools>

export default contract
