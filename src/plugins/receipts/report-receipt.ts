// What `verify-receipt` prints: JSON members of receipts §7.5, text of §7.1. Everything that stands in a receipt may have
// been chosen by an attacker, so it is escaped before it reaches a terminal.
import {printable} from '../../lib/terminal.js'
import type {Int} from '../../core/formats/member-table.js'
import {LIMITS_OF_REFUSED, limitsOf, limitsOfReceipt, type Pinned} from './limits.js'
import type {PinnedReport, ReceiptRequest} from './requests.js'
import type {SingleVerdict} from './verify-single.js'
import type {ChainVerdict, Failure} from './verdict.js'
import type {LogVerdict} from './log-verdict.js'

export interface Report {
  readonly valid: boolean
  readonly json: object
  readonly text: string
  /** `reason: message` of the failure, "" when valid. */
  readonly error: string
}

export interface ReportOptions {
  readonly path: string
  /** How text output names the input; the path when left out. */
  readonly label?: string
  readonly pinned: Pinned
  /** An unpinned success is a failure. */
  readonly requirePinned: boolean
  /** Evidence receipts without a key were judged by their structure. */
  readonly structural?: boolean
}

/** A roster is given by whoever wants authority: what it does not cover fails. */
export function pinning(
  {roster, requirePinned, structural = false}: ReceiptRequest,
  keys: readonly unknown[],
): Pick<ReportOptions, 'pinned' | 'requirePinned' | 'structural'> {
  const v1 = keys.length > 0
  return {
    pinned: {v1, v2: v1 || roster !== undefined},
    requirePinned: requirePinned || roster !== undefined,
    structural,
  }
}

type Members = Readonly<Record<string, unknown>>

/** Members without a value are left out, except those that say what was found. */
function compact(members: Members): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isEmpty(value)))
}

/** JSON.stringify has no 64-bit integers: beyond 2^53 they are printed as strings. */
export function jsonInt(value: Int | undefined): number | string | undefined {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Whole seconds, as the text output shows times. */
function seconds(timestamp: string): string {
  return timestamp === '' ? '' : `${timestamp.slice(0, 19)}Z`
}

/** `structural`: not even the receipt's own word about its key was checked. */
const trust = (valid: boolean, pinned: boolean, structural = false) =>
  pinned ? (valid ? 'trusted' : 'untrusted') : structural ? 'structural' : 'unpinned'

interface Problem {
  readonly reason: string
  readonly message: string
}

function unpinned({v2}: Pinned): Problem {
  const message = v2
    ? 'no trusted key was given for action receipts: a roster speaks for evidence receipts only'
    : 'no trusted key was given, and --require-pinned demands one'
  return {reason: 'unknown_signer', message}
}

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

/** The verdict on a file or directory of receipts: one object, or one per version when both are there. */
export function reportLog(verdict: LogVerdict, options: ReportOptions): PinnedReport {
  const {path, label = path} = options
  const {v1, v2, recorder} = verdict
  // without receipts nothing was held against anything: then the answer is whether anybody is trusted at all
  const pinned = v1.seen + v2.seen === 0 ? options.pinned.v2 : allPinned(verdict, options.pinned)
  const empty = v1.seen === 0 && v2.seen === 0
  const none: Problem | undefined = empty
    ? {reason: 'no_receipts', message: `no receipts found in ${label}`}
    : undefined
  const failure: (Problem & {readonly seq?: Int}) | undefined =
    verdict.failure ?? none ?? (pinned || !options.requirePinned ? undefined : unpinned(options.pinned))
  const valid = failure === undefined
  const both = v1.seen > 0 && v2.seen > 0 && !verdict.unreadable
  const main = v1.seen > 0 || v2.seen === 0 ? v1 : v2
  const verdictMembers = {
    trust: trust(valid, pinned, options.structural === true && v1.seen === 0 && v2.seen > 0),
    completeness: verdict.completeness,
    warnings: verdict.warnings,
    limits: empty ? [] : limitsOf(verdict, options.pinned),
    entry_count: recorder?.entries,
    reason: failure?.reason,
    error: failure?.message,
    broken_at_seq: failure ? jsonInt(failure.seq ?? 0) : undefined,
  }
  const verified = valid && pinned
  const json = both
    ? {
        path,
        valid,
        signatures_verified: verified,
        ...compact(verdictMembers),
        action_receipt_v1: chainObject(v1, options.pinned.v1, false),
        evidence_receipt_v2: chainObject(v2, options.pinned.v2, options.structural === true),
      }
    : {path, ...compact({...chainMembers(main), ...verdictMembers, valid, signatures_verified: verified})}
  return {
    valid,
    json,
    text: logText(verdict, failure, empty && !verdict.failure, {...options, label}),
    error: failure ? `${failure.reason}: ${failure.message}` : '',
    pinned,
  }
}

function allPinned({v1, v2}: LogVerdict, pinned: Pinned): boolean {
  return (v1.seen === 0 || pinned.v1) && (v2.seen === 0 || pinned.v2)
}

function chainMembers(chain: ChainVerdict): Members {
  const known = chain.failure === undefined
  return {
    record_type: chain.recordType,
    valid: known,
    receipt_count: chain.seen === 0 ? undefined : chain.receiptCount,
    final_seq: known ? jsonInt(chain.finalSeq) : undefined,
    root_hash: known ? chain.rootHash : undefined,
    signatures_verified: false,
    signer_key_id: chain.signerKeyId,
    canonicalization: chain.canonicalization,
    start_time: known ? chain.startTime : undefined,
    end_time: known ? chain.endTime : undefined,
    signer_keys: chain.signerKeys,
    segments:
      known && chain.segments.length > 1 ? chain.segments.map((s) => ({...s, final_seq: jsonInt(s.final_seq)})) : [],
  }
}

function chainObject(chain: ChainVerdict, pinned: boolean, structural: boolean): object {
  const {failure} = chain
  return compact({
    ...chainMembers(chain),
    signatures_verified: pinned && chain.signaturesVerified,
    trust: trust(!failure, pinned, structural),
    reason: failure?.reason,
    error: failure?.message,
    broken_at_seq: failure ? jsonInt(failure.seq) : undefined,
  })
}

function logText(
  verdict: LogVerdict,
  failure: (Problem & {readonly seq?: Int}) | undefined,
  empty: boolean,
  {label, pinned}: ReportOptions & {readonly label: string},
): string {
  if (empty) return `No receipts found in ${printable(label)}`
  const {v1, v2, recorder} = verdict
  const blocks: string[] = []
  if (recorder?.failure) blocks.push(brokenText(label, recorder.failure))
  const chains = [v1, v2].filter((chain) => chain.seen > 0 || chain.failure)
  for (const chain of chains) {
    const name = chains.length > 1 && chain === v2 ? `${label} (evidence receipts)` : label
    // a recorder that is broken vouches for no chain in it
    if (chain.failure) blocks.push(brokenText(name, chain.failure))
    else if (!recorder?.failure)
      blocks.push(
        failure && !verdict.failure && !(chain === v1 ? pinned.v1 : pinned.v2)
          ? brokenText(name, {message: failure.message, seq: 0, place: undefined})
          : validText(name, chain),
      )
  }
  const words: Readonly<Record<LogVerdict['completeness'], string>> = {
    retained_suffix: 'a retained suffix: what was deleted before it cannot be checked',
    head_verified: 'the head is the expected one',
    anchored: 'sealed by a transcript root under a signed checkpoint',
    sealed: 'sealed by a transcript root; only an expected head shows that no tail was removed',
    not_proven: 'not proven',
  }
  const notes = verdict.warnings.map((text) => `  Warning:   ${printable(text)}`)
  if (!failure && verdict.completeness !== 'not_proven') notes.push(`  Complete:  ${words[verdict.completeness]}`)
  const limits = limitsOf(verdict, pinned).map((text) => `  Limit:     ${text}`)
  return [...blocks, ...notes, ...limits].join('\n')
}

function validText(label: string, chain: ChainVerdict): string {
  return [
    `CHAIN VALID: ${printable(label)}`,
    `  Receipts:  ${chain.receiptCount}`,
    `  Final seq: ${chain.finalSeq ?? ''}`,
    `  Root hash: ${chain.rootHash}`,
    `  Start:     ${seconds(chain.startTime)}`,
    `  End:       ${seconds(chain.endTime)}`,
  ].join('\n')
}

function brokenText(label: string, {message, seq, place}: Pick<Failure, 'message' | 'seq' | 'place'>): string {
  return [
    `CHAIN BROKEN: ${printable(label)}`,
    `  Error:    ${printable(message)}`,
    `  Broke at: seq ${seq}`,
    ...(place ? [`  Line:     ${place.line} of ${printable(place.file)}`] : []),
  ].join('\n')
}
