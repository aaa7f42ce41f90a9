// Compile emits the same traffic at several levels: the whole host, each path with any method, each method on a path, and each
// action on that. A person decides on request patterns, the narrowest rules that are enforced by default; the other levels
// are copies of them, and follow their default decision.
import type {EnforceLevel} from './decisions.js'
import {levelOf, type RuleView} from './rule-view.js'

/** The rules that are another level of a request pattern of the list, by id. What has no such pattern is one itself. */
export function copiesOf(rules: readonly RuleView[], level: EnforceLevel = 'method'): ReadonlySet<string> {
  const patterns = new Set(rules.filter((rule) => levelOf(rule) === level).flatMap(patternKeys))
  return new Set(rules.filter((rule) => isCopy(rule, patterns, level)).map(({id}) => id))
}

/** A request as people name it: a method on a path, a tunnel, a tool. */
export function isPattern(rule: RuleView): boolean {
  const level = levelOf(rule)
  return level === 'method' || level === 'tunnel' || level === 'tool'
}

function isCopy(rule: RuleView, patterns: ReadonlySet<string>, level: EnforceLevel): boolean {
  const own = levelOf(rule)
  if (own === level || (own !== 'host' && own !== 'path' && own !== 'method' && own !== 'action')) return false
  if (level === 'host') return patterns.has(keyOf(rule, 'host'))
  return own !== 'method' && patterns.has(keyOf(rule, own))
}

/** What a rule of each wider or narrower level has in common with this pattern. */
function patternKeys(rule: RuleView): readonly string[] {
  return (['host', 'path', 'action'] as const).map((level) => keyOf(rule, level))
}

function keyOf(rule: RuleView, level: 'host' | 'path' | 'action'): string {
  const paths = level === 'host' ? [] : rule.paths.map(({value}) => value)
  return JSON.stringify([level, rule.host, rule.ports, paths, level === 'action' ? rule.methods : []])
}
