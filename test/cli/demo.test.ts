// The guided first run as a user meets it: every step as expected, and the commands that it shows work on what it leaves.
import {spawn, spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {DemoReport} from '../../src/cli/demo/report.js'
import {startWarmShell, type WarmShell} from '../support/warm-shell.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
let folder: string
let shell: WarmShell
let directory: string
let result: {readonly status: number | null; readonly out: string; readonly err: string}
let report: DemoReport

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'))
  shell = await startWarmShell(join(folder, 'warm', 'pipelock'))
  directory = join(folder, 'with a, blank')
  result = pipelock(['demo', '--json', '--dir', directory], folder)
  report = JSON.parse(result.out) as DemoReport
})
afterAll(() => {
  shell.close()
  rmSync(folder, {recursive: true, force: true})
})

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    PIPELOCK_HOME: join(directory, 'home'),
    PIPELOCK_REGEX: process.env['PIPELOCK_REGEX'],
  }
}

function pipelock(words: readonly string[], cwd: string): typeof result {
  const run = spawnSync(process.execPath, [entry, ...words], {cwd, env: environment(), encoding: 'utf8'})
  return {status: run.status, out: run.stdout, err: run.stderr}
}

/** A command line as the demonstration shows it, in the directory that it left. */
function typed(command: string): typeof result {
  const script = `pipelock() { '${join(folder, 'warm', 'pipelock')}' "$@"; }\n${command}`
  const run = spawnSync('sh', ['-c', script], {cwd: directory, env: environment(), encoding: 'utf8'})
  return {status: run.status, out: run.stdout, err: run.stderr}
}

function commandsOf(step: string): readonly string[] {
  return report.steps.find((each) => each.step === step)?.commands ?? []
}

describe('pipelock demo', () => {
  test('ends as expected in every step, in one JSON document', () => {
    const wrong = report.steps.flatMap(({step, checks, error}) => [
      ...checks.filter((check) => !check.ok).map((check) => ({step, ...check})),
      ...(error === undefined ? [] : [{step, error}]),
    ])
    expect(wrong).toEqual([])
    expect(report).toMatchObject({ok: true, interrupted: false, directory, skipped: []})
    expect(result).toMatchObject({status: 0, err: ''})
    expect(report.steps.map(({step}) => step)).toEqual([
      ...['keys', 'start', 'ordinary', 'credential', 'metadata', 'private', 'observe', 'compile', 'review', 'shadow'],
      ...['ratify', 'roster', 'promote', 'lock', 'verify', 'tamper'],
    ])
    for (const {step, checks, explanation} of report.steps) {
      expect([step, checks.length > 0, explanation.length > 40]).toEqual([step, true, true])
    }
    expect(readFileSync(join(directory, 'demo.json'), 'utf8')).toBe(result.out)
  })

  test('leaves the files that it names', () => {
    const missing = report.steps.flatMap(({files}) => files).filter((file) => !existsSync(join(directory, file)))
    expect(missing).toEqual([])
  })

  test('shows commands that come to the same when they are typed', () => {
    for (const command of commandsOf('verify')) expect([command, typed(command).status]).toEqual([command, 0])
    for (const command of commandsOf('tamper')) expect([command, typed(command).status]).toEqual([command, 1])
    const [compile] = commandsOf('compile')
    const again = typed(`${compile} --json`)
    expect(again.status).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({events: 80, rules: 9})
    for (const command of commandsOf('review')) expect([command, typed(command).status]).toEqual([command, 0])
    const [, shadow] = commandsOf('shadow')
    expect(typed(shadow ?? '')).toMatchObject({status: 0, out: expect.stringContaining('(0 new blocks') as string})
    expect(typed('pipelock check -c pipelock-live.yaml').status).toBe(0)
  })

  test('leaves a store in which the contract can be promoted again and rolled back', () => {
    const [, promote] = commandsOf('promote')
    expect(typed(promote ?? '').out).toMatch(/^promote: manifest sha256:[0-9a-f]{64} generation 2 active/)
    const note = report.steps.flatMap(({notes}) => notes).find((each) => each.includes('learn rollback')) ?? ''
    expect(typed(note.slice(note.indexOf('pipelock learn'))).out).toMatch(/as generation 3$/m)
    for (const command of commandsOf('verify')) expect([command, typed(command).status]).toEqual([command, 0])
  })

  test('takes no directory that holds something', () => {
    const again = pipelock(['demo', '--dir', directory], folder)
    expect(again).toMatchObject({status: 1, err: expect.stringContaining('is not an empty directory') as string})
  })

  test('stops when it is interrupted, and says so', async () => {
    const child = spawn(process.execPath, [entry, 'demo', '--dir', join(folder, 'interrupted')], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!out.includes('2/16') && (out + text).includes('2/16')) child.kill('SIGINT')
      out += text
    })
    const status = await new Promise<number | null>((done) => child.once('close', done))
    expect(status).toBe(1)
    expect(out).toMatch(/^Interrupted: .*steps were not reached$/m)
  })
})
