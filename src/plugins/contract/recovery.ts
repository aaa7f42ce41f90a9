// What an interrupted promote or rollback left behind, finished or reported before anything new is done.
// The caller holds the lock of the store, so nobody is in the middle of what is found here.
import {PipelockError} from '../../core/errors.js'
import {matchingForm, type EvidenceReceipt} from '../../formats/evidence-receipt.js'
import type {Roster} from '../../formats/documents/roster.js'
import type {Clock} from '../../core/ports.js'
import {quoted} from '../../lib/terminal.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {ReceiptTarget} from './activation.js'
import type {AcceptedHistory} from './history.js'
import {outcomeDraft, readReceiptFile, type Intent, type Outcome} from './lifecycle-receipts.js'
import {tidyStore} from './store-files.js'
import type {ContractStore} from './store.js'

export interface Recovered {
  readonly history: AcceptedHistory
  /** What was done, for the operator. */
  readonly notes: readonly string[]
  /** What was left as it is, and why. */
  readonly warnings: readonly string[]
  /** Ids that the receipt file has used already. */
  readonly ids: ReadonlySet<string>
  readonly receipts: number
}

export function recover(store: ContractStore, clock: Clock, receipts: ReceiptTarget): Recovered {
  const notes: string[] = []
  const warnings: string[] = []
  let emitted = 0
  tidyStore(store.paths)
  let history = store.history()
  const active = readActive(store)
  if (active.kind === 'valid' && !history.has(active.hash) && continuesLatest(active.manifest, history)) {
    store.record(active.manifest)
    history = store.history()
    notes.push(`accepted manifest ${active.hash}, which was active but not in the accepted history`)
  }
  if (history.latest && !store.isJournalled(history.latest)) store.journal('accepted', history.latest)
  const {pending, ids} = readReceiptFile(receipts.path)
  for (const {intent, receipt} of pending) {
    if (!isAuthorized(receipt, store.trusted)) {
      warnings.push(
        `${intent.kind} ${quoted(intent.id, 80)} in ${receipts.path} waits for its outcome, but no activation key of the roster signed it: it gets none`,
      )
      continue
    }
    const outcome = outcomeOf(intent, history, active)
    const prior = intent.kind === 'rollback' ? {...intent, prior: priorOf(intent, history)} : intent
    const draft = outcomeDraft(prior, outcome, formatTimestamp(clock.now()), outcome.accepted ? ' recovered' : '')
    receipts.append(receipts.path, draft, receipts.signer)
    emitted++
    notes.push(
      `${intent.kind} ${intent.id} was interrupted: ${outcome.accepted ? 'accepted' : `rejected (${outcome.reason})`}`,
    )
  }
  return {history, notes, warnings, ids, receipts: emitted}
}

/**
 * Whoever can write the file could otherwise have our key sign an outcome for what nobody ever intended. Validity in time
 * is not asked: the intent may be older than the end of its key.
 */
function isAuthorized(receipt: EvidenceReceipt, roster: Roster): boolean {
  const key = roster.keys.get(receipt.proof.signerKeyId)
  return (
    key?.purpose === 'contract-activation-signing' &&
    key.info.status === 'active' &&
    matchingForm(receipt, key.public) !== undefined
  )
}

type ActiveState =
  | {readonly kind: 'none'}
  | {readonly kind: 'valid'; readonly hash: string; readonly manifest: Parameters<ContractStore['record']>[0]}
  | {readonly kind: 'refused'; readonly hash: string; readonly code: string}

function readActive(store: ContractStore): ActiveState {
  try {
    const adoption = store.readActive()
    return adoption ? {kind: 'valid', hash: adoption.manifest.hash, manifest: adoption.manifest} : {kind: 'none'}
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    return {kind: 'refused', hash: store.lastReadHash(), code: error.code}
  }
}

/** Only the next manifest is taken in: a copy of an older one, or of another line, is no unfinished promote. */
function continuesLatest(manifest: Parameters<ContractStore['record']>[0], history: AcceptedHistory): boolean {
  const {latest} = history
  if (!latest) return history.continues(manifest)
  return manifest.generation > latest.generation && manifest.priorHash === latest.hash
}

function outcomeOf(intent: Intent, history: AcceptedHistory, active: ActiveState): Outcome {
  const hash = intent.kind === 'promote' ? intent.target : resultOf(intent, history)?.hash
  if (hash !== undefined && history.has(hash)) return {accepted: true}
  if (active.kind === 'refused' && active.hash !== '' && active.hash === hash)
    return {accepted: false, reason: active.code}
  return {accepted: false, reason: 'interrupted'}
}

/** A rollback's receipt names the target; the manifest that came of it is known by its signatures. */
function resultOf(intent: Extract<Intent, {kind: 'rollback'}>, history: AcceptedHistory) {
  return history.manifests.find(({envelope}) => {
    const signatures = (envelope.signatures ?? []).map((entry) => entry.signature)
    return (
      envelope.body.rollback_target === intent.target &&
      signatures.length === intent.signatures.length &&
      signatures.every((signature, i) => signature === intent.signatures[i])
    )
  })
}

function priorOf(intent: Extract<Intent, {kind: 'rollback'}>, history: AcceptedHistory): string {
  return resultOf(intent, history)?.priorHash ?? history.latest?.hash ?? intent.target
}
