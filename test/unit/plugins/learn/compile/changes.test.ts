// What a recompile reports to the person who ran it: which confirmed patterns came, went, widened or narrowed.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {changeLines, changesBetween} from '../../../../../src/plugins/learn/compile/changes.js'
import {previousCandidate} from '../../../../../src/plugins/learn/compile/overwrite.js'
import {hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, contractOf, type CompileSpec} from '../../../../support/compiling.js'
import {repositoryCaptures} from '../../../../support/repository-captures.js'

const folder = mkdtempSync(join(tmpdir(), 'changes-'))
afterAll(() => rmSync(folder, {recursive: true}))

const bodyOf = (specs: readonly CaptureSpec[], spec: CompileSpec = {}) => contractOf(compileCaptures(specs, spec)).body
const V3 = {profile: 'wilson_lb_v3'} as const
const none = {count: 0, examples: []}

/** Six sessions an hour apart with the same requests; `{}` in a path is another value each time. */
function sessions(...paths: readonly string[]): readonly CaptureSpec[] {
  return Array.from({length: 6}, (_, hour) =>
    paths.flatMap((path, k) =>
      Array.from({length: 4}, (_unused, i): CaptureSpec => ({
        session: `s${hour}`,
        ts: hourly(hour, 10 * k + i),
        url: `https://a.example${path.replace('{}', String(1000 + 10 * hour + i))}`,
      })),
    ),
  ).flat()
}

test('a candidate of wilson_lb_v2 that is compiled again under wilson_lb_v3', () => {
  const specs = repositoryCaptures(12)
  const changes = changesBetween(bodyOf(specs), bodyOf(specs, V3))
  expect(changes.profile).toEqual({before: 'wilson_lb_v2', after: 'wilson_lb_v3'})
  expect(changes.added.count).toBeGreaterThan(6)
  expect(changes.added.examples).toHaveLength(3)
  // the origin never served it
  expect(changes.removed).toEqual({count: 1, examples: ['GET git.example.com/repo/acme/web/issues']})
  const lines = changeLines(changes)
  expect(lines.length).toBeLessThanOrEqual(4)
  expect(lines[0]).toBe('profile wilson_lb_v2 → wilson_lb_v3')
  expect(lines[1]).toMatch(/^\d+ confirmed rules added: GET git\.example\.com\/repos\S+; .+; and \d+ more$/)
  expect(lines[2]).toBe('1 confirmed rule removed: GET git.example.com/repo/acme/web/issues')
})

test('a wildcard that takes the place of literals is wider, one that gets a form is narrower', () => {
  const before = bodyOf(sessions('/items/{}', '/x'), {...V3})
  expect(changesBetween(bodyOf(sessions('/items/{}')), bodyOf(sessions('/items/{}'), V3))).toEqual({
    profile: {before: 'wilson_lb_v2', after: 'wilson_lb_v3'},
    added: none,
    removed: none,
    wider: none,
    narrower: {count: 1, examples: ['GET a.example/items/*']},
  })
  const literal = bodyOf(sessions('/items/1001', '/x'), V3)
  expect(changesBetween(literal, before).wider).toEqual({count: 1, examples: ['GET a.example/items/*']})
  expect(changesBetween(before, literal).narrower).toEqual({count: 1, examples: ['GET a.example/items/1001']})
  const word = bodyOf(sessions('/items/first', '/x'), V3)
  expect(changesBetween(word, before)).toMatchObject({
    added: {count: 1, examples: ['GET a.example/items/*']},
    removed: {count: 1, examples: ['GET a.example/items/first']},
    wider: none,
  })
})

test('the same captures say that nothing changed', () => {
  const body = bodyOf(sessions('/items/{}', '/x'), V3)
  const changes = changesBetween(body, body)
  expect(changes).toEqual({added: none, removed: none, wider: none, narrower: none})
  expect(changeLines(changes)).toEqual(['the same confirmed rules as before'])
})

test('a path cannot forge a line or move the cursor', () => {
  const before = bodyOf(sessions('/x'), V3)
  const forged = JSON.parse(JSON.stringify(before).replaceAll('"/x"', '"/\\u001b[2Jerror\\nforged"')) as typeof before
  const changes = changesBetween(before, forged)
  expect(changes.added.count).toBe(1)
  for (const line of changeLines(changes)) expect(line).toMatch(/^[ -~]+$/)
})

test('nothing is said of a file that is absent, unreadable, or of another agent', () => {
  const path = join(folder, 'c.candidate.yaml')
  expect(previousCandidate(path, 'coder')).toBeUndefined()
  writeFileSync(path, '')
  expect(previousCandidate(path, 'coder')).toBeUndefined()
  writeFileSync(path, '{')
  expect(previousCandidate(path, 'coder')).toBeUndefined()
  expect(previousCandidate(folder, 'coder')).toBeUndefined()
  const {contract, contractHash} = compileCaptures(sessions('/x'))
  writeFileSync(path, contract)
  expect(previousCandidate(path, 'coder')?.contract_hash).toBe(contractHash)
  expect(previousCandidate(path, 'somebody')).toBeUndefined()
})
