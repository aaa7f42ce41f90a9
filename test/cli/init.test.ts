// `pipelock init`: what it writes suffices for observing, compiling, ratifying and promoting, without another file by hand.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {captureLines, hourly} from '../support/captures.js'
import {runCommand} from '../support/warm-cli.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
let folder: string
const at = (...names: readonly string[]): string => join(folder, ...names)
const env = () => ({PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: at('home'), TERM: 'xterm'})
const pipelock = (...words: readonly string[]) => {
  const {status, stdout, stderr} = runCommand(words, {cwd: folder, env: env()})
  return {status, out: stdout, err: stderr}
}
const document = (text: string) => JSON.parse(text) as Record<string, unknown>

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

describe('init', () => {
  test('writes a configuration and a roster that verify, and names the keys that it made', () => {
    const made = pipelock('init', 'coder', '--operator', 'anna', '--dir', 'one', '--json')
    expect(made.status, made.err).toBe(0)
    const result = document(made.out)
    expect(result).toMatchObject({agent: 'coder', operator: 'anna', config: at('one', 'pipelock.yaml')})
    expect(result['made']).toEqual([
      at('home', 'agents', 'coder', 'id_ed25519'),
      at('home', 'keys', 'receipt-signing.json'),
      at('home', 'keys', 'anna.json'),
      at('home', 'root-key', 'root.json'),
    ])
    const pin = String(result['root_fingerprint'])
    expect(pipelock('check', '-c', 'one/pipelock.yaml').status).toBe(0)
    expect(
      pipelock('signing', 'roster', 'verify', '--path', 'one/roster.json', '--roster-root-fingerprint', pin).status,
    ).toBe(0)
  })

  test('what it wrote leads to a promoted contract with no other option than names', () => {
    const sessions = Array.from({length: 6}, (_, i) => ({
      url: 'https://api.example/v1/items',
      session: `s${i}`,
      ts: hourly(i),
    }))
    writeFileSync(at('captures.jsonl'), captureLines(sessions))
    const config = ['--config', 'one/pipelock.yaml']
    const compiled = pipelock(
      'learn',
      'compile',
      '--agent',
      'coder',
      ...config,
      '--input',
      'captures.jsonl',
      '--out',
      'c.yaml',
    )
    expect(compiled.status, compiled.err).toBe(0)
    const ratified = pipelock('learn', 'ratify', '--candidate', 'c.yaml', ...config, '--out', 'k.yaml')
    expect(ratified.status, ratified.err).toBe(0)
    const hash = ratified.out.trim().split('\n').at(-1) ?? ''
    const words = ['--contract-hash', hash, '--candidate', 'k.yaml', '--selector', 'coder', '--activation-key', 'anna']
    const promoted = pipelock('learn', 'promote', ...words, ...config)
    expect(promoted.status, promoted.err).toBe(0)
    expect(pipelock('learn', 'history', ...config).out).toContain('signed by anna, in force')
  })

  test('a second agent gets a key of its own beside the keys that exist', () => {
    const made = pipelock('init', 'browser', '--operator', 'anna', '--dir', 'two', '--json')
    expect(made.status, made.err).toBe(0)
    expect(document(made.out)['made']).toEqual([at('home', 'agents', 'browser', 'id_ed25519')])
  })

  test.each([
    ['a folder with a configuration', ['coder', '--dir', 'one'], 1, 'file_exists'],
    ['an operator with the name of the agent', ['coder', '--operator', 'coder', '--dir', 'three'], 2, 'usage'],
    ['a name that is not a key name', ['../x', '--dir', 'three'], 2, 'key_name'],
    ['no name where nobody can be asked', ['--dir', 'three'], 2, 'usage'],
  ])('%s is refused and nothing is written', (_, words, status, code) => {
    const refused = pipelock('init', ...words)
    expect([refused.status, refused.err]).toEqual([status, expect.stringContaining(`error: ${code}: `) as string])
    expect(existsSync(at('three', 'pipelock.yaml'))).toBe(false)
  })

  test('a roster in the folder is never replaced', () => {
    mkdirSync(at('four'))
    writeFileSync(at('four', 'roster.json'), 'mine')
    expect(pipelock('init', 'coder', '--dir', 'four').status).toBe(1)
    expect(readFileSync(at('four', 'roster.json'), 'utf8')).toBe('mine')
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  test.skipIf(!hasScript)('at a terminal it asks for the name of the agent', () => {
    const words = [process.execPath, entry, 'init', '--dir', 'asked', '--operator', 'anna'].map((word) => `'${word}'`)
    const {status, stdout} = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], {
      cwd: folder,
      env: env(),
      input: 'helper\n',
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(status, stdout).toBe(0)
    expect(stdout).toContain('Name of the agent')
    expect(readFileSync(at('asked', 'pipelock.yaml'), 'utf8')).toContain('default_agent_identity: "helper"')
    expect(stdout).toContain('next: pipelock learn observe')
  })
  if (!hasScript) console.warn('script (util-linux) is missing: the questions at a terminal are not tested')
})
