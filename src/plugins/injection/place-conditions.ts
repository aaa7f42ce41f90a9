// What stands between two letters of a text: signs that a phrase needs there, or the start of a line.
import {put, type Condition, type Scene, type Step} from './places.js'

const KEPT = /[\p{L}\p{N}]/u
const KEPT_ASCII = Uint8Array.from({length: 128}, (_, unit) => (KEPT.test(String.fromCharCode(unit)) ? 1 : 0))

function isKept(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit < 128 ? KEPT_ASCII[unit] === 1 : KEPT.test(text.charAt(at))
}

/** The places of which a condition holds. */
export function filter(holds: Condition): Step {
  return (places, scene) => {
    const out: number[] = []
    for (let i = 0; i < places.length; i += 2) {
      const last = Math.min(places[i + 1] ?? 0, scene.letters.count)
      for (let at = places[i] ?? 0; at <= last; at++) if (holds(at, scene)) put(out, at, at)
    }
    return out
  }
}

/** One of the signs stands after the letter before the first place and before the letter after the last. */
export function hasSign({text, letters: {offsets, count}}: Scene, first: number, last: number, signs: string): boolean {
  const until = offsets[Math.min(last, count)] ?? text.length
  for (let i = afterLetter(first, offsets); i < until; i++) {
    if (signs.includes(text.charAt(i))) return true
  }
  return false
}

/** One of the signs stands within so many letters. */
export function signWithin(most: number, signs: string): Step {
  return (places, {text, letters: {offsets, count}}) => {
    const end = offsets[Math.min((places.at(-1) ?? 0) + most, count)] ?? text.length
    const results = offsetsOf(signs, text, afterLetter(places[0] ?? 0, offsets), end)
    const out: number[] = []
    let k = 0
    for (let i = 0; i < places.length && k < results.length; i += 2) {
      const last = Math.min(places[i + 1] ?? 0, count)
      for (let at = places[i] ?? 0; at <= last; at++) {
        const from = afterLetter(at, offsets)
        while (k < results.length && (results[k] ?? 0) < from) k++
        const sign = results[k]
        if (sign === undefined) break
        if (sign < (offsets[Math.min(at + most, count)] ?? text.length)) put(out, at, at)
      }
    }
    return out
  }
}

/** Where the letter before a place has ended. */
function afterLetter(at: number, offsets: Uint32Array): number {
  return at === 0 ? 0 : (offsets[at - 1] ?? 0) + 1
}

/** Where the signs stand in a part of a text, ascending. */
function offsetsOf(signs: string, text: string, start: number, end: number): readonly number[] {
  const part = text.slice(start, end)
  const results: number[] = []
  for (const sign of signs) {
    for (let at = part.indexOf(sign); at >= 0; at = part.indexOf(sign, at + 1)) results.push(start + at)
  }
  return signs.length === 1 ? results : results.sort((a, b) => a - b)
}

/** How far before a word the start of its line is looked for. */
const INDENT = 40

/** Nothing but signs stands between the start of a line and the letter after a place. */
export function beginsLine(at: number, {text, letters: {offsets}}: Scene): boolean {
  const end = offsets[at] ?? text.length
  for (let i = end - 1; i >= Math.max(0, end - INDENT); i--) {
    if (text.charCodeAt(i) === 0x0a) return true
    if (isKept(text, i)) return false
  }
  return true
}
