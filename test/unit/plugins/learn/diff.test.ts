// The comparison of two shadow reports: second minus first, rules of one report marked, nothing taken on trust.
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {runDiff} from '../../../../src/plugins/learn/diff/run.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-diff-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const file = (name: string): string => join(folder, name)
const rule = (rule_id: string, evaluations: number, new_blocks: number, rate: number, more: object = {}) => ({
  rule_id,
  evaluations,
  new_blocks,
  new_allows: 0,
  unchanged: 0,
  new_block_rate_pct: rate,
  state: 'clear',
  ...more,
})
const report = (rules: readonly object[], more: object = {}) => ({
  report_version: 1,
  contract_hash: 'sha256:aa',
  total_records: 10,
  new_blocks: 1,
  rules,
  ...more,
})
function diff(a: object | string, b: object | string, out?: string) {
  for (const [name, value] of [
    ['a.json', a],
    ['b.json', b],
  ] as const) {
    writeFileSync(file(name), typeof value === 'string' ? value : JSON.stringify(value))
  }
  return runDiff({first: file('a.json'), second: file('b.json'), out})
}

test('subtracts the first from the second, over the union of the rules in order of their ids', () => {
  const first = report([rule('r-b', 60, 3, 5), rule('r-c', 8, 0, 0)], {quarantines: [{}]})
  const second = report([rule('r-a', 1, 1, 100), rule('r-b', 70, 1, 1.43)], {
    contract_hash: 'sha256:bb',
    total_records: 14,
    new_blocks: 0,
  })
  const {markdown, diff: data} = diff(first, second)
  expect(markdown).toBe(
    [
      '# Shadow Diff',
      '',
      '- first contract_hash: `sha256:aa`',
      '- second contract_hash: `sha256:bb`',
      '- records_delta: +4',
      '- new_blocks_delta: -1',
      '- quarantine_delta: -1',
      '',
      '| rule | evals_delta | new_blocks_delta | new_allows_delta | rate_delta |',
      '| --- | --- | --- | --- | --- |',
      '| `r-a` (only in the second) | +1 | +1 | +0 | +100.00% |',
      '| `r-b` | +10 | -2 | +0 | -3.57% |',
      '| `r-c` (only in the first) | -8 | +0 | +0 | +0.00% |',
      '',
    ].join('\n'),
  )
  expect(data.rules[1]).toEqual({
    rule_id: 'r-b',
    evals_delta: 10,
    new_blocks_delta: -2,
    new_allows_delta: 0,
    rate_delta: -3.57,
  })
})

test('says so when there are no rules, and writes a file only beside its inputs', () => {
  const {markdown} = diff(report([]), report([]), file('d.md'))
  expect([markdown.includes('No contract rule evaluations.'), readFileSync(file('d.md'), 'utf8')]).toEqual([
    true,
    markdown,
  ])
  expect(() => diff(report([]), report([]), file('a.json'))).toThrow(expect.objectContaining({code: 'usage'}) as Error)
  expect(JSON.parse(readFileSync(file('a.json'), 'utf8'))).toEqual(report([]))
})

test('lets no rule id leave its cell or move a cursor', () => {
  const {markdown} = diff(report([rule('`|\n\u001b[2J\u202e', 1, 0, 0)]), report([]))
  expect(markdown).toContain('| `%60%7C%0A%1B%5B2J%E2%80%AE` (only in the first) |')
})

test.each<[string, object | string]>([
  ['another version', report([], {report_version: 2})],
  ['a version that is a text', report([], {report_version: '1'})],
  ['a contract', {body: {}, signature: ''}],
  ['a negative count', report([rule('r-a', -1, 0, 0)])],
  ['a count that is a fraction', report([rule('r-a', 1.5, 0, 0)])],
  ['a rate above 100', report([rule('r-a', 1, 1, 101)])],
  ['a duplicate rule', report([rule('r-a', 1, 0, 0), rule('r-a', 1, 0, 0)])],
  ['rules that are no list', report([], {rules: {}})],
  ['a duplicate member', '{"report_version":1,"report_version":1}'],
  ['no JSON', 'report'],
])('refuses %s', (_, bad) => {
  for (const [a, b] of [
    [bad, report([])],
    [report([]), bad],
  ] as const) {
    let code = ''
    try {
      diff(a, b, file('d.md'))
    } catch (error) {
      code = error instanceof PipelockError ? error.code : String(error)
    }
    expect([code, existsSync(file('d.md'))]).toEqual(['report_invalid', false])
  }
})
