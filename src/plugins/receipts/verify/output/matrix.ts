// Sessions × verdicts: one word for each thing that was verified, and the first failure of all.
import {printable} from '../../../../lib/terminal.js'
import type {HeadFileWord} from '../head-cursor.js'
import {limitsOf, type Pinned} from './limits.js'
import type {ChainVerdict} from '../verdict.js'
import type {LogVerdict} from '../log-verdict.js'

export interface MatrixRow {
  readonly id: string
  readonly recorder: 'absent' | 'broken' | 'intact'
  readonly receipts: ChainWord
  readonly evidence_receipts: ChainWord
  readonly roots: 'none' | 'mismatch' | 'match'
  readonly checkpoints: 'none' | 'invalid' | 'unchecked' | 'signed'
  readonly completeness: LogVerdict['completeness']
  /** `none`: the log has no signed checkpoint, or no folder was looked into. */
  readonly head_file: HeadFileWord | 'none'
  readonly limits: readonly string[]
}

type ChainWord = 'none' | 'broken' | 'unpinned' | 'trusted'

export function matrixRow(id: string, verdict: LogVerdict, pinned: Pinned): MatrixRow {
  const {recorder, v1, v2, roots, completeness} = verdict
  const reason = recorder?.failure?.reason
  const checkpoints = recorder?.checkpoints ?? 0
  return {
    id,
    recorder: recorder ? (recorder.failure ? 'broken' : 'intact') : 'absent',
    receipts: chainWord(v1, pinned.v1),
    evidence_receipts: chainWord(v2, pinned.v2),
    roots: reason === 'seal_mismatch' ? 'mismatch' : roots === 0 ? 'none' : 'match',
    checkpoints:
      reason === 'checkpoint_invalid' || reason === 'checkpoint_unsigned'
        ? 'invalid'
        : checkpoints === 0
          ? 'none'
          : recorder?.signedCheckpoints === checkpoints
            ? 'signed'
            : 'unchecked',
    completeness,
    head_file: verdict.headFile ?? 'none',
    limits: limitsOf(verdict, pinned),
  }
}

function chainWord(chain: ChainVerdict, pinned: boolean): ChainWord {
  if (chain.failure) return 'broken'
  return chain.observed === 0 ? 'none' : pinned ? 'trusted' : 'unpinned'
}

const COLUMNS = ['recorder', 'receipts', 'evidence_receipts', 'roots', 'checkpoints', 'completeness'] as const

/** A session is named by whoever wrote its file: one long name must not push all other rows out of sight. */
const MAX_WIDTH = 80

/** The table for people, columns under their names. */
export function matrixText(rows: readonly MatrixRow[]): readonly string[] {
  const table = [
    ['session', ...COLUMNS.map((name) => name.replace('_', ' '))],
    ...rows.map((row) => [printable(row.id), ...COLUMNS.map((name) => row[name].replace('_', ' '))]),
  ]
  const widest = (column: number): number =>
    table.reduce((width, cells) => Math.max(width, Math.min(cells[column]?.length ?? 0, MAX_WIDTH)), 0)
  const widths = table[0]?.map((_, column) => widest(column)) ?? []
  return table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
