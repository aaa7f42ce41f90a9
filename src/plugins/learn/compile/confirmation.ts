// How far a request pattern is from being confirmed, in the words of a person who waits for it: sessions, hours, and how many
// more sessions with it would do. Figures and floors are those of the candidate.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {integerOf} from '../../../lib/json/reader.js'
import {counted} from '../../../lib/page/numbers.js'
import {classifyV2, wilsonLowerBound} from './confidence.js'
import {mergesPosition, suspectsOf, type PositionValue} from './minority.js'
import {countsSessions, resolveInference} from './settings.js'
import {sessionsToOpen} from './typed/forecast.js'
import {Tally} from './tally.js'
import {isLow} from '../view/decisions.js'
import {decidingSessions} from '../view/family.js'
import {levelOf, viewsOf, type RuleView} from '../view/rule-view.js'

export interface ConfirmationFloors {
  /** wilson_lb_v3: the floors hold for the sessions that are left without those that may be hostile. */
  readonly isTyped: boolean
  readonly sessions: number
  readonly windows: number
  /** Calls to the server of a tool, all its tools together: what is needed, and what was seen. */
  readonly calls: number
  readonly callsOf: (server: string) => number
  /** Share of sessions that may be hostile; under wilson_lb_v2 the lower bound must lie above it. */
  readonly bound: number
}

export interface Confirmation {
  readonly confirmed: boolean
  /** Of the rule; where its class rests on prefixes alike, the sessions that decide. */
  readonly sessions: number
  readonly sessions_needed: number
  readonly hours: number
  readonly hours_needed: number
  /** Further sessions, each in an hour of its own and each with the request, after which it would be confirmed. */
  readonly more_sessions: number
}

/** Beyond this the share is so small that a figure says nothing. */
const MAX_MORE = 1000

/** undefined for a candidate whose rules count events and not sessions. */
export function floorsOf(body: ContractBody): ConfirmationFloors | undefined {
  const {inference_algorithm: profile} = body.compile
  if (!countsSessions(profile)) return undefined
  const {confidence} = body.defaults
  const floor = (name: string): number => Number(integerOf(confidence?.[name]) ?? 0n)
  const calls = new Map<string, number>()
  for (const rule of viewsOf(body)) {
    if (levelOf(rule) === 'tool') calls.set(rule.server, (calls.get(rule.server) ?? 0) + rule.events)
  }
  const bound = Number(confidence?.['contamination_bound'] ?? 0)
  return {
    isTyped: profile === 'wilson_lb_v3',
    sessions: floor('min_sessions'),
    windows: floor('min_windows'),
    calls: floor('min_events'),
    callsOf: (server) => calls.get(server) ?? 0,
    bound: Number.isFinite(bound) ? bound : 0,
  }
}

export function confirmationOf(rule: RuleView, floors: ConfirmationFloors): Confirmation {
  const k = decidingSessions(rule)
  const {opportunities: n} = rule
  const windows = rule.family === undefined ? rule.windows : k
  const calls = missingCalls(rule, floors)
  const suffices = (more: number): boolean =>
    (calls === undefined || calls.has + more * Math.ceil(calls.has / Math.max(1, k)) >= calls.needs) &&
    isConfirmed({k: k + more, n: n + more, windows: windows + more}, floors)
  let more = 0
  while (isLow(rule) && more < MAX_MORE && !suffices(more)) more++
  return {
    confirmed: !isLow(rule),
    sessions: k,
    sessions_needed: floors.sessions + leftOutOf(n, floors),
    hours: windows,
    hours_needed: floors.windows + leftOutOf(n, floors),
    more_sessions: more,
  }
}

/** Sessions that wilson_lb_v3 leaves out of every test. */
function leftOutOf(n: number, {isTyped, bound}: ConfirmationFloors): number {
  return isTyped ? suspectsOf(bound, n) : 0
}

function isConfirmed(
  {k, n, windows}: {readonly k: number; readonly n: number; readonly windows: number},
  floors: ConfirmationFloors,
): boolean {
  const {isTyped, sessions, windows: hours, bound} = floors
  const leftOut = leftOutOf(n, floors)
  return k - leftOut >= sessions && windows - leftOut >= hours && (isTyped || wilsonLowerBound(k, n) > bound)
}

function missingCalls(rule: RuleView, {calls: needs, callsOf}: ConfirmationFloors) {
  if (levelOf(rule) !== 'tool') return undefined
  const has = callsOf(rule.server)
  return has < needs ? {has, needs} : undefined
}

/** `3 of 5 sessions, 2 of 3 hours: 2 more sessions with it would confirm it`. */
export function distanceText(rule: RuleView, floors: ConfirmationFloors): string {
  const {sessions, sessions_needed, hours, hours_needed, more_sessions: more} = confirmationOf(rule, floors)
  const calls = missingCalls(rule, floors)
  const parts = [
    ...(sessions < sessions_needed ? [`${sessions} of ${counted(sessions_needed, 'session')}`] : []),
    // under wilson_lb_v3 each further session brings an hour of its own
    ...(hours < hours_needed && !(floors.isTyped && sessions < sessions_needed)
      ? [`${hours} of ${counted(hours_needed, 'hour')}`]
      : []),
    ...(calls === undefined ? [] : [`${calls.has} of ${counted(calls.needs, 'call')} to the server`]),
  ]
  const have =
    parts.length > 0
      ? parts.join(', ')
      : `in ${sessions} of ${counted(rule.opportunities, 'session')}, ${floors.isTyped ? 'too few hours or machines' : 'too small a share'}`
  if (more === 0 || more >= MAX_MORE) return have
  return `${have}: ${counted(more, 'more session')} with it would confirm it`
}

export interface Siblings {
  readonly rules: readonly RuleView[]
  /** Place of the segment in which they differ, from 1. */
  readonly index: number
}

/** Literal rules of one method that differ in one segment only: more of them would have become a wildcard. */
export function siblingsOf(rules: readonly RuleView[]): readonly Siblings[] {
  const families = new Map<string, {readonly index: number; readonly rules: RuleView[]}>()
  for (const rule of rules) {
    const [path, ...others] = rule.paths
    if (path === undefined || others.length > 0 || path.collapsed.length > 0 || rule.methods.length !== 1) continue
    const segments = path.value.split('/')
    for (let index = 1; index < segments.length; index++) {
      const key = JSON.stringify([rule.host, rule.ports, rule.methods, segments.with(index, '*')])
      const known = families.get(key)
      if (known) known.rules.push(rule)
      else families.set(key, {index, rules: [rule]})
    }
  }
  return [...families.values()].filter((siblings) => siblings.rules.length > 2)
}

/** Beyond this many sessions a forecast helps nobody. */
const MAX_MERGING = 50

/**
 * How many further sessions, each with one new value, merge the siblings into one rule with a wildcard; undefined when more
 * than 50 would be needed. Computed with the default thresholds and the decision of the compile itself. A contract does not
 * say which sessions brought which value, so they are taken to be as many different ones as the counts allow.
 */
export function sessionsToMerge(siblings: Siblings, floors: ConfirmationFloors): number | undefined {
  const {rules, index} = siblings
  if (floors.isTyped) {
    const values = rules.map(({paths, sessions}) => ({text: paths[0]?.value.split('/')[index] ?? '', sessions}))
    return sessionsToOpen(
      values,
      Math.max(0, ...rules.map(({opportunities}) => opportunities)),
      {...floors, isFirst: index === 1},
      MAX_MERGING,
    )
  }
  const {normalization, ...defaults} = resolveInference('wilson_lb_v2', {})
  const known = Math.max(0, ...rules.map(({opportunities}) => opportunities))
  const values: PositionValue[] = []
  let next = 0
  const valueIn = (sessions: readonly number[]): void => {
    const tally = new Tally()
    for (const session of sessions) tally.add(session)
    values.push({value: String(values.length), sessions: tally})
  }
  for (const rule of rules) valueIn(Array.from({length: rule.sessions}, () => next++ % Math.max(1, known)))
  for (let more = 1; more <= MAX_MERGING; more++) {
    const n = known + more
    valueIn([n - 1])
    const confidenceOf = (sessions: number, leftOut = 0) =>
      classifyV2(
        {k: sessions - leftOut, n: n - leftOut, windows: sessions - leftOut, volume: undefined},
        {...defaults.floors, sessions: floors.sessions, windows: floors.windows},
        floors.bound,
      )
    if (mergesPosition(values, {normalization, confidenceOf, suspects: suspectsOf(floors.bound, n)})) return more
  }
  return undefined
}
