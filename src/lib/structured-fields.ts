// Dictionaries of structured field values (RFC 9651, which contains RFC 8941), the only file that knows the library. A
// malformed field is undefined and never half a value. Decimals are read but not written: the library prints 1.0 as 1 and rounds half up, so
// whoever signs or verifies what was received uses the text as it came.
import * as library from 'structured-headers'
import type {BareItem, Dictionary, InnerList, Item, List, Parameters} from 'structured-headers'

export type {BareItem, InnerList, Item, Parameters}
export {Token} from 'structured-headers'
import {trimOws} from './ows.js'

/** The lines of one field, joined by `, ` in the order of the wire. */
export function parseDictionary(text: string): Dictionary | undefined {
  let members: Dictionary
  try {
    members = library.parseDictionary(text)
  } catch {
    return undefined // the library throws for everything that the grammar does not give
  }
  // a date that this runtime cannot hold would be one that every comparison answers with false
  const isUnheld = (item: BareItem): boolean => item instanceof Date && Number.isNaN(item.getTime())
  return bareItems([...members.values()]).some(isUnheld) ? undefined : members
}

export function isInnerList(member: Item | InnerList): member is InnerList {
  return library.isInnerList(member)
}

/** These throw a TypeError for a value that has no spelling, for a decimal, and for a display string with a control character. */
export function writeDictionary(members: Dictionary): string {
  return written([...members.values()], () => library.serializeDictionary(members))
}

export function writeInnerList(list: InnerList): string {
  return written([list], () => library.serializeInnerList(list))
}

const CONTROL = /[\x00-\x0f]/

function written(members: List, write: () => string): string {
  if (bareItems(members).some((item) => typeof item === 'number' && !Number.isInteger(item)))
    throw new TypeError('no structured field: a decimal is not written')
  // the library escapes U+0000 to U+000F with one digit, which reads as another character
  if (bareItems(members).some((item) => item instanceof library.DisplayString && CONTROL.test(item.toString())))
    throw new TypeError('no structured field: a display string with control characters is not written')
  try {
    return write()
  } catch (error) {
    throw new TypeError(`no structured field: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

function bareItems(members: List): readonly BareItem[] {
  return members.flatMap((member): readonly BareItem[] =>
    library.isInnerList(member) ? [...bareItems(member[0]), ...member[1].values()] : [member[0], ...member[1].values()],
  )
}

/**
 * The members of a dictionary with the text between `=` and the end of each as it was received; "" for a bare key. A key
 * that occurs twice has its last value, as in `parseDictionary`. undefined when the field is malformed.
 */
export function dictionaryTexts(text: string): ReadonlyMap<string, string> | undefined {
  if (parseDictionary(text) === undefined) return undefined
  const members = new Map<string, string>()
  for (const part of splitMembers(text)) {
    const [, key = '', value = ''] = /^[ \t]*([a-z*][a-z0-9_.*-]*)=?(.*)$/.exec(part) ?? []
    members.set(key, trimOws(value))
  }
  members.delete('')
  return members
}

/** Splits a well-formed dictionary at the commas that stand in no string. Nothing else of the grammar can hold one. */
function splitMembers(text: string): readonly string[] {
  const parts: string[] = []
  let [start, at] = [0, 0]
  while (at < text.length) {
    const char = text[at]
    if (char === '"') at = endOfString(text, at, text[at - 1] === '%')
    else if (char === ',') {
      parts.push(text.slice(start, at))
      start = at + 1
    }
    at++
  }
  return [...parts, text.slice(start)]
}

/** Index of the closing quote. A backslash protects a character in a string, and is one of its own in a display string. */
function endOfString(text: string, quote: number, isDisplay: boolean): number {
  let at = quote + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' && !isDisplay ? 2 : 1
  return at
}

/**
 * The text of a dictionary without the members whose key `isDropped` names; the others keep every byte and their order.
 * undefined when the field is malformed.
 */
export function withoutMembers(text: string, isDropped: (key: string) => boolean): string | undefined {
  if (parseDictionary(text) === undefined) return undefined
  const kept = splitMembers(text).filter((part) => !isDropped(/^[ \t]*([a-z*][a-z0-9_.*-]*)/.exec(part)?.[1] ?? ''))
  return trimOws(kept.join(','))
}
