// Where a text that was made from another by edits has to be swept again: around its edits, up to characters over which
// nothing that the sweep looks for reaches. What lies between stands as it stood before.
import type {Edit} from '../../lib/text/rewritten.js'

/** A piece of the new text, and the piece of the old one that it stands for. */
export interface Window {
  readonly start: number
  readonly end: number
  readonly inStart: number
  readonly inEnd: number
  /** Nothing in it, and nothing reaches into it: what stood there is gone. */
  readonly isGap: boolean
}

export interface Rewrite {
  readonly text: string
  readonly before: string
  readonly edits: readonly Edit[]
  /** Whether nothing reaches over the character at a place of the new text. */
  isHard(at: number): boolean
}

/** Ascending, without overlap. */
export function windowsOf({text, before, edits, isHard}: Rewrite): readonly Window[] {
  const windows: Window[] = []
  let done = 0
  for (let i = 0; i < edits.length;) {
    const first = edits[i]
    if (first === undefined) break
    if (isGap(text, before, first)) {
      const {outStart: start, outEnd: end, inStart, inEnd} = first
      windows.push({start, end, inStart, inEnd, isGap: true})
      done = end
      i++
      continue
    }
    let start = first.outStart
    while (start > done && !isHard(start - 1)) start--
    let last = first
    let end = last.outEnd
    for (i++; ; i++) {
      const next = edits[i]
      const limit = next?.outStart ?? text.length
      while (end < limit && !isHard(end)) end++
      if (end < limit) {
        end++
        break
      }
      if (next === undefined || isGap(text, before, next)) break
      last = next
      end = last.outEnd
    }
    done = end
    const inStart = first.inStart - (first.outStart - start)
    windows.push({start, end, inStart, inEnd: last.inEnd + (end - last.outEnd), isGap: false})
  }
  return windows
}

/**
 * A gap between blanks. Only groups of digits and of accounts reach over a blank; those that did are named still, which is
 * too many, and every piece of one that stands alone was named with it.
 */
function isGap(text: string, before: string, {outStart, outEnd, inStart, inEnd}: Edit): boolean {
  if (outEnd - outStart !== 1 || text.charCodeAt(outStart) !== 0) return false
  if (inStart > 0 && before.charCodeAt(inStart) > 0x20) return false
  return inEnd === before.length || before.charCodeAt(inEnd - 1) <= 0x20
}
