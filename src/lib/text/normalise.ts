// The normal form in which credentials are looked for: invisible characters and exotic white
// space deleted before NFKC (which would turn them into spaces that break a token), look-alikes folded, marks stripped.
// Printable ASCII is its own normal form.
import {foldConfusables} from './confusables.js'
import {atOnce} from '../slices.js'
import {createRewriter, type Rewritten} from './rewritten.js'

export interface NormalText {
  /** Line ends, tabs and other controls as one space. */
  readonly line: string
  /** Controls deleted; the same string when there are none. */
  readonly joined: string
}

const PLAIN = /^[\x20-\x7e]*$/
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g
const CONTROL_RUN = /[\x00-\x1f\x7f-\x9f]+/g
export const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
export const EXOTIC_SPACE = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\ufffc]/g
const MARKS = /(?![\u3099\u309a])[\p{Mn}\p{Me}]/gu
export function normaliseForDlp(text: string): NormalText {
  if (PLAIN.test(text)) return {line: text, joined: text}
  const folded = fold(text)
  const line = folded.replace(CONTROL_RUN, ' ')
  return {line, joined: line === folded ? folded : folded.replace(CONTROLS, '')}
}

/** Names in paths, whose form is published (docs/formats/paths.md): it does not change with what scanners see through. */
export function normaliseName(name: string): string {
  if (PLAIN.test(name)) return name
  const shown = visible(name).normalize('NFKC')
  return foldConfusables(shown).normalize('NFD').replace(NONSPACING, '').normalize('NFC').replace(CONTROLS, '')
}

const NONSPACING = /(?![\u3099\u309a])\p{Mn}/gu

function visible(text: string): string {
  return text.replace(INVISIBLE, '').replace(EXOTIC_SPACE, '')
}

function fold(text: string): string {
  const shown = visible(text)
  if (PLAIN.test(shown)) return shown
  // before compatibility, too, which takes some look-alikes for what they do not look like
  const compatible = foldConfusables(shown).normalize('NFKC')
  return foldConfusables(compatible).normalize('NFD').replace(MARKS, '').normalize('NFC')
}

const ASCII = /^[\x00-\x7f]*$/
/** Characters of islands, as they unfold, between two pauses. */
const STEP = 32_768

/**
 * Folded only, in steps, with the places from which the parts came. An ASCII character never combines with what stands
 * before it: a run of others, with the one that it may combine with, is normalised by itself. Letters that unfold (U+FDFA is
 * 18 of them) are charged to `budget`; a run that it does not allow stays as it is, and the budget is left below zero.
 */
export function* foldSteps(text: string, budget?: FoldBudget): Generator<undefined, Rewritten> {
  if (ASCII.test(text)) return {text, edits: []}
  const rewriter = createRewriter(text)
  // start and end of each island that is to be folded
  let places: number[] = []
  let islands: string[] = []
  let work = 0
  const foldIslands = (): void => {
    for (const [i, by] of foldAll(islands).entries()) {
      const [start = 0, end = 0] = [places[2 * i], places[2 * i + 1]]
      if (by.length !== end - start || !text.startsWith(by, start)) rewriter.replace(start, end, by)
    }
    places = []
    islands = []
    work = 0
  }
  const n = text.length
  for (let at = 0; at < n; at++) {
    if (text.charCodeAt(at) < 0x80) continue
    // an island: with the ASCII character before it
    const start = at > 0 && text.charCodeAt(at - 1) < 0x80 ? at - 1 : at
    let isDropped = true
    let isKept = true
    let c = text.charCodeAt(at)
    const first = at
    let size = 0
    for (; c >= 0x80; c = ++at < n ? text.charCodeAt(at) : 0) {
      const unit = units[c] || unitOf(c)
      const length = (unit & ~KEPT) - 1
      isDropped &&= length === 0
      isKept &&= unit >= KEPT
      size += length
    }
    if (isKept) continue
    if (budget && size > at - first && (budget.bytes -= size - (at - first)) < 0) continue
    places.push(start, at)
    // what is deleted whole leaves the ASCII character alone
    islands.push(text.slice(start, isDropped ? first : at))
    if ((work += at - start + size) < STEP) continue
    foldIslands()
    yield
  }
  foldIslands()
  return rewriter.done()
}

/** A control character: no part of fold() changes it, makes one or combines anything with it. */
const APART = '\x01'

/** fold() of each. Together, since a slice may hold 40,000 islands and a call costs far more than a few characters. */
function foldAll(islands: readonly string[]): readonly string[] {
  if (islands.length < 2) return islands.map(fold)
  const folded = fold(islands.join(APART)).split(APART)
  // some island has that character itself
  return folded.length === islands.length ? folded : islands.map(fold)
}

/** What folding may add; below zero it is used up. */
export interface FoldBudget {
  bytes: number
}

/** What `unitOf` said of each UTF-16 unit; 0: not asked yet. */
const units = new Uint8Array(0x10000)
/** It folds to itself whatever stands beside it, as signs of Chinese do, and what stands for bytes that are no text. */
const KEPT = 128
const COMBINES = /[\p{M}\u1160-\u11ff]/u

/**
 * One more than the length that a UTF-16 unit folds to by itself, with KEPT where that holds; 1: it is deleted whatever
 * stands beside it. A surrogate counts as itself: no character beyond the first plane folds to more than five units for its two.
 */
function unitOf(c: number): number {
  const unit = String.fromCharCode(c)
  const folded = c >= 0xd800 && c <= 0xdfff ? '?' : fold(unit)
  return (units[c] = folded.length + 1 + (folded === unit && !COMBINES.test(unit) ? KEPT : 0))
}

/** The same with every control character as a space of its own, so that offsets stay. */
export function lineForDlp(text: string, budget?: FoldBudget): Rewritten {
  return atOnce(lineSteps(text, budget))
}

/** The same in steps. */
export function* lineSteps(text: string, budget?: FoldBudget): Generator<undefined, Rewritten> {
  if (PLAIN.test(text)) return {text, edits: []}
  const folded = yield* foldSteps(text, budget)
  return {text: folded.text.replace(CONTROLS, ' '), edits: folded.edits}
}
