// The whole decision on one page before it is signed: counts by host, what the contract will block of
// what was seen, and what goes beyond what was learned.
import {plainText} from '../../../lib/terminal.js'
import {isLow} from '../view/decisions.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import type {Group, Question} from './questions.js'
import {hostWideOverlaps, type Decisions} from './choose.js'
import {count, heading, paint, tally, wrapped, type Page} from './wording.js'
import {subject} from '../view/subject.js'

/** A decision that ratify refuses without a flag; at a terminal a person can accept it explicitly. */
export interface Beyond {
  readonly kind: 'low_confidence' | 'host_wide' | 'tail'
  readonly ids: readonly string[]
}

export const FLAGS: Readonly<Record<Beyond['kind'], string>> = {
  low_confidence: '--accept-low-confidence',
  host_wide: '--accept-host-wide',
  tail: '--accept-tail',
}

export const MEANINGS: Readonly<Record<Beyond['kind'], string>> = {
  low_confidence: 'not enough evidence: seen in too few sessions to rule out that one of them was hostile',
  host_wide: 'host-wide beside narrower rules: every path and method of the host is allowed, whatever those say',
  tail: 'much of the traffic of the host is in paths that got no rule; signing overrides that limit, recorded as accepted by your key',
}

export function beyondLearned(rules: readonly RuleView[], decisions: Decisions): readonly Beyond[] {
  const enforced = rules.filter((rule) => decisions.get(rule.id) === 'enforce')
  const beyond: Beyond[] = [
    {kind: 'low_confidence', ids: enforced.filter(isLow).map(({id}) => id)},
    {kind: 'host_wide', ids: hostWideOverlaps(enforced)},
    {kind: 'tail', ids: rules.filter((rule) => rule.tail?.block).map(({id}) => id)},
  ]
  return beyond.filter(({ids}) => ids.length > 0)
}

/** The narrowest rules that nothing enforced covers: this was seen, and will be blocked. */
function lostQuestions(questions: readonly Question[], decisions: Decisions): readonly Question[] {
  const enforced = questions.filter(({rule}) => decisions.get(rule.id) === 'enforce').map(({rule}) => rule)
  const judged = {http: enforced.some(({host}) => host !== undefined), mcp: enforced.some(isTool)}
  return questions.filter(({rule, isBlockedOnly}) => {
    const level = levelOf(rule)
    if (level !== 'method' && level !== 'tunnel' && level !== 'tool') return false
    // without an enforced rule of its kind the contract does not judge that traffic at all
    if (isBlockedOnly || !(isTool(rule) ? judged.mcp : judged.http)) return false
    return !enforced.some((wider) => covers(wider, rule))
  })
}

const isTool = (rule: RuleView): boolean => rule.kind === 'mcp_tool_call'

function covers(wider: RuleView, rule: RuleView): boolean {
  if (wider.id === rule.id) return true
  if (wider.host !== rule.host || wider.ports.join(',') !== rule.ports.join(',') || isTool(rule)) return false
  if (levelOf(wider) === 'host') return true
  const texts = (view: RuleView): string => view.paths.map(({value}) => value).join(' ')
  return levelOf(wider) === 'path' && levelOf(rule) === 'method' && texts(wider) === texts(rule)
}

const MAX_LOST = 50

export function outcomePage(page: Page, groups: readonly Group[], decisions: Decisions): string {
  const questions = groups.flatMap((group) => group.questions)
  const copies = groups.reduce((sum, group) => sum + group.copies.length, 0)
  const row = (label: string, list: readonly Question[]): string => {
    const {enforce, capture_only: capture, reject} = tally(list, decisions)
    return `${[enforce, capture, reject].map((n) => String(n).padStart(13)).join('')}  ${label}`
  }
  const lost = lostQuestions(questions, decisions)
  const lines = lost.slice(0, MAX_LOST).map(({rule}) => {
    const evidence = `${count(rule.events, 'event')} in ${rule.sessions} of ${rule.opportunities} sessions`
    return wrapped(`  ${plainText(subject(rule))} (${evidence}, ${rule.id})`, page.columns, 4)
  })
  const beyond = beyondLearned(
    questions.map(({rule}) => rule),
    decisions,
  )
  return [
    '',
    heading(page, 'The whole decision'),
    `${['enforce', 'capture only', 'reject'].map((word) => word.padStart(13)).join('')}  host`,
    ...groups.map((group) => row(plainText(group.label), group.questions)),
    row('in all', questions),
    ...(copies > 0
      ? [wrapped(`  and ${count(copies, 'rule')} for other levels of the same requests, by default`, page.columns, 2)]
      : []),
    '',
    paint(page, 'strong', 'Blocked from then on'),
    ...surfaceLines(questions, decisions).map((line) => wrapped(`  ${line}`, page.columns, 2)),
    ...(lost.length === 0 ? ['  Of what was learned, nothing.'] : ['  Of what was learned:', ...lines]),
    ...(lost.length > MAX_LOST ? [`  and ${lost.length - MAX_LOST} more`] : []),
    ...(beyond.length === 0 ? [] : ['', paint(page, 'alarm', 'More than was learned')]),
    ...beyond.map(({kind, ids}) =>
      wrapped(`  ${MEANINGS[kind]} (${FLAGS[kind]}): ${ids.map(plainText).join(', ')}`, page.columns, 4),
    ),
  ].join('\n')
}

function surfaceLines(questions: readonly Question[], decisions: Decisions): readonly string[] {
  const enforced = questions.filter(({rule}) => decisions.get(rule.id) === 'enforce')
  const hosts = new Set(enforced.filter(({rule}) => !isTool(rule)).map(({group}) => group.label))
  return [
    hosts.size === 0
      ? 'HTTP: nothing; without an enforced rule the contract does not judge it.'
      : `HTTP: every host but ${count(hosts.size, 'host')} with enforced rules, and there whatever no rule covers.`,
    ...(questions.some(({rule}) => isTool(rule))
      ? [
          enforced.some(({rule}) => isTool(rule))
            ? 'Tools: every call that no enforced rule covers.'
            : 'Tools: nothing; without an enforced rule the contract does not judge them.',
        ]
      : []),
  ]
}
