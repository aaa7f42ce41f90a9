// `run -- COMMAND`: the agent gets the terminal, the proxy and the certificates, and its exit status becomes that of the command.
import {execFileSync, spawn} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:https'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {agentEnvironment} from '../../src/host/agent-environment.js'
import {certificateOf, testAuthority} from '../support/interception.js'
import {startOrigin, type Origin} from '../support/origins.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const HOST = 'origin.example'

let folder: string
let origin: Origin
const open: {close(): unknown}[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'run-agent-'))
  origin = await startOrigin((request, res) => res.end(`ok ${request.url}`))
  open.push(origin)
  writeFileSync(
    join(folder, 'pipelock.yaml'),
    `fetch_proxy: {listen: "127.0.0.1:0"}
dns: {host_overrides: {${HOST}: 127.0.0.1}}
trusted_domains: [${HOST}]
`,
  )
})
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
  rmSync(folder, {recursive: true, force: true})
})

interface Result {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

interface Running {
  readonly ended: Promise<Result>
  out(): string
  signal(name: NodeJS.Signals): void
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [entry, 'run', '--', ...words], {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home'), ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return {
    ended: new Promise((done) => child.once('close', (status) => done({status, out, err}))),
    out: () => out,
    signal: (name) => void child.kill(name),
  }
}

const run = (words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result> =>
  start(words, env).ended
const log = (): string => readFileSync(join(folder, 'home', 'audit.log'), 'utf8')

test('standard output is the agent alone, the log is in a file', async () => {
  const {status, out, err} = await run(['sh', '-c', 'echo only this'])
  expect([status, out]).toEqual([0, 'only this\n'])
  expect(err).toMatch(/Log: +\S+audit\.log/)
  expect(log()).toContain('"event":"startup"')
})

test.each<readonly [string, readonly string[], number]>([
  ['its exit status', ['sh', '-c', 'exit 7'], 7],
  ['128 and the number of the signal that ended it', ['sh', '-c', 'kill -9 $$'], 137],
  ['127 for a command that does not exist', ['no-such-command-at-all'], 127],
  ['126 for a file that cannot be executed', ['./pipelock.yaml'], 126],
])('ends with %s', async (_, words, status) => {
  expect((await run(words)).status).toBe(status)
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s is forwarded, and the firewall stops behind the agent', async (name) => {
  const number = name === 'SIGTERM' ? 'TERM' : 'INT'
  const running = start(['sh', '-c', `trap "echo got it; exit 3" ${number}; echo ready; while :; do sleep 0.05; done`])
  await expect.poll(running.out, {timeout: 20_000}).toContain('ready')
  running.signal(name)
  expect(await running.ended).toMatchObject({status: 3, out: 'ready\ngot it\n'})
  expect(log()).toContain('"reason":"agent ended"')
})

test('nothing of the firewall is in the environment of the agent', async () => {
  const secrets = {PIPELOCK_KILLSWITCH_API_TOKEN: 'secret-token-of-the-operator', NO_PROXY: '*', no_proxy: '*'}
  const {out} = await run(['env'], secrets)
  expect(out).not.toContain('secret-token-of-the-operator')
  expect(out).not.toMatch(/^PIPELOCK_HOME=/m)
  expect(out).toMatch(/^NO_PROXY=localhost,127\.0\.0\.1,::1$/m)
  expect(out).toMatch(/^no_proxy=localhost,127\.0\.0\.1,::1$/m)
  expect(out).toMatch(/^PIPELOCK_FETCH_URL=http:\/\/127\.0\.0\.1:\d+\/fetch$/m)
})

test('options that Java already has stay, and those of the proxy win', () => {
  const {JAVA_TOOL_OPTIONS} = agentEnvironment({
    env: {JAVA_TOOL_OPTIONS: '-Xmx1g -Dhttp.proxyHost=elsewhere'},
    listener: {host: '::', port: 8888},
    trust: {},
  })
  expect(JAVA_TOOL_OPTIONS).toMatch(/^-Xmx1g -Dhttp\.proxyHost=elsewhere .*-Dhttp\.proxyHost=::1 /)
})

test('an agent that cannot be given certificates is not started, and the firewall ends', async () => {
  const {certificate, key} = await testAuthority()
  writeFileSync(join(folder, 'ca.pem'), certificate)
  writeFileSync(join(folder, 'ca-key.pem'), key, {mode: 0o600})
  mkdirSync(join(folder, 'home'))
  // a file where the folder of the bundle should be
  writeFileSync(join(folder, 'home', 'run'), '')
  const config = join(folder, 'pipelock.yaml')
  const more = 'tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n'
  writeFileSync(config, `${readFileSync(config, 'utf8')}${more}`)
  const {status, out, err} = await run(['echo', 'started'])
  expect([status, out]).toEqual([1, ''])
  expect(err).toContain('certificates for the agent')
})

const has = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], {stdio: 'ignore'})
    return true
  } catch {
    console.log(`${command} is not installed: its row is left out`)
    return false
  }
}

const PYTHON = 'import sys,urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())'
const CLIENTS: readonly (readonly [string, (url: string) => readonly string[]])[] = [
  ['curl', (url) => ['curl', '-sS', url]],
  ['wget', (url) => ['wget', '-q', '-O', '-', url]],
  ['python3', (url) => ['python3', '-c', PYTHON, url]],
]

describe.each(CLIENTS.filter(([name]) => has(name)))('%s', (name, words) => {
  test('goes through the proxy by the variables alone', async () => {
    const {status, out} = await run(words(`http://${HOST}:${origin.port}/page`))
    expect([status, out]).toEqual([0, 'ok /page'])
    expect(log()).toContain(`"url":"http://${HOST}:${origin.port}/page"`)
  })

  if (name === 'wget') {
    console.log('wget reads no variable for its certificates: it is not tried through an opened tunnel')
    return
  }

  test('trusts the authority of opened tunnels by the variables alone', async () => {
    const [clients, origins] = await Promise.all([testAuthority(), testAuthority()])
    const server = createServer(await certificateOf(HOST, origins), (_, res) => res.end('inside'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    open.push({close: () => (server.closeAllConnections(), server.close())})
    const {port} = server.address() as {port: number}
    writeFileSync(join(folder, 'ca.pem'), clients.certificate)
    writeFileSync(join(folder, 'ca-key.pem'), clients.key, {mode: 0o600})
    writeFileSync(join(folder, 'origins.pem'), origins.certificate)
    const config = join(folder, 'pipelock.yaml')
    const more = 'tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n'
    writeFileSync(config, `${readFileSync(config, 'utf8')}${more}`)
    // the firewall trusts the origin by it, and the bundle of the agent includes what it trusted before
    const {status, out} = await run(words(`https://${HOST}:${port}/page`), {
      NODE_EXTRA_CA_CERTS: join(folder, 'origins.pem'),
    })
    expect([status, out]).toEqual([0, 'inside'])
    expect(log()).toContain(`"url":"https://${HOST}:${port}/page"`)
    expect(existsSync(join(folder, 'home', 'run')) ? readdirSync(join(folder, 'home', 'run')) : []).toEqual([])
  })
})
