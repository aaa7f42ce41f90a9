// The report for people. Whatever came from traffic or from the contract has its unsafe bytes escaped, so
// that no path forges a heading or a table cell.
import {adviceOn} from '../view/advice.js'
import {spanText} from '../view/code-span.js'
import {admitted, type Labels} from '../review/parts.js'
import type {RuleView} from '../view/rule-view.js'
import {INTERNAL} from '../privacy/redact.js'
import type {BroadRule} from './coverage.js'
import type {QuarantineReport, RuleReport, ShadowReport} from './report.js'

const MAX_UNMATCHED = 100

/** `rules` are those of the contract, by which the table names what a rule is about. */
export function shadowMarkdown(
  report: ShadowReport,
  broad: readonly BroadRule[],
  labels: Labels,
  rules: readonly RuleView[] = [],
): string {
  const {level, assumption} = report
  const head = [
    '# Shadow Report',
    '',
    `- contract_hash: ${spanText(report.contract_hash)}`,
    `- generated_at: ${report.generated_at}`,
    `- records: ${report.total_records} total, ${report.replayed} replayed, ${report.changed} changed`,
    `- deltas: ${report.new_blocks} new blocks, ${report.new_allows} new allows, ${report.batches?.length ?? 0} batches`,
    ...(report.decided_blocks === undefined
      ? []
      : [
          `- decided: ${report.decided_blocks} of the new blocks are of requests that the contract in force keeps for information`,
        ]),
    `- rules: ${assumption === 'as-written' ? 'as written' : `enforced as ratify would by default, level ${level}`}`,
    ...(report.verified ? [] : ['- signature: unverified']),
  ]
  const blocks = [
    head,
    section('Quarantine', report.quarantines?.map(quarantine) ?? [], 'No quarantine candidates.'),
    section(
      'Rules',
      ruleTable(report.rules, new Map(rules.map((rule) => [rule.id, rule])), labels),
      'No contract rule evaluations.',
    ),
    section('Would be blocked', unmatched(report, true), 'Nothing that passed.'),
    section('Blocked before too', unmatched(report, false), 'Nothing that was seen.'),
    section(
      'Broad rules',
      broad.map((rows) => broadRule(rows, labels)),
      'None.',
    ),
  ]
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function section(name: string, lines: readonly string[], empty: string): readonly string[] {
  return [`## ${name}`, '', ...(lines.length === 0 ? [empty] : lines)]
}

function quarantine(rule: QuarantineReport): string {
  const rate = `${rule.new_block_rate_pct.toFixed(2)}%`
  return `- ${code(rule.rule_id)}: ${rule.reason}, ${rule.new_blocks} of ${rule.evaluations} (${rate}), cooldown until ${rule.cooldown_until}`
}

function ruleTable(
  rules: readonly RuleReport[],
  known: ReadonlyMap<string, RuleView>,
  labels: Labels,
): readonly string[] {
  if (rules.length === 0) return []
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [
    row(['rule', 'evals', 'new_blocks', 'new_allows', 'rate', 'state', 'reason']),
    row(Array<string>(7).fill('---')),
    ...rules.map((rule) => {
      const view = known.get(rule.rule_id)
      return row([
        `${code(rule.rule_id)}${view === undefined ? '' : ` \`${requests(view, labels)}\``}`,
        rule.evaluations,
        rule.new_blocks,
        rule.new_allows,
        `${rule.new_block_rate_pct.toFixed(2)}%`,
        rule.state,
        rule.reason === undefined ? '' : `${rule.reason}: ${adviceOn(rule)}`,
      ])
    }),
  ]
}

/** Destinations that the contract does not cover: those that lose something, or those that the scanners blocked anyway. */
function unmatched(report: ShadowReport, isLoss: boolean): readonly string[] {
  const rows = report.unmatched.filter(({new_blocks: lost}) => lost > 0 === isLoss)
  const lines = rows.slice(0, MAX_UNMATCHED).map(({host, path, method, events, new_blocks: lost, decided_blocks}) => {
    const sep = path === '' || path.startsWith('/') ? '' : '/'
    const before = isLoss && lost < events ? `, ${events - lost} of them blocked before too` : ''
    const decided = isLoss && decided_blocks === lost ? ', decided when the contract in force was ratified' : ''
    return `- ${code(`${method} ${host}${sep}${path}`)}: ${events} ${events === 1 ? 'event' : 'events'}${before}${decided}`
  })
  const more = rows.length - lines.length
  return more > 0 ? [...lines, `- and ${more} more`] : lines
}

function broadRule({rule, kind, paths, more}: BroadRule, labels: Labels): string {
  const reach = kind === 'tunnel' ? 'paths are not visible' : `${more ? 'more than ' : ''}${paths} distinct paths`
  const words = admitted(rule, labels)
  return `- ${code(rule.id)} \`${requests(rule, labels)}\` (${words === '' ? kind : `* is ${words}`}): ${reach}`
}

/** The requests of a rule, for a code span. */
function requests(rule: RuleView, labels: Labels): string {
  if (rule.host === undefined) return labels.tool(rule)
  const methods = rule.methods.length === 0 ? '' : `${rule.methods.map(spanText).join(',')} `
  const patterns = rule.paths.map((path) => labels.path(path.value, path.isInternal, rule)).join(' ')
  return `${methods}${labels.host(rule)}${patterns}`
}

function code(text: string): string {
  const span = text.split(' ').map(spanText).join(' ')
  return `\`${span.replaceAll(spanText(INTERNAL), INTERNAL)}\``
}
