// The lifecycle receipts of promote and rollback: what is written before and after, and which
// intents of a receipt file still wait for their outcome.
import {EvidenceFault} from '../../formats/evidence-fault.js'
import {
  parseEvidenceReceipt,
  readEvidenceReceipt,
  type EvidenceDraft,
  type EvidenceReceipt,
} from '../../formats/evidence-receipt.js'
import {PipelockError} from '../../core/errors.js'
import {readStoreFile} from './store-files.js'

/** Receipts carry a few hundred bytes each; a file beyond this is no receipt file. */
const MAX_RECEIPT_FILE_BYTES = 64 * 1024 * 1024

/** What is about to be done; its id links the receipts before and after. */
export type Intent =
  | {
      readonly kind: 'promote'
      readonly id: string
      readonly target: string
      readonly prior: string
      readonly contractHash: string
      readonly selectorId: string
    }
  | {
      readonly kind: 'rollback'
      readonly id: string
      /** The manifest that is reinstated. */
      readonly target: string
      readonly prior: string
      readonly signatures: readonly string[]
    }

export type Outcome = {readonly accepted: true} | {readonly accepted: false; readonly reason: string}

/** `generation`: the one to come of a promote, the current one of a rollback. */
export function intentDraft(
  intent: Intent,
  generation: number | bigint,
  timestamp: string,
  signerKeyId: string,
): EvidenceDraft {
  const common = {event_id: intent.id, timestamp, principal: signerKeyId, actor: actorOf(intent)}
  if (intent.kind === 'promote') {
    return {
      ...common,
      payload_kind: 'contract_promote_intent',
      contract_hash: intent.contractHash,
      selector_id: intent.selectorId,
      payload: {
        target_manifest_hash: intent.target,
        target_generation: generation,
        prior_manifest_hash: intent.prior,
        intent_id: intent.id,
      },
    }
  }
  return {
    ...common,
    payload_kind: 'contract_rollback_authorized',
    payload: {
      rollback_target_hash: intent.target,
      current_generation: generation,
      authorizer_signatures: [...intent.signatures],
      authorization_id: intent.id,
    },
  }
}

export function outcomeDraft(intent: Intent, outcome: Outcome, timestamp: string, suffix = ''): EvidenceDraft {
  const common = {
    event_id: `${intent.id}-committed`,
    timestamp,
    principal: 'learn',
    actor: `${actorOf(intent)}${suffix}`,
  }
  const verdict = outcome.accepted
    ? {validation_outcome: 'accepted'}
    : {validation_outcome: 'rejected', reject_reason: outcome.reason}
  if (intent.kind === 'promote') {
    return {
      ...common,
      payload_kind: 'contract_promote_committed',
      contract_hash: intent.contractHash,
      selector_id: intent.selectorId,
      payload: {
        target_manifest_hash: intent.target,
        prior_manifest_hash: intent.prior,
        intent_id: intent.id,
        ...verdict,
      },
    }
  }
  return {
    ...common,
    payload_kind: 'contract_rollback_committed',
    payload: {
      rollback_target_hash: intent.target,
      prior_manifest_hash: intent.prior,
      authorization_id: intent.id,
      ...verdict,
    },
  }
}

function actorOf({kind}: Intent): string {
  return kind === 'promote' ? 'learn promote' : 'learn rollback'
}

export interface Pending {
  /** `prior` of a rollback is not in its receipt and left empty. */
  readonly intent: Intent
  /** As it was read: whoever acts on it has to ask who signed it. */
  readonly receipt: EvidenceReceipt
}

export interface ReceiptFile {
  /** Intents without outcome, in file order. */
  readonly pending: readonly Pending[]
  /** Ids of all intents and authorizations. */
  readonly ids: ReadonlySet<string>
}

/** Reads a receipt file for recovery. A last line without line feed is a write that never finished; the writer sets it aside. */
export function readReceiptFile(path: string): ReceiptFile {
  const text = readStoreFile(path, MAX_RECEIPT_FILE_BYTES)?.toString('utf8') ?? ''
  const pending = new Map<string, Pending>()
  const ids = new Set<string>()
  for (const [i, line] of text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const receipt = readLine(line, `${path} line ${i + 1}`)
    const intent = intentOf(receipt)
    if (intent) {
      ids.add(intent.id)
      pending.set(intent.id, {intent, receipt})
    } else if (receipt.kind === 'contract_promote_committed') {
      pending.delete(member(receipt, 'intent_id'))
    } else if (receipt.kind === 'contract_rollback_committed') {
      pending.delete(member(receipt, 'authorization_id'))
    }
  }
  return {pending: [...pending.values()], ids}
}

function readLine(line: string, where: string): EvidenceReceipt {
  try {
    return parseEvidenceReceipt(readEvidenceReceipt(line))
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    throw new PipelockError('recorder_chain_break', `${where} is not a receipt: ${error.message}`, {
      hint: 'verify the file with "pipelock verify-receipt" and move it aside; a new file starts a new chain',
    })
  }
}

function member(receipt: EvidenceReceipt, name: string): string {
  const value = receipt.payload[name]
  return typeof value === 'string' ? value : ''
}

function intentOf(receipt: EvidenceReceipt): Intent | undefined {
  if (receipt.kind === 'contract_promote_intent') {
    return {
      kind: 'promote',
      id: member(receipt, 'intent_id'),
      target: member(receipt, 'target_manifest_hash'),
      prior: member(receipt, 'prior_manifest_hash'),
      contractHash: receipt.contractHash,
      selectorId: receipt.selectorId,
    }
  }
  if (receipt.kind !== 'contract_rollback_authorized') return undefined
  const signatures = receipt.payload['authorizer_signatures']
  return {
    kind: 'rollback',
    id: member(receipt, 'authorization_id'),
    target: member(receipt, 'rollback_target_hash'),
    prior: '',
    signatures: Array.isArray(signatures) ? signatures.filter((s) => typeof s === 'string') : [],
  }
}
