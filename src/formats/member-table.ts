// Structures of the v1 formats as tables: one table per object drives the canonical writer G, the refusal of unknown
// members and the check of types and ranges, so that none of the three can forget a member.
import {utf8} from '../lib/bytes.js'
import {integerOf, isObject, type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {compareCodePoints, stringG} from '../lib/json/writer.js'
import {parseTimestamp} from '../lib/timestamp.js'
import {EvidenceFault} from './evidence-fault.js'

/** A 64-bit integer: a number while it is exact, else a bigint, so that equal values are `===`. */
export type Int = number | bigint

export type Shape =
  | {readonly kind: 'string' | 'time' | 'bool' | 'strings' | 'strings-or-null' | 'counts'}
  | {readonly kind: 'int'; readonly min: bigint; readonly max: bigint}
  | {readonly kind: 'object' | 'objects'; readonly members: MemberTable}

/**
 * `always` is written even when zero, and must be present; `opt` is left out when zero; `zero` is always written, and
 * counts as zero when it is missing (payloads of session_control).
 */
export type Presence = 'always' | 'opt' | 'zero'

export interface Member {
  readonly name: string
  readonly shape: Shape
  readonly presence: Presence
}

/** With its prefix as text and in bytes: as the first member of its object, and after another one. */
export interface TableMember extends Member {
  readonly prefix: string
  readonly next: string
  readonly firstBytes: Uint8Array
  readonly nextBytes: Uint8Array
  /** First byte of the name. */
  readonly letter: number
  /** Twice its index in the table. */
  readonly place: number
}

export interface MemberTable {
  readonly members: readonly TableMember[]
  readonly names: ReadonlySet<string>
}

export const STRING: Shape = {kind: 'string'}
export const TIME: Shape = {kind: 'time'}
export const BOOL: Shape = {kind: 'bool'}
export const STRINGS: Shape = {kind: 'strings'}
export const UINT64 = {kind: 'int', min: 0n, max: 2n ** 64n - 1n} as const
export const INT64 = {kind: 'int', min: -(2n ** 63n), max: 2n ** 63n - 1n} as const
export const BYTE = {kind: 'int', min: 0n, max: 255n} as const

export const object = (members: MemberTable) => ({kind: 'object', members}) as const

/** Rows in byte order: the name, followed by `?` when opt, and the shape. */
export function memberTable(
  rows: readonly (readonly [name: string, shape: Shape])[],
  missing: 'always' | 'zero' = 'always',
): MemberTable {
  const members = rows.map(([text, shape], index) => {
    const opt = text.endsWith('?')
    const name = opt ? text.slice(0, -1) : text
    const prefix = `${JSON.stringify(name)}:`
    return {
      name,
      shape,
      presence: opt ? ('opt' as const) : missing,
      prefix,
      next: `,${prefix}`,
      firstBytes: utf8(prefix),
      nextBytes: utf8(`,${prefix}`),
      letter: prefix.charCodeAt(1),
      place: 2 * index,
    }
  })
  return {members, names: new Set(members.map((m) => m.name))}
}

/** Writer G: members in table order, zero values of opt members left out, no white space. */
export function writeMembers(table: MemberTable, value: object): string {
  const source = value as Readonly<Record<string, unknown>>
  let out = '{'
  for (const {name, shape, presence, prefix, next} of table.members) {
    const member = source[name]
    if (presence === 'opt' && isZero(shape, member)) continue
    out += (out.length > 1 ? next : prefix) + writeValue(shape, member)
  }
  return `${out}}`
}

function isZero(shape: Shape, value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === 0n || value === false)
    return true
  if (Array.isArray(value)) return value.length === 0
  return shape.kind === 'counts' && Object.keys(value as object).length === 0
}

function writeValue(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'string':
    case 'time':
      return writeString(typeof value === 'string' ? value : '')
    case 'bool':
      return value === true ? 'true' : 'false'
    case 'int':
      return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '0'
    case 'strings-or-null':
      return Array.isArray(value) ? writeStrings(value) : 'null'
    case 'strings':
      return Array.isArray(value) ? writeStrings(value) : '[]'
    case 'object':
      return writeMembers(shape.members, value as object)
    case 'objects':
      return `[${(value as readonly object[]).map((item) => writeMembers(shape.members, item)).join(',')}]`
    case 'counts': {
      const counts = value as Readonly<Record<string, Int>>
      const names = Object.keys(counts).sort(compareCodePoints)
      return `{${names.map((name) => `${writeString(name)}:${String(counts[name])}`).join(',')}}`
    }
  }
}

function writeStrings(list: readonly string[]): string {
  return `[${list.map(writeString).join(',')}]`
}

/** A lone surrogate has no UTF-8 form: it is signed as U+FFFD, so that the text can be read back. */
function writeString(text: string): string {
  return stringG(text.isWellFormed() ? text : text.toWellFormed())
}

/**
 * Refuses members that the table, or a table below it, does not define. readMembers refuses values of the wrong type.
 */
export function refuseUnknown(table: MemberTable, value: JsonObject, where: string): void {
  for (const name in value) {
    if (!table.names.has(name))
      throw new EvidenceFault('unknown_field', `${where} has no member ${JSON.stringify(name)}`)
  }
  for (const {name, shape} of table.members) {
    if (shape.kind !== 'object' && shape.kind !== 'objects') continue
    const member = value[name]
    if (member === undefined) continue
    if (isObject(member)) refuseUnknown(shape.members, member, name)
    else if (Array.isArray(member))
      for (const item of member) if (isObject(item)) refuseUnknown(shape.members, item, name)
  }
}

/** The members in table order with their declared types; missing ones are refused, absent opt ones stay absent. */
export function readMembers(table: MemberTable, value: JsonObject): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {}
  for (const {name, shape, presence} of table.members) {
    const member = value[name]
    if (member !== undefined) result[name] = readValue(shape, member, name)
    else if (presence === 'always') throw new EvidenceFault('missing_required_field', `${name} is missing`)
  }
  return result
}

function readValue(shape: Shape, value: JsonValue, name: string): unknown {
  switch (shape.kind) {
    case 'string':
      return typeof value === 'string' ? value : wrong(name, 'a string')
    case 'time':
      return typeof value === 'string' && parseTimestamp(value) !== undefined
        ? value
        : wrong(name, 'a canonical UTC timestamp')
    case 'bool':
      return typeof value === 'boolean' ? value : wrong(name, 'true or false')
    case 'int':
      return readInt(shape.min, shape.max, value) ?? wrong(name, `an integer from ${shape.min} to ${shape.max}`)
    case 'strings-or-null':
      if (value === null) return null
      return isStrings(value) ? value : wrong(name, 'a list of strings or null')
    case 'strings':
      return isStrings(value) ? value : wrong(name, 'a list of strings')
    case 'object':
      return isObject(value) ? readMembers(shape.members, value) : wrong(name, 'an object')
    case 'objects':
      if (!Array.isArray(value)) return wrong(name, 'a list of objects')
      return value.map((item) => (isObject(item) ? readMembers(shape.members, item) : wrong(name, 'a list of objects')))
    case 'counts': {
      if (!isObject(value)) return wrong(name, 'an object')
      // no prototype: a pattern called __proto__ must stay an ordinary member
      const counts = Object.create(null) as Record<string, Int>
      for (const [key, count] of Object.entries(value)) {
        counts[key] = readInt(INT64.min, INT64.max, count) ?? wrong(name, 'a map of integers')
      }
      return counts
    }
  }
}

/** The integer as `Int` when it lies within the range. */
export function readInt(min: bigint, max: bigint, value: JsonValue | undefined): Int | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined
  const exact = integerOf(value)
  return exact === undefined || exact < min || exact > max ? undefined : exact
}

export function isStrings(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function wrong(name: string, what: string): never {
  throw new EvidenceFault('invalid_field', `${name} is not ${what}`)
}
