// What the learning bench guarantees, on one agent with a known truth: a test that a change of the learner can fail. And the
// page of figures belongs to the version that it names.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'pipelock-bench-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

interface Figures {
  readonly version: string
  readonly parts: {
    readonly stable: readonly [
      {
        readonly requests: number
        readonly allow: number
        readonly refused: {readonly untold: number}
        readonly escapes: Readonly<Record<string, {readonly tried: number; readonly passed: number}>>
      },
    ]
    readonly poisoning: readonly [
      {readonly kinds: Readonly<Record<string, {readonly gained: number; readonly widened: number}>>},
    ]
    readonly 'one-session': {readonly agents: number; readonly positions: number}
    readonly determinism: {readonly compiles: number; readonly different: number; readonly foreign: number}
  }
}

interface Share {
  readonly requests: number
  readonly allowed: number
}

interface NestedRow {
  readonly isQuarter: boolean
  readonly mass: Readonly<Record<string, Share>>
  readonly unknown: Share
}

const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['bench/learning/run.mjs', ...args], {cwd: root, encoding: 'utf8'})

describe('one agent end to end', () => {
  let figures: Figures
  let status: number | null

  beforeAll(() => {
    const json = join(folder, 'figures.json')
    const run = bench('--smoke', '--only', 'stable,poisoning,one-session,determinism', '--seed', 'test', '--json', json)
    status = run.status
    figures = JSON.parse(readFileSync(json, 'utf8')) as Figures
  }, 300_000)

  test('held-out sessions pass, and the review told of what does not', () => {
    const [stable] = figures.parts.stable
    expect(stable.requests).toBeGreaterThan(500)
    expect(stable.allow).toBeGreaterThanOrEqual(0.99)
    expect(stable.refused.untold).toBe(0)
  })

  test('no attack passes', () => {
    for (const [kind, {tried, passed}] of Object.entries(figures.parts.stable[0].escapes)) {
      // a wildcard takes a word for an identifier: no guarantee, and said so
      if (kind !== 'word') expect([kind, passed, tried > 0]).toEqual([kind, 0, true])
    }
  })

  test('a hostile session of ten gains and widens nothing', () => {
    const {kinds} = figures.parts.poisoning[0]
    expect(Object.keys(kinds)).toEqual(expect.arrayContaining(['MCP argument', 'widening', 'identifiers of a form']))
    for (const [kind, result] of Object.entries(kinds))
      expect([kind, result]).toMatchObject([kind, {gained: 0, widened: 0}])
  })

  test('one session collapses no position, and order changes no byte', () => {
    expect(figures.parts['one-session']).toEqual({agents: 1, positions: 0})
    expect(figures.parts.determinism).toEqual({compiles: 3, different: 0, foreign: 0})
    expect(status).toBe(0)
  })
})

test('nested agents: figures for every class now and a quarter later', () => {
  const json = join(folder, 'nested.json')
  const {status, stdout} = bench('--smoke', '--only', 'nested', '--seed', 'test', '--json', json)
  expect([status, stdout]).toEqual([
    0,
    expect.stringContaining('endpoints of every session, a quarter after 5 sessions'),
  ])
  const {parts} = JSON.parse(readFileSync(json, 'utf8')) as {readonly parts: {readonly nested: readonly NestedRow[]}}
  expect(parts.nested.map(({isQuarter}) => isQuarter)).toEqual([false, true])
  for (const {mass, unknown} of parts.nested) {
    expect(Object.keys(mass).toSorted()).toEqual(['calendar', 'nested', 'occasional', 'stable'])
    expect(mass['stable']?.allowed).toBe(mass['stable']?.requests)
    expect(unknown.requests).toBeGreaterThan(0)
  }
}, 60_000)

test('the page of figures is of this version', () => {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string}
  const page = readFileSync(join(root, 'docs/learning-quality.md'), 'utf8')
  expect(page).toContain(`\nVersion ${version}, seed \`pipelock\`.\n`)
  expect(page).toContain('| hold-out allow rate, stable, 10 sessions ≥ 99.00 % |')
})

test('wrong usage is told apart', () => {
  expect(bench('--only', 'nonsense')).toMatchObject({status: 2, stdout: ''})
  expect(bench('--write', '--quick').status).toBe(2)
})
