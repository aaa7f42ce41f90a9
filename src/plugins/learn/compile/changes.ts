// What a recompile changes, for the person who ran it: which confirmed request patterns came and went, and which of them
// became wider or narrower. Rules for information are left out, since nobody is let through by them.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {admits, formKey, type Form} from '../../../formats/segment-forms.js'
import {counted} from '../../../lib/page/numbers.js'
import {isPattern} from '../view/copies.js'
import {isLow} from '../view/decisions.js'
import {plainText} from '../../../lib/terminal.js'
import {viewsOf, type RuleView} from '../view/rule-view.js'
import {subject} from '../view/subject.js'

/** Patterns of one kind of change: how many, and the first three. */
export interface ChangedPatterns {
  readonly count: number
  readonly examples: readonly string[]
}

export interface Changes {
  /** Set where the profile changed. */
  readonly profile?: {readonly before: string; readonly after: string}
  readonly added: ChangedPatterns
  readonly removed: ChangedPatterns
  /** Of patterns that both have, or that take the place of narrower ones: what the earlier candidate did not admit. */
  readonly wider: ChangedPatterns
  readonly narrower: ChangedPatterns
}

const MOST_EXAMPLES = 3

/** Confirmed request patterns of a candidate and of the one that takes its place. */
export function changesBetween(before: ContractBody, after: ContractBody): Changes {
  const [old, young] = [confirmedOf(before), confirmedOf(after)]
  const profiles = {before: before.compile.inference_algorithm, after: after.compile.inference_algorithm}
  const [wider, narrower, added]: [string[], string[], string[]] = [[], [], []]
  const subjects = new Set([...young.values()].flat().map(subject))
  const replaced = new Set<string>()
  for (const [place, rules] of young) {
    const others = old.get(place) ?? []
    const gone = others.filter((other) => !subjects.has(subject(other)))
    for (const rule of rules) {
      const text = subject(rule)
      const same = others.find((other) => subject(other) === text)
      const covered = same ? [same] : gone.filter((other) => covers(rule, other))
      const covering = same ? [same] : gone.filter((other) => covers(other, rule))
      for (const other of [...covered, ...covering]) replaced.add(other.id)
      if (same ? !covers(same, rule) : covered.length > 0) wider.push(text)
      else if (same ? !covers(rule, same) : covering.length > 0) narrower.push(text)
      else if (!same) added.push(text)
    }
  }
  const removed = [...old.values()].flat().filter(({id}) => !replaced.has(id))
  return {
    ...(profiles.before === profiles.after ? {} : {profile: profiles}),
    added: patternsOf(added),
    removed: patternsOf(removed.map(subject)),
    wider: patternsOf(wider),
    narrower: patternsOf(narrower),
  }
}

function patternsOf(texts: readonly string[]): ChangedPatterns {
  return {count: texts.length, examples: texts.slice(0, MOST_EXAMPLES)}
}

/** By what must be equal for one rule to cover another. */
function confirmedOf(body: ContractBody): ReadonlyMap<string, readonly RuleView[]> {
  const places = new Map<string, RuleView[]>()
  for (const rule of viewsOf(body)) {
    if (!isPattern(rule) || isLow(rule)) continue
    const {kind, host, ports, methods, server, tool, paths} = rule
    const length = paths.map(({value}) => value.split('/').length)
    const key = JSON.stringify([kind, host, ports, methods, server, tool, length])
    const known = places.get(key)
    if (known) known.push(rule)
    else places.set(key, [rule])
  }
  return places
}

/** True when every request of `rule` is one of `wider`: each of its segments is admitted there. */
function covers(wider: RuleView, rule: RuleView): boolean {
  // each fixed argument takes calls away
  if (!wider.args.every((argument) => rule.args.includes(argument))) return false
  return wider.paths.every((path, i) => {
    const other = rule.paths[i]
    return other !== undefined && path.value.split('/').every((_, index) => coversSegment(path, other, index))
  })
}

type Path = RuleView['paths'][number]

function coversSegment(wider: Path, path: Path, index: number): boolean {
  const [segments, others] = [wider.value.split('/'), path.value.split('/')]
  const [segment, other = ''] = [segments[index], others[index]]
  if (segment !== '*') return segment === other
  const admitted = formsAt(wider, index)
  if (admitted === undefined) return true
  if (other !== '*') return admitted.some((form) => admits(form, other, others.slice(1, index)))
  return formsAt(path, index)?.every((form) => admitted.some((each) => coversForm(each, form))) ?? false
}

function coversForm(wider: Form, form: Form): boolean {
  if (wider.form !== 'free' || form.form !== 'free') return formKey(wider) === formKey(form)
  return (
    [...form.characters].every((character) => wider.characters.includes(character)) &&
    (wider.other || !form.other) &&
    wider.min_length <= form.min_length &&
    wider.max_length >= form.max_length
  )
}

function formsAt({collapsed}: Path, index: number): readonly Form[] | undefined {
  const forms = collapsed.find((wildcard) => wildcard.index === index)?.forms
  return forms?.filter((form) => form !== undefined)
}

/** One to four lines for people. */
export function changeLines({profile, added, removed, wider, narrower}: Changes): readonly string[] {
  const line = (patterns: ChangedPatterns, noun: string, suffix: string): readonly string[] => {
    if (patterns.count === 0) return []
    const {count, examples} = patterns
    const more = count > examples.length ? `; and ${count - examples.length} more` : ''
    return [`${counted(count, noun)} ${suffix}: ${examples.map(plainText).join('; ')}${more}`]
  }
  const widths = [...line(wider, 'pattern', 'wider'), ...line(narrower, 'pattern', 'narrower')]
  const lines = [
    ...(profile ? [`profile ${plainText(profile.before)} → ${plainText(profile.after)}`] : []),
    ...line(added, 'confirmed rule', 'added'),
    ...line(removed, 'confirmed rule', 'removed'),
    ...(widths.length === 0 ? [] : [widths.join('. ')]),
  ]
  return lines.length === 0 ? ['the same confirmed rules as before'] : lines
}
