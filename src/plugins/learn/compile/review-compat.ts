// The review that compile writes (learn §12, compatible layout): fixed sections and texts, byte for byte.
import {ruleId} from '../../../core/formats/rule-key.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {Aggregate} from './aggregate.js'
import {percent, spanHost} from './code-span.js'
import {sixDecimals} from './confidence.js'
import type {ObservationWindow} from './contract-body.js'
import type {Inferred, RuleDraft} from './rule-draft.js'
import type {Inference} from './settings.js'

const MAX_BLOCKED = 100

export function compatReview(
  aggregate: Aggregate,
  inferred: Inferred,
  window: ObservationWindow,
  options: {readonly agent: string; readonly inference: Inference},
): string {
  const {inference} = options
  const {rules} = inferred
  const isV2 = inference.profile === 'wilson_lb_v2'
  const sections: (readonly [name: string, bullets: readonly string[], empty: string])[] = [
    [
      'Summary',
      [
        `Agent: ${options.agent}`,
        `Observation window: ${window.start} to ${window.end}`,
        `Total events: ${aggregate.events}`,
        `Total rules: ${rules.length}`,
        ...(isV2
          ? [
              `Inference: ${inference.profile}`,
              `Contamination bound: ${sixDecimals(inference.contaminationBound)}`,
              `Usable sessions: ${inferred.usableSessions} of ${inferred.sessionCount}`,
            ]
          : []),
      ],
      'none',
    ],
    ['Lifecycle', rules.length === 0 ? [] : [`capture_only: ${rules.length}`], 'none'],
    ['Confidence', countLines(rules.map((rule) => rule.confidence)), 'none'],
    ['Classification Debt', debtLines(aggregate), 'none'],
    ['Capture Fidelity', rules.map((rule) => `${ruleId(rule.key)}: observed full / required full`), 'none'],
    ['Thin-Sample Badges', rules.flatMap((rule) => thinLines(rule, inference)), 'none'],
    ['Opportunity Health', rules.flatMap((rule) => healthLines(rule, isV2)), 'healthy'],
    ['Tail Coverage', rules.flatMap(tailLines), 'none'],
  ]
  if (isV2) sections.push(['Blocked Traffic', blockedLines(inferred), 'none'])
  const texts = sections.map(([name, bullets, empty]) => {
    const lines = (bullets.length === 0 ? [empty] : bullets).map((bullet) => `- ${bullet}\n`)
    return `## ${name}\n\n${lines.join('')}`
  })
  return `# Candidate Contract Review\n\n${texts.join('\n')}`
}

function countLines(values: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return sortedCounts(counts)
}

function sortedCounts(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].sort(([a], [b]) => compareCodePoints(a, b)).map(([name, count]) => `${name}: ${count}`)
}

function debtLines(aggregate: Aggregate): readonly string[] {
  const unclassified = aggregate.actionClasses.get('unclassified') ?? 0
  const share = `${percent(unclassified, aggregate.events)}% (${unclassified}/${aggregate.events})`
  const high = 100 * unclassified > 5 * aggregate.events
  return [
    high ? `Warning: unclassified action_class ${share}` : `Unclassified action_class events ${share}`,
    ...sortedCounts(aggregate.actionClasses),
  ]
}

function thinLines(rule: RuleDraft, inference: Inference): readonly string[] {
  const floor = inference.floors.events
  if (!rule.budgets) return []
  return [rule.budgets.payload, rule.budgets.scanner]
    .filter((budget) => budget.sample_count < floor)
    .map((budget) => `${ruleId(rule.key)}: thin sample (${budget.sample_count} < ${floor})`)
}

function healthLines(rule: RuleDraft, isV2: boolean): readonly string[] {
  const k = isV2 ? rule.sessions : rule.events
  return 2 * k < rule.opportunities ? [`${ruleId(rule.key)}: opportunity dropped (${k}/${rule.opportunities})`] : []
}

function tailLines(rule: RuleDraft): readonly string[] {
  const {tail} = rule
  if (!tail) return []
  const share = `tail ${percent(tail.pairs, tail.pairsObserved)}% (${tail.pairs}/${tail.pairsObserved})`
  const place = `\`${spanHost(rule.host ?? '', rule.port)}\``
  return [
    tail.block
      ? `${place}: promotion blocked; ${share}; raise cardinality_cap_per_host or use --accept-tail`
      : `${place}: ${share}`,
  ]
}

function blockedLines(inferred: Inferred): readonly string[] {
  const {blockedTraffic} = inferred
  const shown = blockedTraffic.slice(0, MAX_BLOCKED)
  const lines = shown.map(({text, events, sessions}) => `\`${text}\`: ${events} events in ${sessions} sessions`)
  const more = blockedTraffic.length - shown.length
  return more > 0 ? [...lines, `and ${more} more`] : lines
}
