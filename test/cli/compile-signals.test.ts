// Ctrl-C and a supervisor's signals while `learn compile` and `learn aggregate` run: the process ends by that signal, the
// outputs are all old or all new, and no temporary file stays.
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {captureLines, type CaptureSpec} from '../support/captures.js'
import {sampled} from '../support/thorough.js'

const project = fileURLToPath(new URL('../..', import.meta.url))
const preload = (name: string) => ['--import', fileURLToPath(new URL(`../support/${name}.mjs`, import.meta.url))]

const OUTPUTS = ['coverage.json', 'manifest.json', 'review.md', 'segments.json', 'yaml'].map((end) => `c.${end}`)

let root = ''
let out = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'signals-'))
  out = join(root, 'out')
  writeFileSync(join(root, 'small.jsonl'), captureLines([{}, {url: 'https://b.example/x'}]))
  // 32 MiB, from which on two threads read
  const many = Array.from({length: 14_000}, (_, i): CaptureSpec => ({
    url: `https://a.example/${'x'.repeat(1800)}${i % 9}`,
  }))
  const large = captureLines(many)
  expect(large.length).toBeGreaterThan(2 ** 25)
  writeFileSync(join(root, 'large.jsonl'), large)
})
afterAll(() => rmSync(root, {recursive: true}))
beforeEach(() => {
  rmSync(out, {recursive: true, force: true})
  mkdirSync(out)
  for (const name of [...OUTPUTS, 'a.aggregate']) writeFileSync(join(out, name), 'old')
})

const words = {
  compile: ['--output', 'out/c.yaml', '--force'],
  aggregate: ['--output', 'out/a.aggregate'],
}

function run(
  command: keyof typeof words,
  input: string,
  hook: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const line = ['learn', command, '--agent', 'coder', '--deterministic', '--input', `${input}.jsonl`, ...words[command]]
  return spawnSync(process.execPath, [...hook, join(project, 'bin/run.js'), ...line], {
    cwd: root,
    env: {...process.env, PIPELOCK_HOME: join(root, 'home'), ...env},
    encoding: 'utf8',
  })
}

/** Which of the outputs are old; fails when anything else is there. */
function old(): readonly string[] {
  expect(readdirSync(out).sort()).toEqual(['a.aggregate', ...OUTPUTS])
  return readdirSync(out).filter((name) => readFileSync(join(out, name), 'utf8') === 'old')
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s', (signal) => {
  test('while it reads, alone or in threads', () => {
    for (const [input, thread] of [
      ['small', 'main'],
      ['large', 'reader'],
    ] as const) {
      const done = run('compile', input, preload('signal-at-read'), {KILL_SIGNAL: signal, KILL_THREAD: thread})
      expect([thread, done.signal, done.stdout]).toEqual([thread, signal, ''])
      expect(old()).toHaveLength(6)
    }
  })
})

test.each([
  ['compile', ['a.aggregate']],
  ['aggregate', OUTPUTS],
] as const)(
  '%s, stopped at a call that writes: the outputs are all old or all new',
  (command, others) => {
    const log = join(root, 'calls.json')
    expect(run(command, 'small', preload('kill-at-write'), {KILL_LOG: log}).status).toBe(0)
    const calls = (JSON.parse(readFileSync(log, 'utf8')) as readonly string[]).length
    expect(calls).toBeGreaterThan(4)
    for (const at of sampled(
      Array.from({length: calls}, (_, i) => i + 1),
      3,
    )) {
      for (const name of [...OUTPUTS, 'a.aggregate']) writeFileSync(join(out, name), 'old')
      const done = run(command, 'small', preload('kill-at-write'), {KILL_AT: String(at), KILL_SIGNAL: 'SIGTERM'})
      expect([at, done.signal]).toEqual([at, 'SIGTERM'])
      const stayed = old()
      if (stayed.length !== 6) expect(stayed).toEqual(others)
    }
  },
  240_000,
)
