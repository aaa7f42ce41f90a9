// The reports of pipelock-verifier as text.
import {printable} from '../../lib/terminal.js'

/** Column of the longest label. */
const WIDE = 21

type Members = Readonly<Record<string, unknown>>

const SHOWN = [
  ...['record_type', 'action_id', 'verdict', 'transport', 'signer_key', 'signer_key_id', 'policy_hash', 'payload_kind'],
  ...['contract_hash', 'active_manifest_hash', 'chain_seq', 'receipt_hash', 'receipt_count', 'final_seq', 'root_hash'],
  ...['start_time', 'end_time', 'completeness'],
]

/** What pipelock-verifier prints of a valid receipt or chain, from the JSON of its report. */
export function validText(kind: 'receipt' | 'chain', path: string, json: object): string {
  const result = json as Members
  const parts = [result['action_receipt_v1'], result['evidence_receipt_v2']].filter((part) => part !== undefined)
  const blocks = parts.length > 0 ? (parts as unknown as readonly Members[]) : [result]
  return lines([
    `${kind.toUpperCase()} VALID: ${printable(path)}`,
    ...blocks.flatMap((block) => [
      ...SHOWN.flatMap((name) =>
        block[name] === undefined ? [] : [line(name.replaceAll('_', ' '), block[name], WIDE)],
      ),
      line(
        'signatures',
        block['signatures_verified'] ? 'verified' : 'not checked (self-consistency only; pass --key for provenance)',
        WIDE,
      ),
    ]),
    ...limitsOf(result, WIDE),
  ])
}

export function invalidText(kind: 'receipt' | 'chain', path: string, json: object): string {
  const result = json as Members
  return lines([
    `${kind === 'chain' ? 'CHAIN BROKEN' : 'RECEIPT INVALID'}: ${printable(path)}`,
    line('error', `${text(result['reason'])}: ${text(result['error'])}`),
    ...(kind === 'chain' ? [line('broken at', `seq ${text(result['broken_at_seq'] ?? 0)}`)] : []),
    ...limitsOf(result),
  ])
}

const limitsOf = ({limits}: Members, width?: number): readonly string[] =>
  Array.isArray(limits) ? limits.map((limit: unknown) => line('limit', limit, width)) : []

const line = (label: string, value: unknown, width = 11): string =>
  `  ${`${label}:`.padEnd(width)} ${printable(text(value))}`
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
