// The one loader of a process across configuration reloads. Only `mode` and `minimum_signatures` follow a reload; where
// the store and the roster are, and whether the lock is on, is decided at start (learn §19.1).
import type {Context} from '../../core/plugin.js'
import type {Services} from '../registry.js'
import type {ContractConfig} from './config.js'
import type {ContractLoader} from './loader.js'
import type {ContractStore} from './store.js'

export type LockSettings = ContractConfig['learn_lock']

/** Survives reloads; filled by the first instance. */
export interface ContractState {
  running: Running | undefined
}

interface Running {
  readonly settings: LockSettings
  readonly lock: {readonly loader: ContractLoader; readonly store: ContractStore} | undefined
  users: number
}

export interface LockRuntime {
  readonly loader: ContractLoader
  /** The last user closes the loader. */
  release(): void
}

const RESTART_KEYS = ['enabled', 'store_dir', 'roster_path', 'environment', 'pinned_root_fingerprint'] as const

/** Starts the loader, or joins the one that runs. undefined while the lock is off. Throws when the store cannot be trusted. */
export async function openRuntime(
  settings: LockSettings,
  state: ContractState,
  {ports, warn}: Pick<Context<Services>, 'ports' | 'warn'>,
): Promise<LockRuntime | undefined> {
  const running = (state.running ??= await start(settings, ports))
  for (const key of RESTART_KEYS) {
    if (JSON.stringify(settings[key]) !== JSON.stringify(running.settings[key])) {
      warn(`learn_lock.${key}`, 'changes with the next restart; the old value stays in force')
    }
  }
  const {lock} = running
  if (!lock) return undefined
  if (running.users > 0) {
    lock.store.trust(settings.minimum_signatures)
    lock.loader.reload()
  }
  running.users++
  return {
    loader: lock.loader,
    release: () => {
      if (--running.users > 0) return
      lock.loader.close()
      state.running = undefined
    },
  }
}

async function start(settings: LockSettings, ports: Context<Services>['ports']): Promise<Running> {
  const {environment} = settings
  if (!settings.enabled || !environment) return {settings, lock: undefined, users: 0}
  const [{ContractLoader}, {readRoster}, {ContractStore}] = await Promise.all([
    import('./loader.js'),
    import('./documents.js'),
    import('./store.js'),
  ])
  const store = new ContractStore({
    directory: settings.store_dir,
    roster: () => readRoster(settings.roster_path, settings.pinned_root_fingerprint),
    environment,
    minimumSignatures: settings.minimum_signatures,
    clock: ports.clock,
  })
  const loader = new ContractLoader({store, clock: ports.clock, log: ports.log})
  loader.start()
  return {settings, lock: {loader, store}, users: 0}
}
