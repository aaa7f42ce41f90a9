// What is in force now, and how it changes. The set is swapped as a whole and only forwards: a file that is
// invalid, older, foreign or gone leaves the current set in force, so nobody can unlock by deleting or replaying.
import {statSync} from 'node:fs'
import {dirname} from 'node:path'
import type {ActiveContracts} from '../../core/contract/evaluate.js'
import {errnoOf, PipelockError} from '../../core/errors.js'
import type {Clock, Log} from '../../core/ports.js'
import {errorText} from '../../lib/error-text.js'
import {quoted} from '../../lib/terminal.js'
import {formatSeconds} from '../../lib/timestamp.js'
import {watchFile, type FileWatch, type WatchTimes} from '../../lib/watch-file.js'
import {requireFloor, storeTraces, type FloorSettings} from './floor.js'
import type {Adoption, ContractStore} from './store.js'
import type {WatchedBinding} from './telemetry.js'

export const RELOAD_OUTCOMES = ['accepted', 'same_hash', 'no_active', 'rejected', 'error'] as const
export type ReloadOutcome = (typeof RELOAD_OUTCOMES)[number]

const EXPIRY_WARNING_MS = 14 * 24 * 3600 * 1000

export interface LoaderStatus {
  readonly reloads: Readonly<Record<ReloadOutcome, number>>
  readonly watcherErrors: number
  readonly generation: number
  readonly manifestHash: string
  /** What selects a contract, and which: `agent` is the selector target as text. */
  readonly active: readonly {readonly agent: string; readonly contractHash: string}[]
}

export interface LoaderOptions {
  readonly store: ContractStore
  readonly clock: Clock
  readonly log: Log
  readonly times?: Partial<WatchTimes>
  /** The roster file: a change of it is noticed with the next look at the store, so that a revocation needs no signal. */
  readonly rosterPath?: string
  /** Finishes the receipts of a promote that was interrupted; false when it has to be tried again. */
  readonly settle?: (store: ContractStore) => boolean
  /** Called after every reload, for tests and metrics. */
  readonly onReload?: (outcome: ReloadOutcome) => void
}

export class ContractLoader {
  private readonly options: LoaderOptions
  private readonly listeners = new Set<() => void>()
  private readonly reloads: Record<ReloadOutcome, number> = {
    accepted: 0,
    same_hash: 0,
    no_active: 0,
    rejected: 0,
    error: 0,
  }
  private current: Adoption | undefined
  private watch: FileWatch | undefined
  private watcherErrors = 0
  private rejection = ''
  private missing = false
  private knownFile = ''
  private knownRoster = ''
  /** The roster changed, and has not been loaded since. */
  private rosterIsStale = false
  /** The current set stands in the accepted history, and no receipt waits for an outcome. */
  private isRecorded = true
  /** When the current set last passed every check. */
  private verifiedAtMs = 0
  private readonly warned = new Set<string>()

  constructor(options: LoaderOptions) {
    this.options = options
  }

  /** Reads the store and begins to watch it. Throws when what is there cannot be trusted; an empty store is no error, a missing one is: a mistyped path must not switch the lock off. */
  start(): void {
    const {store, clock, log, times} = this.options
    const directory = dirname(store.paths.active)
    if (!statSync(directory, {throwIfNoEntry: false})?.isDirectory()) {
      throw new PipelockError('file_not_found', `the contract store ${directory} is not a directory`)
    }
    this.knownFile = this.fileState()
    this.knownRoster = this.rosterState()
    const stored = store.readActive()
    store.requireHead(stored?.manifest)
    if (stored) this.adopt(stored)
    this.count(stored ? 'accepted' : 'no_active')
    this.watch = watchFile({
      path: store.paths.active,
      monotonic: () => clock.monotonic(),
      onChange: () => this.changed(),
      onFault: (error) => {
        this.watcherErrors++
        log.warn('contract_watcher_failed', {error: errorText(error)})
      },
      onPresence: (present) => {
        this.missing = !present
        if (!present) log.error('contract_store_missing', {directory})
      },
      ...(times && {times}),
    })
    this.changed() // what happened between the first look and the watch
  }

  /** Throws when less is in force than was, whatever became of the store. */
  requireFloor(settings: FloorSettings): void {
    requireFloor(this.current?.contracts.generation, storeTraces(this.options.store.paths), settings)
  }

  close(): void {
    this.watch?.close()
    this.listeners.clear()
  }

  get contracts(): ActiveContracts | undefined {
    return this.current?.contracts
  }

  get watched(): readonly WatchedBinding[] {
    return this.current?.watched ?? []
  }

  /** `listener` runs after every swap; the returned function removes it. */
  onSwap(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  health(): string {
    if (this.missing) return 'the contract store directory is missing'
    if (this.rejection !== '') return `last reload rejected: ${this.rejection}`
    const first = this.current?.expiries[0]
    if (first === undefined || first.untilMs >= this.options.clock.now()) return 'ok'
    return `key ${quoted(first.keyId)} of the active set has expired; the accepted set stays in force`
  }

  reason(): string | undefined {
    if (this.missing) return 'contract_store_missing'
    if (this.rejection !== '') return 'contract_rejected'
    return this.health() === 'ok' ? undefined : 'contract_key_expired'
  }

  status(): LoaderStatus {
    return {
      reloads: {...this.reloads},
      watcherErrors: this.watcherErrors,
      generation: this.current?.contracts.generation ?? 0,
      manifestHash: this.current?.manifest.hash ?? '',
      active: this.current?.bindings ?? [],
    }
  }

  /** Nothing is read while the files are those seen last; after a failure every poll tries again. */
  private changed(): void {
    this.warnOfExpiry()
    const [state, rosterState] = [this.fileState(), this.rosterState()]
    if (rosterState !== this.knownRoster) this.rosterIsStale = true
    if (state === this.knownFile && !this.rosterIsStale && this.rejection === '') {
      this.record()
      return
    }
    this.knownFile = state
    this.knownRoster = rosterState
    this.reload()
  }

  private rosterState(): string {
    const path = this.options.rosterPath
    return path === undefined ? '' : stateOf(path)
  }

  private fileState(): string {
    return stateOf(this.options.store.paths.active)
  }

  /** The roster is read anew as well, and another floor of signatures holds from now on. Never throws. */
  reevaluate(minimumSignatures: number): ReloadOutcome {
    this.rosterIsStale = true
    return this.reload(minimumSignatures)
  }

  /** Judges what the store holds now. Never throws: a roster or a store that cannot be trusted leaves the set in force. */
  reload(minimumSignatures?: number): ReloadOutcome {
    let outcome: ReloadOutcome
    try {
      if (this.rosterIsStale) this.options.store.trust(minimumSignatures)
      this.rosterIsStale = false
      outcome = this.replace()
      this.rejection = ''
    } catch (error) {
      outcome = this.reject(error)
    }
    this.count(outcome)
    return outcome
  }

  private replace(): ReloadOutcome {
    const {current} = this
    const stored = this.readActive()
    if (!stored) {
      if (current) throw new PipelockError('no_active_manifest', 'active.json has vanished')
      return 'no_active'
    }
    if (current && stored.manifest.hash === current.manifest.hash) {
      this.current = stored
      this.record()
      return 'same_hash'
    }
    if (current) this.requireSuccessor(current, stored)
    this.adopt(stored)
    return 'accepted'
  }

  /**
   * What active.json says. When it is still the set in force and would be valid at the time of its last complete check,
   * only time has passed: then it stays, and health says so. Anything else that changed is judged as now.
   */
  private readActive(): Adoption | undefined {
    const {store} = this.options
    try {
      const stored = store.readActive()
      if (stored && stored.manifest.hash === this.current?.manifest.hash) this.verifiedAtMs = this.options.clock.now()
      return stored
    } catch (error) {
      const isCurrent = this.current !== undefined && store.lastReadHash() === this.current.manifest.hash
      if (!isCurrent || !(error instanceof PipelockError) || error.code !== 'key_expired') throw error
      return store.readActiveAsOf(this.verifiedAtMs)
    }
  }

  /** Forwards only: the next manifest, or one that accepted history connects with the current one (a promote was missed). */
  private requireSuccessor(current: Adoption, stored: Adoption): void {
    const {manifest} = stored
    if (manifest.generation <= current.manifest.generation) {
      throw new PipelockError(
        'generation_not_monotonic',
        `generation ${manifest.generation} is not greater than the current one`,
      )
    }
    if (manifest.priorHash === current.manifest.hash) return
    if (!this.options.store.descends(manifest.hash, current.manifest.hash)) {
      throw new PipelockError('prior_manifest_mismatch', 'the manifest does not continue the current one')
    }
  }

  private adopt(stored: Adoption): void {
    const {store, log, clock} = this.options
    this.current = stored
    this.verifiedAtMs = clock.now()
    this.isRecorded = false
    const accepted = store.accept(stored.manifest)
    log.info('contract_set_active', {
      manifest: stored.manifest.hash,
      generation: stored.manifest.generation,
      selectors: stored.bindings.length,
      recorded: accepted,
    })
    if (accepted) this.record()
    this.warnOfExpiry()
    for (const listener of this.listeners) listener()
  }

  /** Accepts what is in force, if nobody has yet, and finishes its receipts; tried again with every look until it works. */
  private record(): void {
    const {store, settle, log} = this.options
    if (this.isRecorded || this.current === undefined) return
    try {
      this.isRecorded = store.accept(this.current.manifest) && (settle?.(store) ?? true)
    } catch (error) {
      // receipts are for auditors: what is wrong with them must not stop the enforcement, nor be tried for ever
      this.isRecorded = true
      log.warn('contract_receipts_unsettled', {error: errorText(error)})
    }
  }

  /** Once for each key when its end is near, and once when it has come: the set would not load again after a restart. */
  private warnOfExpiry(): void {
    const {clock, log} = this.options
    for (const {keyId, untilMs} of this.current?.expiries ?? []) {
      const left = untilMs - clock.now()
      if (left >= EXPIRY_WARNING_MS) continue
      const event = left < 0 ? 'contract_key_expired' : 'contract_key_expires'
      const name = `${event} ${keyId} ${untilMs}`
      if (this.warned.has(name)) continue
      this.warned.add(name)
      log.warn(event, {key_id: keyId, until: formatSeconds(untilMs)})
    }
  }

  private reject(error: unknown): ReloadOutcome {
    const {store, log} = this.options
    const known = error instanceof PipelockError
    const rejection = known ? `${error.code}: ${error.message}` : 'the store could not be read'
    if (rejection !== this.rejection) {
      log.error('contract_reload_rejected', {reason: rejection})
      if (known) store.journalRejected(error.code)
    }
    this.rejection = rejection
    return known ? 'rejected' : 'error'
  }

  private count(outcome: ReloadOutcome): void {
    this.reloads[outcome]++
    this.options.onReload?.(outcome)
  }
}

/** What tells one content of a file from the next without reading it. */
function stateOf(path: string): string {
  try {
    const stat = statSync(path, {throwIfNoEntry: false, bigint: true})
    return stat ? `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}` : ''
  } catch (error) {
    // a link to itself, a directory closed to us: the read says what is wrong; a throw in a timer would end the process
    return `unreadable: ${errnoOf(error) ?? ''}`
  }
}
