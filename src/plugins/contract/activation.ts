// Putting a manifest in force. The order of writes is the guarantee: the intent is durable before anything
// changes, active.json changes in one rename, and whatever a crash leaves behind the next run can finish or report.
import {PipelockError} from '../../core/errors.js'
import type {ManifestSigner} from '../../formats/documents/active-manifest.js'
import type {EvidenceDraft, EvidenceSigner} from '../../formats/evidence-receipt.js'
import type {Clock} from '../../core/ports.js'
import {ownerName} from '../../lib/lock-owner.js'
import {LockWatch} from '../../lib/lock-watch.js'
import {takeLock, type Lock} from '../../lib/lockfile.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {StoredManifest} from './documents.js'
import {intentDraft, outcomeDraft, type Intent} from './lifecycle-receipts.js'
import {readStoreFile, type StorePaths} from './store-files.js'
import type {ContractStore} from './store.js'

/** Signs a receipt and appends it durably to a file of receipts. */
export type AppendReceipt = (path: string, draft: EvidenceDraft, signer: EvidenceSigner) => unknown

export interface ReceiptTarget {
  readonly path: string
  readonly signer: EvidenceSigner
  readonly append: AppendReceipt
}

export interface Activation {
  readonly store: ContractStore
  readonly clock: Clock
  readonly receipts: ReceiptTarget
  readonly authorizer: ManifestSigner
}

const MAX_MANIFEST_BYTES = 1024 * 1024
const LOCK_ATTEMPTS = 40
const LOCK_PAUSE_MS = 50

/** Waits a little for the lock of the store: a running firewall holds it for a moment when it accepts a manifest. */
export async function lockStore({lock}: Pick<StorePaths, 'lock'>): Promise<Lock> {
  const watch = new LockWatch()
  for (let attempt = 1; ; attempt++) {
    const result = await takeLock(lock, {watch})
    if (result.held) return result.lock
    if (attempt === LOCK_ATTEMPTS) {
      const who = result.owner ? ` (${ownerName(result.owner)})` : ''
      throw new PipelockError('store_locked', `another process is writing the contract store${who}`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS))
  }
}

/** The bytes of active.json as they are now; compared again before they are replaced. */
export function activeBytes(store: ContractStore): Buffer | undefined {
  return readStoreFile(store.paths.active, MAX_MANIFEST_BYTES)
}

/** `seen` is what active.json held when the manifest was built; `generation` what the receipt before says. */
export function activate(
  activation: Activation,
  manifest: StoredManifest,
  intent: Intent,
  generation: number | bigint,
  observed: Buffer | undefined,
): void {
  const {store, clock, receipts, authorizer} = activation
  const now = (): string => formatTimestamp(clock.now())
  receipts.append(receipts.path, intentDraft(intent, generation, now(), authorizer.keyId), {
    id: authorizer.keyId,
    key: authorizer.key,
  })
  try {
    putInForce(store, manifest, observed)
  } catch (error) {
    // while the new manifest stands in active.json it is not rejected: the next run accepts it and says so
    if (activeBytes(store)?.toString('utf8') !== manifest.text) {
      const reason =
        error instanceof PipelockError
          ? error.code
          : error instanceof Error && 'code' in error
            ? 'write_failed'
            : 'internal_error'
      receipts.append(receipts.path, outcomeDraft(intent, {accepted: false, reason}, now()), receipts.signer)
    }
    throw error
  }
  receipts.append(receipts.path, outcomeDraft(intent, {accepted: true}, now()), receipts.signer)
}

function putInForce(store: ContractStore, manifest: StoredManifest, observed: Buffer | undefined): void {
  const onDisk = activeBytes(store)
  if (onDisk === undefined ? observed !== undefined : observed === undefined || !onDisk.equals(observed)) {
    throw new PipelockError('prior_manifest_mismatch', 'active.json was changed by somebody else meanwhile')
  }
  store.writer.replace(store.paths.active, manifest.text)
  try {
    store.record(manifest)
  } catch (error) {
    // a receipt must not call rejected what runtimes go on reading
    if (observed) store.writer.replace(store.paths.active, observed.toString('utf8'))
    else store.writer.remove(store.paths.active)
    throw error
  }
}
