// A JSON document as a tree that knows where everything stands, for changes that leave all other bytes as they are.
import {tokensOf, unescape, type JsonToken} from './lexer.js'
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
  const tokens = tokensOf(source)
  const next = (): JsonToken => tokens.next().value ?? {kind: '0', start: source.length, end: source.length}
  const textOf = ({start, end}: JsonToken): string => unescape(source, start + 1, end - 1)

  const value = ({kind, start, end}: JsonToken): PlacedJson => {
    if (kind === '"') return {kind: 'string', text: textOf({kind, start, end}), start, end}
    if (kind === '{') {
      const members: PlacedMember[] = []
      let token = next()
      while (token.kind !== '}') {
        if (token.kind === ',') token = next()
        next() // the colon
        members.push({name: textOf(token), value: value(next())})
        token = next()
      }
      return {kind: 'object', members, start, end: token.end}
    }
    if (kind === '[') {
      const items: PlacedJson[] = []
      let token = next()
      while (token.kind !== ']') {
        items.push(value(token.kind === ',' ? next() : token))
        token = next()
      }
      return {kind: 'array', items, start, end: token.end}
    }
    return {kind: 'plain', start, end}
  }

  return value(next())
}
