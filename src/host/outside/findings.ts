// Findings of an outside plugin, held to their form and completed. What has another form is an exception, which the
// pipeline turns into a blocking finding.
import type {Finding} from '../../core/decision.js'
import {OUTSIDE_REASONS, type PluginFinding} from '../../core/plugin-api.js'
import {scannerFinding} from '../../core/scanner-finding.js'

/** After all built-in layers: where several findings block, theirs is the cause. */
const ORDER = 90

const TEXTS: Readonly<Record<string, number>> = {detail: 500, clientDetail: 500, hint: 200, rule: 100}

export const OUTSIDE_LAYER = 'plugin_'

export function layerOf(plugin: string): string {
  return `${OUTSIDE_LAYER}${plugin}`
}

/** Throws a TypeError for a result of another form. */
export function findingsOf(plugin: string, result: unknown): readonly Finding[] {
  if (!Array.isArray(result)) throw new TypeError('a hook must return a list of findings')
  return result.map((one: unknown) => findingOf(plugin, one))
}

export function findingOf(plugin: string, value: unknown): Finding {
  if (typeof value !== 'object' || value === null) throw new TypeError('a finding must be an object')
  const given = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(given)) {
    if (key !== 'action' && key !== 'reason' && !Object.hasOwn(TEXTS, key))
      throw new TypeError(`a finding has no member ${key}`)
  }
  for (const [key, limit] of Object.entries(TEXTS)) {
    const text = given[key]
    if (text === undefined && key !== 'detail') continue
    if (typeof text !== 'string' || text === '' || text.length > limit)
      throw new TypeError(`${key} of a finding must be text of at most ${limit} characters`)
  }
  const {action, detail, rule, clientDetail, hint, reason = 'request_policy_deny'} = value as PluginFinding
  // an allow would outvote nothing and promise much
  if (action !== 'block' && action !== 'warn') throw new TypeError('action of a finding must be block or warn')
  if (!OUTSIDE_REASONS.includes(reason))
    throw new TypeError(`reason of a finding must be one of ${OUTSIDE_REASONS.join(', ')}`)
  return scannerFinding({
    plugin,
    layer: layerOf(plugin),
    reason,
    action,
    order: ORDER,
    detail,
    ...(rule !== undefined && {rule}),
    ...(clientDetail !== undefined && {clientDetail}),
    ...(hint !== undefined && {hint}),
  })
}
