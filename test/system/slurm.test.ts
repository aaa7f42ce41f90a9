// The example of examples/slurm on a cluster: captures counted by the tasks of a job array and compiled by a dependent job
// give the bytes of one compile over all captures, also after a task failed and its shard was submitted again.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {captureLines, chainLines, hourly, type CaptureSpec} from '../support/captures.js'
import {execute, type Outcome} from './clients.js'
import {missingPrograms, startCluster, type Cluster} from './slurm.js'

const ROOT = resolve(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'examples/slurm')
const SUBMIT = join(EXAMPLE, 'submit.sh')
const SESSIONS = 12
const JOBS_MS = 45_000

const missing = missingPrograms()
if (missing.length > 0) {
  console.warn(
    `Slurm is not installed (no ${missing.join(', ')}): examples/slurm is not run; install slurm-wlm and munge`,
  )
}

let folder: string
let cluster: Cluster

const at = (...names: readonly string[]): string => join(folder, ...names)
const run = (command: string, ...args: readonly string[]): Promise<Outcome> =>
  execute(command, args, {
    cwd: folder,
    env: {...cluster.env, PATH: `${at('bin')}:${cluster.env['PATH']}`, HOME: folder, PIPELOCK_HOME: at('home')},
  })

async function succeed(command: string, ...args: readonly string[]): Promise<string> {
  const {status, stdout, stderr} = await run(command, ...args)
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

const split = (): Promise<string> => succeed(join(EXAMPLE, 'split.sh'), 'captures', 'shards', '3')
const submit = (out: string, ...flags: readonly string[]): Promise<Outcome> =>
  run(SUBMIT, 'coder', 'pipelock.yaml', 'shards', out, ...flags)

async function submitted(out: string, ...flags: readonly string[]): Promise<string> {
  const {status, stdout, stderr} = await submit(out, ...flags)
  expect([status, stderr]).toEqual([0, ''])
  await cluster.idle(JOBS_MS)
  return stdout
}

function logsOf(out: string): string {
  if (!existsSync(at(out, 'runs'))) return ''
  const texts = readdirSync(at(out, 'runs'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.log'))
    .map((name) => `${name}:\n${readFileSync(at(out, 'runs', name), 'utf8')}`)
  return texts.join('\n')
}

/** What a compile wrote into a folder; the manifest without the times at which it ran and the signature over them. */
function compiledIn(name: string): Readonly<Record<string, string>> {
  const files = readdirSync(at(name)).filter((file) => file.startsWith('candidate.'))
  const texts = files.map((file) => [file, readFileSync(at(name, file), 'utf8')] as const)
  const compiled = Object.fromEntries(
    texts.map(([file, text]) => [file, file.includes('.manifest.') ? timeless(text) : text]),
  )
  expect(compiled['candidate.yaml'], logsOf(name)).toContain('/v1/models')
  return compiled
}

const timeless = (manifest: string): string =>
  manifest.replace(/"(compile_started_at|compile_finished_at|signature)": "[^"]*"/g, '"$1": ""')

function writeChain(session: string, text: string): string {
  mkdirSync(at('captures', session), {recursive: true})
  const path = at('captures', session, `evidence-${session}-0.jsonl`)
  writeFileSync(path, text)
  return path
}

const sessionAt = (n: number, agent = 'coder'): string =>
  `${agent}|10.0.0.${n}|${hourly(n).replaceAll(/[-:]/g, '')}|runner-${n % 4}`

function capturesOf(n: number, agent = 'coder'): readonly CaptureSpec[] {
  const session = sessionAt(n, agent)
  return Array.from({length: 30}, (_, i) => ({
    session,
    agent,
    ts: hourly(n, i),
    trace: `${n}-${i}`,
    method: i % 3 === 0 ? 'POST' : 'GET',
    bytes: 100 + i,
    url: `https://api.example.com/v1/${i % 2 === 0 ? 'models' : `items/${n * 977 + i * 131}`}`,
  }))
}

beforeAll(async () => {
  if (missing.length > 0) return
  folder = mkdtempSync(join(tmpdir(), 'slurm-'))
  for (const name of ['bin', 'cluster', 'alone']) mkdirSync(at(name))
  symlinkSync(join(ROOT, 'bin/run.js'), at('bin/pipelock'))
  cluster = await startCluster(at('cluster'))
  writeFileSync(at('pipelock.yaml'), `learn:\n  capture_dir: ${at('captures')}\n`)
  for (let n = 0; n < SESSIONS; n++) writeChain(sessionAt(n), captureLines(capturesOf(n)))
  writeChain(sessionAt(3, 'other'), captureLines(capturesOf(3, 'other')))
  writeChain('capture-meta', chainLines([{type: 'capture_drop', session: 'capture-meta', detail: {count: 2}}]))
  await succeed('pipelock', 'keygen', 'coder')
  const flags = ['--agent', 'coder', '--config', 'pipelock.yaml', '--input', 'captures/*/*.jsonl']
  await succeed('pipelock', 'learn', 'compile', ...flags, '--out', 'alone/candidate.yaml')
})
afterAll(async () => {
  if (missing.length > 0) return
  await cluster?.close()
  rmSync(folder, {recursive: true, force: true})
})

describe.skipIf(missing.length > 0)('Slurm example', () => {
  test('shards of one folder, counted by an array, compile to the bytes of one compile', async () => {
    expect(await split()).toBe(`split: 14 folders into 3 shards of ${at('captures')}\n`)
    expect(readdirSync(at('shards')).sort()).toEqual(['.split', '1', '2', '3'])
    const printed = await submitted('out')
    expect(printed).toMatch(/^aggregate: 3 of 3 shards, job \d+\ncompile: job \d+, writes /)
    expect(readdirSync(at('out/aggregates')).sort()).toEqual(['1.aggregate', '2.aggregate', '3.aggregate'])
    expect(compiledIn('out')).toEqual(compiledIn('alone'))

    // a second submission counts nothing, one after a capture was written its shard alone
    expect(await submitted('out')).toContain('aggregate: 0 of 3 shards, all are counted\n')
    const later = new Date(Date.now() + 1000)
    utimesSync(at('captures', sessionAt(0), `evidence-${sessionAt(0)}-0.jsonl`), later, later)
    expect(await submitted('out', '--', '--accept-drops')).toContain('aggregate: 1 of 3 shards, job ')
    expect(compiledIn('out')).toEqual(compiledIn('alone'))
  })

  test('a task that fails cancels the compile, and the next submission counts only its shard', async () => {
    await split()
    const session = sessionAt(7)
    const lines = captureLines(capturesOf(7)).split(/(?<=\n)/)
    const path = writeChain(session, lines.slice(1).join(''))
    const printed = await submitted('again')
    const [array = '', compile = ''] = [...printed.matchAll(/job (\d+)/g)].map(([, id = '']) => id)
    expect((await cluster.statesOf(array)).toSorted()).toEqual(['COMPLETED', 'COMPLETED', 'FAILED'])
    expect(await cluster.statesOf(compile)).toEqual(['CANCELLED'])
    expect(logsOf('again')).toContain('error: hash_chain_broken: ')
    expect(existsSync(at('again/candidate.yaml'))).toBe(false)
    expect(readdirSync(at('again/aggregates'))).toHaveLength(2)

    const written = new Date(Date.now() - 60_000)
    writeFileSync(path, lines.join(''))
    utimesSync(path, written, written)
    expect(await submitted('again')).toContain('aggregate: 1 of 3 shards, job ')
    expect(compiledIn('again')).toEqual(compiledIn('alone'))
  })

  test('a shard that is the folder of one machine, and aggregates that another machine signed, compile together', async () => {
    for (const name of ['runner-a', 'fleet', 'runner-b']) mkdirSync(at(name))
    const sessions = readdirSync(at('captures')).sort()
    for (const [i, session] of sessions.entries()) {
      symlinkSync(at('captures', session), at(i < 6 ? 'runner-a' : 'runner-b', session))
    }
    symlinkSync(at('runner-a'), at('fleet/runner-a'))
    await succeed('pipelock', 'keygen', 'runner-b')
    const flags = ['--agent', 'coder', '--config', 'pipelock.yaml', '--compile-key-agent', 'runner-b']
    await succeed('pipelock', 'learn', 'aggregate', ...flags, '--input', 'runner-b/*/*.jsonl', '--out', 'b.aggregate')
    const merged = ['--from-aggregates', 'b.aggregate', '--aggregate-key', 'home/agents/runner-b/id_ed25519.pub']
    const {status} = await run(SUBMIT, 'coder', 'pipelock.yaml', 'fleet', 'both', '--', ...merged)
    expect(status).toBe(0)
    await cluster.idle(JOBS_MS)
    expect(readdirSync(at('both/aggregates'))).toEqual(['runner-a.aggregate'])
    expect(compiledIn('both')).toEqual(compiledIn('alone'))
  })

  test('nothing is submitted when an argument is wrong', async () => {
    await split()
    const refusal = async (script: string, ...args: readonly string[]): Promise<readonly unknown[]> => {
      const {status, stdout, stderr} = await run(join(EXAMPLE, script), ...args)
      return [status, stdout, stderr.replaceAll(folder, '')]
    }
    mkdirSync(at('odd/a b/s'), {recursive: true})
    mkdirSync(at('empty/a'), {recursive: true})
    mkdirSync(at('none'))
    mkdirSync(at('flags'))
    writeFileSync(at('flags/flags'), '--agent\nsomebody\n')
    expect(await refusal('submit.sh', 'coder')).toEqual([
      2,
      '',
      expect.stringContaining('error: usage: submit.sh AGENT '),
    ])
    for (const [config, shards, out, message] of [
      ['absent.yaml', 'shards', 'refused', 'the configuration absent.yaml does not exist'],
      ['pipelock.yaml', 'absent', 'refused', 'the folder of shards absent does not exist'],
      ['pipelock.yaml', 'odd', 'refused', 'the shard /odd/a b must be named with letters, digits, dots'],
      ['pipelock.yaml', 'empty', 'refused', 'the shard /empty/a has no captures: '],
      ['pipelock.yaml', 'none', 'refused', '/none has no shard: '],
      ['pipelock.yaml', 'shards', 'with%a', '/with%a must not contain * ? % or \\'],
      ['pipelock.yaml', 'shards', 'flags', '/flags was made with other flags, those in /flags/flags: '],
    ] as const) {
      const text = expect.stringContaining(message) as string
      expect(await refusal('submit.sh', 'coder', config, shards, out)).toEqual([1, '', text])
    }
    expect(await refusal('split.sh', 'captures', 'shards', '0')).toEqual([2, '', expect.stringContaining('such as 16')])
    expect(await refusal('split.sh', 'captures', 'shards', '4')).toEqual([
      1,
      '',
      'error: /shards has 3 shards of /captures: remove it, or name another folder\n',
    ])
  })
})
