// Changes to a source as spans, collected in any order that nests: a later cut of a whole region takes the place of what was
// changed inside it. A cut never joins what stood on its two sides into a tag, a reference or a word.
import {collectSteps, joinSteps, LongList, sortSteps} from '../../../lib/long-lists.js'

interface Change {
  readonly start: number
  readonly end: number
  /** undefined: not known yet, and none where it stays so. */
  by: string | undefined
  readonly joins?: true
}

type KnownChange = Change & {readonly by: string}

/** Changes between two pauses. */
const CHANGES = 4_096
/** Stands where a cut would join two texts. */
const SEAM = '<!---->'

export class Edits {
  #changes: Change[] = []

  get count(): number {
    return this.#changes.length
  }

  replace(start: number, end: number, by: string): void {
    this.#changes.push({start, end, by})
  }

  /** A change in this place of the order, made by calling the result; none where it is not called. */
  reserve(start: number, end: number): (by: string) => void {
    const change: Change = {start, end, by: undefined}
    this.#changes.push(change)
    return (by) => void (change.by = by)
  }

  get isEmpty(): boolean {
    return this.#changes.every(({by}) => by === undefined)
  }

  /** Between texts of markup, where a comment may stand. */
  cut(start: number, end: number): void {
    this.#changes.push({start, end, by: '', joins: true})
  }

  /** Forgets the changes before `end` that were made since `from`, an earlier `count`. */
  forget(from: number, end: number): void {
    const kept = this.#changes.slice(from).filter((change) => change.start >= end)
    this.#changes.length = from
    this.#changes.push(...kept)
  }

  /** Adds what another collection has before `end`. */
  add({changes}: {readonly changes: readonly Change[]}, end: number): void {
    for (const change of changes) if (change.start < end) this.#changes.push(change)
  }

  get changes(): readonly Change[] {
    return this.#changes
  }

  /** The changed source, in steps: a page may need a change in every one of a hundred thousand places. */
  *apply(source: string): Generator<undefined, string> {
    const known = yield* collectSteps(this.#changes, (change) => (isKnown(change) ? change : undefined))
    if (known.length === 0) return source
    const out = new LongList<string>()
    let last = ''
    let at = 0
    let mayJoin = false
    const write = (piece: string): void => {
      if (piece === '') return
      if (mayJoin && !/^[\s<]/.test(piece) && last !== '' && !/[\s>]/.test(last)) out.push(SEAM)
      mayJoin = false
      out.push(piece)
      last = piece.slice(-1)
    }
    // what is put in stands before what is cut from there on
    const isCut = ({start, end}: KnownChange): number => (end > start ? 1 : 0)
    const sorted = yield* sortSteps(
      known,
      (a, b) => a.start - b.start || isCut(a) - isCut(b) || b.end - a.end || a.by.length - b.by.length,
    )
    let count = 0
    for (const {start, end, by, joins} of sorted) {
      if (++count % CHANGES === 0) yield
      // inside what is gone already
      if (start < at) continue
      write(source.slice(at, start))
      write(by)
      if (joins) mayJoin = true
      at = end
    }
    write(source.slice(at))
    if (mayJoin && last === '<') out.push(SEAM)
    return yield* joinSteps(out, '')
  }
}

function isKnown(change: Change): change is KnownChange {
  return change.by !== undefined
}
