// The entry that accepts a finding at its place, for `explain`.
import {NONE, set, type Explanation} from '../../core/explanation.js'
import type {SuppressConfig} from './config.js'

export const explanation: Explanation<SuppressConfig> = {
  /** Accepts every rule of the finding: accepting one alone would not change the verdict. */
  accept({config, finding, target}) {
    if (target === undefined) return NONE
    const rules = finding.matches?.map(({pattern_name}) => pattern_name) ?? [finding.rule ?? finding.layer]
    const [path = ''] = target.canonical.split(/[?#]/)
    const literal = path.replace(/[*?[\]\\]/g, '?')
    const entries = rules.map((rule) => ({rule, path: literal, reason: 'why it is accepted there'}))
    const named = rules.map((rule) => JSON.stringify(rule)).join(', ')
    return [set('suppress', [...config.suppress, ...entries], `accept ${named} at ${path}, with a reason`)]
  },
}
