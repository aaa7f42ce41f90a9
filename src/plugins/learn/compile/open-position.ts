// Which values at a path position are identifiers, and of which forms. Forms are few and narrow, so little evidence suffices:
// enough sessions that bring values nobody confirms. A wildcard without a form needs variety as well, likeness of what stands below
// the values, and a share of the position that mistyped paths do not reach. All tests leave the suspects out.
import {admits, formKey, formOf, isLikeLocale, MAX_FREE_LENGTH, type Form} from '../../../formats/segment-forms.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {decidePosition, entropyOf} from './segments.js'
import type {Witnesses} from './witnesses.js'
import type {TypedElectorate} from './electorate.js'
import type {Observed, Place, TreeTerms, TypedNode} from './typed-node.js'

export interface Opened {
  readonly forms: readonly Form[]
  /** Values that the forms admit. */
  readonly values: readonly string[]
  readonly entropy: number
}

interface Value {
  readonly text: string
  readonly node: TypedNode
  readonly isConfirmed: boolean
}

interface Group {
  readonly form: Form
  readonly values: Value[]
}

const DAY_MS = 86_400_000

/** How long a position may show one date before that is a name, such as the version of an API: twice its unit, in days. */
const CONSTANT_DAYS: Readonly<Partial<Record<Form['form'], number>>> = {
  year: 731,
  year_month: 62,
  month: 62,
  week: 14,
  date: 2,
  basic_date: 2,
  day: 2,
}

/** undefined where all values stay literals. `free` are the children of a node that a wildcard may cover. */
export function openForms(
  free: readonly (readonly [string, TypedNode])[],
  place: Place,
  {electorate, observed}: Pick<TreeTerms, 'electorate' | 'observed'>,
): Opened | undefined {
  const values = free.map(([text, node]): Value => ({text, node, isConfirmed: electorate.isKnown(node.sessions)}))
  const above = samplesOf(place)
  const groups = groupsOf(values, above)
  const isOpen = isOpenTo(
    groups.flatMap((group) => group.values),
    electorate,
  )
  const typed = withoutCovered(
    groups.filter(
      (group) =>
        isCalendar(group, electorate, observed) ||
        (isOpen && electorate.isBeyondSuspects(sessionsOf(group.values, electorate))),
    ),
    above,
    electorate,
  )
  const isTyped = ({text}: Value): boolean => typed.some(({form}) => admits(form, text, above))
  // identifiers that too few sessions bring must not complete what suspects need for a wildcard without a form
  const shared = groups.filter((group) => sessionsOf(group.values, electorate).size > 1)
  const formed = new Set(freshOf(shared.flatMap((group) => group.values)))
  const rest = values.filter((value) => !isTyped(value) && !formed.has(value))
  const open = freeForm(rest, values, place, electorate)
  const all = withoutCovered(open ? [...typed, open] : typed, above, electorate)
  if (all.length === 0) return undefined
  const forms = all.map(({form}) => form)
  const merged = values.filter(({text}) => forms.some((form) => admits(form, text, above)))
  const counts = merged.map(({text, node}) => [text, node.sessions.size] as const)
  return {
    forms: [...forms].sort((a, b) => compareCodePoints(formKey(a), formKey(b))),
    values: merged.map(({text}) => text),
    entropy: entropyOf(counts),
  }
}

/** Segments above, with a January of some year where wildcards of these forms stand. */
function samplesOf({above}: Place): readonly string[] {
  return above.map((segment) => (segment === '*year' ? '2000' : segment === '*month' ? '01' : segment))
}

function groupsOf(values: readonly Value[], above: readonly string[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const value of values) {
    const form = formAt(value.text, above)
    if (!form) continue
    const key = formKey(form)
    const group = groups.get(key)
    if (group) group.values.push(value)
    else groups.set(key, {form, values: [value]})
  }
  return [...groups.values()]
    .filter((group) => isOpaque(group, values))
    .sort((a, b) => compareCodePoints(formKey(a.form), formKey(b.form)))
}

function formAt(text: string, above: readonly string[]): Form | undefined {
  if (admits({form: 'month'}, text, above)) return {form: 'month'}
  if (admits({form: 'day'}, text, above)) return {form: 'day'}
  return formOf(text)
}

/**
 * Titles with hyphens have the alphabet of tokens, but hardly ever a letter beside a digit. Words of two letters are languages
 * where nearly all of them are.
 */
function isOpaque({form, values}: Group, all: readonly Value[]): boolean {
  if (form.form === 'locale') return 10 * values.length >= 9 * all.filter(({text}) => isLikeLocale(text)).length
  if (form.form !== 'token' && form.form !== 'prefixed') return true
  const from = form.form === 'prefixed' ? form.prefix.length : 0
  const mixed = values.filter(({text}) => /[a-z][0-9]|[0-9][a-z]/.test(text.slice(from))).length
  return 2 * mixed >= values.length
}

/** True when enough sessions bring values that nobody confirms, and these are various. */
function isOpenTo(values: readonly Value[], electorate: TypedElectorate): boolean {
  const fresh = freshOf(values)
  return (
    electorate.confirms(sessionsOf(fresh, electorate)) &&
    areLeft(fresh, electorate.normalization.minDistinctValues, electorate)
  )
}

function freshOf(values: readonly Value[]): readonly Value[] {
  return values.filter(({isConfirmed}) => !isConfirmed)
}

/** Shares of a value are in millionths. */
const WHOLE = 1_000_000

/** True when so many values at least are left, whichever of those that may be hostile brought the others together. */
function areLeft(values: readonly Value[], least: number, {suspects}: TypedElectorate): boolean {
  return suspects.every(({of, count}) => {
    const shares = new Map<number, number>()
    for (const {node} of values) {
      const blocs = new Set([...node.sessions.keys()].map(of))
      for (const bloc of blocs) shares.set(bloc, (shares.get(bloc) ?? 0) + shareOf(blocs.size, count))
    }
    const most = [...shares.values()].sort((a, b) => b - a).slice(0, count)
    return most.reduce((sum, share) => sum - share, values.length * WHOLE) >= least * WHOLE
  })
}

/** What each of the blocs that bring a value has of it; nothing where more bring it than may be hostile. */
function shareOf(blocs: number, count: number): number {
  return blocs > count ? 0 : Math.floor(WHOLE / blocs)
}

/** A date near the time of the observation; whoever asks for today's asks for tomorrow's next. */
function isCalendar({form, values}: Group, electorate: TypedElectorate, {firstMs, lastMs}: Observed): boolean {
  const days = CONSTANT_DAYS[form.form]
  if (days === undefined) return false
  const [from, to] = [new Date(firstMs).getUTCFullYear() - 1, new Date(lastMs).getUTCFullYear() + 1]
  const isNear = ({text}: Value): boolean => {
    const year = Number(text.slice(0, 4))
    return form.form === 'month' || form.form === 'day' || (year >= from && year <= to)
  }
  const near = values.filter(isNear)
  if (!electorate.confirms(sessionsOf(near, electorate))) return false
  return lastMs - firstMs <= days * DAY_MS || areLeft(near, 2, electorate)
}

/** Leaves out each form that only suspects need: they bring all its values that no other form admits. */
function withoutCovered(
  groups: readonly Group[],
  above: readonly string[],
  electorate: TypedElectorate,
): readonly Group[] {
  const left = [...groups]
  for (const group of groups) {
    const others = left.filter((other) => other !== group)
    const own = group.values.filter(({text}) => !others.some(({form}) => admits(form, text, above)))
    if (!electorate.isBeyondSuspects(sessionsOf(own, electorate))) left.splice(left.indexOf(group), 1)
  }
  return left
}

function freeForm(
  rest: readonly Value[],
  all: readonly Value[],
  {prefix}: Place,
  electorate: TypedElectorate,
): Group | undefined {
  const unconfirmed = freshOf(rest)
  const {common, sure} = sharedFeatures(unconfirmed, electorate)
  const fresh = unconfirmed.filter(({node}) => featuresOf(node).some((feature) => common.has(feature)))
  const known = rest.filter(({node, isConfirmed}) => isConfirmed && featuresOf(node).every((name) => sure.has(name)))
  const values = [...fresh, ...known]
  if (!hasShare(fresh, values, all, electorate) || !bringsMore(fresh, known, electorate)) return undefined
  if (prefix === '' && !isFirstAlike(rest, sure, hasShare(fresh, values, all, electorate, 0.9))) return undefined
  if (!isVarious(values, fresh, electorate)) return undefined
  const form = observedForm(values, electorate)
  if (!form) return undefined
  return {form, values: values.filter(({text}) => admits(form, text, []))}
}

/**
 * A wildcard in first position is nearly a whole host. The values must have something below them in common or be what the host is
 * for, and the confirmed ones must be alike: an API's own words are not.
 */
function isFirstAlike(rest: readonly Value[], sure: ReadonlySet<string>, isWholeHost: boolean): boolean {
  const isDeep = [...sure].some((feature) => feature.startsWith('/'))
  if (!isDeep && !isWholeHost) return false
  const confirmed = rest.filter(({isConfirmed}) => isConfirmed)
  const alike = confirmed.filter(({node}) => {
    const own = featuresOf(node)
    const common = own.filter((feature) => sure.has(feature)).length
    return 2 * common > own.length + sure.size - common
  })
  return confirmed.length === 0 || 2 * pairsOf(alike) > pairsOf(confirmed)
}

/** What stands directly below values: methods, and the next segments, those with a form by its name, which no segment has. */
function featuresOf(node: TypedNode): readonly string[] {
  const next = [...node.children.keys()].map((segment) => {
    const form = formOf(segment)
    return form === undefined ? `/${segment}` : `//${form.form}`
  })
  return [...new Set([...node.shapes.map(({method}) => method), ...next])]
}

interface Features {
  /** Of more sessions than suspects. */
  readonly common: ReadonlySet<string>
  /** Of enough sessions to confirm them. */
  readonly sure: ReadonlySet<string>
}

function sharedFeatures(values: readonly Value[], electorate: TypedElectorate): Features {
  const having = new Map<string, Value[]>()
  for (const value of values) {
    for (const feature of featuresOf(value.node)) {
      const list = having.get(feature)
      if (list) list.push(value)
      else having.set(feature, [value])
    }
  }
  const sessions = [...having].map(([feature, list]) => [feature, sessionsOf(list, electorate)] as const)
  const names = (test: (sessions: Witnesses) => boolean): ReadonlySet<string> =>
    new Set(sessions.filter(([, own]) => test(own)).map(([feature]) => feature))
  return {common: names((own) => electorate.isBeyondSuspects(own)), sure: names((own) => electorate.confirms(own))}
}

/** Pairs of a session and a value. */
function pairsOf(values: readonly Value[]): number {
  return values.reduce((sum, {node}) => sum + node.sessions.size, 0)
}

/**
 * Mistyped paths are few beside the others; identifiers are most of their position, also without the sessions that bring most
 * of them. The fresh values must have more than a third of the pairs, all values more than `share`.
 */
function hasShare(
  fresh: readonly Value[],
  values: readonly Value[],
  all: readonly Value[],
  electorate: TypedElectorate,
  share = 0.5,
): boolean {
  const [odd, own] = [fresh, values].map((list) => new Set(list.map(({text}) => text)))
  const brought = broughtBy(all)
  return electorate.suspects.every(({of, count}) => {
    const kept = withoutBlocs(brought, (texts) => texts.filter((text) => odd?.has(text)).length, of, count)
    const texts = [...kept.values()].flat()
    const pairs = (set: ReadonlySet<string> | undefined): number => texts.filter((text) => set?.has(text)).length
    return 3 * pairs(odd) > texts.length && pairs(own) > share * texts.length
  })
}

/** Beside confirmed values, one odd value in a session is what a mistyped path looks like. */
function bringsMore(fresh: readonly Value[], known: readonly Value[], electorate: TypedElectorate): boolean {
  const sessions = sessionsOf(fresh, electorate)
  if (!electorate.confirms(sessions)) return false
  if (known.length === 0 || electorate.classOf(sessions) === 'stable') return true
  const withMore = [...broughtBy(fresh)].filter(([, own]) => own.length > 1).map(([session]) => session)
  return electorate.confirms(new Set(withMore))
}

/** The tests of a position on what each session counts for, without the suspects of each ranking. */
function isVarious(values: readonly Value[], fresh: readonly Value[], electorate: TypedElectorate): boolean {
  const {normalization} = electorate
  const limit = Math.max(1, normalization.minDistinctValues - 1)
  const counted = new Map<number, readonly string[]>()
  for (const [session, own] of broughtBy(values)) counted.set(session, own.slice(0, limit))
  const odd = new Set(fresh.map(({text}) => text))
  const collapses = (kept: ReadonlyMap<number, readonly string[]>): boolean =>
    decidePosition(countsOf(kept.values()), normalization).collapse
  return electorate.suspects.every(({of, count}) => {
    const rankings = [
      sharesIn(counted, of, count),
      (own: readonly string[]) => own.filter((value) => odd.has(value)).length,
    ]
    return rankings.every((weight) => collapses(withoutBlocs(counted, weight, of, count)))
  })
}

/** Session → its values, those with most requests of it first, ties by code points. */
function broughtBy(values: readonly Value[]): ReadonlyMap<number, readonly string[]> {
  const bySession = new Map<number, (readonly [text: string, requests: number])[]>()
  for (const {text, node} of values) {
    for (const [session, requests] of node.sessions.entries()) {
      const own = bySession.get(session)
      if (own) own.push([text, requests])
      else bySession.set(session, [[text, requests]])
    }
  }
  const brought = new Map<number, readonly string[]>()
  for (const [session, own] of [...bySession].sort(([a], [b]) => a - b)) {
    own.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]))
    brought.set(
      session,
      own.map(([text]) => text),
    )
  }
  return brought
}

function countsOf(lists: Iterable<readonly string[]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const list of lists) for (const text of list) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/** Weighs what a session counts for by its shares of values that those who may be hostile could have brought together. */
function sharesIn(
  counted: ReadonlyMap<number, readonly string[]>,
  blocOf: (session: number) => number,
  count: number,
): (own: readonly string[]) => number {
  const blocs = new Map<string, Set<number>>()
  for (const [session, own] of counted) {
    for (const text of own) {
      const known = blocs.get(text)
      if (known) known.add(blocOf(session))
      else blocs.set(text, new Set([blocOf(session)]))
    }
  }
  return (own) => own.reduce((sum, text) => sum + shareOf(blocs.get(text)?.size ?? 0, count), 0)
}

/** Without the `count` blocs of sessions that weigh most; of equals the earlier goes. A bloc that weighs nothing stays. */
function withoutBlocs(
  counted: ReadonlyMap<number, readonly string[]>,
  weightOf: (own: readonly string[]) => number,
  blocOf: (session: number) => number,
  count: number,
): ReadonlyMap<number, readonly string[]> {
  const weights = new Map<number, number>()
  for (const [session, own] of counted) {
    const bloc = blocOf(session)
    weights.set(bloc, (weights.get(bloc) ?? 0) + weightOf(own))
  }
  const ranked = [...weights].filter(([, weight]) => weight > 0).sort(([a, x], [b, y]) => y - x || a - b)
  const suspects = new Set(ranked.slice(0, count).map(([bloc]) => bloc))
  return new Map([...counted].filter(([session]) => !suspects.has(blocOf(session))))
}

function sessionsOf(values: readonly Value[], electorate: TypedElectorate): Witnesses {
  const [only, ...others] = values
  if (only && others.length === 0) return only.node.sessions
  return electorate.union(values.map(({node}) => node.sessions))
}

/**
 * Characters and lengths that more than suspects bring; lengths with room to half and to double. undefined where values are so
 * short and so long that suspects could have brought either.
 */
function observedForm(values: readonly Value[], electorate: TypedElectorate): Form | undefined {
  const byCharacter = new Map<string, Set<number>>()
  const byLength = new Map<number, Set<number>>()
  for (const {text, node} of values) {
    let length = 0
    for (const c of text) {
      length++
      if (!ALPHANUMERIC.test(c)) addAll(byCharacter, c, node)
    }
    addAll(byLength, length, node)
  }
  const shown = [...byCharacter].filter(([, sessions]) => electorate.isBeyondSuspects(sessions)).map(([c]) => c)
  const isPrintable = (c: string): boolean => /[!-~]/.test(c)
  const lengths = [...byLength].sort(([a], [b]) => a - b)
  const min_length = Math.max(1, Math.floor(firstUsual(lengths, electorate) / 2))
  const max_length = Math.min(MAX_FREE_LENGTH, 2 * firstUsual(lengths.toReversed(), electorate))
  if (min_length > max_length) return undefined
  return {
    form: 'free',
    characters: shown.filter(isPrintable).sort(compareCodePoints).join(''),
    other: shown.some((c) => !isPrintable(c)),
    min_length,
    max_length,
  }
}

const ALPHANUMERIC = /[0-9a-z]/

function addAll<Key>(to: Map<Key, Set<number>>, key: Key, {sessions}: TypedNode): void {
  const known = to.get(key) ?? new Set()
  for (const session of sessions.keys()) known.add(session)
  to.set(key, known)
}

/** The first length that, with those in front of it, more than suspects bring. */
function firstUsual(
  lengths: readonly (readonly [length: number, sessions: ReadonlySet<number>])[],
  electorate: TypedElectorate,
): number {
  const together = new Set<number>()
  for (const [length, sessions] of lengths) {
    for (const session of sessions) together.add(session)
    if (electorate.isBeyondSuspects(together)) return length
  }
  return 1
}
