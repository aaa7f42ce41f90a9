// The one loader of a process across configuration reloads, and what is learned about its contracts meanwhile. Only `mode` and `minimum_signatures` follow a reload; where
// the store and the roster are, and whether the lock is on, is decided at start.
import type {Statement} from '../../core/contract/delta-receipt.js'
import type {Context} from '../../core/plugin.js'
import type {Services} from '../../core/services/index.js'
import {uuidv7} from '../../lib/uuid.js'
import type {ContractConfig} from './config.js'
import type {ContractLoader} from './loader.js'
import type {SettleOptions} from './settle.js'
import type {ContractStore} from './store.js'
import type {LockTelemetry} from './telemetry.js'

export type LockSettings = ContractConfig['learn_lock']

/** Survives reloads; filled by the first instance. */
export interface ContractState {
  running: Running | undefined
}

interface Running {
  readonly settings: LockSettings
  readonly lock: Lock | undefined
  users: number
}

interface Lock {
  readonly loader: ContractLoader
  readonly store: ContractStore
  readonly telemetry: LockTelemetry
  /** The recorder of the newest generation signs. */
  evidence: Evidence
}

type Evidence = (statement: Statement) => boolean

export interface LockRuntime {
  readonly loader: ContractLoader
  readonly telemetry: LockTelemetry
  /** The last user says what is open and closes the loader. */
  release(): void
}

/** With what receipts of an interrupted promote are finished; the key is taken at start, like the recorder's. */
export type LifecycleReceipts = Pick<SettleOptions, 'keyPath' | 'append'>

const RESTART_KEYS = ['enabled', 'store_dir', 'roster_path', 'environment', 'pinned_root_fingerprint'] as const

/** Starts the loader, or joins the one that runs. undefined while the lock is off. Throws when the store cannot be trusted. */
export async function openRuntime(
  settings: LockSettings,
  state: ContractState,
  receipts: LifecycleReceipts,
  {ports, warn}: Pick<Context<Services>, 'ports' | 'warn'>,
  evidence: Evidence,
): Promise<LockRuntime | undefined> {
  const running = (state.running ??= await start(settings, receipts, ports))
  for (const key of RESTART_KEYS) {
    if (JSON.stringify(settings[key]) !== JSON.stringify(running.settings[key])) {
      warn(`learn_lock.${key}`, 'changes with the next restart; the old value stays in force')
    }
  }
  const {lock} = running
  if (!lock) return undefined
  if (running.users > 0) {
    lock.loader.reevaluate(settings.minimum_signatures)
  }
  running.users++
  lock.evidence = evidence
  return {
    loader: lock.loader,
    telemetry: lock.telemetry,
    release: () => {
      if (--running.users > 0) return
      lock.telemetry.close()
      lock.loader.close()
      state.running = undefined
    },
  }
}

async function start(
  settings: LockSettings,
  receipts: LifecycleReceipts,
  ports: Context<Services>['ports'],
): Promise<Running> {
  const {environment} = settings
  if (!settings.enabled || !environment) return {settings, lock: undefined, users: 0}
  const [{ContractLoader}, {readRoster}, {ContractStore}, {settleReceipts}, {LockTelemetry}] = await Promise.all([
    import('./loader.js'),
    import('./documents.js'),
    import('./store.js'),
    import('./settle.js'),
    import('./telemetry.js'),
  ])
  const store = new ContractStore({
    directory: settings.store_dir,
    roster: () => readRoster(settings.roster_path, settings.pinned_root_fingerprint),
    environment,
    minimumSignatures: settings.minimum_signatures,
    clock: ports.clock,
  })
  const {clock, log} = ports
  const loader = new ContractLoader({
    store,
    clock,
    log,
    rosterPath: settings.roster_path,
    settle: (accepted) => settleReceipts(accepted, {...receipts, clock, log}),
  })
  loader.start()
  const telemetry = new LockTelemetry({
    clock: ports.clock,
    log: ports.log,
    newId: () => uuidv7(ports.clock.now(), ports.random(10)),
    evidence: (statement) => lock.evidence(statement),
    timer: (ms, run) => {
      const timer = setTimeout(run, ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  })
  const lock: Lock = {loader, store, telemetry, evidence: () => false}
  const adopt = (): void => {
    if (loader.contracts) telemetry.adopt(loader.contracts, loader.watched)
  }
  adopt()
  loader.onSwap(adopt)
  return {settings, lock, users: 0}
}
