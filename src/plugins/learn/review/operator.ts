// The review that people read: verdict first, then each host by risk, then what would not be allowed. Every
// value that came from traffic stands in a code span with its unsafe bytes escaped, so no path can forge a table or a line.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {commandLine} from '../../../lib/shell-words.js'
import {spanText, wordText} from '../view/code-span.js'
import {isPattern} from '../view/copies.js'
import {distanceText, floorsOf, sessionsToMerge, siblingsOf} from '../compile/confirmation.js'
import {REASON_TEXTS} from '../view/decisions.js'
import {riskOf} from '../view/flags.js'
import {counted} from '../../../lib/page/numbers.js'
import {hostGaps, rowsOf, type Row} from '../view/rows.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import {judge} from '../view/verdict.js'

/** How values are shown; shareable reviews replace internal ones. */
export interface Labels {
  readonly host: (rule: RuleView) => string
  readonly path: (value: string, isInternal: boolean, rule: RuleView) => string
  readonly tool: (rule: RuleView) => string
  /** Arguments that a rule asks for, one text each. */
  readonly args: (rule: RuleView) => readonly string[]
}

/** What is known of the candidate's signature. */
export interface Signature {
  readonly isVerified: boolean
  readonly text: string
}

/** `candidate` is how the commands of the review name the file. */
export function operatorReview(body: ContractBody, signature: Signature, labels: Labels, candidate: string): string {
  const rows = rowsOf(body)
  const blocks = [
    heading(body, rows, signature),
    ...hostBlocks(rows, labels),
    toolBlock(rows, labels),
    notAllowed(body, rows, labels),
    collapsedBlock(rows, labels, candidate),
    notes(rows),
  ]
  return blocks.filter((block) => block !== '').join('\n')
}

function heading(body: ContractBody, rows: readonly Row[], signature: Signature): string {
  const {verdict, reasons} = judge(body, rows, signature.isVerified)
  const bound = body.defaults.confidence?.['contamination_bound']
  const window = body.observation_window
  const lines = [
    `# Review: ${verdict}`,
    '',
    ...reasons.map((reason) => `- ${reason}`),
    ...(reasons.length > 0 ? [''] : []),
    `- contract: \`${spanText(body.contract_hash)}\``,
    `- agent: \`${spanText(body.selector.agent ?? '')}\``,
    `- signature: ${signature.text}`,
    `- observed: ${window.start} to ${window.end}, ${counted(Number(window.event_count), 'event')}, ${counted(Number(window.session_count), 'session')}`,
    `- profile: \`${spanText(body.compile.inference_algorithm)}\`${typeof bound === 'string' ? `, contamination bound ${wordText(bound)}` : ''}`,
    `- usable sessions: ${rows[0]?.rule.opportunities ?? 0} of ${window.session_count}`,
    `- rules: ${countsText(rows)}`,
  ]
  return `${lines.join('\n')}\n`
}

/** What counts first: what is enforced. */
function countsText(rows: readonly Row[]): string {
  const enforced = rows.filter(
    ({rule, byDefault}) => rule.state === 'enforce' || byDefault.decision === 'enforce',
  ).length
  const patterns = rows.filter(({rule}) => isPattern(rule)).length
  const levels =
    patterns === rows.length ? '' : `; ${counted(patterns, 'request pattern')}, the others for information only`
  return `${enforced} of ${rows.length} enforced by default, ${rows.length - enforced} kept for information${levels}`
}

function hostBlocks(rows: readonly Row[], labels: Labels): readonly string[] {
  const hosts = new Map<string, Row[]>()
  for (const row of rows) {
    if (row.rule.host === undefined) continue
    const label = labels.host(row.rule)
    const known = hosts.get(label)
    if (known) known.push(row)
    else hosts.set(label, [row])
  }
  const risk = (list: readonly Row[]): number => Math.max(...list.map((row) => riskOf(row.flags)))
  return [...hosts]
    .sort((a, b) => risk(b[1]) - risk(a[1]) || (a[0] < b[0] ? -1 : 1))
    .map(([label, list]) => hostBlock(label, list, labels))
}

const COLUMNS = [
  'pattern',
  'methods',
  'events',
  'sessions',
  'windows',
  'lower',
  'confidence',
  'class',
  'default',
  'flags',
]

function hostBlock(label: string, rows: readonly Row[], labels: Labels): string {
  // a stable sort: rules of equal risk stay in contract order
  const sorted = rows.filter(({isCopy}) => !isCopy).toSorted((a, b) => riskOf(b.flags) - riskOf(a.flags))
  const lines = sorted.map(({rule, byDefault, flags}) => {
    const patterns = rule.paths.map((path) => `\`${labels.path(path.value, path.isInternal, rule)}\``)
    const action = rule.kind === 'http_action' ? ` → \`${spanText(rule.action)}\`` : ''
    return [
      `${patterns.join(' ') || '(any)'}${action}`,
      rule.methods.map((method) => `\`${spanText(method)}\``).join(' ') || '(any)',
      String(rule.events),
      `${rule.sessions} of ${rule.opportunities}`,
      String(rule.windows),
      wordText(rule.lower),
      wordText(rule.confidence),
      rule.isInternal ? 'internal' : 'public',
      byDefault.decision,
      flags.map((flag) => flag.text).join(', '),
    ]
  })
  return `## \`${label}\`\n\n${table(COLUMNS, lines)}${otherLevels(rows)}`
}

/** The rules of the host that repeat its request patterns at another level, in one line. */
function otherLevels(rows: readonly Row[]): string {
  const copies = rows.filter(({isCopy}) => isCopy).map(({rule}) => rule)
  if (copies.length === 0) return ''
  const [host] = copies.filter((rule) => levelOf(rule) === 'host')
  const n = (level: string): number => copies.filter((rule) => levelOf(rule) === level).length
  const parts = [
    ...(host
      ? [
          `the whole host (${counted(host.events, 'event')} in ${host.sessions} of ${counted(host.opportunities, 'session')})`,
        ]
      : []),
    ...(n('path') > 0 ? [counted(n('path'), 'any-method rule')] : []),
    ...(n('action') > 0 ? [counted(n('action'), 'rule by action', 'rules by action')] : []),
  ]
  return `\nFor information, the same requests at other levels: ${parts.join(', ')}.\n`
}

function toolBlock(rows: readonly Row[], labels: Labels): string {
  const tools = rows.filter(({rule}) => rule.kind === 'mcp_tool_call')
  if (tools.length === 0) return ''
  const lines = tools.map(({rule, byDefault}) => [
    `\`${labels.tool(rule)}\``,
    labels
      .args(rule)
      .map((arg) => `\`${arg}\``)
      .join(' ') || '(any)',
    String(rule.events),
    `${rule.sessions} of ${rule.opportunities}`,
    wordText(rule.lower),
    wordText(rule.confidence),
    byDefault.decision,
  ])
  return `## Tools\n\n${table(['tool', 'arguments', 'calls', 'sessions', 'lower', 'confidence', 'default'], lines)}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

function notAllowed(body: ContractBody, rows: readonly Row[], labels: Labels): string {
  const lines: string[] = []
  const floors = floorsOf(body)
  for (const {rule, byDefault} of rows) {
    // wider rules and action rules are left out by design; only what loses traffic is worth a line
    if (byDefault.reason === undefined || byDefault.reason === 'level') continue
    const why =
      byDefault.reason === 'low_confidence' && floors
        ? `${REASON_TEXTS.low_confidence} (${distanceText(rule, floors)})`
        : REASON_TEXTS[byDefault.reason]
    lines.push(`- ${describe(rule, labels)}: ${why}, ${wordText(rule.id)}`)
  }
  for (const {rule} of rows) {
    for (const [i, shown] of labels.args(rule).entries()) {
      const otherwise = rule.argsOtherwise.get(rule.argKeys[i] ?? '') ?? 0
      if (otherwise === 0) continue
      lines.push(
        `- tool \`${labels.tool(rule)}\`: \`${shown}\` is required; ${otherwise} of ${rule.sessions} sessions called it otherwise`,
      )
    }
  }
  const gaps = hostGaps(rows, labels.host)
  for (const [label, gap] of gaps) {
    if (gap === 'only_blocked') lines.push(`- \`${label}\`: only blocked requests were seen, nothing is allowed`)
    else lines.push(`- CONNECT to \`${label}\`: no tunnel was observed, it will be blocked`)
  }
  const lost = rows.filter(({byDefault}) => byDefault.reason === 'low_confidence').map(({rule}) => rule)
  for (const siblings of siblingsOf(lost)) {
    const {rules, index} = siblings
    const [first] = rules
    if (!first) continue
    const more = floors && sessionsToMerge(siblings, floors)
    const when =
      more === undefined ? 'more different values' : `about ${counted(more, 'more session')}, each with a new value,`
    lines.push(
      `- ${rules.length} rules differ from ${describe(first, labels)} in segment ${index} only: ${when} would merge them into one rule with a wildcard`,
    )
  }
  return `## What this contract would not allow\n\n${lines.length === 0 ? '- nothing that was observed\n' : `${lines.join('\n')}\n`}`
}

function notes(rows: readonly Row[]): string {
  const tunnels = rows.some(({rule}) => levelOf(rule) === 'tunnel')
  const lines = [
    ...(tunnels ? ['- A tunnel (CONNECT) that is not intercepted cannot be limited by path.'] : []),
    '- Budgets are advice: nothing enforces them.',
  ]
  return `## Notes\n\n${lines.join('\n')}\n`
}

function describe(rule: RuleView, labels: Labels): string {
  if (rule.kind === 'mcp_tool_call') return `tool \`${labels.tool(rule)}\``
  const method = rule.methods.length === 0 ? '' : `${rule.methods.map(spanText).join(',')} `
  const path = rule.paths.map((entry) => labels.path(entry.value, entry.isInternal, rule)).join(' ')
  return `\`${method}${labels.host(rule)}${path}\``
}

/** Collapsed positions with their evidence, and the commands for a person who wants them narrower. */
function collapsedBlock(rows: readonly Row[], labels: Labels, candidate: string): string {
  const merged = rows.filter(
    ({rule}) => levelOf(rule) === 'method' && rule.paths.some((path) => path.collapsed.length > 0),
  )
  if (merged.length === 0) return ''
  const lines = merged.flatMap(({rule}) =>
    rule.paths.flatMap((path) =>
      path.collapsed.map(
        ({index, distinct, events}) =>
          `- ${wordText(rule.id)} position ${index} of \`${labels.path(path.value, path.isInternal, rule)}\`: ${counted(distinct, 'value')} in ${counted(events, 'event')}`,
      ),
    ),
  )
  // an id that compile did not make may be anything: no command is made of it
  const named = merged.filter(({rule}) => /^r-[0-9a-f]{20}$/.test(rule.id))
  const commands = named.flatMap(({rule}) => {
    const indexes = new Set(rule.paths.flatMap((path) => path.collapsed.map(({index}) => index)))
    const target = [['--candidate', candidate] as const, ['--rule', rule.id] as const]
    return [
      ...[...indexes].map((index) => commandLine('learn split', ...target, ['--index', String(index)])),
      commandLine('learn pin', ...target, ['--segment', 'SEGMENT']),
    ]
  })
  // each line begins with the name of the program, so no file name ends the fence
  return [
    '## Merged path segments',
    '',
    ...lines,
    ...(commands.length === 0
      ? []
      : ['', 'Write the values out, or keep one segment apart (put it for SEGMENT):', '', '~~~sh', ...commands, '~~~']),
    '',
  ].join('\n')
}
