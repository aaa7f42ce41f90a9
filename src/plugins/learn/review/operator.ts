// The review that people read: the verdict and what they decide on first, and with --all each host by risk,
// each rule that is not enforced, each merged segment. Every value that came from traffic stands in a code span with its unsafe
// bytes escaped, so no path can forge a table or a line.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {commandLine} from '../../../lib/shell-words.js'
import {spanText, wordText} from '../view/code-span.js'
import {isPattern} from '../view/copies.js'
import {floorsOf} from '../compile/confirmation.js'
import {riskOf} from '../view/flags.js'
import {counted} from '../../../lib/page/numbers.js'
import {isEnforced, rowsOf, type Row} from '../view/rows.js'
import {levelOf} from '../view/rule-view.js'
import {judge} from '../view/verdict.js'
import {admitted, describe, supported, table, whyNot, type Labels} from './parts.js'
import {blockedBlock, enforcedBlock, questionsBlock} from './summary.js'
import {unservedBlock, unservedList, type Unserved} from './unserved.js'

/** What is known of the candidate's signature. */
export interface Signature {
  readonly isVerified: boolean
  readonly text: string
}

export interface ReviewOptions {
  /** How the commands of the review name the file. */
  readonly candidate: string
  /** Add every rule behind the summary. */
  readonly isWhole: boolean
  /** What the origin refused, as the coverage file beside the candidate lists it. */
  readonly unserved?: Unserved | undefined
}

export function operatorReview(
  body: ContractBody,
  signature: Signature,
  labels: Labels,
  {candidate, isWhole, unserved}: ReviewOptions,
): string {
  const rows = rowsOf(body)
  const summary = [
    heading(body, rows, signature),
    // before the table, which is long where the agent does much
    questionsBlock(rows, labels),
    enforcedBlock(rows, labels),
    blockedBlock(body, rows, labels),
    unservedBlock(unserved),
  ]
  const details = [
    ...hostBlocks(rows, labels),
    toolBlock(rows, labels),
    notAllowed(body, rows, labels),
    collapsedBlock(rows, labels, candidate),
    unservedList(unserved),
  ]
  const blocks = [...summary, ...(isWhole ? details : []), notes(rows, isWhole)]
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
  const enforced = rows.filter(isEnforced).length
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
  const isTyped = sorted.some(({rule}) => admitted(rule, labels) !== '')
  const lines = sorted.map(({rule, byDefault, flags}) => {
    const patterns = rule.paths.map((path) => `\`${labels.path(path.value, path.isInternal, rule)}\``)
    const action = rule.kind === 'http_action' ? ` → \`${spanText(rule.action)}\`` : ''
    return [
      `${patterns.join(' ') || '(any)'}${action}`,
      ...(isTyped ? [admitted(rule, labels)] : []),
      rule.methods.map((method) => `\`${spanText(method)}\``).join(' ') || '(any)',
      String(rule.events),
      rule.family === undefined ? `${rule.sessions} of ${rule.opportunities}` : supported(rule, labels),
      String(rule.windows),
      wordText(rule.lower),
      wordText(rule.confidence),
      rule.isInternal ? 'internal' : 'public',
      byDefault.decision,
      flags.map((flag) => flag.text).join(', '),
    ]
  })
  const columns = isTyped ? COLUMNS.toSpliced(1, 0, '* is') : COLUMNS
  return `## \`${label}\`\n\n${table(columns, lines)}${otherLevels(rows)}`
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

/** Every rule that is not enforced though it was requested. */
function notAllowed(body: ContractBody, rows: readonly Row[], labels: Labels): string {
  const floors = floorsOf(body)
  const lines = rows.flatMap((row) => {
    const why = whyNot(row, floors)
    return why === undefined ? [] : [`- ${describe(row.rule, labels)}: ${why}, ${wordText(row.rule.id)}`]
  })
  return lines.length === 0 ? '' : `## Every request that would be blocked\n\n${lines.join('\n')}\n`
}

function notes(rows: readonly Row[], isWhole: boolean): string {
  const lines = [
    ...(isWhole || rows.length === 0
      ? []
      : ['- Every rule with its figures, and the commands for merged segments: the same command with --all.']),
    '- Budgets are advice: nothing enforces them.',
  ]
  return `## Notes\n\n${lines.join('\n')}\n`
}

/** Collapsed positions with their evidence, and the commands for a person who wants them narrower. */
function collapsedBlock(rows: readonly Row[], labels: Labels, candidate: string): string {
  const merged = rows.filter(
    ({rule}) => levelOf(rule) === 'method' && rule.paths.some((path) => path.collapsed.length > 0),
  )
  if (merged.length === 0) return ''
  const lines = merged.flatMap(({rule}) =>
    rule.paths.flatMap((path) =>
      path.collapsed.map((wildcard) => {
        const {index, distinct, events} = wildcard
        const words = labels.admitted({...path, collapsed: [wildcard]}, rule)
        return `- ${wordText(rule.id)} position ${index} of \`${labels.path(path.value, path.isInternal, rule)}\`: ${words === '' ? '' : `${words}, `}${counted(distinct, 'value')} in ${counted(events, 'event')}`
      }),
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
