// The part of a text that a match of a phrase lies in, once its last trigger word is found.
import {SKIP, SPECIAL, type TriggerMachine} from './trigger-machine.js'
import type {Chain} from './triggers.js'

export interface Window {
  readonly start: number
  readonly end: number
}

/** What an expression looks at beyond its match. */
const BEYOND = 3

/** Adds the window of a match whose last trigger word ends at `at`, as one with the last window where they meet. */
export function addWindow(
  found: Map<number, Window[]>,
  index: number,
  chain: Chain,
  {plain, resolve}: TriggerMachine,
  text: string,
  at: number,
): void {
  // signs that are letters in some places are never counted: the window is the larger for it
  const isLetter = (i: number): boolean => {
    const symbol = plain[text.charCodeAt(i)] ?? SKIP
    return symbol < SPECIAL || (text.charCodeAt(i) > 0x7f && symbol !== SKIP && resolve(text, i, false, 1) !== SKIP)
  }
  const windows = found.get(index)
  const last = windows?.at(-1)
  const stop = last?.end ?? 0
  let end = at + 1
  for (let taken = 0; end < text.length && taken < chain.after; end++) if (isLetter(end)) taken++
  while (end < text.length && !isLetter(end)) end++
  end = Math.min(text.length, end + BEYOND)
  let start = at + 1
  for (let taken = 0; start > stop && taken < chain.before; start--) if (isLetter(start - 1)) taken++
  while (start > stop && !isLetter(start - 1)) start--
  if (windows !== undefined && last !== undefined && start <= last.end) {
    windows[windows.length - 1] = {start: last.start, end: Math.max(last.end, end)}
  } else if (chain.signs.every((signs) => holdsOne(text, start, end, signs))) {
    if (windows === undefined) found.set(index, [{start, end}])
    else windows.push({start, end})
  }
}

function holdsOne(text: string, start: number, end: number, signs: string): boolean {
  for (let i = start; i < end; i++) if (signs.includes(text.charAt(i))) return true
  return false
}
