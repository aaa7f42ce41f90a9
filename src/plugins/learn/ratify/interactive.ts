// Asking a person, rule by rule (learn §16.1). Nothing is written before the last answer; what is not understood is asked
// again, an end of input aborts.
import {PipelockError} from '../../../core/errors.js'
import {printable} from '../../../lib/terminal.js'
import {blockedOnlyRules} from '../review/decisions.js'
import {flagsOf} from '../review/flags.js'
import type {RuleView} from '../review/rule-view.js'
import {hostWideOverlaps, type Decisions, type RuleDecision} from './choose.js'

export interface Dialogue {
  /** The answer to a prompt; undefined at the end of input. */
  ask(prompt: string): Promise<string | undefined>
  say(text: string): void
}

export interface AskOptions {
  readonly dialogue: Dialogue
  readonly defaults: Decisions
  readonly minEvents: number
  readonly rationale: (ruleId: string) => {readonly summary: string; readonly dataClass: string}
  readonly acceptHostWide: boolean
}

const ANSWERS: Readonly<Record<string, RuleDecision>> = {
  e: 'enforce',
  enforce: 'enforce',
  c: 'capture_only',
  capture: 'capture_only',
  capture_only: 'capture_only',
  r: 'reject',
  reject: 'reject',
}

export interface Answered {
  readonly decisions: Decisions
  /** The person confirmed host-wide rules beside narrower ones. */
  readonly hostWideConfirmed: boolean
}

export async function askDecisions(rules: readonly RuleView[], options: AskOptions): Promise<Answered> {
  const {dialogue, defaults} = options
  const blockedOnly = blockedOnlyRules(rules)
  const decisions = new Map<string, RuleDecision>()
  dialogue.say(
    'Empty answer: the default. b: back, q: abort without writing, E/C: this and all remaining rules of the host.',
  )
  for (let at = 0; at < rules.length;) {
    const rule = rules[at] as RuleView
    const fallback = defaults.get(rule.id) ?? 'capture_only'
    const flags = flagsOf(rule, {minEvents: options.minEvents, blockedOnly}).map((flag) => flag.text)
    dialogue.say(described(rule, at, rules.length, options.rationale(rule.id), flags, fallback))
    const given = await dialogue.ask('[e]nforce [c]apture-only [r]eject > ')
    if (given === undefined) throw new PipelockError('aborted', 'the input ended: nothing was written')
    const answer = given.trim()
    if (answer === 'E' || answer === 'C') {
      const decision = answer === 'E' ? 'enforce' : 'capture_only'
      for (; at < rules.length && rules[at]?.host === rule.host; at++)
        decisions.set((rules[at] as RuleView).id, decision)
      continue
    }
    const word = answer.toLowerCase()
    if (word === 'q') throw new PipelockError('aborted', 'aborted: nothing was written')
    if (word === 'b') {
      at = Math.max(0, at - 1)
      continue
    }
    const decision = answer === '' ? fallback : ANSWERS[word]
    if (decision === undefined) {
      dialogue.say(`"${printable(answer)}" is no answer here: e, c, r, b or q.`)
      continue
    }
    decisions.set(rule.id, decision)
    at++
  }
  return {decisions, hostWideConfirmed: await confirmHostWide(rules, decisions, options)}
}

async function confirmHostWide(
  rules: readonly RuleView[],
  decisions: Decisions,
  options: AskOptions,
): Promise<boolean> {
  if (options.acceptHostWide) return true
  const wide = hostWideOverlaps(rules.filter((rule) => decisions.get(rule.id) === 'enforce'))
  if (wide.length === 0) return false
  options.dialogue.say(
    `Host-wide rules allow every path and method of their host, whatever the narrower rules say: ${wide.join(', ')}`,
  )
  const answer = await options.dialogue.ask('Enforce them all the same? Type yes > ')
  return answer?.trim().toLowerCase() === 'yes'
}

function described(
  rule: RuleView,
  at: number,
  total: number,
  rationale: {readonly summary: string; readonly dataClass: string},
  flags: readonly string[],
  fallback: RuleDecision,
): string {
  const lines = [
    `rule ${at + 1}/${total}: ${subject(rule)}`,
    `  id          ${rule.id}`,
    `  observed    ${rule.events} events, ${rule.sessions} of ${rule.opportunities} sessions, ${rule.windows} windows`,
    `  lower bound ${rule.lower} (${rule.confidence})`,
    `  data class  ${rationale.dataClass}`,
    `  rationale   ${rationale.summary}`,
    ...(flags.length === 0 ? [] : [`  flags       ${flags.join(', ')}`]),
    `  default     ${fallback}`,
  ]
  return lines.map(printable).join('\n')
}

function subject(rule: RuleView): string {
  if (rule.kind === 'mcp_tool_call')
    return `tool ${rule.server}/${rule.tool}${rule.args.length ? ` (${rule.args.join(', ')})` : ''}`
  const host = `${rule.host ?? '(no host)'}${rule.ports.length ? `:${rule.ports.join(',')}` : ''}`
  const parts = [rule.methods.join(',') || 'any method', `${host}${rule.paths.map((path) => path.value).join(' | ')}`]
  return [...parts, ...(rule.action === '' ? [] : [`action ${rule.action}`])].join(' ')
}
