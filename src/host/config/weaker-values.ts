// Compares two values of one key under the direction of its schema.
import type {Direction, WeakerRule} from '../../core/weaker.js'

type Order = Exclude<Direction, string>

/** In which respect the new value is weaker; undefined when it is not. */
export function valueWeakened(rule: WeakerRule, old: unknown, fresh: unknown): string | undefined {
  if (JSON.stringify(old) === JSON.stringify(fresh)) return undefined
  const {when, secret} = rule
  const redacted = (message: string): string => (secret ? 'changed' : message)
  if (typeof when !== 'string') return orderWeakened(when, asCompared(rule, old), asCompared(rule, fresh))
  switch (when) {
    case 'off':
      return switchRank(fresh) < switchRank(old) ? 'turned off' : undefined
    case 'on':
      return switchRank(fresh) > switchRank(old) ? 'turned on' : undefined
    case 'higher':
    case 'lower':
      return numberWeakened(rule, old, fresh)
    case 'set':
      return fresh === undefined || fresh === '' ? undefined : redacted(old === undefined ? 'set' : 'changed')
    default:
      return redacted('changed')
  }
}

/** An omitted switch ranks between off and on: its effect is decided elsewhere. */
function switchRank(value: unknown): number {
  return value === true ? 2 : value === false ? 0 : 1
}

function numberWeakened(rule: WeakerRule, old: unknown, fresh: unknown): string | undefined {
  const [was, is] = [limitOf(rule, old), limitOf(rule, fresh)]
  if (Number.isNaN(was) || Number.isNaN(is)) return 'changed'
  if (rule.when === 'higher' ? is <= was : is >= was) return undefined
  if (is === Number.POSITIVE_INFINITY) return 'limit removed'
  return `${is > was ? 'raised' : 'lowered'} from ${String(old)} to ${String(fresh)}`
}

function limitOf(rule: WeakerRule, value: unknown): number {
  const number = asCompared(rule, value)
  if (typeof number !== 'number') return Number.NaN
  return rule.unlimited !== undefined && number <= rule.unlimited ? Number.POSITIVE_INFINITY : number
}

function asCompared({as}: WeakerRule, value: unknown): unknown {
  return as === undefined ? value : (as as (value: unknown) => unknown)(value)
}

function orderWeakened(order: Order, old: unknown, fresh: unknown): string | undefined {
  if (old === fresh) return undefined
  const rank = (value: unknown): number =>
    order.findIndex((step) => (typeof step === 'string' ? step === value : step.some((one) => one === value)))
  const [was, is] = [rank(old), rank(fresh)]
  if (was !== -1 && is > was) return undefined
  return `${is === -1 || is === was ? 'changed' : 'lowered'} from ${String(old)} to ${String(fresh)}`
}

/** The new members of a list that let more through. */
export function newOf(
  {includes, secret}: WeakerRule,
  old: readonly unknown[],
  fresh: readonly unknown[],
): readonly string[] {
  const known = old.map(textOf)
  const added = fresh.map(textOf).filter((text) => !known.some((one) => one === text || includes?.(one, text)))
  return secret && added.length > 0 ? [String(added.length)] : added
}

/** Messages for restrictions of the old list that the new one lacks. */
export function lessOf(
  {includes, secret}: WeakerRule,
  old: readonly unknown[],
  fresh: readonly unknown[],
): readonly string[] {
  if (old.length > 0 && fresh.length === 0) return ['emptied']
  const kept = fresh.map(textOf)
  const missing = old.map(textOf).filter((text) => !kept.some((one) => one === text || includes?.(one, text)))
  return secret && missing.length > 0 ? [`${missing.length} removed`] : missing.map((text) => `${text} removed`)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function shownPath(path: readonly string[]): string {
  return path.reduce((text, part) => (part.startsWith('[') ? `${text}${part}` : `${text}.${part}`))
}
