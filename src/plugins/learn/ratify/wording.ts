// What a person reads while deciding: plain lines within the width of the terminal, readable without colours
// and by a screen reader. Values from traffic are shown in ASCII with everything else escaped, so that no path or tool name
// moves the cursor, reorders a line or looks like a familiar name.
import {plainText} from '../../../lib/terminal.js'
import {supportText} from '../view/family.js'
import {admittedOf} from '../view/forms.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import {parametersText, subject} from '../view/subject.js'
import type {Group, Question} from './questions.js'
import type {Decisions, RuleDecision} from './choose.js'

export interface Page {
  readonly columns: number
  readonly colour: boolean
}

const STYLES = {strong: 1, faint: 2, alarm: 31, caution: 33, good: 32} as const
export type Style = keyof typeof STYLES

export function paint(page: Page, style: Style, text: string): string {
  return page.colour ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text
}

export const WORDS: Readonly<Record<RuleDecision, string>> = {
  enforce: 'enforce',
  capture_only: 'capture only',
  reject: 'reject',
}

export const HELP = [
  'e enforce       the rule allows what it covers, once the contract is promoted',
  'c capture only  it stays in the contract for information and allows nothing',
  'r reject        it is left out of the contract',
  'Enter           what stands behind "Enter =": the default, or your answer so far',
  'b               back to the rule before, also into the host before',
  '12              to rule 12',
  'E, C            enforce, or capture only: this rule and all after it of this host',
  'd               the default for this rule and for every rule without an answer',
  'l               list what is decided so far',
  'q               quit; answers are kept, and the next --interactive continues',
  'Nothing is signed before you have seen the whole decision and typed yes.',
]

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** What is decided: rules, or the request patterns that several rules are levels of. */
export function noun(groups: readonly Pick<Group, 'copies'>[]): string {
  return groups.some(({copies}) => copies.length > 0) ? 'request pattern' : 'rule'
}

/** One line as several: broken at spaces where there are some, the following lines indented. */
export function wrapped(text: string, columns: number, indent = 0): string {
  const lines: string[] = []
  let rest = text
  for (;;) {
    const lead = ' '.repeat(lines.length === 0 ? 0 : indent)
    const room = columns - 1 - lead.length
    if (rest.length <= room) return [...lines, `${lead}${rest}`].join('\n')
    const space = rest.lastIndexOf(' ', room)
    const at = space > room / 2 ? space : room
    lines.push(`${lead}${rest.slice(0, at)}`)
    rest = rest.slice(at).trimStart()
  }
}

const LABEL = 14

function field(page: Page, name: string, value: string): string {
  if (value === '') return `  ${name}`
  return wrapped(`  ${name.padEnd(LABEL - 2)}${plainText(value)}`, page.columns, LABEL)
}

/** What the rule lets through, in words. */
function breadth(rule: RuleView): string {
  const level = levelOf(rule)
  if (level === 'host') return 'any path and any method on this host, and tunnels to it'
  if (level === 'tunnel') return 'a tunnel to this host and port; the traffic inside cannot be limited by path'
  if (level === 'tool') return rule.args.length > 0 ? 'this tool with these arguments' : 'this tool with any arguments'
  const method = rule.methods.length === 0 ? 'any method' : `only ${rule.methods.join(', ')}`
  if (rule.paths.length === 0) return `${method}, any path on this host`
  const stars = rule.paths.flatMap(({collapsed}) => collapsed.map(({distinct}) => distinct))
  const isPattern = rule.paths.some(({value}) => value.split('/').includes('*'))
  const counts = stars.length > 0 ? ` (${stars.join(', ')} values seen)` : ''
  const admitted = admittedOf(rule)
  const values = admitted === '' ? 'any value in place of *' : admitted
  const path = isPattern ? `paths of this form, ${values}${counts}` : 'exactly this path'
  const parameters = rule.parameters === undefined ? '' : `, ${parametersText(rule.parameters)}`
  return `${method}, ${path}${parameters}${rule.action === '' ? '' : `, where the scanners answer ${rule.action}`}`
}

const CELLS = 20

/** The lower bound as a bar of twenty cells. */
function bar(lower: string): string {
  const share = Number(lower)
  const filled = Number.isFinite(share) ? Math.round(Math.min(1, Math.max(0, share)) * CELLS) : 0
  return `[${'#'.repeat(filled)}${'.'.repeat(CELLS - filled)}]`
}

export function tally(questions: readonly Question[], decided: Decisions): Readonly<Record<RuleDecision, number>> {
  const counts = {enforce: 0, capture_only: 0, reject: 0}
  for (const {rule} of questions) {
    const decision = decided.get(rule.id)
    if (decision) counts[decision]++
  }
  return counts
}

export function heading(page: Page, text: string): string {
  const title = `== ${plainText(text)} `
  return paint(page, 'strong', title.padEnd(Math.min(page.columns, 80) - 1, '='))
}

export function hostPage(page: Page, group: Group, number: number, hosts: number): string {
  const {label, questions} = group
  const rules = questions.map(({rule}) => rule)
  const sessions = Math.max(...rules.map((rule) => rule.sessions))
  const of = Math.max(...rules.map((rule) => rule.opportunities))
  const names = new Map<string, number>()
  for (const {text} of questions.flatMap(({flags}) => flags)) {
    const name = text.replace(/ \(.*$/, '')
    names.set(name, (names.get(name) ?? 0) + 1)
  }
  const enforced = questions.filter(({byDefault}) => byDefault.decision === 'enforce').length
  const because = (reason: string): number => questions.filter(({byDefault}) => byDefault.reason === reason).length
  const held = [
    because('forgotten') > 0 ? `${because('forgotten')} forgotten before` : '',
    because('level') > 0 ? `${because('level')} wider or of another kind` : '',
    because('low_confidence') > 0 ? `${because('low_confidence')} without enough evidence` : '',
    because('blocked_only') > 0 ? `${because('blocked_only')} seen only in blocked requests` : '',
  ].filter((text) => text !== '')
  const flags = [...names].map(([name, n]) => `${name} ${n}`).join(', ')
  const tail = rules.find((rule) => rule.tail?.block)
  return [
    '',
    heading(page, `${label}, host ${number} of ${hosts}`),
    wrapped(`${count(questions.length, noun([group]))}, seen in up to ${sessions} of ${of} sessions`, page.columns),
    wrapped(`Flags: ${flags || 'none'}`, page.columns, 7),
    wrapped(
      `The default enforces ${enforced} and keeps ${questions.length - enforced} for information${held.length > 0 ? ` (${held.join(', ')})` : ''}`,
      page.columns,
    ),
    ...(tail
      ? [
          paint(
            page,
            'alarm',
            wrapped('Much of the traffic here is in paths without a rule: you will be asked about it', page.columns),
          ),
        ]
      : []),
  ].join('\n')
}

export interface Facts {
  readonly summary: string
}

export function rulePage(
  page: Page,
  question: Question,
  place: {readonly number: number; readonly total: number},
  facts: Facts,
  soFar: RuleDecision | undefined,
): string {
  const {rule, flags, byDefault} = question
  // what the review says too; the class that the rationale bears is that of its own text
  const isInternal = rule.isInternal || rule.isInternalServer || rule.isInternalTool
  const reason = {
    forgotten: ': removed by learn forget before',
    level: ': a wider rule, or of another kind',
    low_confidence: ': not enough evidence',
    blocked_only: ': seen only in blocked requests',
  }
  return [
    '',
    `${paint(page, 'strong', `Rule ${place.number}/${place.total}`)}  ${plainText(rule.id)}`,
    paint(page, 'strong', field(page, 'allows', subject(rule))),
    field(page, 'breadth', breadth(rule)),
    field(
      page,
      'observed',
      `${count(rule.events, 'event')}${rule.family === undefined ? ' in' : ','} ${supportText(rule, (prefix) => prefix)}, ${count(rule.windows, 'window')}`,
    ),
    field(page, 'lower bound', `${bar(rule.lower)} ${rule.lower} ${rule.confidence}`),
    field(page, 'data class', isInternal ? 'internal' : 'public'),
    field(page, 'rationale', facts.summary),
    ...(flags.length === 0
      ? []
      : [paint(page, 'caution', field(page, 'flags', flags.map(({text}) => text).join(', ')))]),
    field(
      page,
      'default',
      `${WORDS[byDefault.decision]}${byDefault.reason === undefined ? '' : reason[byDefault.reason]}`,
    ),
    ...(soFar === undefined ? [] : [field(page, 'so far', WORDS[soFar])]),
  ].join('\n')
}

/** Every decided rule, host by host. */
export function listing(page: Page, groups: readonly Group[], decided: Decisions): string {
  const lines = groups.flatMap(({label, questions}) => {
    const known = questions.filter(({rule}) => decided.has(rule.id))
    if (known.length === 0) return []
    return [
      heading(page, `${label}: ${known.length} of ${questions.length} decided`),
      ...known.map(({rule}) => {
        const decision = decided.get(rule.id) ?? 'capture_only'
        return wrapped(
          `  ${WORDS[decision].padEnd(14)}${plainText(subject(rule))} (${plainText(rule.id)})`,
          page.columns,
          16,
        )
      }),
    ]
  })
  return lines.length === 0 ? 'Nothing is decided yet.' : lines.join('\n')
}
