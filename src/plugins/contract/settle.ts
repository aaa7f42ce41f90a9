// A running firewall finishes what an interrupted promote or rollback left: manifest and journal always, the
// receipts where the roster lists the key of its recorder for receipts. Without such a key the next command does it.
import type {EvidenceSigner} from '../../formats/evidence-receipt.js'
import type {Roster} from '../../formats/documents/roster.js'
import {resolveKey} from '../../formats/documents/resolve-key.js'
import {loadPrivateKey} from '../../core/key-source.js'
import {PipelockError} from '../../core/errors.js'
import type {Clock, Log} from '../../core/ports.js'
import type {AppendReceipt} from './activation.js'
import {recover} from './recovery.js'
import type {ContractStore} from './store.js'

export interface SettleOptions {
  /** Key file of the recorder; "" without one. */
  readonly keyPath: string
  readonly append: AppendReceipt
  readonly clock: Clock
  readonly log: Log
}

/** False when another process is at the store: to be tried again. Throws when the receipts cannot be read or written. */
export function settleReceipts(store: ContractStore, {keyPath, append, clock, log}: SettleOptions): boolean {
  const signer = keyPath === '' ? undefined : receiptSigner(keyPath, store.trusted, clock.now())
  if (!signer) return true
  const lock = store.tryLock()
  if (!lock.held) return false
  try {
    const {notes, warnings} = recover(store, clock, {path: store.paths.receipts, signer, append})
    for (const note of notes) log.info('contract_recovered', {note})
    for (const warning of warnings) log.warn('contract_receipts_unsettled', {error: warning})
    return true
  } finally {
    lock.lock.release()
  }
}

/** The recorder's key under the id by which the roster knows it, if it may sign receipts now. */
function receiptSigner(path: string, roster: Roster, nowMs: number): EvidenceSigner | undefined {
  const {private: key} = loadPrivateKey(path)
  for (const [id, entry] of roster.keys) {
    if (entry.public.hex !== key.public.hex || entry.purpose !== 'receipt-signing') continue
    try {
      resolveKey(roster, id, 'receipt-signing', nowMs)
      return {id, key}
    } catch (error) {
      if (!(error instanceof PipelockError)) throw error
    }
  }
  return undefined
}
