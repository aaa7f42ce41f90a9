// The schema language of signed documents: one declaration gives the TypeScript type, the refusal of unknown and
// missing members, the type checks in schema order, and the projection that hashes and signatures cover.
import {integerOf, isObject, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {parseTimestampLoosely} from '../../lib/timestamp.js'
import {PipelockError} from '../../core/errors.js'

/** A 64-bit integer: a number while it is exact, else a bigint, so that equal values are `===`. */
export type Int = number | bigint

/** Any JSON value that signed documents allow. */
export type Free = JsonValue

export interface Type<T> {
  /** The projected value. `where` names it in messages. Throws PipelockError. */
  read(value: JsonValue, where: string): T
  /** Zero values of opt members are left out of the projection. */
  isZero(value: T): boolean
}

export interface Field<T, Opt extends boolean> {
  readonly type: Type<T>
  readonly opt: Opt
}

type AnyField = Field<unknown, boolean>
type Fields = Readonly<Record<string, Type<unknown> | AnyField>>
type OptNames<F extends Fields> = {[K in keyof F]: F[K] extends Field<unknown, true> ? K : never}[keyof F]
type ValueOf<M> = M extends Type<infer T> ? T : M extends Field<infer T, boolean> ? T : never

type Shape<F extends Fields> = {readonly [K in Exclude<keyof F, OptNames<F>>]: ValueOf<F[K]>} & {
  readonly [K in OptNames<F>]?: Exclude<ValueOf<F[K]>, null>
}

/** The TypeScript type of what a schema reads. */
export type Infer<S> = S extends Type<infer T> ? T : never

function wrong(where: string, what: string): never {
  throw new PipelockError('invalid_field', `${where} must be ${what}`)
}

export const string: Type<string> = {
  read: (value, where) => (typeof value === 'string' ? value : wrong(where, 'a string')),
  isZero: (value) => value === '',
}

/** RFC 3339 in UTC; rendered again in the one canonical form. */
export const time: Type<string> = {
  read(value, where) {
    const parsed = typeof value === 'string' ? parseTimestampLoosely(value) : undefined
    return parsed?.canonical ?? wrong(where, 'an RFC 3339 time in UTC, written with Z')
  },
  isZero: (value) => value === '0001-01-01T00:00:00Z',
}

export const boolean: Type<boolean> = {
  read: (value, where) => (typeof value === 'boolean' ? value : wrong(where, 'true or false')),
  isZero: (value) => !value,
}

export const int: Type<Int> = {
  read(value, where) {
    // a body built in memory may hold the bigint that an earlier reading made
    const exact = typeof value === 'bigint' ? value : (integerOf(value) ?? wrong(where, 'an integer'))
    return typeof value === 'number' ? value : exact
  },
  isZero: (value) => value === 0 || value === 0n,
}

/**
 * Orders of names by bytes and by UTF-16 units agree only below U+D800, so names with characters beyond are refused.
 */
const BEYOND = /[\ud800-\uffff]/

function free(value: JsonValue, where: string): Free {
  if (Array.isArray(value)) {
    value.forEach((item, i) => free(item, `${where}[${i}]`))
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) free(member, memberPath(where, name))
  }
  return value
}

function memberPath(where: string, name: string): string {
  if (BEYOND.test(name)) throw new PipelockError('invalid_field', `${where} has a member name beyond U+D7FF`)
  return `${where}.${name}`
}

/** An object with any members. Missing content reads as null, which differs from the empty map. */
export const freeMap: Type<JsonObject | null> = {
  read(value, where) {
    if (value === null) return null
    if (!isObject(value)) return wrong(where, 'an object')
    free(value, where)
    return value
  },
  isZero: (value) => value === null || Object.keys(value).length === 0,
}

/** An object whose members all have one type. */
export function map<T>(item: Type<T>): Type<{readonly [name: string]: T} | null> {
  return {
    read(value, where) {
      if (value === null) return null
      if (!isObject(value)) return wrong(where, 'an object')
      // no prototype: a member called __proto__ must stay an ordinary member
      const result = Object.create(null) as Record<string, T>
      for (const [name, member] of Object.entries(value)) result[name] = item.read(member, memberPath(where, name))
      return result
    },
    isZero: (value) => value === null || Object.keys(value).length === 0,
  }
}

export function list<T>(item: Type<T>): Type<readonly T[] | null> {
  return {
    read(value, where) {
      if (value === null) return null
      if (!Array.isArray(value)) return wrong(where, 'a list')
      return value.map((element, i) => item.read(element, `${where}[${i}]`))
    },
    isZero: (value) => value === null || value.length === 0,
  }
}

export function nullable<T>(type: Type<T>): Type<T | null> {
  return {
    read: (value, where) => (value === null ? null : type.read(value, where)),
    isZero: (value) => value === null,
  }
}

/** A member that is omitted when it has its zero value, and may be missing. */
export function opt<T>(type: Type<T>): Field<T, true> {
  return {type, opt: true}
}

/** A closed object: unknown members are refused first, then members are read in the order of the declaration. */
export function object<F extends Fields>(fields: F): Type<Shape<F>> {
  const members = Object.entries(fields).map(([name, member]) => {
    const field: AnyField = 'type' in member ? member : {type: member, opt: false}
    return {name, ...field}
  })
  const names = new Set(members.map((m) => m.name))
  return {
    read(value, where) {
      if (!isObject(value)) return wrong(where, 'an object')
      for (const name in value) {
        if (!names.has(name)) {
          throw new PipelockError('unknown_field', `${where} has no member ${JSON.stringify(name.slice(0, 80))}`)
        }
      }
      const result: Record<string, unknown> = {}
      for (const {name, type, opt: isOpt} of members) {
        const member = value[name]
        if (member === undefined) {
          if (isOpt) continue
          throw new PipelockError('missing_required_field', `${where} lacks ${name}`)
        }
        const read = type.read(member, `${where}.${name}`)
        if (!isOpt || !type.isZero(read)) result[name] = read
      }
      return result as Shape<F>
    },
    isZero: () => false,
  }
}

/** Projects a value built in memory through the same typed boundary as a received one. */
export function project<T>(type: Type<T>, value: object, name: string): T {
  return type.read(value as JsonValue, name)
}
