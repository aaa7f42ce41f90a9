// A JSON document as a tree that knows where everything stands, for changes that leave all other bytes as they are.
import {readJson} from './reader.js'

export type PlacedJson =
  | {readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly PlacedMember[]}
  | {readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly PlacedJson[]}
  /** The range is that of the token with its quotes. */
  | {readonly kind: 'string'; readonly start: number; readonly end: number; readonly text: string}
  /** Numbers, true, false, null. */
  | {readonly kind: 'plain'; readonly start: number; readonly end: number}

export interface PlacedMember {
  readonly name: string
  readonly value: PlacedJson
}

/** Offsets are in UTF-16 units. Throws JsonFault where the text is no JSON, nests deeper, or names a member twice. */
export function placeJson(source: string, maxDepth: number): PlacedJson {
  // from here on the text is known to be well formed, and no deeper than the stack allows
  readJson(source, {maxDepth})
  let at = 0

  const skip = (): number => {
    while (/[\s:,]/.test(source[at] ?? '')) at++
    return source.charCodeAt(at)
  }

  const token = (): string => {
    const start = at++
    for (;;) {
      at = source.indexOf('"', at)
      let escapes = 0
      while (source[at - 1 - escapes] === '\\') escapes++
      at++
      if (escapes % 2 === 0) break
    }
    const raw = source.slice(start, at)
    if (!raw.includes('\\')) return raw.slice(1, -1)
    const text: unknown = JSON.parse(raw)
    return String(text)
  }

  const value = (): PlacedJson => {
    const c = skip()
    const start = at
    if (c === 0x22) return {kind: 'string', text: token(), start, end: at}
    if (c === 0x7b) {
      at++
      const members: PlacedMember[] = []
      while (skip() !== 0x7d) members.push({name: token(), value: value()})
      return {kind: 'object', members, start, end: ++at}
    }
    if (c === 0x5b) {
      at++
      const items: PlacedJson[] = []
      while (skip() !== 0x5d) items.push(value())
      return {kind: 'array', items, start, end: ++at}
    }
    while (at < source.length && !/[\s,\]}]/.test(source[at] ?? '')) at++
    return {kind: 'plain', start, end: at}
  }

  return value()
}
