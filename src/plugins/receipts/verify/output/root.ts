// The output of `transcript-root`: members computed from a verified chain.
import {printable} from '../../../../lib/terminal.js'
import {limitsOf} from './limits.js'
import {jsonInt, type Report, type ReportOptions} from './members.js'
import type {LogVerdict} from '../log-verdict.js'

export interface RootOptions extends ReportOptions {
  /** "" for bare receipts, which name none. */
  readonly session: string
}

/** After a key change the root covers the last segment; without action receipts it is that of the evidence receipts. */
export function reportRoot(verdict: LogVerdict, {path, label = path, session, pinned}: RootOptions): Report {
  const {v1, v2} = verdict
  const chain = v1.observed > 0 ? v1 : v2
  const segment = chain.segments.at(-1)
  const limits = limitsOf(verdict, pinned)
  const root = {
    session_id: session,
    final_seq: jsonInt(chain.finalSeq),
    root_hash: chain.rootHash,
    receipt_count: segment?.receipt_count ?? chain.receiptCount,
    start_time: segment?.start_time ?? chain.startTime,
    end_time: segment?.end_time ?? chain.endTime,
  }
  const line = (name: string, value: string | number | undefined) =>
    `  ${`${name}:`.padEnd(15)} ${printable(String(value ?? ''))}`
  const text = [
    `Transcript Root: ${printable(label)}`,
    line('Session', root.session_id),
    line('Root hash', root.root_hash),
    line('Receipt count', root.receipt_count),
    line('Final seq', root.final_seq),
    line('Start', root.start_time),
    line('End', root.end_time),
    ...limits.map((limit) => line('Limit', limit)),
  ]
  return {valid: true, json: {path, valid: true, ...root, limits}, text: text.join('\n'), error: ''}
}
