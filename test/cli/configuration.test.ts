// Which configuration a command judges by, what healthcheck takes for healthy, and what a start reports about a place that it
// cannot use. Runs the build.
import {spawn} from 'node:child_process'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {upper} from '../support/credentials.js'
import {runCommand} from '../support/warm-cli.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const AWS = `AKIA${upper(16)}`
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-configuration-'))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

interface Result {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home'), ...extra}
}

function pipelock(words: readonly string[], extra: Readonly<Record<string, string>> = {}): Result {
  const {status, stdout, stderr} = runCommand(words, {cwd: folder, env: environment(extra)})
  return {status, out: stdout, err: stderr}
}

function write(text: string, name = 'pipelock.yaml'): void {
  writeFileSync(join(folder, name), text)
}

describe('check and explain judge what run would enforce', () => {
  test('without a file, the preset: a credential in a body is blocked', () => {
    const {status, out} = pipelock(['check', '--text', `key ${AWS}`])
    expect(status).toBe(1)
    expect(out).toMatch(/As a request body: BLOCKED/)
    expect(out).toMatch(/Configuration: +no pipelock\.yaml here: embedded preset balanced/)
    expect(out).toMatch(/ {2}on {2}request bodies +warn/)
    expect(out).toMatch(/ {2}on {2}receipts +in .*evidence/)
    expect(out).toMatch(/ {2}off browser shield +browser_shield\.enabled/)
  })

  test('./pipelock.yaml is judged: a mistake in it ends with 2 in each command', () => {
    write('mode: strct\n')
    for (const words of [['check'], ['explain', '--text', 'x'], ['run'], ['learn', 'observe', '--capture-dir', '/x']]) {
      const {status, err} = pipelock(words)
      expect({words, status}).toEqual({words, status: 2})
      expect(err).toContain('pipelock.yaml:1:7: mode: must be one of strict, balanced, audit')
    }
  })

  test('./pipelock.yaml decides a URL, PIPELOCK_CONFIG before it, and --config before both', () => {
    write('mode: strict\napi_allowlist: [one.example]\n')
    write('mode: strict\napi_allowlist: [two.example]\n', 'two.yaml')
    write('mode: strict\napi_allowlist: [three.example]\n', 'three.yaml')
    const env = {PIPELOCK_CONFIG: 'two.yaml'}
    const allowed = (host: string, words: readonly string[], extra = {}): boolean => {
      const both = ['check', 'explain'].map((command) =>
        pipelock([command, '--url', `https://${host}/`, ...words], extra),
      )
      expect(both[0]?.status).toBe(both[1]?.status)
      return both[0]?.status === 0
    }
    expect([allowed('one.example', []), allowed('two.example', [])]).toEqual([true, false])
    expect([allowed('one.example', [], env), allowed('two.example', [], env)]).toEqual([false, true])
    expect(allowed('three.example', ['-c', 'three.yaml'], env)).toBe(true)
    expect(pipelock(['explain', '--url', 'https://two.example/'], env).out).toContain(
      'Configuration: two.yaml (PIPELOCK_CONFIG)',
    )
  })
})

describe('healthcheck', () => {
  /** What a probe reports about a server that gives this response to everything. */
  async function probed(status: number, body: string, words: (port: number) => readonly string[]): Promise<Result> {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    const {port} = server.address() as AddressInfo
    const child = spawn(process.execPath, [entry, 'healthcheck', ...words(port)], {cwd: folder, env: environment()})
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const code = await new Promise<number | null>((done) => child.once('close', done))
    await new Promise((done) => server.close(done))
    return {status: code, out, err}
  }
  const PAGE = '{"status":"healthy","version":"0.1.0","mode":"balanced","uptime_seconds":1.5}'
  const byAddress = (port: number): readonly string[] => ['--addr', `127.0.0.1:${port}`]

  test.each([
    ['text', 'ok'],
    ['no content', ''],
    ['the health page of another program', '{"status":"ok"}'],
    ['a list', '[]'],
    ['a page without a mode', PAGE.replace('balanced', '')],
  ])('another web server that answers 200 with %s is not healthy', async (_name, body) => {
    const {status, out} = await probed(200, body, byAddress)
    expect([status, out]).toEqual([1, expect.stringContaining('another program listens there')])
  })

  test('asks the listener of ./pipelock.yaml, also of one that is broken elsewhere', async () => {
    const fromFile =
      (rest: string) =>
      (port: number): readonly string[] => {
        write(`fetch_proxy: {listen: "127.0.0.1:${port}"}\n${rest}`)
        return ['--json']
      }
    for (const rest of ['', 'mode: strct\n']) {
      const {status, out} = await probed(200, PAGE, fromFile(rest))
      expect(status).toBe(0)
      expect(JSON.parse(out)).toMatchObject({
        healthy: true,
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
      })
    }
  })

  test('a configuration that takes any free port cannot be asked: 2', () => {
    write('fetch_proxy: {listen: "127.0.0.1:0"}\n')
    expect(pipelock(['healthcheck'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('hint: name it with --addr'),
    })
  })
})

describe('a start reports a place that it cannot use', () => {
  const isRoot = process.getuid?.() === 0

  test('a home that is a file', () => {
    write('', 'home')
    const {status, err} = pipelock(['run', '-l', '127.0.0.1:0'])
    expect(status).toBe(1)
    expect(err).toMatch(
      /^error: home_unwritable: the home directory .*home cannot be written: .* is a file\nhint: .*--home or PIPELOCK_HOME\n/,
    )
  })

  test.skipIf(isRoot)('a home without the right to write (not shown for root, who may)', () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    chmodSync(home, 0o500)
    const {status, err} = pipelock(['run', '-l', '127.0.0.1:0'])
    expect([status, err]).toEqual([1, expect.stringMatching(/^error: home_unwritable: .*\nhint: .*--home/)])
  })

  test('an address of another machine', () => {
    const {status, err} = pipelock(['run', '-l', '192.0.2.1:8888'])
    expect(status).toBe(1)
    expect(err).toMatch(
      /error: address_unavailable: 192\.0\.2\.1:8888 is not an address of this machine\nhint: use 127\.0\.0\.1/,
    )
  })
})
