// Keeping one segment apart: no wildcard of the rule covers it any more. A value that the ledger shows inside a
// collapse was legitimate when it was learned: it becomes a path of its own in the rule, which a person can see.
import {PipelockError} from '../../../core/errors.js'
import {isWild, patternSegment, SetApart} from '../../../formats/path-pattern.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {LedgerEntry} from '../compile/ledger.js'
import type {LedgerPosition} from '../compile/rule-draft.js'
import {PIN_REASON} from '../compile/segments.js'
import {demoted, patternOf, type PathEntry, type Pinned} from '../compile/path-entry.js'
import {positionsOf, type Edited} from './split.js'

/** Reason that the contract states for a value kept apart from its wildcard. A split would keep the whole position literal. */
const APART_REASON = 'reserved_segment'

export interface PinEdit extends Edited {
  /** Patterns that the value got of its own. */
  readonly split: readonly string[]
}

export function pinSegment(
  entries: readonly PathEntry[],
  value: string,
  ledger: () => readonly LedgerEntry[],
): PinEdit {
  if (entries.length === 0) {
    throw new PipelockError('rule_without_path', 'the rule has no path: there is nothing to pin')
  }
  const missing = entries.filter(({pinned}) => !isPinned(pinned, value))
  if (missing.length === 0) return {entries, ledger: [], changed: 0, split: [], warnings: []}
  const known = entries.some(({collapsed}) => collapsed.length > 0) ? ledger() : []
  const texts = new Set(entries.map(patternOf))
  const parts = entries.map((entry, place) => {
    const positions = positionsOf(known, place)
    const own = {...entry, pinned: withPin(entry.pinned, value)}
    const literals = splitOut(entry, own, value, positions).filter((literal) => !texts.has(patternOf(literal)))
    for (const literal of literals) texts.add(patternOf(literal))
    return {own: [own, ...literals], literals, positions}
  })
  let place = 0
  const left = parts.flatMap(({own, positions}) =>
    own.flatMap(({collapsed}) => {
      const path_index = place++
      return collapsed.flatMap(({index}) => {
        const values = positions.get(index)?.values.filter((item) => item.value !== value)
        return values ? [{index, path_index, values}] : []
      })
    }),
  )
  return {
    entries: parts.flatMap(({own}) => own),
    ledger: left,
    changed: missing.length,
    split: parts.flatMap(({literals}) => literals.map(patternOf)),
    warnings: [],
  }
}

/** The literal paths of the value: one for every choice of the positions that took it in. */
function splitOut(
  was: PathEntry,
  own: PathEntry,
  value: string,
  positions: ReadonlyMap<number, LedgerPosition>,
): readonly PathEntry[] {
  // the ledger is not signed: what the wildcard did not admit gets no path
  if (!isWild(value, new SetApart(was.pinned.map((pin) => pin.value)))) return []
  let entries: readonly PathEntry[] = [own]
  for (const {index} of was.collapsed) {
    if (!positions.get(index)?.values.some((item) => item.value === value)) continue
    entries = entries.flatMap((entry) => [entry, demoted(entry, index, value, patternSegment(value), APART_REASON)])
  }
  return entries.slice(1)
}

function isPinned(pinned: readonly Pinned[], value: string): boolean {
  return pinned.some((pin) => pin.value === value && pin.reason === PIN_REASON)
}

/** Sorted by value, each value once; the operator's word stands above the configuration's. */
function withPin(pinned: readonly Pinned[], value: string): readonly Pinned[] {
  return [...pinned.filter((pin) => pin.value !== value), {value, reason: PIN_REASON}].sort((a, b) =>
    compareCodePoints(a.value, b.value),
  )
}
