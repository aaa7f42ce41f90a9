// How far a request pattern is from being confirmed: what a person is told must be what a later compile does.
import {expect, test} from 'vitest'
import {
  confirmationOf,
  distanceText,
  floorsOf,
  sessionsToMerge,
  siblingsOf,
} from '../../../../../src/plugins/learn/compile/confirmation.js'
import {copiesOf} from '../../../../../src/plugins/learn/view/copies.js'
import {levelOf, viewsOf} from '../../../../../src/plugins/learn/view/rule-view.js'
import {hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, contractOf, type CompileSpec} from '../../../../support/compiling.js'

const RARE: CaptureSpec = {url: 'https://api.example.com/v1/export', method: 'POST'}

/** `sessions` sessions an hour apart, of which the last `rare` have the rare request. */
function learned(sessions: number, rare: number, spec: CaptureSpec = RARE, settings: CompileSpec = {}) {
  const specs = Array.from({length: sessions}, (_, hour) =>
    [{url: 'https://api.example.com/v1/items'}, ...(hour >= sessions - rare ? [spec] : [])].map((each, i) => ({
      session: `s${hour}`,
      ts: hourly(hour, i),
      ...each,
    })),
  ).flat()
  return contractOf(compileCaptures(specs, settings)).body
}

function distance(sessions: number, rare: number, spec: CaptureSpec = RARE, settings: CompileSpec = {}) {
  const body = learned(sessions, rare, spec, settings)
  const floors = floorsOf(body)
  const rule = viewsOf(body).find(
    (each) => (levelOf(each) === 'method' && each.methods[0] === 'POST') || levelOf(each) === 'tool',
  )
  if (!rule || !floors) throw new Error('the compile left no such rule')
  return {text: distanceText(rule, floors), ...confirmationOf(rule, floors)}
}

test.each([
  [6, 1, '1 of 5 sessions, 1 of 3 hours: 4 more sessions with it would confirm it'],
  [6, 4, '4 of 5 sessions: 1 more session with it would confirm it'],
  [40, 5, 'in 5 of 40 sessions, too small a share: 4 more sessions with it would confirm it'],
])('of %i sessions %i with the request: %s', (sessions, rare, text) => {
  expect(distance(sessions, rare)).toMatchObject({text, confirmed: false})
})

test.each([
  [5, 0],
  [6, 1],
  [12, 3],
  [30, 2],
  [45, 6],
])('%i sessions without and %i with it: so many more confirm it, and one fewer does not', (without, rare) => {
  const {more_sessions: more} = rare === 0 ? {more_sessions: 5} : distance(without + rare, rare)
  expect(distance(without + rare + more, rare + more).confirmed).toBe(true)
  if (rare + more > 1) expect(distance(without + rare + more - 1, rare + more - 1).confirmed).toBe(false)
})

const V3 = {profile: 'wilson_lb_v3'} as const

test.each([
  [6, 1, '1 of 5 sessions: 5 more sessions with it would confirm it'],
  [6, 4, '4 of 5 sessions: 1 more session with it would confirm it'],
  [40, 5, '5 of 9 sessions: 4 more sessions with it would confirm it'],
  [100, 3, '3 of 15 sessions: 13 more sessions with it would confirm it'],
])('wilson_lb_v3, of %i sessions %i with the request: %s', (sessions, rare, text) => {
  expect(distance(sessions, rare, RARE, V3)).toMatchObject({text, confirmed: false})
})

test.each([
  [6, 1],
  [12, 3],
  [30, 2],
  [45, 6],
])(
  'wilson_lb_v3, %i sessions without and %i with it: so many more confirm it, and one fewer does not',
  (without, rare) => {
    const {more_sessions: more} = distance(without + rare, rare, RARE, V3)
    expect(distance(without + rare + more, rare + more, RARE, V3).confirmed).toBe(true)
    expect(distance(without + rare + more - 1, rare + more - 1, RARE, V3).confirmed).toBe(false)
  },
)

test('a tool also needs calls to its server', () => {
  const tool = {tool: {server: 'files', name: 'read'}}
  expect(distance(8, 6, tool)).toMatchObject({
    confirmed: false,
    text: '6 of 20 calls to the server: 14 more sessions with it would confirm it',
  })
})

test('literal paths that differ in one segment are found together, others are not', () => {
  const paths = ['/p/a1/issues', '/p/b2/issues', '/p/c3/issues', '/q/a1/issues', '/p/d4/notes', '/x/y']
  const body = contractOf(
    compileCaptures(
      paths.map((path, i) => ({url: `https://api.example.com${path}`, method: 'POST', session: 's', ts: hourly(0, i)})),
    ),
  ).body
  const rules = viewsOf(body).filter((rule) => levelOf(rule) === 'method')
  const [result, ...others] = siblingsOf(rules)
  expect(others).toEqual([])
  expect(result?.index).toBe(2)
  expect(result?.rules.map((rule) => rule.paths[0]?.value)).toEqual(paths.slice(0, 3))
})

test('a whole host, a path with any method and an action are levels of the same requests; a tunnel and a tool are not', () => {
  const body = learned(6, 6, {url: 'https://git.example.com', method: 'CONNECT'})
  const rules = viewsOf(body)
  const copies = copiesOf(rules)
  expect(rules.map((rule) => [levelOf(rule), copies.has(rule.id)])).toEqual(
    expect.arrayContaining([
      ['host', true],
      ['path', true],
      ['method', false],
      ['action', true],
      ['tunnel', false],
    ]),
  )
})

const slug = (hour: number): string => (hour * 7919 + 13).toString(36)

/** `sessions` sessions an hour apart, each of which files one request below a project of its own. */
function filed(sessions: number, settings: CompileSpec = {}, project = slug) {
  const specs = Array.from({length: sessions}, (_, hour) => ({
    url: `https://api.example.com/projects/${project(hour)}/issues`,
    method: 'POST',
    session: `s${hour}`,
    ts: hourly(hour, 0),
  }))
  const body = contractOf(compileCaptures(specs, settings)).body
  const rules = viewsOf(body).filter((rule) => levelOf(rule) === 'method')
  const floors = floorsOf(body)
  const [siblings] = siblingsOf(rules)
  return {
    merged: rules.some(({paths}) => paths[0]?.value === '/projects/*/issues'),
    more: siblings && floors && sessionsToMerge(siblings, floors),
  }
}

test.each([3, 6, 9])(
  '%i projects: the stated number of further sessions merges them, and one fewer does not',
  (known) => {
    const {more} = filed(known)
    if (more === undefined) throw new Error('no forecast')
    expect(filed(known + more).merged).toBe(true)
    expect(filed(known + more - 1).merged).toBe(false)
  },
)

test('siblings that one session visits merge only when far more sessions do: no forecast promises it', () => {
  const rules = siblingsOf(
    viewsOf(
      contractOf(
        compileCaptures(
          Array.from({length: 200}, (_, i) => ({
            url: `https://api.example.com/projects/${'abcd'[i % 4]}/issues`,
            method: 'POST',
            session: `s${Math.floor(i / 4)}`,
            ts: hourly(Math.floor(i / 4), i % 4),
          })),
        ),
      ).body,
    ).filter((rule) => levelOf(rule) === 'method'),
  )[0]
  if (!rules) throw new Error('no siblings')
  expect(
    sessionsToMerge(rules, {isTyped: false, sessions: 5, windows: 3, calls: 20, callsOf: () => 0, bound: 0.1}),
  ).toBeUndefined()
})

test.each([
  [3, 'integers', (hour: number) => String(1000 + hour)],
  [3, 'words', (hour: number) => `task-${slug(hour)}-notes`],
  [6, 'words', (hour: number) => `task-${slug(hour)}-notes`],
])('wilson_lb_v3, %i projects named by %s: the stated number of further sessions merges them', (known, _, project) => {
  const {more} = filed(known, V3, project)
  if (more === undefined) throw new Error('no forecast')
  expect(filed(known + more, V3, project).merged).toBe(true)
  expect(filed(known + more - 1, V3, project).merged).toBe(false)
})
