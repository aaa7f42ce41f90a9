// What an operator should look at in a rule, and how much it weighs when rules are sorted by risk.
import {RESERVED_SEGMENTS} from '../../../formats/path-pattern.js'
import {breadthOfWildcard, type Breadth} from './forms.js'
import {levelOf, type RuleView} from './rule-view.js'

export interface Flag {
  readonly text: string
  readonly weight: number
}

export function flagsOf(
  rule: RuleView,
  options: {readonly minEvents: number; readonly blockedOnly: ReadonlySet<string>},
): readonly Flag[] {
  const flags: Flag[] = []
  const add = (when: boolean, text: string, weight: number): void => {
    if (when) flags.push({text, weight})
  }
  const level = levelOf(rule)
  add(options.blockedOnly.has(rule.id), 'blocked-only', 90)
  add(level === 'host', 'host-wide', 60)
  add(level === 'tunnel', 'tunnel', 50)
  add(rule.paths.some(hasReserved), 'credential-path', 45)
  add(rule.tail !== undefined, rule.tail?.block ? 'tail (blocks promotion)' : 'tail', rule.tail?.block ? 80 : 20)
  const wildcards = rule.paths.flatMap((path) => path.collapsed)
  for (const [breadth, name, weight] of WILDCARDS) {
    const distinct = wildcards.filter((each) => breadthOfWildcard(each) === breadth).map((each) => each.distinct)
    add(distinct.length > 0, `${name} (${distinct.join(', ')})`, weight)
  }
  // whole parts of an API may appear there
  add(
    wildcards.some((each) => each.index === 1 && breadthOfWildcard(each) !== 'typed'),
    'first-segment',
    45,
  )
  add(level === 'path', 'any-method', 30)
  add(rule.ports.length > 0, 'non-default-port', 25)
  add(rule.isInternal, 'internal-host', 25)
  add(
    rule.budgetSamples.some((samples) => samples < options.minEvents),
    'thin',
    10,
  )
  return flags
}

/** A wildcard of bounded forms admits little that was not requested; one of words is as wide as its words. */
const WILDCARDS: readonly (readonly [breadth: Breadth, name: string, weight: number])[] = [
  ['any', 'collapsed', 40],
  ['free', 'any-word', 35],
  ['typed', 'typed', 15],
]

function hasReserved(path: {readonly value: string}): boolean {
  return path.value.split('/').some((segment) => RESERVED_SEGMENTS.has(segment))
}

export function riskOf(flags: readonly Flag[]): number {
  return flags.reduce((sum, flag) => sum + flag.weight, 0)
}
