// A window cut for the engine: it copies the text of every call, so a long window is scanned in pieces, each with all
// that a match beginning in it can reach.
import type {Window} from './windows.js'
import type {Chain} from './triggers.js'

const PIECE = 2048
const LETTER = /[\p{L}\p{N}]/u
/** What an expression looks at beyond its match. */
const BEYOND = 3

/** Part of a view, with one character before it where there is one, so that anchors and boundaries see it. */
export interface Piece {
  /** Where `text` begins in the view. */
  readonly base: number
  readonly text: string
  /** Matches begin within [start, until), in the view. */
  readonly start: number
  readonly until: number
}

export function pieces(text: string, window: Window, {before, after}: Chain): readonly Piece[] {
  if (window.end - window.start <= PIECE) return [piece(text, window.start, window.end, window.end)]
  const all: Piece[] = []
  for (let start = window.start; start < window.end; start += PIECE) {
    const until = Math.min(window.end, start + PIECE)
    let end = window.end
    if (until < window.end) {
      end = until
      for (let letters = before + after + BEYOND; end < window.end && letters > 0; end++) {
        if (LETTER.test(text.charAt(end))) letters--
      }
      while (end < window.end && !LETTER.test(text.charAt(end))) end++
    }
    all.push(piece(text, start, until, end))
  }
  return all
}

function piece(text: string, start: number, until: number, end: number): Piece {
  const base = Math.max(0, start - 1)
  return {base, text: text.slice(base, Math.min(text.length, end + BEYOND)), start, until}
}
