// Every key of every schema declares which change of it is weaker, and a reload enforces it: tables generated from the
// schemas, so that a new key is included at once.
import {expect, test} from 'vitest'
import {z} from 'zod'
import type {WeakerRule} from '../../../../src/core/weaker.js'
import {keysOf, type Key} from '../../../../src/host/config/directions.js'
import {allSchemas, loadSource} from '../../../../src/host/config/load.js'
import {compare} from '../../../../src/host/config/weaker.js'
import type {EffectiveConfig} from '../../../../src/plugins/effective-config.js'

const schemas = await allSchemas()
const keys = keysOf(schemas)
const files = new Map([
  ['one', new Set(['a', 'b'])],
  ['two', new Set(['b', 'c'])],
])
const facts = {schemas, rules: {dlp: ['Taken'], injection: ['Taken']}, lines: {running: files, next: files}}

const ADVICE = `state in the schema which change of the key is weaker: .meta({weaker: 'off' | 'higher' | 'added' | …}), see core/weaker.ts`

/** The fault of a key's declaration; undefined when it fits the possible values. */
function misfit({schema, rule}: Key): string | undefined {
  if (rule === undefined) return ADVICE
  const {when} = rule
  if (typeof when !== 'string') {
    if (!(schema instanceof z.ZodEnum)) return rule.as ? undefined : 'an order is for named texts'
    const named = when.flat()
    const values = schema.options.map(String).map((value) => (rule.as ? String(rule.as(value as never)) : value))
    const missing = values.filter((value) => !named.includes(value))
    return missing.length > 0 ? `the order does not name ${missing.join(', ')}` : undefined
  }
  const fits: Partial<Record<typeof when, boolean>> = {
    off: schema instanceof z.ZodBoolean,
    on: schema instanceof z.ZodBoolean,
    higher: isNumber(schema) || rule.as !== undefined,
    lower: isNumber(schema) || rule.as !== undefined,
    added: schema instanceof z.ZodArray,
    removed: schema instanceof z.ZodArray || schema instanceof z.ZodRecord,
  }
  return fits[when] === false ? `'${when}' does not fit its type` : undefined
}

const isNumber = (schema: unknown): boolean =>
  schema instanceof z.ZodNumber || (schema instanceof z.ZodLiteral && [...schema.values].every(Number.isInteger))

test('every key of every schema has a direction that fits it', () => {
  const problems = keys.flatMap((key) => {
    const problem = misfit(key)
    return problem === undefined ? [] : [`${key.path}: ${problem}`]
  })
  expect(problems).toEqual([])
})

test('a key without a direction is detected, and every change of it counts as weaker', () => {
  const added = {dlp: z.strictObject({fresh: z.boolean().default(true)})}
  expect(keysOf(added).map((key) => [key.path, misfit(key)])).toEqual([['dlp.fresh', ADVICE]])
  const config = (fresh: boolean): EffectiveConfig => ({dlp: {fresh}}) as unknown as EffectiveConfig
  for (const [old, now] of [
    [true, false],
    [false, true],
  ] as const) {
    const {weaker} = compare(config(old), config(now), {...facts, schemas: added})
    expect(weaker).toEqual([{field: 'dlp.fresh', message: 'changed'}])
  }
})

interface Pair {
  readonly strong: unknown
  readonly weak: unknown
}

/** Two values of which the second is the weaker one; equal standing where every change counts. */
function pairOf({schema, rule}: Key & {readonly rule: WeakerRule}): Pair {
  const {when, by, unlimited, as} = rule
  const entry = (name: string): unknown =>
    by === undefined ? name : {...emptyEntry(schema), ...Object.fromEntries(by.map((member) => [member, name]))}
  if (typeof when !== 'string') {
    const [first, last] = [when[0], when.at(-1)].map((step) => (typeof step === 'string' ? step : step?.[0]))
    return {strong: last, weak: first}
  }
  if (schema instanceof z.ZodRecord && when === 'removed') return {strong: {a: emptyEntry(schema)}, weak: {}}
  switch (when) {
    case 'off':
      return {strong: true, weak: false}
    case 'on':
      return {strong: false, weak: true}
    case 'higher':
      if (typeof (as as ((text: string) => unknown) | undefined)?.('5m') === 'number')
        return {strong: '5m', weak: '10m'}
      if (!isNumber(schema)) return {strong: '2030-01-01', weak: '2030-01-02'}
      return unlimited === undefined ? {strong: 12, weak: 15} : {strong: 12, weak: unlimited}
    case 'lower':
      return unlimited === undefined ? {strong: 15, weak: 12} : {strong: unlimited, weak: 12}
    case 'added':
      return {strong: [], weak: [entry('a.example')]}
    case 'removed':
      return {strong: [entry('10.0.0.0/8'), entry('b')], weak: [entry('b')]}
    case 'set':
      return {strong: undefined, weak: 'x'}
    default:
      return schema instanceof z.ZodBoolean ? {strong: true, weak: false} : {strong: 'one', weak: 'two'}
  }
}

/** The members of an entry, of the kind that the walk expects. */
function emptyEntry(schema: unknown): Record<string, unknown> {
  const inner =
    schema instanceof z.ZodArray ? schema.element : schema instanceof z.ZodRecord ? schema.valueType : schema
  if (!(inner instanceof z.ZodObject)) return {}
  return Object.fromEntries(Object.keys(inner.shape).map((name) => [name, undefined]))
}

const embedded = (await loadSource({kind: 'defaults'}, {home: '/srv'})).config as unknown as Record<string, unknown>

/** The embedded policy with every switch on, and this value for the key. */
function configWith(path: string, value: unknown): EffectiveConfig {
  const [name = '', ...rest] = path.replaceAll('[]', '.[]').split('.')
  return {...(on(embedded) as object), [name]: placed(on(embedded[name]), rest, value)} as unknown as EffectiveConfig
}

function placed(at: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value
  if (step === '[]')
    return [placed({name: 'e', value: 'e', host: 'e', pattern: 'e', rule: 'e', path: 'e', key_id: 'e'}, rest, value)]
  if (step === '*') return {e: placed({}, rest, value)}
  const members = (typeof at === 'object' && at !== null && !Array.isArray(at) ? at : {}) as Record<string, unknown>
  return {...members, [step]: placed(members[step], rest, value)}
}

function on(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, name === 'enabled' ? true : on(member)]),
  )
}

const table = keys.flatMap((key) => (key.rule ? [{...key, rule: key.rule}] : []))

/** `dlp.patterns[e].regex` for `dlp.patterns[].regex`. */
const shown = ({path}: Key): string =>
  path
    .replace('core_observe_exceptions[]', 'core_observe_exceptions[e at e]')
    .replaceAll('[]', '[e]')
    .replaceAll('*', 'e')
/** Members that identify their entry: another value is another entry. */
const identities = new Set(table.flatMap(({path, rule}) => (rule.by ?? []).map((name) => `${path}[].${name}`)))

test.each(table.map((key) => [key.path, key] as const))(
  '%s: a weaker value is announced, a stronger one is not',
  (path, key) => {
    const {when} = key.rule
    if (identities.has(path)) return expect(when).toBe('never')
    const {strong, weak} = pairOf(key)
    const from = (old: unknown, fresh: unknown): {weaker: readonly string[]; ignored: readonly string[]} => {
      const {weaker, ignored} = compare(configWith(path, old), configWith(path, fresh), facts)
      return {weaker: weaker.map(({field}) => field), ignored: ignored.map(({field}) => field)}
    }
    const field = shown(key)
    if (when === 'restart') {
      expect(from(strong, weak)).toEqual({weaker: [], ignored: [field]})
      expect(from(weak, strong)).toEqual({weaker: [], ignored: [field]})
      return
    }
    expect(from(strong, weak)).toEqual({weaker: when === 'never' ? [] : [field], ignored: []})
    expect(from(weak, strong)).toEqual({weaker: when === 'changed' ? [field] : [], ignored: []})
    expect(from(weak, weak)).toEqual({weaker: [], ignored: []})
  },
)
