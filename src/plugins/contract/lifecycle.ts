// What promote and rollback have in common: the request, the store under the right environment, the lock, recovery.
import {dirname} from 'node:path'
import {makeDirectory} from '../../lib/atomic-file.js'
import type {Environment, ManifestSigner} from '../../formats/documents/active-manifest.js'
import {PipelockError} from '../../core/errors.js'
import type {Clock} from '../../core/ports.js'
import type {Roster} from '../../formats/documents/roster.js'
import type {EvidenceSigner} from '../../formats/evidence-receipt.js'
import {activeBytes, lockStore, type Activation, type AppendReceipt} from './activation.js'
import {decodeStored, type StoredManifest} from './documents.js'
import {checkSigners, resolveEnvironment, type EnvironmentFlags} from './preconditions.js'
import {recover, type Recovered} from './recovery.js'
import {listManifests, readStoreFile, storePaths, type StorePaths, type StoreWriter} from './store-files.js'
import {ContractStore} from './store.js'

export interface LifecycleRequest {
  /** Absolute. */
  readonly storeDirectory: string
  /** Loaded under its pin. */
  readonly roster: Roster
  /** One activation key, or two. */
  readonly signers: readonly [ManifestSigner, ...ManifestSigner[]]
  readonly receiptSigner: EvidenceSigner
  /** Absolute; default: the receipt file of the store. */
  readonly receiptOut: string | undefined
  readonly environment: EnvironmentFlags
  /** `learn_lock.environment` of a loaded configuration. */
  readonly configuredEnvironment: Environment | undefined
  readonly production: boolean
  readonly minimumSignatures: number
  /** Ids of forgotten rules that may be enforced again. */
  readonly restoreForgotten?: readonly string[]
}

export interface LifecyclePorts {
  readonly clock: Clock
  /** A fresh UUIDv7; `used` ids stand in the receipt file already. */
  readonly newId: (used: number) => string
  readonly append: AppendReceipt
  /** Text for the operator, before anything is signed. */
  readonly note: (text: string) => void
  readonly warn: (text: string) => void
  /** Replaced by crash tests. */
  readonly writer?: StoreWriter
}

export interface LifecycleResult {
  readonly manifestHash: string
  readonly generation: number
  readonly receiptsEmitted: number
  readonly receiptFile: string
}

/** The store as it is before the command writes: opened under its environment, not yet locked. */
export interface Opened {
  readonly store: ContractStore
  readonly environment: Environment
  readonly receiptPath: string
}

const MAX_MANIFEST_BYTES = 1024 * 1024

/** Signers and environment are judged first; nothing has been written when this throws. */
export function openForWriting(request: LifecycleRequest, ports: LifecyclePorts): Opened {
  checkSigners(request.signers, request, request.roster, ports.clock.now())
  const paths = storePaths(request.storeDirectory)
  const environment = resolveEnvironment(
    request.environment,
    newestManifest(paths)?.envelope.body.environment,
    request.configuredEnvironment,
  )
  const store = new ContractStore({
    directory: request.storeDirectory,
    roster: () => request.roster,
    environment,
    minimumSignatures: request.minimumSignatures,
    clock: ports.clock,
    ...(ports.writer && {writer: ports.writer}),
  })
  return {store, environment, receiptPath: request.receiptOut ?? paths.receipts}
}

/** For its environment only: what it says is verified when the history is read. An unaccepted active.json is the last resort. */
export function newestManifest(paths: StorePaths): StoredManifest | undefined {
  const accepted = listManifests(paths).flatMap((hash) => {
    const bytes = readStoreFile(paths.manifest(hash), MAX_MANIFEST_BYTES)
    return bytes ? [decodeStored(bytes, hash)] : []
  })
  if (accepted.length > 0) return accepted.reduce((a, b) => (b.generation > a.generation ? b : a))
  const bytes = readStoreFile(paths.active, MAX_MANIFEST_BYTES)
  return bytes && decodeStored(bytes)
}

export interface Locked {
  readonly activation: Activation
  readonly recovered: Recovered
  /** What active.json holds, for the comparison before it is replaced. */
  readonly observed: Buffer | undefined
}

/** Runs `act` under the lock of the store, after recovery. */
export async function underLock<T>(
  {store, receiptPath}: Opened,
  request: LifecycleRequest,
  ports: LifecyclePorts,
  act: (locked: Locked) => T,
): Promise<T> {
  makeDirectory(request.storeDirectory, 0o700)
  makeDirectory(dirname(receiptPath))
  const lock = await lockStore(store.paths)
  try {
    const receipts = {path: receiptPath, signer: request.receiptSigner, append: ports.append}
    const recovered = recover(store, ports.clock, receipts)
    for (const note of recovered.notes) ports.note(note)
    for (const warning of recovered.warnings) ports.warn(warning)
    const activation = {store, clock: ports.clock, receipts, authorizer: request.signers[0]}
    return act({activation, recovered, observed: activeBytes(store)})
  } finally {
    lock.release()
  }
}

/**
 * A new manifest must be newer than what runtimes may read now. Throws when active.json is a valid manifest that accepted
 * history does not lead to: its predecessors are missing here, and a runtime would refuse what is built without them.
 */
export function requireReplaceable(store: ContractStore, recovered: Recovered, warn: (text: string) => void): void {
  const {history} = recovered
  let stored: StoredManifest | undefined
  try {
    stored = store.readActive()?.manifest
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    warn(`active.json is not usable (${error.code}) and will be replaced`)
    return
  }
  if (!stored) {
    if (history.latest) warn('active.json is missing although manifests were accepted; it will be written anew')
    return
  }
  if (stored.hash === history.latest?.hash) return
  if (!history.get(stored.hash)) {
    throw new PipelockError(
      'prior_manifest_mismatch',
      'active.json does not continue the accepted history of this store',
      {
        hint: 'copy the missing manifests into manifests/, or move active.json aside',
      },
    )
  }
  warn(`active.json holds generation ${stored.generation}, which is not the latest accepted one; it will be replaced`)
}

/** An id of the operator's choice must not be one that the receipts know already: recovery tells intents apart by it. */
export function chooseId(given: string | undefined, recovered: Recovered, ports: LifecyclePorts, flag: string): string {
  const id = given ?? ports.newId(recovered.ids.size)
  if (recovered.ids.has(id)) throw new PipelockError('usage', `${flag} ${id} is used already in the receipt file`)
  return id
}
