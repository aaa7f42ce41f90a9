// Compares configurations at a reload: keys that keep their value until a restart, changes that reject the reload, and
// changes that weaken the policy and are therefore announced (and rejected in strict mode). The direction of a key is
// declared in its schema (core/weaker.ts); a key without one counts as weaker on any change.
import {z} from 'zod'
import type {WeakerRule} from '../../core/weaker.js'
import type {Schemas} from './schemas.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import {nodeOf, type SchemaNode} from './directions.js'
import type {FileLines} from './file-lines.js'
import {lessOf, newOf, shownPath, valueWeakened} from './weaker-values.js'

export interface FieldNote {
  readonly field: string
  readonly message: string
}

export interface Compared {
  /** The new configuration with the running values of restart-only keys. */
  readonly config: EffectiveConfig
  readonly ignored: readonly FieldNote[]
  /** Every respect in which the new policy lets more through than the running one, or leaves less evidence. */
  readonly weaker: readonly FieldNote[]
  /** Why the reload as a whole is rejected. */
  readonly refused: readonly string[]
}

export interface Facts {
  readonly schemas: Schemas
  /** Names of the active rules, by kind. */
  readonly rules: Readonly<Record<'dlp' | 'injection', readonly string[]>>
  /** Lines of the files named by the two configurations. */
  readonly lines: {readonly running: FileLines; readonly next: FileLines}
}

export function compare(running: EffectiveConfig, next: EffectiveConfig, facts: Facts): Compared {
  const comparison = new Comparison(facts)
  const sections = Object.entries(facts.schemas).map(([name, schema]) => {
    const [old, fresh] = [memberOf(running, name), memberOf(next, name)]
    return [name, comparison.value(nodeOf(schema), [name], old, fresh, false)] as const
  })
  return {
    config: {...next, ...Object.fromEntries(sections)},
    ignored: comparison.ignored,
    weaker: comparison.weaker,
    refused: comparison.refused,
  }
}

type Path = readonly string[]

class Comparison {
  readonly ignored: FieldNote[] = []
  readonly weaker: FieldNote[] = []
  readonly refused: string[] = []
  readonly #facts: Facts

  constructor(facts: Facts) {
    this.#facts = facts
  }

  /** Returns the value to take effect. `off`: its section was off, or is turned off as a whole. */
  value({schema, rule}: SchemaNode, path: Path, old: unknown, fresh: unknown, off: boolean): unknown {
    if (rule === undefined && schema instanceof z.ZodObject && isRecord(old) && isRecord(fresh))
      return this.#section(schema, path, old, fresh, off)
    if (rule?.onAtStart && old === false && fresh === true)
      this.refused.push(`${shownPath(path)} cannot be turned on by a reload; restart`)
    if ((off && rule?.always !== true) || rule?.when === 'never') return fresh
    if (rule?.when === 'restart') {
      if (JSON.stringify(old) === JSON.stringify(fresh)) return fresh
      this.ignored.push({field: shownPath(path), message: 'takes effect after a restart'})
      return old
    }
    if (schema instanceof z.ZodArray && Array.isArray(old) && Array.isArray(fresh))
      this.#list(nodeOf(schema.element), rule, path, old, fresh)
    else if (schema instanceof z.ZodRecord && rule?.when === 'removed' && isRecord(old) && isRecord(fresh))
      this.#mapping(nodeOf(schema.valueType), path, old, fresh)
    else if (rule?.lines) this.#file(path, old, fresh)
    else this.#note(path, valueWeakened(rule ?? {when: 'changed'}, old, fresh))
    return fresh
  }

  #section(schema: z.ZodObject, path: Path, old: Members, fresh: Members, off: boolean): Members {
    const nodes = Object.entries(schema.shape).map(([name, inner]) => [name, nodeOf(inner)] as const)
    const gate = nodes.find(([, {rule}]) => rule?.gates)?.[0]
    const isOff = gate !== undefined && (old[gate] !== true || fresh[gate] !== true)
    return {
      ...fresh,
      ...Object.fromEntries(
        nodes.map(([name, node]) => {
          const inner = this.value(node, [...path, name], old[name], fresh[name], off || (isOff && name !== gate))
          return [name, inner]
        }),
      ),
    }
  }

  #list(element: SchemaNode, rule: WeakerRule | undefined, path: Path, old: Values, fresh: Values): void {
    const {when, by} = rule ?? {when: 'changed'}
    const [before, after] = [byKey(by, old), byKey(by, fresh)]
    if (rule && element.schema instanceof z.ZodObject && before && after)
      return this.#entries(element.schema, rule, path, before, after)
    if (rule && when === 'added') for (const text of newOf(rule, old, fresh)) this.#note(path, `${text} added`)
    else if (rule && when === 'removed') for (const text of lessOf(rule, old, fresh)) this.#note(path, text)
    else this.#note(path, valueWeakened({when: 'changed'}, old, fresh))
  }

  /** Compares lists whose entries have an identity: matching entries are compared member by member. */
  #entries(schema: z.ZodObject, rule: WeakerRule, path: Path, old: Entries, fresh: Entries): void {
    const inForce =
      rule.replaces === undefined ? [] : this.#facts.rules[rule.replaces].map((name) => name.toLowerCase())
    for (const [key, entry] of old) {
      const now = fresh.get(key)
      const name = nameOf(rule, key, entry)
      if (now !== undefined) this.#section(schema, [...path, `[${name}]`], entry, now, false)
      else if (rule.when === 'removed') this.#note(path, `${name} removed`)
    }
    for (const [key, entry] of fresh) {
      if (old.has(key)) continue
      const name = nameOf(rule, key, entry)
      if (rule.when === 'added') this.#note(path, `${name} added`)
      else if (inForce.includes(name.toLowerCase())) this.#note(path, `${name} replaces the rule of that name`)
    }
  }

  #mapping(value: SchemaNode, path: Path, old: Members, fresh: Members): void {
    for (const [name, entry] of Object.entries(old)) {
      if (!Object.hasOwn(fresh, name)) this.#note(path, `${name} removed`)
      else this.value(value, [...path, name], entry, fresh[name], false)
    }
  }

  #file(path: Path, old: unknown, fresh: unknown): void {
    if (typeof old !== 'string' || old === '') return
    if (typeof fresh !== 'string' || fresh === '') return this.#note(path, 'removed')
    const {running, next} = this.#facts.lines
    const [before, after] = [running.get(old), next.get(fresh)]
    if (before === undefined || after === undefined) return this.#note(path, 'cannot be compared with the running one')
    const missing = [...before].filter((line) => !after.has(line)).length
    if (missing > 0) this.#note(path, `${missing} of ${before.size} lines were removed`)
  }

  #note(path: Path, message: string | undefined): void {
    if (message !== undefined) this.weaker.push({field: shownPath(path), message})
  }
}

type Members = Readonly<Record<string, unknown>>
type Values = readonly unknown[]
type Entries = ReadonlyMap<string, Members>

/** undefined when entries have no identity, or two share one. */
function byKey(by: readonly string[] | undefined, values: Values): Entries | undefined {
  if (by === undefined) return undefined
  const entries = new Map<string, Members>()
  for (const value of values)
    if (isRecord(value)) entries.set(by.map((name) => String(value[name])).join(' at '), value)
  return entries.size === values.length ? entries : undefined
}

function nameOf({label}: WeakerRule, key: string, entry: Members): string {
  return label === undefined ? key : String(entry[label])
}

function memberOf(config: EffectiveConfig, name: string): unknown {
  return (config as unknown as Members)[name]
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
