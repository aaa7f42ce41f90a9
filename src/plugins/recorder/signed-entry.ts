// Decisions as signed entries: the receipt, and under a contract the second one. Nothing is staged here, and nothing changes:
// a draft that is refused leaves no trace.
import {canonicalRecord, signActionReceipt} from '../../formats/action-receipt.js'
import {GENESIS} from '../../formats/entry.js'
import type {EntryFields} from '../../formats/entry-log.js'
import {signEvidenceReceipt, type EvidenceDraft} from '../../formats/evidence-receipt.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {canonicalJ, type CanonicalInput} from '../../lib/json/writer.js'
import type {Chains} from './chains.js'
import {unredacted, type ContractFacts, type DecisionFacts} from './facts.js'
import {actionRecord, proxyDecision, proxyDecisionSummary, receiptSummary, withheldDetail} from './records.js'
import type {EvidenceHead, ReceiptHead} from './resume.js'

/** An entry that is signed and waits for its escrow. */
export interface Prepared {
  readonly fields: EntryFields
  readonly detail: string
  readonly raw: () => string
}

/** The receipt of a decision. */
export function receiptEntry(
  f: DecisionFacts,
  {receipts, transition}: Chains,
  key: PrivateKey,
  atMs: number,
): Prepared & {readonly head: ReceiptHead} {
  const begins = receipts === undefined || transition !== undefined
  const seq = begins ? 0 : receipts.seq + 1
  const position = {seq, prevHash: receipts?.hash ?? GENESIS, transition}
  const record = actionRecord(f, position, atMs)
  const {text, hash} = signActionReceipt(record, key)
  const fields = {
    type: 'action_receipt',
    event_kind: f.actionType,
    transport: f.transport,
    summary: receiptSummary(f),
  }
  const head: ReceiptHead = {
    seq,
    hash,
    signer: key.public.hex,
    startTime: begins ? record.timestamp : receipts.startTime,
    endTime: record.timestamp,
  }
  const detail = f.dirty.length === 0 ? text : withheldDetail(f.dirty, text)
  // a second signature under the same number would be a fork of the chain: what was redacted is escrowed unsigned
  const raw = (): string =>
    f.raw === undefined
      ? text
      : `{"version":1,"action_record":${canonicalRecord(actionRecord(unredacted(f), position, atMs))}}`
  return {fields, detail, raw, head}
}

/** Its second one. `before` is the end of the v2 chain. Throws EvidenceFault. */
export function contractEntry(
  f: DecisionFacts,
  contract: ContractFacts,
  before: EvidenceHead | null,
  key: PrivateKey,
  atMs: number,
): Prepared & {readonly head: EvidenceHead} {
  const {text, head} = signEvidence(proxyDecision(f, contract, atMs), before, key)
  const detail = f.dirty.length === 0 ? text : withheldDetail(f.dirty, text)
  const summary = proxyDecisionSummary(f, contract)
  const fields = {type: 'evidence_receipt', event_kind: 'proxy_decision', transport: f.transport, summary}
  const raw = (): string =>
    f.raw === undefined ? text : canonicalJ({...proxyDecision(unredacted(f), contract, atMs)} as CanonicalInput)
  return {fields, detail, raw, head}
}

/** Throws EvidenceFault for a draft that would not verify. */
export function signEvidence(
  draft: EvidenceDraft,
  before: EvidenceHead | null,
  key: PrivateKey,
): {readonly text: string; readonly head: EvidenceHead} {
  const position = {chain_seq: before?.nextSeq ?? 0, chain_prev_hash: before?.hash ?? GENESIS}
  const {text, hash} = signEvidenceReceipt(draft, position, {id: key.public.hex, key})
  return {text, head: {nextSeq: position.chain_seq + 1, hash}}
}
