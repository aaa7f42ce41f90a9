// The output of `verify-receipt` for a file or directory of receipts, as JSON and as text.
import type {Int} from '../../../../formats/member-table.js'
import {printable} from '../../../../lib/terminal.js'
import {limitsOf, type Pinned} from './limits.js'
import type {LogVerdict} from '../log-verdict.js'
import {compact, jsonInt, seconds, trust, unpinned, type Members, type Problem, type ReportOptions} from './members.js'
import type {PinnedReport} from '../requests.js'
import type {ChainVerdict, Failure} from '../verdict.js'

/** The verdict on a file or directory of receipts: one object, or one per version when both are there. */
export function reportLog(verdict: LogVerdict, options: ReportOptions): PinnedReport {
  const {path, label = path} = options
  const {v1, v2, recorder} = verdict
  // without receipts nothing was held against anything: then the answer is whether anybody is trusted at all
  const pinned = v1.observed + v2.observed === 0 ? options.pinned.v2 : allPinned(verdict, options.pinned)
  const empty = v1.observed === 0 && v2.observed === 0
  const none: Problem | undefined = empty
    ? {reason: 'no_receipts', message: `no receipts found in ${label}`}
    : undefined
  const failure: (Problem & {readonly seq?: Int}) | undefined =
    verdict.failure ?? none ?? (pinned || !options.requirePinned ? undefined : unpinned(options.pinned))
  const valid = failure === undefined
  const both = v1.observed > 0 && v2.observed > 0 && !verdict.unreadable
  const main = v1.observed > 0 || v2.observed === 0 ? v1 : v2
  const verdictMembers = {
    trust: trust(valid, pinned, options.structural === true && v1.observed === 0 && v2.observed > 0),
    completeness: verdict.completeness,
    head_file: verdict.headFile,
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
  return (v1.observed === 0 || pinned.v1) && (v2.observed === 0 || pinned.v2)
}

function chainMembers(chain: ChainVerdict): Members {
  const known = chain.failure === undefined
  return {
    record_type: chain.recordType,
    valid: known,
    receipt_count: chain.observed === 0 ? undefined : chain.receiptCount,
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
  const chains = [v1, v2].filter((chain) => chain.observed > 0 || chain.failure)
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
    ...(place ? [`  Line:     ${printable(place.file)}:${place.line}`] : []),
  ].join('\n')
}
