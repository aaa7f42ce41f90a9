// A proposal: a setting, its new value, and the effect of the change in words.
import type {Finding} from '../../core/decision.js'
import type {Target} from '../../core/exchange.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import type {Change, SettingValue} from './change.js'
import type {Judged, Subject} from './judge.js'

export interface ProposalInput {
  readonly config: EffectiveConfig
  readonly subject: Subject
  readonly judged: Pick<Judged, 'addresses' | 'reported'>
  /** The expression of a built-in credential rule. */
  builtIn(rule: string): {readonly regex: string; readonly severity: string} | undefined
}

export type Proposals = readonly Change[]
export interface Facts extends ProposalInput {
  readonly finding: Finding
  readonly target: Target | undefined
}

export const NONE: Proposals = []

export function set(field: string, value: SettingValue, says: string, caution?: string): Change {
  return {field, value, says, ...(caution !== undefined && {caution})}
}

export function add(field: string, list: readonly string[], entry: string, caution?: string): Change {
  return set(field, [...list, entry], `add ${JSON.stringify(entry)} to ${field}`, caution)
}

export function without(field: string, list: readonly string[], entry: string, caution?: string): Change {
  const rest = list.filter((one) => one !== entry)
  return set(field, rest, `remove ${JSON.stringify(entry)} from ${field}`, caution)
}

export function warned(field: string): Change {
  return set(field, 'warn', `set ${field} to warn`, 'it then warns for every destination')
}
