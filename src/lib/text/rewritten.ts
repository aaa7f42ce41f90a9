// A text made from another one by replacing pieces, which still knows where each part came from: what is found in a decoded
// or normalised form is reported at its place in the text as given. Between edits both run in step.
import {countWhile} from '../sorted.js'

/** One replaced piece, in offsets of the new and of the old text (UTF-16). A deletion has an empty piece in the new one. */
export interface Edit {
  readonly outStart: number
  readonly outEnd: number
  readonly inStart: number
  readonly inEnd: number
  /** What was undone here, for whoever reports a find. */
  readonly kind: string
}

export interface Rewritten {
  readonly text: string
  /** Ascending, without overlap. */
  readonly edits: readonly Edit[]
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** Collects replacements from left to right. */
export interface Rewriter {
  replace(start: number, end: number, by: string, kind?: string): void
  done(): Rewritten
}

const NO_EDITS: readonly Edit[] = []

export function createRewriter(source: string): Rewriter {
  const edits: Edit[] = []
  let text = ''
  let from = 0
  return {
    replace(start, end, by, kind = '') {
      text += source.slice(from, start)
      edits.push({outStart: text.length, outEnd: text.length + by.length, inStart: start, inEnd: end, kind})
      text += by
      from = end
    },
    done: () => (edits.length === 0 ? {text: source, edits: NO_EDITS} : {text: text + source.slice(from), edits}),
  }
}

/** One list for what several rewritings, each of the text of the one before, changed in the first. */
export function composed(stages: readonly (readonly Edit[])[]): readonly Edit[] {
  return stages.reduce(
    (before, after) => (before.length === 0 ? after : after.length === 0 ? before : joined(before, after)),
    NO_EDITS,
  )
}

/** Edits that touch in the text between become one. */
function joined(before: readonly Edit[], after: readonly Edit[]): readonly Edit[] {
  const edits: Edit[] = []
  for (let b = 0, a = 0; b < before.length || a < after.length;) {
    const [firstB, firstA] = [before[b]?.outStart ?? Infinity, after[a]?.inStart ?? Infinity]
    const start = Math.min(firstB, firstA)
    let end = start
    const [fromB, fromA] = [b, a]
    for (;;) {
      const [nextB, nextA] = [before[b], after[a]]
      if (nextB !== undefined && nextB.outStart <= end) end = Math.max(end, before[b++]?.outEnd ?? end)
      else if (nextA !== undefined && nextA.inStart <= end) end = Math.max(end, after[a++]?.inEnd ?? end)
      else break
    }
    const [inStart, inEnd] = [shifted(before, fromB, start, 'in'), shifted(before, b, end, 'in')]
    const [outStart, outEnd] = [shifted(after, fromA, start, 'out'), shifted(after, a, end, 'out')]
    // what one inserted the other may have deleted
    if (inStart === inEnd && outStart === outEnd) continue
    edits.push({inStart, inEnd, outStart, outEnd, kind: after[a - 1]?.kind ?? before[b - 1]?.kind ?? ''})
  }
  return edits
}

/** Where a place behind the first `count` edits, and inside of none, stands on the other side of them. */
function shifted(edits: readonly Edit[], count: number, at: number, to: 'in' | 'out'): number {
  const last = edits[count - 1]
  if (last === undefined) return at
  return to === 'in' ? last.inEnd + (at - last.outEnd) : last.outEnd + (at - last.inEnd)
}

/** The smallest piece of the old text from which a piece of the new one was made. */
export function sourceSpan(edits: readonly Edit[], start: number, end: number): Span {
  return {start: sourceStart(edits, start), end: sourceEnd(edits, Math.max(start, end))}
}

function sourceStart(edits: readonly Edit[], at: number): number {
  const edit = edits[countBefore(edits, (e) => e.outStart <= at) - 1]
  if (edit === undefined) return at
  return at < edit.outEnd ? edit.inStart : edit.inEnd + (at - edit.outEnd)
}

function sourceEnd(edits: readonly Edit[], at: number): number {
  const edit = edits[countBefore(edits, (e) => e.outStart < at) - 1]
  if (edit === undefined) return at
  return at <= edit.outEnd ? edit.inEnd : edit.inEnd + (at - edit.outEnd)
}

/** The last edit inside a piece: where there is one, the piece looked different in the old text. */
export function editInside(edits: readonly Edit[], start: number, end: number): Edit | undefined {
  const edit = edits[countBefore(edits, (e) => e.outStart < end) - 1]
  return edit !== undefined && edit.outEnd > start ? edit : undefined
}

/** Whether something was replaced in a piece of the new text or directly beside it. */
export function isTouched(edits: readonly Edit[], start: number, end: number): boolean {
  const edit = edits[countBefore(edits, (e) => e.outStart <= end) - 1]
  return edit !== undefined && edit.outEnd >= start
}

/** Whether something was deleted exactly here. */
export function hasDeletionAt(edits: readonly Edit[], at: number): boolean {
  const edit = edits[countBefore(edits, (e) => e.outStart <= at) - 1]
  return edit !== undefined && edit.outStart === at && edit.outEnd === at
}

/** How many edits, from the first, have the property; those that have it come before those that have not. */
function countBefore(edits: readonly Edit[], has: (edit: Edit) => boolean): number {
  return countWhile(edits.length, (i) => has(edits[i] as Edit))
}
