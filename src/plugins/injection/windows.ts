// The part of a text that a match of a phrase lies in, once its last trigger word is found.
import {SKIP, SPECIAL, type TriggerMachine} from './trigger-machine.js'
import type {Chain} from './triggers.js'

export interface Window {
  readonly start: number
  readonly end: number
  /** Where the last trigger words of matches end; undefined: anywhere. */
  readonly ends?: number[]
}

/** What an expression looks at beyond its match. */
const BEYOND = 3

/** Windows of the matches whose last trigger words end at `ends`; those that meet are one. */
export function windowsOf(
  ends: readonly number[],
  chain: Chain,
  machine: TriggerMachine,
  text: string,
): readonly Window[] {
  const {plain, resolve} = machine
  // signs that are letters in some places are never counted: the window is the larger for it
  const isLetter = (i: number): boolean => {
    const code = text.charCodeAt(i)
    const symbol = plain[code] ?? SKIP
    return symbol < SPECIAL || (code > 0x7f && symbol !== SKIP && resolve(text, i, false, 1) !== SKIP)
  }
  const windows: {start: number; end: number; ends: number[]}[] = []
  for (const at of ends) {
    const last = windows.at(-1)
    const stop = last?.end ?? 0
    let start = at + 1
    for (let taken = 0; start > stop && taken < chain.before; start--) if (isLetter(start - 1)) taken++
    while (start > stop && !isLetter(start - 1)) start--
    let end = Math.max(at + 1, stop)
    if (chain.after > 0 || stop <= at + BEYOND) {
      end = at + 1
      for (let taken = 0; end < text.length && taken < chain.after; end++) if (isLetter(end)) taken++
      while (end < text.length && !isLetter(end)) end++
      end = Math.max(stop, Math.min(text.length, end + BEYOND))
    }
    if (last !== undefined && start <= last.end) {
      last.end = end
      last.ends.push(at)
    } else windows.push({start, end, ends: [at]})
  }
  return windows.filter(({start, end}) => chain.signs.every((signs) => holdsOne(text, start, end, signs)))
}

function holdsOne(text: string, start: number, end: number, signs: string): boolean {
  for (let i = start; i < end; i++) if (signs.includes(text.charAt(i))) return true
  return false
}
