// A log from which entries were removed while the firewall was stopped: the next run states it, and verification still
// finds it.
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openLogDirectory} from '../../../../src/lib/log-directory.js'
import {verifyIntegrity} from '../../../../src/plugins/receipts/verify-folder.js'
import {facts, keyA, keyB, open, T0} from './fixtures.js'

let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'pipelock-stated-'))))
afterEach(() => rmSync(directory, {recursive: true}))

const log = () => join(directory, 'evidence-proxy-0.jsonl')
const head = () => join(directory, 'evidence-proxy.head')
const lines = () => readFileSync(log(), 'utf8').split('\n').slice(0, -1)

/** One run of the recorder. */
function run(count: number, key = keyA) {
  const notices: string[] = []
  const recorder = open(openLogDirectory(directory), {key, onNotice: (text) => void notices.push(text)})
  const {alarm} = recorder
  for (let n = 0; n < count; n++) recorder.decide(facts(n))
  recorder.close(T0)
  return {alarm, notices}
}

const verdict = (jobs?: number) =>
  verifyIntegrity({
    ...{path: directory, keys: [keyA.public.hex, keyB.public.hex], recursive: false, strict: false},
    ...{retainedSuffix: false, jobs, smallBytes: 0},
  })

const REMOVED: readonly (readonly [string, () => void])[] = [
  ['its last entries', () => writeFileSync(log(), `${lines().slice(0, -6).join('\n')}\n`)],
  ['its last line', () => writeFileSync(log(), `${lines().slice(0, -1).join('\n')}\n`)],
  ['the whole log', () => rmSync(log())],
]

test.each(REMOVED)(
  'a log that lost %s while nobody wrote: alarm, recovery entry, and no INTACT later',
  async (_, remove) => {
    run(10)
    const before = lines().length
    remove()
    const {alarm, notices} = run(5)
    expect(alarm).toContain(`was stated to reach entry ${before - 1}`)
    expect(notices).toContainEqual(expect.stringMatching(/^ALARM: entries were removed/))
    const recovery = lines().find((line) => line.includes('"stated_seq"'))
    expect(JSON.parse(recovery ?? '{}')).toMatchObject({
      type: 'recovery',
      detail: {stated_seq: before - 1, stated_entry_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string},
    })
    expect(run(5).alarm).toBeUndefined()
    for (const jobs of [1, 3]) {
      const {ok, json} = await verdict(jobs)
      expect([ok, json]).toMatchObject([false, {reason: 'head_mismatch'}])
    }
  },
)

test('a log that is as stated, after clean stops, a changed key, a kill and a torn head line: no alarm', async () => {
  expect(run(3)).toEqual({alarm: undefined, notices: []})
  expect(run(3).notices).toEqual([])
  expect(run(0, keyB).alarm).toBeUndefined()
  expect(run(2, keyB).alarm).toBeUndefined()
  const killed = open(openLogDirectory(directory), {key: keyB})
  for (let n = 0; n < 4; n++) killed.decide(facts(n))
  killed.sync()
  writeFileSync(head(), readFileSync(head(), 'utf8').slice(0, -20))
  expect(run(1, keyB).alarm).toBeUndefined()
  expect((await verdict()).json).toMatchObject({ok: true})
})

test('lines of a stranger behind the last own one: they are passed over', () => {
  run(10)
  const own = readFileSync(head(), 'utf8')
  const other = mkdtempSync(join(tmpdir(), 'pipelock-stated-'))
  const stranger = open(openLogDirectory(other), {key: keyB})
  stranger.decide(facts(0))
  stranger.close(T0)
  writeFileSync(head(), own + readFileSync(join(other, 'evidence-proxy.head'), 'utf8'))
  rmSync(other, {recursive: true})
  writeFileSync(log(), `${lines().slice(0, -6).join('\n')}\n`)
  expect(run(1).alarm).toContain('was stated to reach')
})

test('a head file that is gone: the start says what can no longer be seen', () => {
  run(10)
  rmSync(head())
  expect(run(1)).toMatchObject({alarm: undefined, notices: [expect.stringContaining('evidence-proxy.head is missing')]})
})

test('a pipe under the name of the head file: the log is written and verifies, and the notices name the file', () => {
  execFileSync('mkfifo', [head()])
  const {alarm, notices} = run(10)
  expect(alarm).toBeUndefined()
  expect(notices).toContainEqual(expect.stringContaining('head file'))
  expect(lines().length).toBeGreaterThan(10)
})
