// The output of `verify-receipt` for one receipt, as JSON and as text. An attacker may have chosen every text in a receipt, so
// all of them are escaped before they reach a terminal.
import {printable} from '../../../../lib/terminal.js'
import {LIMITS_OF_REFUSED, limitsOfReceipt} from './limits.js'
import {compact, jsonInt, seconds, trust, unpinned, type Members, type Problem, type ReportOptions} from './members.js'
import type {PinnedReport} from '../requests.js'
import type {SingleVerdict} from '../single.js'

export function reportSingle(verdict: SingleVerdict, options: ReportOptions): PinnedReport {
  const {path} = options
  const pinned = verdict.version === 2 ? options.pinned.v2 : options.pinned.v1
  const failure: Problem | undefined =
    verdict.failure ?? (pinned || !options.requirePinned ? undefined : unpinned(options.pinned))
  const valid = failure === undefined
  const head = {
    path,
    record_type: verdict.version === 2 ? 'evidence_receipt_v2' : 'action_receipt_v1',
    valid,
    signatures_verified: valid && pinned,
  }
  const structural = options.structural === true && verdict.version === 2
  const tail = {trust: trust(valid, pinned, structural), reason: failure?.reason, error: failure?.message}
  const error = failure ? `${failure.reason}: ${failure.message}` : ''
  if (verdict.failure || failure) {
    // a sound receipt that nobody vouches for is another thing than one that fails
    const limits = verdict.failure ? LIMITS_OF_REFUSED : limitsOfReceipt(pinned, structural)
    const text = [`FAILED: ${printable(path)}: ${printable(failure?.message ?? '')}`, ...limits.map(limitLine)]
    return {valid: false, json: compact({...head, ...tail, limits}), text: text.join('\n'), error, pinned}
  }
  const limits = limitsOfReceipt(pinned, structural)
  const json = compact({...head, ...receiptMembers(verdict), ...tail, limits})
  return {valid, json, text: singleText(verdict, path, limits), error, pinned}
}

const limitLine = (text: string): string => `  ${'Limit:'.padEnd(12)} ${text}`

type Valid = Extract<SingleVerdict, {failure: undefined}>

function receiptMembers(verdict: Valid): Members {
  if (verdict.version === 1) {
    const {record, signer} = verdict.receipt
    return {
      action_id: record.action_id,
      verdict: record.verdict,
      transport: record.transport,
      signer_key: signer.hex,
      policy_hash: record.policy_hash,
      chain_seq: jsonInt(record.chain_seq),
      receipt_hash: verdict.hash,
    }
  }
  const {receipt} = verdict
  return {
    signer_key_id: receipt.proof.signerKeyId,
    policy_hash: receipt.policyHash,
    payload_kind: receipt.kind,
    contract_hash: receipt.contractHash,
    active_manifest_hash: receipt.activeManifestHash,
    chain_seq: jsonInt(receipt.chain_seq),
    receipt_hash: verdict.hash,
    canonicalization: verdict.form,
  }
}

function singleText(verdict: Valid, path: string, limits: readonly string[]): string {
  const line = (label: string, value: string) => `  ${`${label}:`.padEnd(12)} ${printable(value)}`
  const when = (label: string, value: string) => (value === '' ? [] : [line(label, value)])
  if (verdict.version === 2) {
    const r = verdict.receipt
    return [
      `OK: ${printable(path)}`,
      line('Record type', 'evidence_receipt_v2'),
      line('Event ID', r.eventId),
      line('Payload', r.kind),
      line('Timestamp', seconds(r.timestamp)),
      line('Signer ID', r.proof.signerKeyId),
      line('Chain seq', String(r.chain_seq)),
      line('Chain prev', r.chain_prev_hash),
      ...when('Principal', r.principal),
      ...when('Actor', r.actor),
      ...when('Contract', r.contractHash),
      ...when('Manifest', r.activeManifestHash),
      ...limits.map(limitLine),
    ].join('\n')
  }
  const {record, signer} = verdict.receipt
  const lines = [
    `OK: ${printable(path)}`,
    line('Action ID', record.action_id),
    line('Action Type', record.action_type),
    line('Verdict', record.verdict),
    line('Target', record.target),
    line('Transport', record.transport),
    line('Timestamp', seconds(record.timestamp)),
    line('Signer', signer.hex),
    line('Chain seq', String(record.chain_seq)),
    line('Chain prev', record.chain_prev_hash),
    ...when('Principal', record.principal),
    ...when('Actor', record.actor),
    ...when('Policy Hash', record.policy_hash),
    ...limits.map(limitLine),
  ]
  if (record.method || record.layer) lines.push('', '  Full record:', ...indented(record))
  return lines.join('\n')
}

function indented(value: object): readonly string[] {
  const text = JSON.stringify(
    value,
    (_, member: unknown) => (typeof member === 'bigint' ? member.toString() : member),
    2,
  )
  return text.split('\n').map((line) => `  ${printable(line)}`)
}
