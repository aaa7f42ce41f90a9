// Undoing a collapse: one path for each value that it took in, as the ledger has them. Nothing is guessed, and
// without an explicit word nothing is admitted that the wildcard did not admit: the ledger is not signed.
import {PipelockError} from '../../../core/errors.js'
import {isLiteralSegment, isWild, patternSegment, SetApart} from '../../../formats/path-pattern.js'
import {quoted} from '../../../lib/terminal.js'
import {LEDGER_VALUES, type LedgerEntry} from '../compile/ledger.js'
import type {LedgerPosition} from '../compile/rule-draft.js'
import {SPLIT_REASON} from '../compile/segments.js'
import {demoted, patternOf, type PathEntry} from '../compile/path-entry.js'

export interface SplitOptions {
  /** 1-based; 0 is every collapsed position. */
  readonly index: number
  readonly acceptReserved: boolean
}

export interface Edited {
  readonly entries: readonly PathEntry[]
  /** Of the positions that are still collapsed. */
  readonly ledger: readonly LedgerEntry[]
  /** Positions, or blocks, that were changed; 0 when there was nothing to do. */
  readonly changed: number
  readonly warnings: readonly string[]
}

/** A rule is walked path by path when a request is judged. */
const MAX_PATHS = 8192

export function splitPaths(
  entries: readonly PathEntry[],
  ledger: () => readonly LedgerEntry[],
  options: SplitOptions,
): Edited {
  const {index} = options
  const requested = entries
    .flatMap(({collapsed}) => collapsed)
    .filter((position) => index === 0 || position.index === index)
  if (requested.length === 0) {
    const isDone =
      entries.every(({collapsed}) => collapsed.length === 0) ||
      entries.some(({retained}) => retained.some((item) => item.index === index && item.reason === SPLIT_REASON))
    if (isDone) return {entries, ledger: [], changed: 0, warnings: []}
    const known = new Set(entries.flatMap(({collapsed}) => collapsed.map((position) => position.index)))
    throw new PipelockError('collapsed_segment_not_found', `no path of the rule is collapsed at position ${index}`, {
      hint: `it is at ${[...known].join(', ')}`,
    })
  }
  const known = ledger()
  const warnings = new Set<string>()
  const parts = entries.map((entry, place) => splitEntry(entry, positionsOf(known, place), options, warnings))
  const all = parts.flatMap((part) => part.entries)
  if (all.length > MAX_PATHS) throw tooMany()
  let place = 0
  const left = parts.flatMap((part) =>
    part.entries.flatMap(({collapsed}) => {
      const path_index = place++
      return collapsed.flatMap((position) => {
        const values = part.positions.get(position.index)?.values
        return values ? [{index: position.index, path_index, values}] : []
      })
    }),
  )
  return {entries: all, ledger: left, changed: requested.length, warnings: [...warnings]}
}

function tooMany(): PipelockError {
  return new PipelockError('payload_too_large', `the rule would have more than ${MAX_PATHS} paths`, {
    hint: 'split one position with --index',
  })
}

export function positionsOf(ledger: readonly LedgerEntry[], place: number): ReadonlyMap<number, LedgerPosition> {
  return new Map(ledger.filter(({path_index}) => path_index === place).map((entry) => [entry.index, entry]))
}

function splitEntry(
  entry: PathEntry,
  positions: ReadonlyMap<number, LedgerPosition>,
  options: SplitOptions,
  warnings: Set<string>,
): {readonly entries: readonly PathEntry[]; readonly positions: ReadonlyMap<number, LedgerPosition>} {
  let entries: readonly PathEntry[] = [entry]
  for (const {index, raw} of entry.collapsed) {
    if (options.index !== 0 && options.index !== index) continue
    const literals = literalsOf(entry, index, positions.get(index), options)
    if (entries.length * literals.length > MAX_PATHS) throw tooMany()
    const merged = raw['distinct_values']
    if (literals.length === LEDGER_VALUES && typeof merged === 'number' && merged > LEDGER_VALUES) {
      warnings.add(
        `${quoted(patternOf(entry))} took in ${merged} values at position ${index}, of which the ledger has the ` +
          `${LEDGER_VALUES} most frequent: the others are not in the contract any more`,
      )
    }
    entries = entries.flatMap((each) =>
      literals.map((value) => demoted(each, index, value, patternSegment(value), SPLIT_REASON)),
    )
  }
  return {entries, positions}
}

/** Most frequent first. */
function literalsOf(
  entry: PathEntry,
  index: number,
  position: LedgerPosition | undefined,
  options: SplitOptions,
): readonly string[] {
  const where = `position ${index} of ${quoted(patternOf(entry))}`
  if (!position || position.values.length === 0) {
    throw new PipelockError('ledger_mismatch', `the ledger has no values for ${where}`, {hint: 'compile again'})
  }
  const values = position.values.map(({value}) => value)
  const unfit = values.filter((value) => !isLiteralSegment(value))
  if (unfit.length > 0) {
    throw new PipelockError('invalid_field', `${where}: ${listed(unfit)} cannot stand in a contract as literals`, {
      hint: 'literals have 1 to 256 bytes and none of / * ? [ ]; split another position, or pin single values',
    })
  }
  const pinned = new SetApart(entry.pinned.map(({value}) => value))
  const reserved = values.filter((value) => !isWild(value, pinned))
  if (reserved.length > 0 && !options.acceptReserved) {
    throw new PipelockError(
      'reserved_segment',
      `${where}: ${listed(reserved)} are reserved or ambiguous: the wildcard admits none of them`,
      {
        hint: 'compile writes no such ledger; look where it comes from, or accept them with --accept-reserved',
      },
    )
  }
  return values
}

function listed(values: readonly string[]): string {
  const shown = values
    .slice(0, 20)
    .map((value) => quoted(value))
    .join(', ')
  return values.length <= 20 ? shown : `${shown} and ${values.length - 20} more`
}
