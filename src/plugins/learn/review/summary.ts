// What a person decides on, on one screen: what will be enforced, what of it deserves a question, and what would be blocked.
// What was requested once or twice is counted, since nobody decides on a thousand of these one by one.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {counted} from '../../../lib/page/numbers.js'
import {floorsOf, sessionsToMerge, siblingsOf} from '../compile/confirmation.js'
import {wordText} from '../view/code-span.js'
import {alikeRules, type Alike} from '../view/family.js'
import {breadthOfWildcard} from '../view/forms.js'
import {riskOf} from '../view/flags.js'
import {FEW_EVENTS, hostGaps, isEnforced, type Row} from '../view/rows.js'
import {admitted, describe, table, whyNot, type Labels} from './parts.js'

/** Lines of one list; the rest is counted. */
const MOST_LINES = 12
/** Prefixes of a family by name. */
const MOST_PREFIXES = 8
/** Examples in a line that counts. */
const MOST_EXAMPLES = 3

export function enforcedBlock(rows: readonly Row[], labels: Labels): string {
  // a copy that somebody enforced allows more than what it copies
  const enforced = rows.filter(isEnforced).toSorted((a, b) => riskOf(b.flags) - riskOf(a.flags))
  const others = rows.filter((row) => !row.isCopy && !isEnforced(row)).length
  const head = `## Enforced: ${enforced.length} of ${counted(enforced.length + others, 'request pattern')}\n\n`
  if (enforced.length === 0) return `${head}- nothing: no pattern has enough evidence\n`
  const groups = alikeRules(enforced, ({rule}) => rule)
  const isTyped = enforced.some(({rule}) => admitted(rule, labels) !== '')
  const lines = groups.map((group) => [
    requestCell(group, labels),
    ...(isTyped ? [group.items.map(({rule}) => admitted(rule, labels)).find((text) => text !== '') ?? ''] : []),
    String(group.items.reduce((sum, {rule}) => sum + rule.events, 0)),
    sessionsCell(group),
    [...new Set(group.items.map(({rule}) => wordText(rule.confidence)))].join(', '),
    [...new Set(group.items.flatMap(({flags}) => flags.map(({text}) => text)))].join(', '),
  ])
  const columns = ['request', ...(isTyped ? ['* is'] : []), 'events', 'sessions', 'confidence', 'flags']
  return `${head}${table(columns, lines)}${prefixLines(groups, labels)}`
}

function requestCell({items: [first, ...others]}: Alike<Row>, labels: Labels): string {
  if (!first) return ''
  const text = [describe(first.rule, labels), ...labels.args(first.rule).map((arg) => `\`${arg}\``)].join(' ')
  return others.length === 0
    ? text
    : `${text}, the same below ${counted(others.length, 'other prefix', 'other prefixes')}`
}

function sessionsCell({items}: Alike<Row>): string {
  const counts = items.map(({rule}) => rule.sessions)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return `${least === most ? most : `${least} to ${most}`} of ${items[0]?.rule.opportunities ?? 0}`
}

/** Which prefixes the rows name by their number. */
function prefixLines(groups: readonly Alike<Row>[], labels: Labels): string {
  const families = new Map<string, {readonly place: string; readonly shown: readonly string[]}>()
  for (const {items, prefixes} of groups) {
    const [first] = items
    if (!first || items.length < 2) continue
    const place = labels.host(first.rule)
    const shown = items.map(({rule}, i) => labels.prefix(prefixes[i] ?? '', rule)).sort()
    families.set(JSON.stringify([place, shown]), {place, shown})
  }
  const lines = [...families.values()].map(({place, shown}) => {
    const more = shown.length - MOST_PREFIXES
    const named = shown.slice(0, MOST_PREFIXES).map((prefix) => `\`${prefix}\``)
    return `- prefixes alike on \`${place}\`, each confirmed by itself: ${[...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')}`
  })
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

interface Question {
  readonly applies: (row: Row) => boolean
  /** What rules of this kind allow, and what to do where that is too much. */
  readonly text: string
}

/** A year, with a month, a day or a week behind it. */
const DATE = /^(?:19|20)\d\d(?:-(?:w?\d\d)(?:-\d\d)?)?$/i

const has = (name: string) => (row: Row) => row.flags.some(({text}) => text.split(' ')[0] === name)

const QUESTIONS: readonly Question[] = [
  {
    applies: has('host-wide'),
    text: 'Every path and method of a host is allowed. Does the agent need all of it?',
  },
  {
    applies: ({rule}) =>
      rule.paths.some(
        ({value, collapsed}) =>
          (value === '/*' || value.startsWith('/*/')) &&
          !collapsed.some((wildcard) => wildcard.index === 1 && breadthOfWildcard(wildcard) === 'typed'),
      ),
    text: 'The first segment may be any word, new parts of the API included. Is that meant? If not: learn split.',
  },
  {
    applies: (row) => has('any-word')(row) && !has('first-segment')(row),
    text: 'Any word of these letters is allowed for *. Does it name things, such as branches or packages, and not parts of the API?',
  },
  {
    applies: ({rule}) => rule.paths.some(({value}) => value.split('/').some((segment) => DATE.test(segment))),
    text: 'A date in a path is a word like others: the rule refuses the next year, month or week. Will you compile again by then?',
  },
  {
    applies: has('credential-path'),
    text: 'The path names accounts, keys or permissions. Should the agent reach it?',
  },
  {
    applies: has('tunnel'),
    text: 'A tunnel is limited by neither path nor method. Is the host trusted, or should it be intercepted?',
  },
]

export function questionsBlock(rows: readonly Row[], labels: Labels): string {
  const enforced = rows.filter(isEnforced)
  const lines = QUESTIONS.flatMap(({applies, text}) => {
    const rules = enforced.filter(applies).map(({rule}) => `${describe(rule, labels)}, ${wordText(rule.id)}`)
    return rules.length === 0 ? [] : [`- ${text} ${examples(rules)}`]
  })
  lines.push(...refusedParameters(enforced, labels))
  return lines.length === 0 ? '' : `## Questions\n\n${lines.join('\n')}\n`
}

/** Rules that list parameter names, where sessions sent others. */
function refusedParameters(rows: readonly Row[], labels: Labels): readonly string[] {
  const refusing = rows
    .filter(({rule}) => rule.parametersRefused > 0)
    .toSorted((a, b) => b.rule.parametersRefused - a.rule.parametersRefused)
  const lines = refusing
    .slice(0, MOST_LINES)
    .map(
      ({rule}) =>
        `- ${describe(rule, labels)}: ${rule.parametersRefused} of ${counted(rule.sessions, 'session')} sent a parameter that would be refused. Does the agent need it? ${wordText(rule.id)}`,
    )
  const more = refusing.length - lines.length
  return more > 0 ? [...lines, `- ${counted(more, 'more rule')} would refuse parameters`] : lines
}

function examples(texts: readonly string[]): string {
  const more = texts.length - MOST_EXAMPLES
  return [...texts.slice(0, MOST_EXAMPLES), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

export function blockedBlock(body: ContractBody, rows: readonly Row[], labels: Labels): string {
  const floors = floorsOf(body)
  const lost = rows.filter((row) => whyNot(row, floors) !== undefined)
  const often = lost.filter(({rule}) => rule.events > FEW_EVENTS).toSorted((a, b) => b.rule.events - a.rule.events)
  const lines = often
    .slice(0, MOST_LINES)
    .map(
      (row) =>
        `- ${describe(row.rule, labels)}: ${counted(row.rule.events, 'event')}, ${whyNot(row, floors)}, ${wordText(row.rule.id)}`,
    )
  if (often.length > MOST_LINES) lines.push(`- ${often.length - MOST_LINES} more that were made more than twice`)
  lines.push(
    ...oneOffs(
      lost.filter(({rule}) => rule.events <= FEW_EVENTS),
      labels,
    ),
    ...mergeable(body, lost, labels),
    ...otherwise(rows, labels),
    ...gaps(rows, labels),
  )
  return `## Would be blocked\n\n${lines.length === 0 ? '- nothing that was observed\n' : `${lines.join('\n')}\n`}`
}

/** What was requested once or twice, as one line. */
function oneOffs(rows: readonly Row[], labels: Labels): readonly string[] {
  if (rows.length === 0) return []
  const counts = new Map<string, number>()
  for (const {rule} of rows) {
    const place = rule.host === undefined ? `tools of \`${labels.tool(rule)}\`` : `\`${labels.host(rule)}\``
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  const places = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const named = examples(places.map(([place, count]) => (count === 1 ? place : `${place} (${count})`)))
  return [`- ${counted(rows.length, 'request')} made once or twice: ${named}`]
}

/** Literal siblings that more sessions would make one rule. */
function mergeable(body: ContractBody, lost: readonly Row[], labels: Labels): readonly string[] {
  const floors = floorsOf(body)
  const low = lost.filter(({byDefault}) => byDefault.reason === 'low_confidence').map(({rule}) => rule)
  const families = siblingsOf(low).toSorted((a, b) => b.rules.length - a.rules.length)
  const lines = families.slice(0, MOST_EXAMPLES).flatMap((siblings) => {
    const [first] = siblings.rules
    if (!first) return []
    const more = floors && sessionsToMerge(siblings, floors)
    const when =
      more === undefined ? 'more different values' : `about ${counted(more, 'more session')}, each with a new value,`
    return [
      `- ${siblings.rules.length} rules differ from ${describe(first, labels)} in segment ${siblings.index} only: ${when} would merge them into one rule with a wildcard`,
    ]
  })
  if (families.length > MOST_EXAMPLES)
    lines.push(`- ${families.length - MOST_EXAMPLES} more groups of rules that differ in one segment`)
  return lines
}

/** Calls that a learned argument would refuse. */
function otherwise(rows: readonly Row[], labels: Labels): readonly string[] {
  return rows.flatMap(({rule}) =>
    labels.args(rule).flatMap((shown, i) => {
      const calls = rule.argsOtherwise.get(rule.argKeys[i] ?? '') ?? 0
      if (calls === 0) return []
      return [
        `- tool \`${labels.tool(rule)}\`: \`${shown}\` is required; ${calls} of ${rule.sessions} sessions called it otherwise`,
      ]
    }),
  )
}

/** Hosts that were only refused, and hosts without a tunnel. */
function gaps(rows: readonly Row[], labels: Labels): readonly string[] {
  const all = hostGaps(rows, labels.host)
  const named = (kind: string): readonly string[] =>
    all.flatMap(([label, gap]) => (gap === kind ? [`\`${label}\``] : []))
  const [refused, closed] = [named('only_blocked'), named('no_tunnel')]
  return [
    ...(refused.length === 0 ? [] : [`- only blocked requests were seen, nothing is allowed: ${examples(refused)}`]),
    ...(closed.length === 0 ? [] : [`- CONNECT, since no tunnel was observed: ${examples(closed)}`]),
  ]
}
