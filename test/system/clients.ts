// The real clients of the system test. Each runs as its own process, with nothing but the proxy between it and the origin.
import {spawn} from 'node:child_process'
import {mkdtempSync} from 'node:fs'
import {join} from 'node:path'

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; ended by force after `timeoutMs`. */
export function execute(
  command: string,
  args: readonly string[],
  options: {cwd?: string; env?: Record<string, string>; timeoutMs?: number} = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: {PATH: process.env['PATH'] ?? '', HOME: options.cwd ?? '/nonexistent', ...options.env},
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (status) => resolve({status: status ?? -1, stdout, stderr}))
  })
}

/** curl through the proxy; standard output is the answer with its head. */
export function curl(proxyPort: number, url: string, ...extra: string[]): Promise<Outcome> {
  return execute('curl', [
    '--silent',
    '--show-error',
    '--include',
    '--max-time',
    '20',
    '--proxy',
    `http://127.0.0.1:${proxyPort}`,
    ...extra,
    url,
  ])
}

export function gitClone(proxyPort: number, url: string, dir: string): Promise<Outcome> {
  const into = mkdtempSync(join(dir, 'clone-'))
  return execute(
    'git',
    ['-c', `http.proxy=http://127.0.0.1:${proxyPort}`, 'clone', '--quiet', url, join(into, 'copy')],
    {
      cwd: dir,
      env: {GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0'},
    },
  )
}

export function npmInstall(proxyPort: number, registry: string, dir: string): Promise<Outcome> {
  const into = mkdtempSync(join(dir, 'install-'))
  const settings = [
    '--registry',
    registry,
    '--proxy',
    `http://127.0.0.1:${proxyPort}`,
    '--noproxy',
    '',
    '--cache',
    join(into, 'cache'),
  ]
  const quiet = [
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--ignore-scripts',
    '--userconfig',
    join(into, 'none'),
    '--prefix',
    into,
  ]
  return execute('npm', ['install', 'small-package', ...settings, ...quiet], {cwd: into})
}

/** An agent as people write them: asks for models, reads items, posts a message, reads a page through /fetch. Fails on any status but 200. */
const AGENT = `
import {request} from 'node:http'
const [proxy, base, session] = process.argv.slice(1)
const call = (method, path, body, direct) => new Promise((resolve, reject) => {
  const target = direct ?? base + path
  const r = request({host: '127.0.0.1', port: Number(proxy), method, path: target, headers: {...(direct ? {} : {host: new URL(base).host}), ...(body ? {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)} : {})}}, (answer) => {
    let text = ''
    answer.on('data', (c) => (text += c))
    answer.on('end', () => answer.statusCode === 200 ? resolve(text) : reject(new Error(method + ' ' + target + ' -> ' + answer.statusCode + ' ' + JSON.stringify(answer.headers) + text)))
  })
  r.on('error', reject)
  r.end(body)
})
await call('GET', '/v1/models')
for (let i = 0; i < 6; i++) await call('GET', '/v1/items/' + (Number(session) * 977 + i * 131 + 10000))
await call('POST', '/v1/messages', JSON.stringify({role: 'user', text: 'hello'}))
await call('GET', '', undefined, '/fetch?url=' + encodeURIComponent(base + '/page'))
console.log('done')
`

export function agent(proxyPort: number, base: string, session: number): Promise<Outcome> {
  return execute(process.execPath, ['--input-type=module', '-e', AGENT, '--', String(proxyPort), base, String(session)])
}
