// Asks a person about one request pattern after the other. Every answer is saved at once, so that an interruption loses nothing;
// an unknown answer is asked again; nothing is signed before the whole decision was shown and confirmed. Decisions that the
// guards would refuse at the end are asked about where they come up.
import {PipelockError} from '../../../core/errors.js'
import {plainText} from '../../../lib/terminal.js'
import {isBlockingAction, isLow} from '../view/decisions.js'
import type {RuleView} from '../view/rule-view.js'
import {questionGroups, type QuestionOptions, type Group, type Question} from './questions.js'
import {hostWideOverlaps, type Decisions, type RuleDecision} from './choose.js'
import {beyondLearned, FLAGS, MEANINGS, outcomePage, type Beyond} from './outcome.js'
import type {Progress} from './progress.js'
import {ACCEPT, CONTINUE, ruleMenu, SIGN, type Menu, type Tick} from './menus.js'
import {count, HELP, noun, hostPage, listing, paint, rulePage, tally, WORDS, wrapped} from './wording.js'
import {subject} from '../view/subject.js'
import type {Facts, Page} from './wording.js'

export interface Dialogue extends Page {
  /**
   * The answer to a prompt; undefined at the end of input, after Ctrl-C and when the terminal is gone. A terminal that can
   * draw shows the menu instead of the prompt; its choices have the answers as values.
   */
  ask(prompt: string, menu: Menu): Promise<string | undefined>
  /** The ids of what is ticked in a list; undefined as above. Absent where nothing can be drawn. */
  readonly pick?: (message: string, choices: readonly Tick[]) => Promise<readonly string[] | undefined>
  say(text: string): void
}

export interface AskOptions extends QuestionOptions {
  readonly dialogue: Dialogue
  readonly progress: Progress
  readonly facts: (ruleId: string) => Facts
  /** Accepted by a flag. */
  readonly accepted: readonly Beyond['kind'][]
}

export interface Answered {
  readonly decisions: Decisions
  /** What the person, or a flag, accepted beyond what was learned. */
  readonly accepted: ReadonlySet<Beyond['kind']>
}

interface RatificationSession {
  readonly dialogue: Dialogue
  readonly groups: readonly Group[]
  readonly questions: readonly Question[]
  readonly rules: readonly RuleView[]
  readonly decisions: Map<string, RuleDecision>
  /** `kind:rule id` of what was accepted in this session; never read from a file, which somebody else may have written. */
  readonly confirmed: Set<string>
  readonly options: AskOptions
}

const REPLIES: Readonly<Record<string, RuleDecision>> = {
  e: 'enforce',
  enforce: 'enforce',
  c: 'capture_only',
  capture: 'capture_only',
  capture_only: 'capture_only',
  r: 'reject',
  reject: 'reject',
}

export async function askDecisions(rules: readonly RuleView[], options: AskOptions): Promise<Answered> {
  const groups = questionGroups(rules, options)
  const questions = groups.flatMap((group) => group.questions)
  const session: RatificationSession = {
    dialogue: options.dialogue,
    groups,
    questions,
    rules,
    decisions: new Map(),
    confirmed: new Set(),
    options,
  }
  await begin(session)
  for (const {rule, byDefault} of groups.flatMap((group) => group.copies)) {
    session.decisions.set(rule.id, byDefault.decision)
  }
  let at = nextOpen(session, 0)
  let shown: Group | undefined
  for (;;) {
    const question = questions[at]
    if (!question) {
      if (await confirmed(session)) break
      at = questions.length - 1
      continue
    }
    if (question.group !== shown) {
      const {group} = question
      session.dialogue.say(hostPage(session.dialogue, group, groups.indexOf(group) + 1, groups.length))
      shown = group
    }
    at = await askRule(session, at, question)
  }
  // what was said, not what follows from the decisions: the guards of run.ts must be able to disagree
  const acceptedHere = beyondLearned(rules, session.decisions).filter(({kind, ids}) =>
    ids.every((id) => session.confirmed.has(`${kind}:${id}`)),
  )
  return {decisions: session.decisions, accepted: new Set([...options.accepted, ...acceptedHere.map(({kind}) => kind)])}
}

async function begin(session: RatificationSession): Promise<void> {
  const {dialogue, decisions, questions, options} = session
  const {kept, setAside, path} = options.progress
  const say = (text: string): void => dialogue.say(wrapped(text, dialogue.columns))
  if (setAside) {
    say(
      `Answers in ${plainText(path)} are not used: ${plainText(setAside.why)}. They are now ${plainText(setAside.path)}.`,
    )
  }
  say(
    `${count(questions.length, noun(session.groups))} on ${count(session.groups.length, 'host')}, the riskiest first. ? for help.`,
  )
  const copies = session.groups.flatMap((group) => group.copies)
  if (copies.length > 0) {
    say(
      `${count(copies.length, 'rule')} for other levels of the same requests (whole host, any method, by action) keep their default; --every-rule asks about each.`,
    )
  }
  const answered = questions.filter(({rule}) => kept?.has(rule.id))
  if (!kept || answered.length === 0) return
  const {enforce, capture_only: capture, reject} = tally(questions, kept)
  say(
    `An earlier session decided ${answered.length} of ${count(questions.length, noun(session.groups))}: ${enforce} enforce, ${capture} capture only, ${reject} reject.`,
  )
  for (;;) {
    const reply = (await ask(session, 'Go on from there? [Y/n] > ', CONTINUE)).toLowerCase()
    if (reply === 'n' || reply === 'no') return
    if (reply === '' || reply === 'y' || reply === 'yes') {
      for (const {rule} of answered) {
        const decision = kept.get(rule.id)
        const isForgotten = decision === 'enforce' && options.forgotten.has(rule.id)
        if (decision !== undefined && !isForgotten) decisions.set(rule.id, decision)
      }
      return
    }
    dialogue.say('y continues with those answers, n starts again.')
  }
}

/** Where the next question is. */
async function askRule(session: RatificationSession, at: number, question: Question): Promise<number> {
  const {dialogue, questions, decisions, options} = session
  const soFar = decisions.get(question.rule.id)
  const offered = soFar ?? question.byDefault.decision
  const place = {number: at + 1, total: questions.length}
  dialogue.say(rulePage(dialogue, question, place, options.facts(question.rule.id), soFar))
  for (;;) {
    const menu = ruleMenu(offered, {isFirst: at === 0, canPick: dialogue.pick !== undefined})
    const reply = await ask(session, `[e]nforce [c]apture only [r]eject, Enter = ${WORDS[offered]} > `, menu)
    const word = reply.toLowerCase()
    const inHost = questions.slice(at).filter(({group}) => group === question.group)
    if (reply === 'E' || reply === 'C') {
      const decision = reply === 'E' ? 'enforce' : 'capture_only'
      if (await settle(session, inHost, () => decision)) return nextOpen(session, at)
    } else if (word === 'd') {
      const open = questions.filter((each) => each === question || !decisions.has(each.rule.id))
      if (await settle(session, open, ({byDefault}) => byDefault.decision)) return nextOpen(session, at)
    } else if (word === 'pick' && dialogue.pick) {
      const ticked = await pick(session, inHost)
      if (await settle(session, inHost, ({rule}) => (ticked.has(rule.id) ? 'enforce' : 'capture_only'))) {
        return nextOpen(session, at)
      }
    } else if (word === 'b') {
      if (at > 0) return at - 1
      dialogue.say('This is the first rule.')
    } else if (word === 'l') {
      dialogue.say(listing(dialogue, session.groups, decisions))
    } else if (word === '?' || word === 'help') {
      dialogue.say(HELP.join('\n'))
    } else if (/^\d{1,9}$/.test(word)) {
      const number = Number(word)
      if (number >= 1 && number <= questions.length) return number - 1
      dialogue.say(`There are rules 1 to ${questions.length}.`)
    } else {
      const decision = word === '' ? offered : REPLIES[word]
      if (decision === undefined) {
        const shown = `${plainText(JSON.stringify(reply.slice(0, 40)))} is not an answer here`
        dialogue.say(wrapped(`${shown}: e, c, r, b, E, C, d, l, q, a number, or ?`, dialogue.columns))
      } else if (await settle(session, [question], () => decision)) {
        return nextOpen(session, at)
      }
    }
  }
}

/** The first rule without an answer from here on, else from the beginning; past the end when all are decided. */
function nextOpen({questions, decisions}: RatificationSession, from: number): number {
  const isOpen = ({rule}: Question): boolean => !decisions.has(rule.id)
  const next = questions.findIndex((question, i) => i >= from && isOpen(question))
  if (next !== -1) return next
  const earlier = questions.findIndex(isOpen)
  return earlier === -1 ? questions.length : earlier
}

/**
 * Decides these rules, after asking for what goes beyond what was learned. False when one rule was to be decided and is left
 * undecided; of several rules those that are not confirmed stay capture-only.
 */
async function settle(
  session: RatificationSession,
  asked: readonly Question[],
  decide: (question: Question) => RuleDecision,
): Promise<boolean> {
  const {dialogue, decisions} = session
  const requested = new Map(asked.map((question) => [question.rule.id, decide(question)]))
  const enforcedOf = (questions: readonly Question[]) =>
    questions.filter(({rule}) => requested.get(rule.id) === 'enforce').map(({rule}) => rule)
  const keep = (ids: readonly string[]): boolean => {
    if (asked.length === 1) return false
    for (const id of ids) if (requested.has(id)) requested.set(id, 'capture_only')
    return true
  }

  const forgotten = enforcedOf(asked.filter(({rule}) => session.options.forgotten.has(rule.id))).map(({id}) => id)
  if (forgotten.length > 0) {
    alarm(
      session,
      `Cannot be enforced: learn forget removed ${listed(forgotten)}. To restore a rule, quit and run this again with --restore-forgotten and its id.`,
    )
    if (!keep(forgotten)) return false
  }
  const blocked = enforcedOf(asked.filter(({rule, isBlockedOnly}) => isBlockedOnly || isBlockingAction(rule)))
  if (blocked.length > 0) {
    const ids = blocked.map(({id}) => id)
    alarm(session, `Cannot be enforced: what supports ${listed(ids)} was blocked, and an enforced rule would allow it.`)
    if (!keep(ids)) return false
  }
  const low = enforcedOf(asked).filter(isLow)
  if (!(await accept(session, {kind: 'low_confidence', ids: low.map(({id}) => id)}))) {
    if (!keep(low.map(({id}) => id))) return false
  }
  const after = session.rules.filter(({id}) => (requested.get(id) ?? decisions.get(id)) === 'enforce')
  const wide = hostWideOverlaps(after)
  if (!(await accept(session, {kind: 'host_wide', ids: wide}))) {
    // a host-wide rule that was enforced before stays: then the narrower ones are left undecided
    if (wide.some((id) => !requested.has(id)) || !keep(wide)) return false
  }
  for (const [id, decision] of requested) decisions.set(id, decision)
  session.options.progress.save(decisions)
  if (asked.length > 1) {
    const {enforce, capture_only: capture, reject} = tally(asked, decisions)
    dialogue.say(`${count(asked.length, 'rule')}: ${enforce} enforce, ${capture} capture only, ${reject} reject.`)
  }
  return true
}

/** True when nothing of it is new: accepted by a flag, in this session, or now. */
async function accept(session: RatificationSession, {kind, ids}: Beyond): Promise<boolean> {
  const {confirmed, options} = session
  const open = ids.filter((id) => !confirmed.has(`${kind}:${id}`))
  if (open.length === 0 || options.accepted.includes(kind)) return true
  alarm(session, `${listed(open)}: ${MEANINGS[kind]}. Without a terminal this needs ${FLAGS[kind]}.`)
  const reply = await ask(session, 'Accept it? Type yes, anything else is no > ', ACCEPT)
  if (reply.toLowerCase() !== 'yes') return false
  for (const id of open) confirmed.add(`${kind}:${id}`)
  return true
}

/** The last page. False goes back to the rules. */
async function confirmed(session: RatificationSession): Promise<boolean> {
  const {dialogue, groups, decisions, rules} = session
  dialogue.say(outcomePage(dialogue, groups, decisions))
  if (!rules.some(({id}) => decisions.get(id) === 'enforce')) {
    alarm(session, 'Nothing would be enforced, so there is nothing to sign: enforce a rule, or quit and observe more.')
    return false
  }
  for (const beyond of beyondLearned(rules, decisions)) {
    if (!(await accept(session, beyond))) return false
  }
  for (;;) {
    const prompt = 'Sign this decision? Type yes, b to change it, l to list it > '
    const reply = (await ask(session, prompt, SIGN)).toLowerCase()
    if (reply === 'yes') return true
    if (reply === 'b' || reply === 'no' || reply === 'n') return false
    dialogue.say(
      reply === 'l'
        ? listing(dialogue, groups, decisions)
        : 'yes signs it; b goes back to the rules; q keeps the answers.',
    )
  }
}

/** A reply; q and the end of input end the session at any prompt. */
async function ask(session: RatificationSession, prompt: string, menu: Menu): Promise<string> {
  const given = (await session.dialogue.ask(prompt, menu))?.trim()
  if (given !== undefined && given.toLowerCase() !== 'q' && given.toLowerCase() !== 'quit') return given
  throw aborted(session)
}

/** The rules of a host that are enforced; the others stay capture-only. */
async function pick(session: RatificationSession, questions: readonly Question[]): Promise<ReadonlySet<string>> {
  const {dialogue, decisions} = session
  const ticks = questions.map(({rule, byDefault}) => ({
    name: plainText(`${rule.id}  ${subject(rule)}`).slice(0, dialogue.columns - 8),
    value: rule.id,
    checked: (decisions.get(rule.id) ?? byDefault.decision) === 'enforce',
  }))
  const ticked = await dialogue.pick?.('Which are enforced? The others stay capture-only', ticks)
  if (ticked === undefined) throw aborted(session)
  return new Set(ticked)
}

function aborted(session: RatificationSession): PipelockError {
  const {decisions, options, questions} = session
  const answered = questions.filter(({rule}) => decisions.has(rule.id)).length
  const kept = answered > 0
  return new PipelockError(
    'aborted',
    kept
      ? `nothing is signed; ${answered} of ${count(questions.length, 'answer')} are kept in ${options.progress.path}`
      : 'nothing is signed',
    kept ? {hint: 'run it again with --interactive to go on from there'} : {},
  )
}

function alarm({dialogue}: RatificationSession, text: string): void {
  dialogue.say(paint(dialogue, 'alarm', wrapped(text, dialogue.columns)))
}

function listed(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).map(plainText).join(', ')
  return ids.length > 10 ? `${shown} and ${ids.length - 10} more` : shown
}
