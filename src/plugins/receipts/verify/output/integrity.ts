// The output of `integrity verify`, as JSON and as text.
import {printable} from '../../../../lib/terminal.js'
import type {Pinned} from './limits.js'
import type {Place} from '../lines.js'
import {matrixRow, matrixText, type MatrixRow} from './matrix.js'
import {jsonInt} from './members.js'
import type {Failure} from '../verdict.js'
import type {LogVerdict} from '../log-verdict.js'

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
  if ((recorder?.entries ?? 0) > 0 || v1.observed > 0 || v2.observed > 0) return undefined
  return {reason: 'no_receipts', message: `no entries and no receipts in ${id}`, seq: 0, place: undefined}
}

export interface IntegrityContext {
  readonly pinned: Pinned
  /** Files that were met and left out. */
  readonly skipped: readonly string[]
}

export function reportIntegrity(sessions: readonly SessionVerdict[], context: IntegrityContext): IntegrityReport {
  const failed = sessions.find((session) => failureOf(session) !== undefined)
  const first = failed && failureOf(failed)
  const rows = sessions.map((session) => ({
    ...matrixRow(session.id, session.verdict, context.pinned),
    ...(failureOf(session) && !session.verdict.recorder?.failure && session.verdict.recorder?.entries === 0
      ? {recorder: 'broken' as const}
      : {}),
  }))
  const json = {
    ok: first === undefined,
    reason: first?.reason ?? null,
    chains: sessions.flatMap(chainsOf),
    sessions: rows,
    first_failure: failed && first ? {session: failed.id, ...broken(first)} : null,
    truncated_tail: sessions.some(({verdict}) => verdict.tornTail),
    unsigned: sessions.every(({verdict}) => verdict.unsigned),
    warnings: sessions.flatMap(({verdict}) => verdict.warnings),
    skipped: context.skipped,
  }
  const text = [
    ...(failed && first ? [failureLine(failed.id, first)] : []),
    ...sessions.flatMap(linesOf),
    ...(rows.length > 1 ? ['', ...matrixText(rows)] : []),
    ...(failed && first && rows.length > 1 ? ['', `first failure: ${printable(failed.id)}${placeText(first)}`] : []),
    ...context.skipped.map((path) => `skipped: ${printable(path)} holds no evidence that can be recognised`),
    ...limitLines(rows),
  ]
  return {ok: json.ok, json, text: text.join('\n')}
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
    if (chain.observed === 0 && !chain.failure) continue
    chains.push({
      kind: 'receipt',
      record_type: chain.recordType,
      id,
      entries: chain.failure ? chain.receiptCount : chain.observed,
      first_seq: jsonInt(chain.firstSeq) ?? null,
      last_seq: jsonInt(chain.finalSeq) ?? null,
      head_hash: chain.rootHash || null,
      broken: broken(chain.failure),
    })
  }
  return chains
}

/** Each limit once; with several sessions it says how many it concerns. */
function limitLines(rows: readonly MatrixRow[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const limit of rows.flatMap(({limits}) => limits)) counts.set(limit, (counts.get(limit) ?? 0) + 1)
  return [...counts].map(([limit, count]) => {
    return rows.length === 1 ? `limit: ${limit}` : `limit (${count} of ${rows.length}): ${limit}`
  })
}

function placeText({place, seq, reason, message}: Failure): string {
  return `, ${place ? where(place) : 'the log as a whole'}, seq ${seq}: ${reason}: ${printable(message)}`
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
  const counts = `${recorder?.entries ?? 0} entries, ${v1.observed} receipts, ${v2.observed} evidence receipts`
  const word = failure ? 'VIOLATED' : 'INTACT'
  const lines = [`${word} ${printable(id)}: ${counts}, completeness=${verdict.completeness}`]
  const failures: readonly (readonly [string, Failure | undefined])[] = verdict.failure
    ? [
        ['entry', recorder?.failure],
        ['receipt', v1.failure],
        ['evidence receipt', v2.failure],
      ]
    : [['entry', failure]]
  for (const [what, each] of failures) {
    if (!each) continue
    const {place, seq, reason, message} = each
    const at = place ? `at ${what} seq ${seq} (${where(place)})` : 'of the log as a whole'
    lines.push(`  ${at}: ${reason}: ${printable(message)}`)
  }
  for (const text of verdict.warnings) lines.push(`  warning: ${printable(text)}`)
  if (!failure && verdict.unsigned) lines.push('  unsigned: no signature was checked under a trusted key')
  return lines
}

function where({file, line}: Place): string {
  return `${printable(file)}:${line}`
}

/** Faults that an honest writer and a wrong key do not explain. */
const TAMPERING: ReadonlySet<string> = new Set([
  'recorder_hash_mismatch',
  'recorder_chain_break',
  'recorder_entry_invalid',
  'checkpoint_invalid',
  'seal_mismatch',
  'signature_invalid',
  'chain_seq_gap',
  'chain_break',
  'head_mismatch',
])

/** The verdict in one line, for whoever reads no further. */
function failureLine(id: string, {place, reason}: Failure): string {
  const word = TAMPERING.has(reason) ? 'TAMPERED' : 'NOT INTACT'
  const at = place ? `, first failure at ${where(place)}` : ''
  return `${word}: session ${JSON.stringify(printable(id))}${at}: ${reason}`
}
