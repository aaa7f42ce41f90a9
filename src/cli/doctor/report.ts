// The examination for people.
import {printable} from '../../lib/terminal.js'
import type {WayAround} from './around.js'
import type {PathResult} from './paths.js'

export interface Examination {
  readonly address: string
  /** Every forbidden request was refused. */
  readonly enforced: boolean
  readonly paths: readonly PathResult[]
  readonly around: readonly WayAround[]
}

/** Channels that the inspection of single requests cannot detect. */
const BEYOND = 'very slow exfiltration, the timing of requests, the order of header fields, the pixels of images'

export function examinationText({address, paths, around, enforced}: Examination, user: string): string {
  const refusals = paths.map((one) => [mark(one.state), one.path, one.request, one.detail, one.request_id ?? ''])
  const ways = around.flatMap(({way, state, detail, remedy}) => [
    [mark(state), way, detail],
    ...(remedy === undefined ? [] : [['', '', `-> ${remedy}`]]),
  ])
  return [
    `Forbidden requests to the firewall at ${address}`,
    ...table(refusals),
    '',
    `Ways around it for ${user}`,
    ...table(ways),
    '',
    `Beyond every check: ${BEYOND}`,
    '',
    enforced ? 'Enforced: every forbidden request was refused' : 'NOT ENFORCED: see the requests that were not refused',
  ]
    .map(printable)
    .join('\n')
}

function mark(state: string): string {
  return state === 'passed' || state === 'open' ? state.toUpperCase() : state
}

/** Columns as wide as their longest cell; the last one is not padded. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  return rows.map((row) =>
    `  ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd(),
  )
}
