// Grades of captured surfaces, and the bound of the coverage lists.
import {expect, test} from 'vitest'
import {createCoverage} from '../../../../../src/plugins/learn/shadow/coverage.js'
import {gradeOf} from '../../../../../src/plugins/learn/shadow/replay.js'

test.each([
  ['url', false, 'full'],
  ['tool_policy', false, 'full'],
  ['response', false, 'partial'],
  ['response', true, 'full'],
  ['dlp', false, 'partial'],
  ['tool_scan', true, 'full'],
  ['cee', false, 'none'],
  ['cee', true, 'full'],
  ['something', true, 'summary'],
])('grade of %s, sidecar %s: %s', (surface, sidecar, grade) => expect(gradeOf(surface, sidecar)).toBe(grade))

test('destinations chosen by an attacker do not grow the report without bound', () => {
  const coverage = createCoverage([])
  for (let i = 0; i < 10_005; i++) coverage.blocked({host: 'a.example', path: `/${i}`, method: 'GET'}, true)
  coverage.blocked({host: 'a.example', path: '/7', method: 'GET'}, false)
  const unmatched = coverage.unmatched()
  expect(unmatched).toHaveLength(10_001)
  expect(unmatched.slice(0, 2)).toMatchObject([
    {host: '[other]', path: '[other]', method: '[other]', events: 5, newBlocks: 5},
    {host: 'a.example', path: '/7', method: 'GET', events: 2, newBlocks: 1},
  ])
})
