// A list of the operator's own words as a class: literal, longest first, in one pass over the text whatever its size
//. Words are brought into the normal form in which texts are searched.
import {normaliseForDlp} from '../../lib/text/normalise.js'
import type {Detector} from './places.js'

export interface DictionaryOptions {
  readonly label: string
  readonly priority: number
  readonly caseInsensitive: boolean
  /** A letter or digit at the edge of a word must not continue it. */
  readonly wordBoundary: boolean
}

interface Node {
  readonly next: Map<number, Node>
  isEnd: boolean
}

const newNode = (): Node => ({next: new Map(), isEnd: false})

export function dictionaryDetector(entries: readonly string[], options: DictionaryOptions): Detector {
  const {label, priority, caseInsensitive, wordBoundary} = options
  const root = newNode()
  for (const entry of entries) {
    // as written, and in the form that a text in look-alikes is brought into
    for (const form of new Set([entry, normaliseForDlp(entry).line])) insert(root, form, caseInsensitive)
  }
  const unit = (text: string, at: number): number => (caseInsensitive ? lowerUnit(text, at) : text.charCodeAt(at))

  /** End of the longest word that begins here, -1 where none does. */
  const longest = (text: string, start: number): number => {
    let end = -1
    let node: Node | undefined = root
    for (let at = start; at < text.length;) {
      node = node.next.get(unit(text, at))
      if (node === undefined) break
      at++
      if (node.isEnd && (!wordBoundary || isEdge(text, at))) end = at
    }
    return end
  }

  return {
    label,
    priority,
    minLength: Math.min(
      ...entries.map((entry) => normaliseForDlp(entry).line.length),
      ...entries.map(({length}) => length),
    ),
    isCredential: false,
    find(text, result) {
      for (let at = 0; at < text.length; at++) {
        if (!root.next.has(unit(text, at)) || (wordBoundary && !isEdge(text, at))) continue
        const end = longest(text, at)
        if (end < 0) continue
        result(at, end)
        at = end - 1
      }
    },
  }
}

function insert(root: Node, entry: string, caseInsensitive: boolean): void {
  let node = root
  for (let at = 0; at < entry.length; at++) {
    const unit = caseInsensitive ? lowerUnit(entry, at) : entry.charCodeAt(at)
    let next = node.next.get(unit)
    if (next === undefined) node.next.set(unit, (next = newNode()))
    node = next
  }
  if (node !== root) node.isEnd = true
}

/** Lower case of one unit where it is one unit: offsets must stay. */
function lowerUnit(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0x80) return unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit
  const lower = text.charAt(at).toLowerCase()
  return lower.length === 1 ? lower.charCodeAt(0) : unit
}

/** No word continues across this offset. */
function isEdge(text: string, at: number): boolean {
  return at === 0 || at >= text.length || !isWordUnit(text, at - 1) || !isWordUnit(text, at)
}

/** Scripts that put no space between words have no edges to look for. */
function isWordUnit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit < 0x80)
    return (unit >= 0x30 && unit <= 0x39) || ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) || unit === 0x5f
  return unit < 0x2e80 && /[\p{L}\p{N}]/u.test(text.charAt(at))
}
