// The examples of docs/formats/segment-forms.md and docs/formats/typed-inference.md, as the product makes them from the inputs
// that the pages show. test/unit/docs-formats-learning.test.ts holds the pages to these texts.
import {admits, formMembers, formOf, parseForm} from '../../src/formats/segment-forms.js'
import {sixDecimals} from '../../src/plugins/learn/compile/confidence.js'
import type {SessionStart} from '../../src/plugins/learn/compile/aggregate.js'
import {sessionsOf} from '../../src/plugins/learn/compile/sessions.js'
import {resolveInference} from '../../src/plugins/learn/compile/settings.js'
import {TypedElectorate} from '../../src/plugins/learn/compile/electorate.js'
import type {RuleDraft} from '../../src/plugins/learn/compile/rule-draft.js'
import type {CaptureSpec} from './captures.js'
import {compileCaptures} from './compiling.js'

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

// segment-forms

const VALUES = [
  '2026',
  '1899',
  '20260228',
  '20260230',
  '2026-02-28',
  '2026-02',
  '2026-w53',
  '2025-w53',
  '00042',
  '123456789012345678901',
  'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  '01arz3ndektsv4rrffq69g5fav',
  'a94a8fe',
  'defaced',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'v2',
  '1.26.0rc1',
  '1.0.0-beta.3',
  'pt-br',
  'qq',
  'ada@example.org',
  'issue-17',
  'cus_9s6xkzpwmr2fqa',
  'dqw4w9wgxcq-token-of-30-chars1',
  'readme',
  'how-to-begin',
]

/** Value → its form. */
export function formLines(): string {
  return lines(
    VALUES.map((segment) => {
      const form = formOf(segment)
      return JSON.stringify({segment, form: form === undefined ? null : formMembers(form)})
    }),
  )
}

const free = {form: 'free', characters: '-.', other: false, min_length: 2, max_length: 12}
const ADMITS: readonly (readonly [form: object, segment: string, above?: readonly string[]])[] = [
  [{form: 'month'}, '05', ['news', '2026']],
  [{form: 'month'}, '05', ['news']],
  [{form: 'month'}, '13', ['2026']],
  [{form: 'day'}, '29', ['2028', '02']],
  [{form: 'day'}, '29', ['2026', '2']],
  [{form: 'day'}, '29', ['02']],
  [{form: 'date'}, '2026-02-30'],
  [{form: 'week'}, '2026w53'],
  [{form: 'integer'}, '2026'],
  [{form: 'hex', length: 40}, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  [{form: 'hex', length: 40}, 'da39a3ee5e6b4b0d3255bfef95601890afd8070'],
  [{form: 'hex', length: 9}, '123456789'],
  [{form: 'numbered', prefix: 'issue-'}, 'issue-9'],
  [{form: 'numbered', prefix: 'issue-'}, 'issue-9a'],
  [{form: 'prefixed', prefix: 'cus_', length: 14}, 'cus_9s6xkzpwmr2fqa'],
  [{form: 'prefixed', prefix: 'cus_', length: 14}, 'sub_9s6xkzpwmr2fqa'],
  [{form: 'token', length: 22}, 'yizhzrofijw3fyfxmkxt1_'],
  [free, 'web-7.2'],
  [free, 'web_7'],
  [free, 'caf\u00e9'],
  [{...free, other: true}, 'caf\u00e9'],
  [free, 'a'],
  [{form: 'weekday'}, 'monday'],
  [{form: 'integer', max: 9}, '7'],
]

/** Form, segment and what stands above it → whether the form admits it; a form that is not one admits nothing. */
export function admitLines(): string {
  return lines(
    ADMITS.map(([members, segment, above = []]) => {
      const form = parseForm(members)
      const admitted = form !== undefined && admits(form, segment, above)
      return JSON.stringify({form: members, segment, ...(above.length > 0 && {above}), admits: admitted})
    }),
  )
}

// typed-inference

const SETS: readonly (readonly [k: number, n: number])[] = [
  [4, 5],
  [5, 5],
  [5, 10],
  [6, 10],
  [9, 10],
  [6, 20],
  [7, 20],
  [15, 20],
  [16, 20],
  [7, 30],
  [8, 30],
  [10, 50],
  [14, 100],
  [15, 100],
  [60, 100],
  [64, 100],
]

/** k of n sessions, each of a window of its own → what is left out, the lower bound and the class. */
export function supportLines(): string {
  const inference = resolveInference('wilson_lb_v3', {})
  return lines(
    SETS.map(([k, n]) => {
      const starts = Array.from({length: n}, (_, i): SessionStart => ({id: `s${i}`, index: i, startHour: i}))
      const sessions = sessionsOf(starts, 'window')
      const electorate = new TypedElectorate(inference, sessions, new Set(starts.map(({index}) => sessions.at(index))))
      const own = new Set(starts.slice(0, k).map(({index}) => sessions.at(index)))
      const {leftOut, lower} = electorate.support(own)
      return JSON.stringify({k, n, left_out: leftOut, lower: sixDecimals(lower), class: electorate.classOf(own)})
    }),
  )
}

type Brought = Readonly<Record<string, readonly string[]>>
const each = (count: number, values: (session: number) => readonly string[]): Brought =>
  Object.fromEntries(Array.from({length: count}, (_, i) => [`s${i + 1}`, values(i + 1)]))
const letters = (session: number, n: number): string => `${'bcdfghjklm'[session % 10]}${'aeiou'[n % 5]}rt`
const POSITIONS: readonly Brought[] = [
  each(10, (s) => [String(100 + s)]),
  each(10, (s) => (s > 4 ? [String(100 + s)] : ['list'])),
  each(10, (s) => (s > 5 ? [String(100 + s)] : ['list'])),
  each(10, (s) => [String(100 + (s % 4))]),
  each(10, (s) => [`2026-0${3 + Math.floor(s / 5)}`]),
  each(10, () => ['2026-01']),
  each(5, () => ['2026']),
  each(10, (s) => [s % 2 === 0 ? `cus_${s}a9s6xkzpwm` : `sub_${s}b8r5wjyovn`]),
  each(10, (s) => [String(100 + s), ...(s < 3 ? [`cus_${s}a9s6xkzpwm`] : [])]),
  each(10, (s) => [String(100 + s), ...(s < 4 ? [`cus_${s}a9s6xkzpwm`] : [])]),
  each(10, (s) => [letters(s, 1), letters(s, 2), letters(s, 3)]),
  each(10, (s) => [`${letters(s, 1)}-${s}`, `${letters(s, 2)}-${s}`]),
  each(10, (s) => (s > 6 ? ['list'] : [1, 2].map((n) => letters(s, n) + (s === 6 ? '' : '@example.org')))),
  each(10, (s) => ['about', 'docs', 'home', ...(s > 8 ? [letters(s, 1), letters(s, 2), letters(s, 3)] : [])]),
  each(10, (s) => ['about', 'docs', 'home', letters(s, 1), letters(s, 2)]),
]

/** Values that sessions bring to a position → its forms. */
export function positionLines(): string {
  return lines(POSITIONS.map((brought) => JSON.stringify({sessions: brought, forms: positionForms(brought) ?? null})))
}

const WEEK_MS = 7 * 86_400_000

/** Forms of the second segment below `/v1`; undefined where all values stay literals. */
export function positionForms(brought: Readonly<Record<string, readonly string[]>>): readonly object[] | undefined {
  const specs = Object.entries(brought).flatMap(([session, values], i) =>
    values.map((value): CaptureSpec => {
      const ts = new Date(Date.UTC(2026, 2, 2, 9) + i * WEEK_MS).toISOString()
      return {session, ts, url: `https://api.example.com/v1/${encodeURIComponent(value)}`}
    }),
  )
  const {inferred} = compileCaptures(specs, {profile: 'wilson_lb_v3'})
  return inferred.rules.find(({path}) => path === '/v1/*')?.normalized?.collapsed[0]?.forms
}

/** Twelve sessions of an agent with three repositories, a calendar, and paths that do not exist. */
export function typedEventLines(): string {
  const events: string[] = []
  const repositories = ['acme/web', 'acme/infra', 'island/mobile']
  for (let i = 0; i < 12; i++) {
    const day = new Date(Date.UTC(2026, 2, 2 + i, 9)).toISOString().slice(0, 10)
    const session = `s${String(i + 1).padStart(2, '0')}`
    let second = 0
    const add = (method: string, path: string, status = '2xx'): void => {
      const time = `${day}T09:00:${String(second++).padStart(2, '0')}Z`
      events.push(`${session} ${time} ${method} https://git.example.com${path} allow ${status}`)
    }
    for (const [r, name] of repositories.entries()) {
      add('GET', `/repos/${name}/issues`)
      if ((i + r) % 2 === 0) add('GET', `/repos/${name}/issues/${100 + 7 * i + r}`)
      if ((i + r) % 3 === 0) add('POST', `/repos/${name}/issues/${100 + 7 * i + r}/comments`)
    }
    add('GET', `/reports/${day.slice(0, 4)}/${day.slice(5, 7)}/${day.slice(8)}`)
    add('GET', '/repos/acme/wbe/issues', '4xx')
    if (i < 5) add('GET', '/settings')
  }
  return lines(events)
}

/** Lines of events as captures. */
export function typedSpecs(text: string): readonly CaptureSpec[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [session = '', ts = '', method = '', url = '', action = '', status_class = ''] = line.split(' ')
      return {session, ts, method, url, action, detail: {status_class}}
    })
}

/** Rules that are not never_confirmed. */
export function typedRuleLines(events: string): string {
  const {inferred} = compileCaptures(typedSpecs(events), {profile: 'wilson_lb_v3'})
  return lines(inferred.rules.filter(({confidence}) => confidence !== 'never_confirmed').map(ruleLine))
}

function ruleLine(rule: RuleDraft): string {
  const {key, events, sessions, opportunities, lower, confidence, normalized, family} = rule
  const forms = (normalized?.collapsed ?? []).map((segment) => JSON.stringify(segment.forms))
  const members = family === undefined ? [] : [`family of ${family.members}`]
  return [key, events, `${sessions}/${opportunities}`, sixDecimals(lower), confidence, ...forms, ...members].join(' ')
}
