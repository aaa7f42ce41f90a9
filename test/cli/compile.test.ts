// `learn compile` at its edges: what it says when there is nothing to say, whose key it signs with, and
// which status its refusals have. Runs the build.
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {captureLines, chainLines, hourly} from '../support/captures.js'
import {runCommand} from '../support/warm-cli.js'

let folder: string

const at = (...names: readonly string[]): string => join(folder, ...names)
const pipelock = (...words: readonly string[]) => {
  const {status, stdout, stderr} = runCommand(words, {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: at('home')},
  })
  return {status, out: stdout, err: stderr}
}
const compile = (...words: readonly string[]) => pipelock('learn', 'compile', '--agent', 'coder', ...words)
const audit = (stderr: string): Record<string, unknown> => {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}
const says = (text: string | RegExp): string =>
  (typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text)) as string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compile-cli-'))
  mkdirSync(at('captures'))
  writeFileSync(
    at('captures', 'one.jsonl'),
    captureLines(Array.from({length: 4}, (_, i) => ({url: `https://a.example/${i}`, ts: hourly(i)}))),
  )
  writeFileSync(at('captures', 'others.jsonl'), captureLines([{agent: 'somebody'}, {agent: 'somebody'}]))
  writeFileSync(
    at('captures', 'drops.jsonl'),
    chainLines([{type: 'capture_drop', detail: {count: 1, reason: 'backpressure'}}]),
  )
  expect(pipelock('keygen', 'coder').status).toBe(0)
  expect(pipelock('keygen', 'builder').status).toBe(0)
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

test('writes beside its output, by default among the candidates of the store', () => {
  const done = compile('--input', 'captures/one.jsonl')
  const output = at('home/contracts/candidates/coder.candidate.yaml')
  expect(done).toMatchObject({status: 0, out: says(/^compile: 4 events, \d+ rules, written to /)})
  expect(done.out).toContain(output)
  expect(audit(done.err)).toMatchObject({
    event: 'learn_compile',
    agent: 'coder',
    signer_key_id: 'coder',
    since: '336h',
    inputs: [at('captures/one.jsonl')],
    output,
    review: output.replace(/yaml$/, 'review.md'),
    manifest: output.replace(/yaml$/, 'manifest.json'),
    events_ingested: 4,
    events_malformed: 0,
    events_redacted: 0,
    foreign_agent_events: 0,
    events_dropped: 0,
    cross_agent_signing: false,
    noop: false,
  })
})

test('learn.parameters: lock writes the names that a rule admits, and the review asks about others', () => {
  const specs = Array.from({length: 20}, (_, i) => ({
    url: `https://a.example/x?q=1${i === 0 ? '&debug' : ''}`,
    session: `s${i}`,
    ts: hourly(i),
  }))
  writeFileSync(at('parameters.jsonl'), captureLines(specs))
  writeFileSync(at('lock.yaml'), 'learn: {parameters: lock}\n')
  const words = ['--input', 'parameters.jsonl', '--config', 'lock.yaml', '--output', 'locked.yaml']
  expect(compile(...words).status).toBe(0)
  const contract = readFileSync(at('locked.yaml'), 'utf8')
  expect(contract.match(/^ *parameters:\n( *- "?\w+"?\n)+/gm)).toHaveLength(1)
  expect(contract).toMatch(/^ *parameters:\n *- "?q"?\n/m)
  expect(contract).toMatch(/parameters_refused: 1\n/)
  expect(pipelock('learn', 'review', 'locked.yaml').out).toContain(
    '1 of 20 sessions sent a parameter that would be refused',
  )
})

test('no rules are a success that says so', () => {
  const done = compile('--input', 'captures/others.jsonl', '--output', 'none.yaml')
  expect(done).toMatchObject({
    status: 0,
    out: says('compile: 0 events, 0 rules, written to '),
    err: says('warning: no rules: '),
  })
  expect(audit(done.err)).toMatchObject({foreign_agent_events: 2, rules_emitted: 0, noop: true})
  expect(existsSync(at('none.yaml'))).toBe(true)
})

test('another agent’s key signs only when it is named, and the audit line tells', () => {
  const done = compile('--input', 'captures/one.jsonl', '--output', 'cross.yaml', '--compile-key-agent', 'builder')
  expect(audit(done.err)).toMatchObject({signer_key_id: 'builder', cross_agent_signing: true})
  expect(readFileSync(at('cross.yaml'), 'utf8')).toContain('signer_key_id: builder\n')
})

describe('refusals', () => {
  test('without a key it says how to make one', () => {
    const done = pipelock('learn', 'compile', '--agent', 'nobody', '--input', 'captures/one.jsonl')
    expect(done).toMatchObject({
      status: 1,
      out: '',
      err: says(/^error: key_missing: .*\nhint: .*pipelock keygen nobody /),
    })
  })

  test('too much that was dropped, unless that is accepted', () => {
    const lossy = ['--input', 'captures/*.jsonl', '--output', 'lossy.yaml']
    expect(compile(...lossy)).toMatchObject({
      status: 1,
      err: says(/^error: captures_dropped: 1 of 5 .*\nhint: .*--accept-drops/m),
    })
    expect(existsSync(at('lossy.yaml'))).toBe(false)
    const accepted = compile(...lossy, '--accept-drops')
    expect(accepted).toMatchObject({status: 0, err: says('warning: 1 of 5 captures were dropped (20.00 %)')})
    expect(audit(accepted.err)).toMatchObject({events_dropped: 1, foreign_agent_events: 2})
  })

  test.each<[readonly string[], number, string]>([
    [['--agent', 'nobody', '--since', 'soon'], 2, '--since "soon" is not a duration'],
    [['--agent', 'nobody', '--inference', 'wilson'], 2, '--inference'],
    [['--agent', 'a/b'], 2, 'is not one path segment'],
    [['--agent', '..'], 2, 'is not one path segment'],
    [['--agent', 'coder'], 2, 'neither --input nor learn.capture_dir'],
    [['--agent', 'coder', '--input', 'none.jsonl'], 1, 'file_not_found'],
    [['--agent', 'coder', '--input', 'captures/*.none'], 1, 'no_captures'],
    [['--agent', 'coder', '--config', 'absent.yaml'], 2, 'config_unreadable'],
  ])('%j ends with %i', (words, status, text) => {
    for (const command of ['compile', 'aggregate']) {
      expect(pipelock('learn', command, ...words)).toMatchObject({status, out: '', err: says(text)})
    }
  })

  test.each<[string, number, string]>([
    ['zz', 2, '--escrow-private-key must be'],
    ['${NOT_SET}', 1, 'key_missing'],
    ['file:relative', 2, 'absolute path'],
    ['file:/none', 1, 'file_not_found'],
  ])('an escrow key %s ends with %i', (key, status, text) => {
    const done = compile('--escrow-private-key', key, '--input', 'captures/one.jsonl', '--output', 'never.yaml')
    expect(done).toMatchObject({status, out: '', err: says(text)})
    expect(existsSync(at('never.yaml'))).toBe(false)
  })
})

test('a second compile reports what changed, also in JSON; the first and one of another agent report nothing', () => {
  const specs = Array.from({length: 6}, (_, hour) => ({
    url: 'https://a.example/x',
    ts: hourly(hour),
    session: `s${hour}`,
  }))
  const [few, more] = [at('captures', 'few.jsonl'), at('captures', 'more.jsonl')]
  writeFileSync(few, captureLines(specs))
  writeFileSync(more, captureLines([...specs, ...specs.map((spec) => ({...spec, url: 'https://a.example/y'}))]))
  const out = at('changed.candidate.yaml')
  expect(compile('--input', few, '--inference', 'wilson_lb_v2', '--out', out).out).not.toContain('changes:')
  const again = compile('--input', more, '--out', out)
  expect(again.out.trim().split('\n').slice(1)).toEqual([
    'changes: profile wilson_lb_v2 → wilson_lb_v3',
    'changes: 1 confirmed rule added: GET a.example/y',
  ])
  const based = compile('--input', few, '--base', out, '--out', at('next.candidate.yaml'), '--json')
  expect(JSON.parse(based.out)).toMatchObject({
    changes: {added: {count: 0}, removed: {count: 1, examples: ['GET a.example/y']}},
  })
  expect(JSON.parse(compile('--input', few, '--out', at('first.yaml'), '--json').out)).not.toHaveProperty('changes')
})
