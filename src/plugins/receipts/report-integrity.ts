// What `integrity verify` prints: JSON of operations §13.11, text of receipts §7.3.
import {printable} from '../../lib/terminal.js'
import type {Place} from './lines.js'
import {jsonInt} from './report-receipt.js'
import type {Failure} from './verdict.js'
import type {LogVerdict} from './verify-log.js'

export interface SessionVerdict {
  /** The session, or the name of a file of bare receipts. */
  readonly id: string
  readonly verdict: LogVerdict
}

export interface IntegrityReport {
  readonly ok: boolean
  readonly json: object
  readonly text: string
}

/** Nothing at all is no evidence: an emptied log must not pass as an intact one. */
export function failureOf({id, verdict}: SessionVerdict): Failure | undefined {
  if (verdict.failure) return verdict.failure
  const {recorder, v1, v2} = verdict
  if ((recorder?.entries ?? 0) > 0 || v1.seen > 0 || v2.seen > 0) return undefined
  return {reason: 'no_receipts', message: `no entries and no receipts in ${id}`, seq: 0, place: undefined}
}

export function reportIntegrity(sessions: readonly SessionVerdict[]): IntegrityReport {
  const first = sessions.map(failureOf).find((failure) => failure !== undefined)
  const json = {
    ok: first === undefined,
    reason: first?.reason ?? null,
    chains: sessions.flatMap(chainsOf),
    sessions: sessions.map(({id, verdict}) => ({id, completeness: verdict.completeness})),
    truncated_tail: sessions.some(({verdict}) => verdict.tornTail),
    unsigned: sessions.every(({verdict}) => verdict.unsigned),
    warnings: sessions.flatMap(({verdict}) => verdict.warnings),
  }
  return {ok: json.ok, json, text: [...sessions.flatMap(linesOf), ...notes(sessions)].join('\n')}
}

function chainsOf(session: SessionVerdict): readonly object[] {
  const {id, verdict} = session
  const {recorder} = verdict
  const chains: object[] = []
  if (recorder) {
    chains.push({
      kind: 'recorder',
      id,
      entries: recorder.entries,
      first_seq: jsonInt(recorder.firstSeq) ?? null,
      last_seq: jsonInt(recorder.lastSeq) ?? null,
      head_hash: recorder.headHash || null,
      signed_checkpoints: recorder.signedCheckpoints,
      broken: broken(recorder.failure ?? (verdict.failure ? undefined : failureOf(session))),
    })
  }
  for (const chain of [verdict.v1, verdict.v2]) {
    if (chain.seen === 0 && !chain.failure) continue
    chains.push({
      kind: 'receipt',
      record_type: chain.recordType,
      id,
      entries: chain.failure ? chain.receiptCount : chain.seen,
      first_seq: jsonInt(chain.firstSeq) ?? null,
      last_seq: jsonInt(chain.finalSeq) ?? null,
      head_hash: chain.rootHash || null,
      broken: broken(chain.failure),
    })
  }
  return chains
}

function broken(failure: Failure | undefined): object | null {
  if (!failure) return null
  const {place, seq, reason, message} = failure
  return {file: place?.file ?? null, line: place?.line ?? null, seq: jsonInt(seq), reason, message}
}

function linesOf(session: SessionVerdict): readonly string[] {
  const {id, verdict} = session
  const {recorder, v1, v2} = verdict
  const failure = failureOf(session)
  const counts = `${recorder?.entries ?? 0} entries, ${v1.seen} receipts, ${v2.seen} evidence receipts`
  const word = failure ? 'VIOLATED' : 'INTACT'
  const lines = [`${word} ${printable(id)}: ${counts}, completeness=${verdict.completeness}`]
  const failures = verdict.failure ? [recorder?.failure, v1.failure, v2.failure] : [failure]
  for (const each of failures)
    if (each)
      lines.push(`  at entry seq ${each.seq} (${where(each.place)}): ${each.reason}: ${printable(each.message)}`)
  for (const text of verdict.warnings) lines.push(`  warning: ${printable(text)}`)
  if (!failure && verdict.unsigned) lines.push('  unsigned: no signature was checked under a trusted key')
  return lines
}

function where(place: Place | undefined): string {
  return place ? `${printable(place.file)}, ${place.line}` : '-'
}

function notes(sessions: readonly SessionVerdict[]): readonly string[] {
  const notes = [
    'note: signatures cover receipts and what precedes a signed checkpoint; entries after the last one are chained, not signed',
  ]
  if (sessions.some(({verdict}) => verdict.completeness !== 'head_verified')) {
    notes.push('note: a removed tail cannot be seen in the files alone; compare with --expect-head and --expect-seq')
  }
  return notes
}
