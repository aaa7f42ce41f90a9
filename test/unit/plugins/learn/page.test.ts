// The pages as text: the same bytes each time, bounded, redacted where they are to be shared, and commands that a shell
// takes as they are meant.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {commandLine, shellWord} from '../../../../src/lib/shell-words.js'
import {grouped, roughly, share} from '../../../../src/lib/page/numbers.js'
import {readText} from '../../../support/compiling.js'
import {
  greatCandidate,
  ordinaryCaptures,
  reviewHtml,
  shadowReportOf,
  writeCandidate,
} from '../../../support/review-pages.js'

const folder = mkdtempSync(join(tmpdir(), 'page-'))
afterAll(() => rmSync(folder, {recursive: true}))
const {candidate, contractHash} = writeCandidate(folder, ordinaryCaptures())
const put = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const codeOf = (action: () => unknown): string => {
  try {
    action()
    return 'no error'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}
/** What stands on the page, tags and layout left out. */
const textOf = (page: string): string => page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

test('the same candidate gives the same bytes, and the verdict comes first', () => {
  const page = reviewHtml(candidate)
  expect(reviewHtml(candidate)).toBe(page)
  const text = textOf(page.slice(page.indexOf('<main')))
  expect(text).toMatch(
    /^ Contract review · agent coder Needs attention its signature is not verified: no key of its signer is at hand 3 request patterns were seen in too few sessions/,
  )
  expect(text).toContain('14 of 14')
  expect(text).toContain('of 52 rules')
})

test('growth is told, or why it is not', () => {
  expect(textOf(reviewHtml(candidate))).toContain('1.1 % of the request patterns of a further session would be new')
  const alone = put('alone.yaml', readText(candidate))
  expect(textOf(reviewHtml(alone))).toContain('No coverage file lies beside the candidate')
  put('alone.coverage.json', JSON.stringify({...coverage(), contract_hash: 'sha256:other'}))
  expect(textOf(reviewHtml(alone))).toContain('belongs to another contract')
  put('alone.coverage.json', JSON.stringify({...coverage(), keys: 1}))
  expect(codeOf(() => reviewHtml(alone))).toBe('invalid_field')
})

describe('a replay on the page', () => {
  test('is shown beside the rules that it concerns', () => {
    const text = textOf(reviewHtml(candidate, {shadow: put('shadow.json', shadowReportOf(contractHash))}))
    expect(text).toContain('Would be newly blocked 9 of 100 replayed records')
    expect(text).toContain('elsewhere.example/')
    expect(text).toContain('5 new blocks')
    expect(text).toContain('blocks more than 5 %: look at it')
  })

  test('is refused when it is of another contract, another version or no report', () => {
    expect(codeOf(() => reviewHtml(candidate, {shadow: put('s.json', shadowReportOf('sha256:other'))}))).toBe(
      'hash_mismatch',
    )
    const other = shadowReportOf(contractHash).replace('"report_version":1', '"report_version":2')
    expect(codeOf(() => reviewHtml(candidate, {shadow: put('s.json', other)}))).toBe('invalid_field')
    expect(codeOf(() => reviewHtml(candidate, {shadow: put('s.json', '{"report_version":1}')}))).toBe('invalid_field')
    expect(codeOf(() => reviewHtml(candidate, {shadow: put('s.json', '[')}))).toBe('malformed_json')
    const negative = shadowReportOf(contractHash).replace('"new_blocks":9', '"new_blocks":-9')
    expect(codeOf(() => reviewHtml(candidate, {shadow: put('s.json', negative)}))).toBe('invalid_field')
  })
})

test('redacted: no internal name, no path on it, no folder of this machine', () => {
  for (const salt of [undefined, Buffer.from('test-salt')]) {
    const page = reviewHtml(candidate, {redact: true, salt})
    expect(page).not.toMatch(/build\.internal|\/jobs|\/status/)
    expect(page).not.toContain(folder)
    expect(page).toContain('api.code.example')
    expect(page).toMatch(salt ? /hmac:[0-9a-f]{16}:8080/ : /\[internal\]:8080/)
    // blocked only, so the candidate does not say that it is public; its action rule does
    expect(textOf(page)).toContain('POST paste.example/upload')
  }
  expect(reviewHtml(candidate)).toContain('build.internal')
})

describe('commands', () => {
  const words = [
    'plain/word.yaml',
    'two words',
    `it's`,
    '$(touch x)',
    '`id`',
    'a"b\\c',
    'new\nline',
    '\u202ereversed',
    'é',
    "both ' and \u200b",
    '*',
    '',
  ]
  test('are read by a shell as they were meant, and are printable ASCII', () => {
    for (const word of words) {
      const written = shellWord(word)
      expect(written).toMatch(/^[ -~]+$/)
      const {stdout} = spawnSync('bash', ['-c', `printf %s ${written}`], {encoding: 'utf8'})
      expect(stdout).toBe(word)
    }
  })

  test('never take a value for a flag', () => {
    expect(commandLine('learn pin', ['--segment', '--force'])).toBe("pipelock learn pin --segment='--force'")
    expect(commandLine('learn pin', ['--segment', 'x'])).toBe('pipelock learn pin --segment x')
  })
})

test('figures', () => {
  expect([grouped(1), grouped(12_345), grouped(1_234_567)]).toEqual(['1', '12\u202f345', '1\u202f234\u202f567'])
  expect([share(0), share(0.0001), share(0.5), share(0.99999), share(1)]).toEqual([
    '0.0 %',
    '< 0.1 %',
    '50.0 %',
    '> 99.9 %',
    '100.0 %',
  ])
  expect([roughly(0.14), roughly(9.96), roughly(1234.5)]).toEqual(['0.1', '10.0', '1\u202f235'])
})

test('a page of a great candidate is bounded, and says what it leaves out', () => {
  const page = reviewHtml(greatCandidate(folder, 7500))
  const text = textOf(page)
  expect(text).toMatch(/of 7 500 rules/)
  expect(text).toMatch(/6 000 rules with a line each/)
  expect(page.match(/<details class="item"/g)).toHaveLength(1500)
  expect(page.match(/<div class="item brief"/g)).toHaveLength(6000)
  expect(page.length).toBeLessThan(20 * 1024 * 1024)
})

function coverage(): Record<string, unknown> {
  return JSON.parse(readText(join(folder, 'coder.candidate.coverage.json'))) as Record<string, unknown>
}
