// The review that compile writes: fixed sections and texts, byte for byte, since published reviews are compared with it. Made
// from the contract body, and from counts that only the compile knows.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {integerOf} from '../../../lib/json/reader.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {printable} from '../../../lib/terminal.js'
import {percent, spanHost, wordText} from './code-span.js'
import {countsSessions} from '../../../formats/inference-profile.js'
import {viewsOf, type RuleView} from './rule-view.js'

/** What an aggregate knows and a candidate does not. */
export interface CompileFacts {
  readonly usableSessions: number
  readonly events: number
  readonly actionClasses: ReadonlyMap<string, number>
  readonly blockedTraffic: readonly TrafficRow[]
  /** Only wilson_lb_v3 tells it apart. */
  readonly unservedTraffic: readonly TrafficRow[]
}

interface TrafficRow {
  readonly text: string
  readonly events: number
  readonly sessions: number
}

const MAX_ROWS = 100

/** `hostLabel` gives the text of a host inside a code span; shareable reviews replace internal names. */
export function compatReview(
  body: ContractBody,
  facts: CompileFacts | undefined,
  hostLabel: (rule: RuleView) => string = clearHost,
): string {
  const rules = viewsOf(body)
  const window = body.observation_window
  const profile = body.compile.inference_algorithm
  const isV2 = countsSessions(profile)
  const confidence = body.defaults.confidence ?? {}
  const bound = confidence['contamination_bound']
  const floor = Number(integerOf(confidence['min_events']) ?? 0n)
  const usable = facts?.usableSessions ?? rules[0]?.opportunities ?? 0
  const sections: (readonly [name: string, bullets: readonly string[], empty: string])[] = [
    [
      'Summary',
      [
        `Agent: ${wordText(body.selector.agent ?? '')}`,
        `Observation window: ${window.start} to ${window.end}`,
        `Total events: ${window.event_count}`,
        `Total rules: ${rules.length}`,
        ...(isV2
          ? [
              `Inference: ${wordText(profile)}`,
              `Contamination bound: ${typeof bound === 'string' ? wordText(bound) : ''}`,
              `Usable sessions: ${usable} of ${window.session_count}`,
            ]
          : []),
      ],
      'none',
    ],
    ['Lifecycle', countLines(rules.map((rule) => rule.state)), 'none'],
    ['Confidence', countLines(rules.map((rule) => rule.confidence)), 'none'],
    ['Classification Debt', debtLines(facts), 'none'],
    [
      'Capture Fidelity',
      rules.map((rule) => `${wordText(rule.id)}: observed ${rule.observedGrade} / required ${rule.requiredGrade}`),
      'none',
    ],
    ['Thin-Sample Badges', rules.flatMap((rule) => thinLines(rule, floor)), 'none'],
    ['Opportunity Health', rules.flatMap((rule) => healthLines(rule, isV2)), 'healthy'],
    ['Tail Coverage', rules.flatMap((rule) => tailLines(rule, hostLabel)), 'none'],
  ]
  if (isV2) sections.push(['Blocked Traffic', trafficLines(facts?.blockedTraffic), 'none'])
  if (profile === 'wilson_lb_v3') sections.push(['Unserved Traffic', trafficLines(facts?.unservedTraffic), 'none'])
  const texts = sections.map(([name, bullets, empty]) => {
    const lines = (bullets.length === 0 ? [empty] : bullets).map((bullet) => `- ${printable(bullet)}\n`)
    return `## ${name}\n\n${lines.join('')}`
  })
  return `# Candidate Contract Review\n\n${texts.join('\n')}`
}

export function clearHost(rule: RuleView): string {
  return spanHost(rule.host ?? '', rule.ports[0])
}

function countLines(values: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return sortedCounts(counts)
}

function sortedCounts(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].sort(([a], [b]) => compareCodePoints(a, b)).map(([name, count]) => `${wordText(name)}: ${count}`)
}

function debtLines(facts: CompileFacts | undefined): readonly string[] {
  const total = facts?.events ?? 0
  const unclassified = facts?.actionClasses.get('unclassified') ?? 0
  const share = `${percent(unclassified, total)}% (${unclassified}/${total})`
  const isHigh = 100 * unclassified > 5 * total
  return [
    isHigh ? `Warning: unclassified action_class events ${share}` : `Unclassified action_class events ${share}`,
    ...sortedCounts(facts?.actionClasses ?? new Map()),
  ]
}

function thinLines(rule: RuleView, floor: number): readonly string[] {
  return rule.budgetSamples
    .filter((samples) => samples < floor)
    .map((samples) => `${wordText(rule.id)}: thin sample (${samples} < ${floor})`)
}

function healthLines(rule: RuleView, isV2: boolean): readonly string[] {
  const k = isV2 ? rule.sessions : rule.events
  return 2 * k < rule.opportunities ? [`${wordText(rule.id)}: opportunity dropped (${k}/${rule.opportunities})`] : []
}

function tailLines(rule: RuleView, hostLabel: (rule: RuleView) => string): readonly string[] {
  const {tail} = rule
  if (!tail) return []
  const share = `tail ${percent(tail.pairs, tail.pairsObserved)}% (${tail.pairs}/${tail.pairsObserved})`
  const place = `\`${hostLabel(rule)}\``
  return [
    tail.block
      ? `${place}: promotion blocked; ${share}; raise cardinality_cap_per_host or use --accept-tail`
      : `${place}: ${share}`,
  ]
}

function trafficLines(rows: readonly TrafficRow[] = []): readonly string[] {
  const shown = rows.slice(0, MAX_ROWS)
  const lines = shown.map(({text, events, sessions}) => `\`${text}\`: ${events} events in ${sessions} sessions`)
  const more = rows.length - shown.length
  return more > 0 ? [...lines, `and ${more} more`] : lines
}
