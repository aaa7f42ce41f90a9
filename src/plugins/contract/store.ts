// The contract store: what it holds is believed only after every check, each time it is read. Reads for
// history skip tombstones; whatever may become runtime state passes the tombstone gate last.
import {activeContracts, type ActiveContracts} from '../../core/contract/evaluate.js'
import {errnoOf, PipelockError} from '../../core/errors.js'
import type {Clock} from '../../core/ports.js'
import {LockWatch} from '../../lib/lock-watch.js'
import {tryLock, type LockResult} from '../../lib/lockfile.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {Environment} from '../../formats/documents/active-manifest.js'
import type {ContractBody} from '../../formats/documents/contract.js'
import type {Roster} from '../../formats/documents/roster.js'
import {parseInstant} from '../../lib/instant.js'
import {decodeStored, targetText, verifyStored, verifyStoredContract, type StoredManifest} from './documents.js'
import {AcceptedHistory} from './history.js'
import type {WatchedBinding} from './telemetry.js'
import {refuseTombstone} from './tombstone-gate.js'
import {
  findManifests,
  listManifests,
  MAX_OBJECT_BYTES,
  readStoreFile,
  storePaths,
  storeWriter,
  tailOf,
  type StorePaths,
  type StoreWriter,
} from './store-files.js'

const MAX_MANIFEST_BYTES = 1024 * 1024
/** Some thousand lines. An acceptance that stands before them is written a second time, which does no harm. */
const MAX_JOURNAL_TAIL = 1024 * 1024

/** A manifest that may be runtime state, with its contracts compiled. */
export interface Adoption {
  readonly manifest: StoredManifest
  readonly contracts: ActiveContracts
  readonly bindings: readonly {readonly agent: string; readonly contractHash: string}[]
  /** The same with their rules, for what the running service watches. */
  readonly watched: readonly WatchedBinding[]
  /** The keys that it rests on and that expire, the first one first. */
  readonly expiries: readonly KeyExpiry[]
}

export interface KeyExpiry {
  readonly keyId: string
  readonly untilMs: number
}

export interface StoreOptions {
  readonly directory: string
  /** Reads the roster anew. */
  readonly roster: () => Roster
  readonly environment: Environment
  readonly minimumSignatures: number
  readonly clock: Clock
  readonly writer?: StoreWriter
}

export class ContractStore {
  readonly paths: StorePaths
  readonly writer: StoreWriter
  private readonly options: StoreOptions
  private roster: Roster
  private minimumSignatures: number
  private lastRead: StoredManifest | undefined
  /** Kept between tries: a lock from elsewhere is judged by whether it changes. */
  private readonly watch: LockWatch
  /** Judges as at this time instead of now. */
  private asOfMs: number | undefined

  /** Throws when the roster does not load under its pin. */
  constructor(options: StoreOptions) {
    this.options = options
    this.paths = storePaths(options.directory)
    this.writer = options.writer ?? storeWriter
    this.roster = options.roster()
    this.minimumSignatures = options.minimumSignatures
    this.watch = new LockWatch(() => options.clock.monotonic())
  }

  /** Takes the roster as it is now, and another floor of signatures. Throws and keeps the old roster when it does not load. */
  trust(minimumSignatures = this.minimumSignatures): void {
    this.minimumSignatures = minimumSignatures
    this.roster = this.options.roster()
  }

  /** The roster that was last loaded. */
  get trusted(): Roster {
    return this.roster
  }

  /** What active.json says, wholly validated but for its predecessor; undefined when there is no such file. */
  readActive(): Adoption | undefined {
    this.lastRead = undefined
    const bytes = readStoreFile(this.paths.active, MAX_MANIFEST_BYTES)
    if (!bytes) return undefined
    this.lastRead = decodeStored(bytes)
    return this.adopt(this.verify(this.lastRead))
  }

  /** The same, judged by the keys as they were valid at another time. */
  readActiveAsOf(ms: number): Adoption | undefined {
    this.asOfMs = ms
    try {
      return this.readActive()
    } finally {
      this.asOfMs = undefined
    }
  }

  private nowMs(): number {
    return this.asOfMs ?? this.options.clock.now()
  }

  /** Hash of what was last found in active.json, whether it may be believed or not; "" when nothing could be decoded. */
  lastReadHash(): string {
    return this.lastRead?.hash ?? ''
  }

  /** Environment and enough signatures. */
  verify(manifest: StoredManifest): StoredManifest {
    return verifyStored(manifest, this.trustNow(this.minimumSignatures))
  }

  private trustNow(minimumSignatures: number) {
    return {
      environment: this.options.environment,
      roster: this.roster,
      minimumSignatures,
      nowMs: this.nowMs(),
    }
  }

  /** Adoption read: contracts, then the tombstone gate. */
  adopt(manifest: StoredManifest): Adoption {
    const bound = manifest.selectors.map((selector) => ({selector, contract: this.contract(selector.contract_hash)}))
    for (const {selector} of bound) this.refuseTombstoned(selector)
    return {
      manifest,
      contracts: activeContracts(
        {manifestHash: manifest.hash, generation: Number(manifest.generation)},
        bound.map(({selector, contract}) => ({
          target: selector,
          selectorId: selector.selector_id,
          contractHash: selector.contract_hash,
          rules: contract.rules ?? [],
        })),
      ),
      bindings: bound.map(({selector}) => ({agent: targetText(selector), contractHash: selector.contract_hash})),
      watched: bound.map(({selector, contract}) => ({
        agent: targetText(selector),
        selectorId: selector.selector_id,
        contractHash: selector.contract_hash,
        rules: contract.rules ?? [],
      })),
      expiries: this.expiriesOf([...manifest.signerKeyIds, ...bound.map(({contract}) => contract.signer_key_id)]),
    }
  }

  private expiriesOf(keyIds: readonly string[]): readonly KeyExpiry[] {
    return [...new Set(keyIds)]
      .flatMap((keyId) => {
        const until = this.roster.keys.get(keyId)?.info.valid_until
        return until ? [{keyId, untilMs: parseInstant(until) ?? 0}] : []
      })
      .toSorted((a, b) => a.untilMs - b.untilMs)
  }

  /** A contract of the history, with all checks. Throws when it is absent. */
  contract(hash: string): ContractBody {
    const path = this.paths.contract(hash)
    const bytes = readStoreFile(path, MAX_OBJECT_BYTES)
    if (!bytes) throw new PipelockError('contract_history', `contract ${hash} is not in the history of the store`)
    return verifyStoredContract(bytes, {hash, path}, this.roster, this.nowMs())
  }

  hasContract(hash: string): boolean {
    return readStoreFile(this.paths.contract(hash), MAX_OBJECT_BYTES) !== undefined
  }

  /** Either form counts; what cannot be verified is an error, never "no tombstone". */
  refuseTombstoned(selector: {readonly selector_id: string; readonly contract_hash: string}): void {
    for (const path of this.paths.tombstones(selector.contract_hash)) {
      const bytes = readStoreFile(path, MAX_MANIFEST_BYTES)
      if (bytes) refuseTombstone(bytes, path, selector, this.roster, this.nowMs())
    }
  }

  /**
   * The accepted manifests, each checked with the roster of now. One valid signature is enough here: a floor that was
   * raised later must not make the past disappear. Throws when a file is not what its name says.
   */
  history(): AcceptedHistory {
    const trust = this.trustNow(1)
    return new AcceptedHistory(
      listManifests(this.paths).map((hash) => {
        const path = this.paths.manifest(hash)
        const bytes = readStoreFile(path, MAX_MANIFEST_BYTES)
        if (!bytes) throw new PipelockError('contract_history', `${path} has vanished`)
        return inFile(path, () => verifyStored(decodeStored(bytes, hash), trust, hash))
      }),
    )
  }

  /**
   * At a start nothing is in force to compare with; what this host has accepted then says whether active.json was put back
   * to an older manifest or taken away, which would unlock with the next restart. Keys count as of the time
   * of signing, and what does not verify has no say: neither time nor a stray file may lift this, or stop a start.
   */
  requireHead(active: StoredManifest | undefined): void {
    const newest = this.newestAccepted()
    if (!newest || newest.hash === active?.hash) return
    const hint = `bring active.json back, or write it anew: pipelock learn rollback --to ${newest.hash}`
    if (!active) {
      throw new PipelockError('no_active_manifest', `${this.paths.active} is missing, but manifests were accepted`, {
        hint,
      })
    }
    if (active.generation > newest.generation) return
    throw new PipelockError(
      'generation_not_monotonic',
      `${this.paths.active} has generation ${active.generation}, but ${newest.generation} was accepted here`,
      {hint},
    )
  }

  private newestAccepted(): StoredManifest | undefined {
    let newest: StoredManifest | undefined
    for (const hash of findManifests(this.paths)) {
      try {
        const bytes = readStoreFile(this.paths.manifest(hash), MAX_MANIFEST_BYTES)
        const manifest = bytes && decodeStored(bytes, hash)
        if (!manifest || (newest && manifest.generation <= newest.generation)) continue
        const nowMs = parseInstant(manifest.envelope.body.signed_at) ?? this.nowMs()
        newest = verifyStored(manifest, {...this.trustNow(1), nowMs}, hash)
      } catch (error) {
        if (!(error instanceof PipelockError)) throw error
      }
    }
    return newest
  }

  /** True when accepted history leads from the manifest back to the ancestor. */
  descends(hash: string, ancestor: string): boolean {
    return this.history().descends(hash, ancestor)
  }

  /** Puts a manifest that is in force into the accepted history. False when another process is at it, when the store cannot be written, or when its predecessors are not here. */
  accept(manifest: StoredManifest): boolean {
    try {
      if (readStoreFile(this.paths.manifest(manifest.hash), MAX_MANIFEST_BYTES)) return true
      const lock = this.tryLock()
      if (!lock.held) return false
      try {
        if (!this.history().continues(manifest)) return false
        this.record(manifest)
        return true
      } finally {
        lock.lock.release()
      }
    } catch (error) {
      // whatever stands in the way of the record, the set is in force already: only its acceptance is missing
      if (error instanceof PipelockError || errnoOf(error) !== undefined) return false
      throw error
    }
  }

  /** The lock of the store, if nobody holds it. */
  tryLock(): LockResult {
    return tryLock(this.paths.lock, this.watch)
  }

  /** The two writes of acceptance; the caller holds the lock. */
  record(manifest: StoredManifest): void {
    this.writer.writeOnce(this.paths.manifest(manifest.hash), manifest.text)
    this.journal('accepted', manifest)
  }

  journal(outcome: 'accepted' | 'rejected', manifest: StoredManifest | undefined, reason?: string): void {
    const line = {
      ts: formatTimestamp(this.options.clock.now()),
      outcome,
      ...(manifest && {
        manifest_hash: manifest.hash,
        generation: Number(manifest.generation),
        prior_manifest_hash: manifest.priorHash,
      }),
      ...(reason !== undefined && {reason}),
      ...(manifest && {signer_key_ids: manifest.signerKeyIds}),
    }
    this.writer.appendLine(this.paths.journal, JSON.stringify(line))
  }

  /** Whether the acceptance stands in the journal: killed between the two writes of `record`, it does not. */
  isJournalled({hash}: StoredManifest): boolean {
    return tailOf(this.paths.journal, MAX_JOURNAL_TAIL)
      .split('\n')
      .some((line) => line.includes('"outcome":"accepted"') && line.includes(`"manifest_hash":"${hash}"`))
  }

  /** Notes a reload that was refused; a store that cannot be written stays silent. */
  journalRejected(reason: string): void {
    try {
      this.journal('rejected', this.lastRead, reason)
    } catch (error) {
      // also a link or a directory in its place: a throw here would end the process that must go on enforcing
      if (errnoOf(error) === undefined) throw error
    }
  }
}

/** Names the file in front of what it was refused for. */
function inFile<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError(error.code, `${path}: ${error.message}`, {cause: error})
  }
}
