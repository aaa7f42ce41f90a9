// docs/ci.md, followed to the letter on the sessions of the demonstration: its shell blocks run in order, CI with its own key
// store and nothing in it but the compile key. And its table of JSON members, compared with what the commands print.
import {spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {parseDocument} from 'yaml'
import {captureLines, type CaptureSpec} from '../support/captures.js'
import {runCommand} from '../support/warm-cli.js'
import {startWarmShell, type WarmShell} from '../support/warm-shell.js'

const clone = fileURLToPath(new URL('../..', import.meta.url))
const guide = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8')
const blocks = [...guide.matchAll(/(^<!-- by hand -->\n)?^```sh\n([\s\S]*?)^```$/gm)].flatMap(
  ([, byHand, text = '']) => (byHand === undefined ? [text] : []),
)

let folder: string
let shell: WarmShell
let environment: Record<string, string | undefined>
let script: {readonly status: number | null; readonly err: string; readonly out: string}

const path = (...names: readonly string[]): string => join(folder, ...names)
const run = (home: string, ...words: readonly string[]) =>
  runCommand(words, {cwd: folder, env: {...environment, PIPELOCK_HOME: path(home)}})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ci-guide-'))
  environment = {PATH: `${path('bin')}:${process.env['PATH'] ?? ''}`, HOME: folder, TMPDIR: folder}
  const demo = spawnSync(process.execPath, [join(clone, 'bin', 'run.js'), 'demo', '--dir', 'demo'], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  })
  expect(demo.status).toBe(0)
  for (const name of ['captures', 'held-back']) cpSync(path('demo', name), path(name), {recursive: true})
  writeFileSync(
    path('pipelock.yaml'),
    `version: 1\nmode: balanced\nforward_proxy:\n  enabled: true\nlearn:\n  capture_dir: "${path('captures')}"\n`,
  )
  // a clone whose entry is the program of the warm shell
  shell = await startWarmShell(path('clone', 'bin', 'run.js'))
  const [last = '', ...before] = blocks.toReversed()
  const done = spawnSync(
    'bash',
    ['-c', `set -euo pipefail\n${before.toReversed().join('\n')}\nrm -rf contract-out\n${last}`],
    {
      cwd: folder,
      // nothing puts pipelock on the PATH but the guide itself
      env: {...environment, PATH: process.env['PATH'], CLONE: path('clone')},
      encoding: 'utf8',
      timeout: 120_000,
    },
  )
  script = {status: done.status, err: done.stderr, out: done.stdout}
}, 180_000)
afterAll(() => {
  shell.close()
  rmSync(folder, {recursive: true, force: true})
})

const report = (name: string): unknown => JSON.parse(readFileSync(path('contract-out', name), 'utf8'))

describe('the CI guide', () => {
  test('can be typed as it stands; after promote the gate is green although a rare request would be blocked', () => {
    expect(script.err).not.toMatch(/^error: /m)
    expect(script.out).toMatch(/^promote: manifest sha256:[0-9a-f]{64} generation 1 active$/m)
    expect(script.status).toBe(0)
    // and with a real clone
    const [install = ''] = blocks
    const installed = mkdtempSync(join(folder, 'installed-'))
    const env = {...environment, PATH: process.env['PATH'], CLONE: clone}
    expect(spawnSync('sh', ['-ec', install], {cwd: installed, env, encoding: 'utf8'})).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^pipelock \d/) as string,
    })
    expect(report('in-force.json')).toMatchObject({
      verified: true,
      assumption: 'as-written',
      new_blocks: 1,
      decided_blocks: 1,
      unmatched: expect.arrayContaining([
        expect.objectContaining({path: '/v1/admin/keys', new_blocks: 1, decided_blocks: 1}),
      ]) as unknown,
    })
    expect(report('shadow.json')).toMatchObject({new_blocks: 0, decided_blocks: 0})
    const comment = readFileSync(path('contract-out', 'comment.md'), 'utf8')
    expect([...comment.matchAll(/^# (.*)$/gm)].map(([, title]) => title)).toEqual([
      'Shadow Report',
      'Review: needs attention',
      'Shadow Report',
    ])
    expect(comment).not.toContain('169.254.169.254')
  })

  const gateWith = (directory: string, name: string, specs: readonly CaptureSpec[]): number | null => {
    const session = `coder_${name}`
    mkdirSync(path(directory, session))
    const ts = new Date().toISOString()
    const lines = captureLines(specs.map((spec) => ({ts, session, ...spec})))
    writeFileSync(path(directory, session, `evidence-${session}-0.jsonl`), lines)
    const done = spawnSync('sh', ['learn.sh'], {
      cwd: folder,
      env: {...environment, PIPELOCK_HOME: path('ci-home'), OUT: `out-${name}`},
      encoding: 'utf8',
      timeout: 60_000,
    })
    rmSync(path(directory, session), {recursive: true})
    return done.status
  }

  test('passes a session that repeats what was decided, and fails one with anything else, wherever it lies', () => {
    const {origin_port: port} = JSON.parse(readFileSync(path('demo', 'demo.json'), 'utf8')) as {origin_port: number}
    const api = `http://api.demo.test:${port}`
    const rare = {url: `${api}/v1/admin/keys`}
    expect(gateWith('held-back', 'rare', [{url: `${api}/v1/users`}, rare, rare])).toBe(0)
    expect(gateWith('captures', 'method', [rare, {url: `${api}/v1/users`, method: 'DELETE'}])).toBe(1)
    expect(gateWith('held-back', 'path', [{url: `${api}/v1/admin/keys/7`}])).toBe(1)
  }, 180_000)

  test('leaves CI with a compile key and nothing else', () => {
    expect(readdirSync(path('ci-home'))).toEqual(['agents'])
    expect(readdirSync(path('ci-home', 'agents'))).toEqual(['coder'])
  })

  test('a contract that only CI has signed is refused by promote', () => {
    const json = JSON.parse(readFileSync(path('contract-out', 'compile.json'), 'utf8')) as {
      readonly contract_hash: string
    }
    const words = [
      '--contract',
      json.contract_hash,
      '--candidate',
      'contract-out/candidate.yaml',
      '--selector',
      'coder',
    ]
    const keys = ['--activation-key', 'anna', '--dual-control-from', 'bert', '--production']
    const refused = run('operator', 'learn', 'promote', '--config', 'pipelock-live.yaml', ...words, ...keys, '--json')
    expect(refused.status).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({error: 'key_unknown'})
  })

  test('one operator is not enough', () => {
    const hash = /^sha256:[0-9a-f]{64}$/m.exec(readFileSync(path('ratify.txt'), 'utf8'))?.[0] ?? ''
    const words = ['learn', 'promote', '--config', 'pipelock-live.yaml', '--contract', hash, '--selector', 'coder']
    const refused = run('operator', ...words, '--activation-key', 'anna', '--production', '--json')
    expect(refused.status).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({error: 'dual_control'})
  })

  test('has a workflow that is YAML and runs the same script', () => {
    const [, text = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(guide) ?? []
    const workflow = parseDocument(text)
    expect(workflow.errors).toEqual([])
    const {jobs} = workflow.toJS() as {
      readonly jobs: Record<string, {readonly steps: readonly {readonly run?: string}[]}>
    }
    const runs = Object.values(jobs).flatMap(({steps}) => steps.flatMap((step) => step.run ?? []))
    expect(runs.join('\n')).toMatch(/^sh learn\.sh$/m)
    expect(runs.join('\n')).not.toMatch(/promote|ratify/)
  })
})

describe('the members of --json', () => {
  const rows = [...guide.matchAll(/^\| `([a-z ]+)` \| (.*) \|$/gm)].map(([, command = '', cell = '']) => ({
    command,
    members: [...cell.matchAll(/`([a-z_]+)`(\?)?/g)].map(([, name = '', mark]) => ({name, isOptional: mark === '?'})),
  }))

  const candidate = 'contract-out/candidate.yaml'
  const receipts = ['--receipt-out', 'table.jsonl']
  const inputs: Readonly<Record<string, () => readonly string[]>> = {
    'learn compile': () => ['--agent', 'coder', '--config', 'pipelock.yaml', '--output', 'table/candidate.yaml'],
    'learn review': () => [candidate],
    'learn shadow': () => ['--contract', candidate, '--config', 'pipelock.yaml', '--sessions', 'held-back'],
    'learn ratify': () => ['--candidate', candidate, '--out', 'table/contract.yaml', ...receipts],
    'learn promote': () => {
      const [hash = ''] = /sha256:[0-9a-f]{64}$/m.exec(readFileSync(path('ratify.txt'), 'utf8')) ?? []
      return [...LIVE, '--contract', hash, '--selector', 'coder']
    },
    'learn rollback': () => [...LIVE, '--to', /manifest (sha256:[0-9a-f]{64})/.exec(script.out)?.[1] ?? ''],
    'policy replay': () => ['--config', 'pipelock.yaml', '--sessions', 'captures', '--out-json', 'table/diff.json'],
  }
  /** The one line of JSON on stderr that says what was done. */
  const auditOf = (stderr: string): Record<string, unknown> => {
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
    expect(lines).toHaveLength(1)
    return JSON.parse(lines[0] ?? '') as Record<string, unknown>
  }
  const LIVE = ['--config', 'pipelock-live.yaml', '--activation-key', 'anna', '--dual-control-from', 'bert']

  test('are those of the table, command by command', () => {
    const home = (command: string): string => (/ratify|promote|rollback/.test(command) ? 'operator' : 'ci-home')
    const extra = ['--contract-key', path('ci-home/agents/coder/id_ed25519.pub'), '--compile-key-agent', 'ratifier']
    expect(rows.map(({command}) => command)).toEqual(Object.keys(inputs))
    for (const {command, members} of rows) {
      const words = [...(inputs[command]?.() ?? []), ...(command === 'learn ratify' ? extra : [])]
      const done = run(home(command), ...command.split(' '), ...words, '--json')
      expect({command, status: done.status, err: done.status === 0 ? '' : done.stderr}).toEqual({
        command,
        status: 0,
        err: '',
      })
      const names = Object.keys(JSON.parse(done.stdout) as object)
      expect({command, missing: members.filter(({name, isOptional}) => !isOptional && !names.includes(name))}).toEqual({
        command,
        missing: [],
      })
      expect({command, undocumented: names.filter((name) => !members.some((member) => member.name === name))}).toEqual({
        command,
        undocumented: [],
      })
      expect(auditOf(done.stderr)).toMatchObject({event: command.replace(' ', '_'), noop: false})
    }
  })

  test('each command that changes or compares leaves one audit line too, which says when it did nothing', () => {
    const [, rule = ''] =
      /rule_id: (r-[0-9a-f]{20})\n(?:(?!rule_id)[\s\S])*?paths:/.exec(readFileSync(path(candidate), 'utf8')) ?? []
    const edit = ['--candidate', candidate, '--rule', rule, '--out', 'table/edited.yaml']
    const again = ['--candidate', 'table/edited.yaml', '--rule', rule]
    const report = (name: string): readonly string[] => ['--out-json', `table/${name}.json`]
    const shadow = ['shadow', '--contract', candidate, '--config', 'pipelock.yaml', '--sessions', 'held-back']
    for (const [words, audit] of [
      [
        shadow.concat(report('a')),
        {event: 'learn_shadow', candidate, quarantines: 0, receipts_emitted: 0, noop: false},
      ],
      [
        ['diff', 'table/a.json', 'table/a.json'],
        {event: 'learn_diff', inputs: ['table/a.json', 'table/a.json'], noop: false},
      ],
      [
        ['pin', ...edit, '--segment', 'export'],
        {event: 'learn_pin', rule, segment: 'export', segments_changed: 1, noop: false},
      ],
      [
        ['pin', ...again, '--segment', 'Export'],
        {event: 'learn_pin', segment: 'export', segments_changed: 0, noop: true},
      ],
      [['split', ...again], {event: 'learn_split', rule, index: 0, segments_changed: 0, noop: true}],
      [['review', 'table/edited.yaml'], {event: 'learn_review', candidate: 'table/edited.yaml', noop: false}],
      [
        ['aggregate', '--agent', 'coder', '--config', 'pipelock.yaml', '--output', 'table/all.aggregate'],
        {event: 'learn_aggregate', agent: 'coder', signer_key_id: 'coder', cross_agent_signing: false, noop: false},
      ],
    ] as const) {
      const done = run('ci-home', 'learn', ...words)
      expect({words, status: done.status, audit: auditOf(done.stderr)}).toMatchObject({words, status: 0, audit})
    }
  })

  test.each([
    ['learn compile', 2],
    ['learn compile --agent nobody --config pipelock.yaml', 1],
    ['learn review absent.yaml', 1],
    ['learn review', 2],
    ['learn shadow --contract absent.yaml', 1],
    ['learn ratify --candidate contract-out/candidate.yaml --interactive', 2],
    ['policy replay --config absent.yaml --sessions captures', 2],
    ['policy replay --config pipelock.yaml --sessions absent', 1],
    ['policy replay --config pipelock.yaml --sessions captures --out-json pipelock.yaml', 2],
  ])('%s fails with status %i and one document', (line, status) => {
    const done = run('ci-home', ...line.split(' '), '--json')
    expect(done.status).toBe(status)
    expect(Object.keys(JSON.parse(done.stdout) as object).slice(0, 2)).toEqual(['error', 'message'])
  })
})
