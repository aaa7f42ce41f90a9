// No output ever contains a secret: secrets of every kind are sent in every place of a request to
// the built firewall, in a mode that blocks and in one that only reports, and everything it says anywhere is read: answers,
// standard output and error, log, receipts, captures, metrics, report page, and what `check` and `explain` print.
import {spawn, type ChildProcess} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {mixed, upper} from '../support/credentials.js'
import {startOrigin, type Origin} from '../support/origins.js'
import {exchangeRaw, RawClient} from '../support/raw-socket.js'
import {runCommand} from '../support/warm-cli.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const SECRETS: Readonly<Record<string, string>> = {
  'a key of a provider': ['AK', 'IA', upper(16)].join(''),
  'a token of a provider': ['gh', 'p_', mixed(36)].join(''),
  'a value of the environment': 'f4K9zQ2xLmN8vB7cW5tY',
  'a value of the secrets file': 'Hq3vTz8LpXw2Nd6RbKs9',
  'a canary': 'wren-otter-lime-20417',
  'a seed phrase': 'ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic',
}
/** A stretch of a secret that stands nowhere by chance. */
const STRETCH = 12

let folder = ''
let origin: Origin
const outputs: Record<string, string> = {}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outputs-'))
  origin = await startOrigin()
})
afterAll(async () => {
  await origin.close()
  rmSync(folder, {recursive: true, force: true})
})

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  APP_SECRET: SECRETS['a value of the environment'],
})

function configure(dir: string, mode: string): string {
  mkdirSync(dir)
  writeFileSync(join(dir, 'secrets'), `${SECRETS['a value of the secrets file'] ?? ''}\n`, {mode: 0o600})
  const file = join(dir, 'pipelock.yaml')
  writeFileSync(
    file,
    `mode: ${mode}
explain_blocks: true
fetch_proxy: {listen: "127.0.0.1:0", monitoring: {max_requests_per_minute: 0}}
forward_proxy: {enabled: true}
request_body_scanning: {enabled: true, action: block, scan_headers: true, header_mode: all}
dlp: {secrets_file: ${join(dir, 'secrets')}}
canary_tokens: {enabled: true, tokens: [{name: tripwire, value: ${SECRETS['a canary'] ?? ''}}]}
cross_request_detection: {enabled: true, action: block, fragment_reassembly: {enabled: true}, entropy_budget: {enabled: true}}
dns: {host_overrides: {api.good.example: 127.0.0.1}}
trusted_domains: ["*.good.example"]
logging: {output: both, file: ${join(dir, 'audit.log')}, include_allowed: true}
flight_recorder: {enabled: true, dir: ${join(dir, 'evidence')}}
learn: {enabled: true, capture_dir: ${join(dir, 'captures')}}
`,
  )
  return file
}

/** Requests with the secret in each place that has room for one. */
function requests(secret: string): readonly string[] {
  const host = `api.good.example:${origin.port}`
  const url = `http://${host}`
  const escaped = encodeURIComponent(secret)
  const base64 = Buffer.from(secret).toString('base64')
  const word = secret.replaceAll(' ', '-')
  const half = secret.length >> 1
  const [first, last] = [escaped.slice(0, half), escaped.slice(half)]
  const head = (target: string, ...fields: string[]): string =>
    [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...fields, '', ''].join('\r\n')
  const post = (type: string, body: string): string =>
    head(`${url}/p`, `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`).replace('GET', 'POST') +
    body
  return [
    head(`${url}/?q=${escaped}`),
    head(`${url}/?${escaped}=1`),
    head(`${url}/${escaped}/x`),
    head(`${url}/?a=${first}&b=${last}`),
    head(`${url}/${first}/${last}`),
    head(`${url}/?q=${encodeURIComponent(base64)}`),
    head(`${url}/?q=${Buffer.from(secret).toString('hex')}`),
    head(`http://user:${escaped}@${host}/`),
    head(`${url}/#${escaped}`),
    head(`http://${word.toLowerCase()}.good.example:${origin.port}/`),
    head(`${url}/x`, `X-Thing: ${secret}`),
    head(`${url}/x`, `X-${word.replace(/[^A-Za-z0-9-]/g, '')}: 1`),
    head(`${url}/x`, `Cookie: a=${escaped}`),
    head(`${url}/x`, `Authorization: Basic ${Buffer.from(`u:${secret}`).toString('base64')}`),
    head(`${url}/x`, `Referer: ${url}/?k=${escaped}`),
    head(`${url}/x`, `X-Pipelock-Agent: ${word}`),
    post('application/json', JSON.stringify({a: secret})),
    post('application/json', JSON.stringify({[secret]: 1})),
    post('application/json', `{"a":"${secret}"`),
    post('application/x-www-form-urlencoded', `a=${escaped}&${escaped}=1`),
    post(
      'multipart/form-data; boundary=B',
      `--B\r\nContent-Disposition: form-data; name="${secret}"\r\n\r\nx\r\n--B--\r\n`,
    ),
    post(`text/plain; charset=${word}`, `here: ${secret}`),
    head(`/fetch?url=${encodeURIComponent(`${url}/?q=${escaped}`)}`),
    head(`/fetch?url=${encodeURIComponent(`${url} /${secret}`)}`),
    head(`/${escaped}`),
    `CONNECT ${word.toLowerCase()}.good.example:443 HTTP/1.1\r\nHost: x\r\n\r\n`,
    `CONNECT ${escaped}:443 HTTP/1.1\r\nHost: x\r\n\r\n`,
    `${word.toUpperCase()} ${url}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  ]
}

async function started(child: ChildProcess, log: {text: string}): Promise<number> {
  for (;;) {
    const port = /127\.0\.0\.1:(\d+)/.exec(log.text)?.[1]
    if (port !== undefined) return Number(port)
    if (child.exitCode !== null) throw new Error(log.text)
    await new Promise((done) => child.stderr?.once('data', done))
  }
}

function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, {recursive: true, encoding: 'utf8'})
    .map((name) => join(dir, name))
    .filter((name) => statSync(name).isFile() && !/\/(?:secrets|pipelock\.yaml)$/.test(name))
}

async function scenario(mode: string, secrets: readonly string[]): Promise<void> {
  const dir = join(folder, mode)
  const config = configure(dir, mode)
  const child = spawn(process.execPath, [entry, 'run', '-c', config, '--home', join(dir, 'home')], {env: environment()})
  const log = {text: ''}
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (log.text += text.toString()))
  const ended = new Promise((done) => child.once('exit', done))
  const port = await started(child, log)
  let responses = ''
  for (const secret of secrets) {
    for (const bytes of requests(secret)) {
      // a tunnel that was opened has nothing more to say
      const client = await RawClient.open(port)
      responses += await client
        .send(bytes)
        .response()
        .then(({statusLine, rawFields, body}) => `${statusLine} ${rawFields.join(' ')} ${body.toString()}\n`, String)
      client.close()
    }
  }
  for (const path of ['metrics', 'stats', 'health']) {
    outputs[`${mode}: /${path}`] = await exchangeRaw(
      port,
      `GET /${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
  }
  child.kill('SIGTERM')
  await ended
  // what an origin says and which URL a client fetched stand in the answer to it that passed
  outputs[`${mode}: answers`] = responses
    .replaceAll(/ok [A-Z]+ \S+/g, '')
    .replaceAll(/\{"url":"[^"]*","agent":"[^"]*","status_code"/g, '')
  outputs[`${mode}: standard output and error`] = log.text
  for (const file of filesBelow(dir)) outputs[`${mode}: ${file.slice(dir.length + 1)}`] = readFileSync(file, 'utf8')
  const page = join(dir, 'page.html')
  const report = runCommand(
    ['report', '--evidence', join(dir, 'evidence'), '--html', page, '--home', join(dir, 'home')],
    {cwd: folder, env: environment()},
  )
  outputs[`${mode}: report`] = report.stdout + report.stderr + readFileSync(page, 'utf8')
}

/** Commands that look at what an operator hands them. */
function asked(config: string): void {
  for (const words of [
    ['check', '--url', `https://api.example.com/?q=${SECRETS['a value of the environment'] ?? ''}`, '--json'],
    ['check', '--text', `this is ${SECRETS['a token of a provider'] ?? ''} here`],
    ['explain', '--text', `this is ${SECRETS['a seed phrase'] ?? ''} here`],
  ]) {
    const {stdout, stderr} = runCommand([...words, '-c', config], {
      cwd: folder,
      env: {...environment(), HOME: folder},
    })
    expect(stdout).toMatch(/Environment Variable Leak|environment variable leak|GitHub Token|BIP-39 Seed Phrase/)
    outputs[words.slice(0, 2).join(' ')] = stdout + stderr
  }
}

/** Where a stretch of the secret stands, as written or encoded. */
function leaks(text: string, secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const forms = [
    secret,
    secret.replaceAll(' ', '-'),
    encodeURIComponent(secret),
    [...secret].reverse().join(''),
    bytes.toString('hex'),
    ...[0, 1, 2].map((at) =>
      Buffer.from(`${'x'.repeat(at)}${secret}`)
        .toString('base64')
        .slice(at === 0 ? 0 : 4, -4),
    ),
  ]
  const lower = text.toLowerCase()
  return forms
    .flatMap((form) => {
      for (let at = 0; at + STRETCH <= form.length; at++) {
        const place = lower.indexOf(form.slice(at, at + STRETCH).toLowerCase())
        if (place >= 0) return [text.slice(Math.max(0, place - 80), place + 60)]
      }
      return []
    })
    .slice(0, 1)
}

test('a secret that was sent appears in no output, log, page or document', async () => {
  const all = Object.values(SECRETS)
  await scenario('balanced', all)
  await scenario('audit', [...all.slice(0, 2), ...all.slice(-1)])
  asked(join(folder, 'balanced', 'pipelock.yaml'))
  expect(Object.keys(outputs).length).toBeGreaterThan(20)
  expect(outputs['balanced: answers']).toContain('dlp_match')
  expect(outputs['audit: audit.log']).toContain('AWS Access Key ID')
  const results = Object.entries(outputs).flatMap(([output, text]) =>
    Object.entries(SECRETS).flatMap(([kind, secret]) =>
      leaks(text, secret).map((place) => `${output}: ${kind}: ${place}`),
    ),
  )
  expect(results).toEqual([])
}, 60_000)
