// Decisions as entries: the receipt, and under a contract the second one; without a key a plain entry. Nothing is staged
// here, and nothing changes: a draft that is refused leaves no trace.
import {
  canonicalRecord,
  signActionReceipt,
  type ActionRecord,
  type KeyTransition,
} from '../../formats/action-receipt.js'
import {GENESIS} from '../../formats/entry.js'
import type {EntryFields} from '../../formats/entry-log.js'
import {signEvidenceReceipt, type EvidenceDraft} from '../../formats/evidence-receipt.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {canonicalJ, type CanonicalInput} from '../../lib/json/writer.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {Chains} from './chains.js'
import {unredacted, type ContractFacts, type DecisionFacts} from './facts.js'
import {jsonText, withheldDetail} from './own-entries.js'
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

interface ReceiptPosition {
  readonly seq: number
  readonly prevHash: string
  readonly transition: KeyTransition | undefined
}

function actionRecord(f: DecisionFacts, at: ReceiptPosition, atMs: number): ActionRecord {
  const c = f.contract
  return {
    version: 1,
    action_id: f.actionId,
    action_type: f.actionType,
    timestamp: formatTimestamp(atMs),
    principal: 'local',
    actor: f.actor,
    delegation_chain: null,
    target: f.target,
    side_effect_class: f.sideEffect,
    reversibility: f.reversibility,
    policy_hash: f.policyHash,
    verdict: f.verdict,
    ...(c && {
      contract_winning_source: c.winningSource,
      contract_live_verdict: c.liveVerdict,
      contract_policy_sources: c.policySources,
      contract_rule_id: c.ruleId,
      active_manifest_hash: c.manifestHash,
      contract_hash: c.contractHash,
      contract_selector_id: c.selectorId,
      contract_generation: c.generation,
    }),
    transport: f.transport,
    method: f.method,
    layer: f.layer,
    pattern: f.pattern,
    severity: f.severity,
    ...(f.redaction && {redaction: f.redaction}),
    ...(f.shield && {shield: f.shield}),
    request_id: f.requestId,
    chain_prev_hash: at.prevHash,
    chain_seq: at.seq,
    ...(at.transition && {key_transition: at.transition}),
  }
}

function receiptSummary(f: DecisionFacts): string {
  return `receipt: ${f.verdict} ${f.actionType} ${f.transport}`
}

/** The second receipt of a decision made under a contract. */
function proxyDecision(f: DecisionFacts, c: ContractFacts, atMs: number): EvidenceDraft {
  return {
    payload_kind: 'proxy_decision',
    event_id: c.eventId,
    timestamp: formatTimestamp(atMs),
    principal: 'local',
    actor: f.actor,
    active_manifest_hash: c.manifestHash,
    contract_hash: c.contractHash,
    selector_id: c.selectorId,
    contract_generation: c.generation,
    payload: {
      action_type: f.actionType,
      target: f.target,
      verdict: f.verdict,
      transport: f.transport,
      policy_sources: [...c.policySources],
      winning_source: c.winningSource,
      ...(c.ruleId !== '' && {rule_id: c.ruleId}),
      ...(c.liveVerdict !== '' && {live_verdict: c.liveVerdict}),
    },
  }
}

function proxyDecisionSummary(f: DecisionFacts, c: ContractFacts): string {
  return `proxy_decision: ${f.actionType} ${f.verdict} via ${c.winningSource}`
}

/** Evidence without a key: an entry of its own type, never an unsigned receipt. */
export function plainDecision(f: DecisionFacts): {readonly summary: string; readonly detail: string} {
  const pattern = f.pattern === '' ? '' : ` (${f.pattern})`
  return {
    summary: `${f.verdict}: ${f.layer === '' ? 'unknown' : f.layer}${pattern}`,
    detail: `{"layer":${jsonText(f.layer)},"pattern":${jsonText(f.pattern)},"request_id":${jsonText(f.requestId)},"verdict":${jsonText(f.verdict)}}`,
  }
}
