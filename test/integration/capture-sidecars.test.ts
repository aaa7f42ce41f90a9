// Captures of a real firewall with an escrow key: whole inputs lie sealed beside the chain, nothing of them in clear, and
// with the right key a replay says of a redacted record what was said live.
import {randomBytes} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {parseEntryLine} from '../../src/formats/entry.js'
import {parsePayload} from '../../src/formats/capture-payload.js'
import {loadSource} from '../../src/host/config/load.js'
import {createFirewall} from '../../src/host/firewall.js'
import {createPorts} from '../../src/host/ports.js'
import {sha256Hex} from '../../src/lib/hash.js'
import {isObject, readJson, type JsonObject} from '../../src/lib/json/reader.js'
import {boxPrivateKey, openSealed, privateKeyBytes} from '../../src/lib/sealed-box.js'
import destination from '../../src/plugins/destination/index.js'
import dlp from '../../src/plugins/dlp/index.js'
import {decodeCapture} from '../../src/formats/capture.js'
import {scanRecord} from '../../src/plugins/learn/shadow/judge.js'
import {urlScanner} from '../../src/plugins/learn/shadow/scanner.js'
import {sealedInput} from '../../src/plugins/learn/shadow/sealed-input.js'
import {sidecarOpener} from '../../src/plugins/learn/sidecar/open.js'
import {hex, mixed, upper} from '../support/credentials.js'
import {startOrigin, type Origin} from '../support/origins.js'

const key = boxPrivateKey(Buffer.alloc(32, 9))
const escrow = Buffer.from(key.public.raw).toString('hex')
const CREDENTIALS = [
  `AKIA${upper(16)}`,
  `ghp_${mixed(36)}`,
  `sk-ant-api03-${mixed(93)}AA`,
  `xoxb-${'1'.repeat(12)}-${mixed(24)}`,
]

let directory = ''
let origin: Origin
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-sidecars-'))
  origin = await startOrigin()
})
afterAll(async () => {
  await origin.close()
  rmSync(directory, {recursive: true, force: true})
})

const source = (captures: string, more = '') => ({
  kind: 'text' as const,
  directory,
  text: [
    'mode: balanced',
    'fetch_proxy: {listen: "127.0.0.1:0", monitoring: {max_requests_per_minute: 0}}',
    'forward_proxy: {enabled: true}',
    'ssrf: {ip_allowlist: ["127.0.0.0/8"]}',
    'logging: {output: file, file: audit.log}',
    `learn: {enabled: true, capture_dir: ${JSON.stringify(join(directory, captures))}, capture_escrow_public_key: ${escrow}${more}}`,
  ].join('\n'),
})

const through = (port: number, url: string, headers: readonly string[] = []): Promise<number> =>
  new Promise((resolve, reject) => {
    const all = ['host', new URL(url).host, 'x-pipelock-agent', 'coder', ...headers]
    const req = request({host: '127.0.0.1', port, path: url, agent: false, headers: all}, (res) => {
      res.resume().on('end', () => resolve(res.statusCode ?? 0))
    })
    req.on('error', reject)
    req.end()
  })

interface Captured {
  readonly folder: string
  readonly file: string
  readonly text: string
  readonly details: readonly JsonObject[]
}

async function observe(captures: string, urls: readonly string[], more = ''): Promise<Captured> {
  const firewall = await createFirewall({
    source: source(captures, more),
    ports: createPorts({home: directory, env: {}}),
  })
  await firewall.start()
  for (const url of urls)
    await through(firewall.addresses().main.port, url, ['X-One', 'a', 'Cookie', 'sid=b', 'X-One', 'c'])
  await firewall.stop('test', 0)
  const [name = ''] = readdirSync(join(directory, captures)).filter((entry) => entry !== 'capture-meta')
  const folder = join(directory, captures, name)
  const file = join(folder, `evidence-${name}-0.jsonl`)
  const text = readFileSync(file, 'utf8')
  const entries = text.split('\n').slice(0, -1).map(parseEntryLine)
  const details = entries
    .filter(({head}) => head.type === 'capture')
    .map(({detailText}) => readJson(detailText, {maxDepth: 8}))
  return {folder, file, text, details: details.filter(isObject)}
}

test('seals the input of each decision, and writes none of it in clear', async () => {
  const base = `http://127.0.0.1:${origin.port}`
  const secret = CREDENTIALS[0] ?? ''
  const {folder, text, details} = await observe('sealed', [`${base}/a?b=1#c`, `${base}/x?key=${secret}`])
  const files = readdirSync(folder).filter((name) => name.endsWith('.enc'))
  expect(files).toEqual(['000001.payload.enc', '000002.payload.enc'])
  for (const name of files) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, name)).includes('127.0.0.1')).toBe(false)
  }
  expect(text).not.toContain(secret)
  expect(text).not.toContain('sid=b')
  for (const [i, detail] of details.entries()) {
    const sealed = readFileSync(join(folder, files[i] ?? ''))
    const plain = openSealed(key, sealed) ?? Buffer.alloc(0)
    expect(detail).toMatchObject({
      payload_ref: files[i],
      payload_sha256: sha256Hex(sealed),
      payload_bytes: plain.length,
      payload_complete: true,
      wire_payload_bytes: 0,
    })
    const payload = parsePayload(plain)
    expect(payload).toMatchObject({surface: 'url', method: 'GET', requestBytes: 0})
    const headers = 'headers' in payload ? payload.headers.map(([name, value]) => `${name}: ${value}`) : []
    expect(headers.slice(0, 5)).toEqual([
      `host: 127.0.0.1:${origin.port}`,
      'x-pipelock-agent: coder',
      'X-One: a',
      'Cookie: sid=b',
      'X-One: c',
    ])
    expect(JSON.stringify(payload)).not.toContain('ok GET')
  }
  const urls = files.map((name) => parsePayload(openSealed(key, readFileSync(join(folder, name))) ?? Buffer.alloc(0)))
  expect(urls.map((payload) => ('url' in payload ? payload.url : ''))).toEqual([
    `${base}/a?b=1#c`,
    `${base}/x?key=${secret}`,
  ])
})

test('writes no sidecar of a request whose headers hold a regulated value, and keeps the capture', async () => {
  const more = ', privacy: {regulated_patterns: [{name: session, regex: "sid=b"}]}'
  const {folder, details} = await observe('regulated', [`http://127.0.0.1:${origin.port}/a`], more)
  expect(readdirSync(folder).filter((name) => name.endsWith('.enc'))).toEqual([])
  expect(details).toHaveLength(1)
  expect(details[0]).toMatchObject({payload_complete: false})
  expect(details[0]).not.toHaveProperty('payload_ref')
})

test('lets a replay judge a redacted record as it was judged live, and only with the right key', async () => {
  const base = `http://127.0.0.1:${origin.port}`
  const forms = [
    (s: string) => `/v1?token=${s}`,
    (s: string) => `/v1/${s}/x`,
    (s: string) => `/v1?q=${Buffer.from(s).toString('base64url')}`,
    (s: string) => `/v1?q=${Buffer.from(s).toString('hex')}`,
    (s: string) => `/v1?a=${s.slice(0, 10)}&b=${s.slice(10)}`,
    (s: string) => `/v1?q=%${s.charCodeAt(0).toString(16)}${s.slice(1)}`,
    (s: string) => `/v1#${s}`,
    () => `/plain/${hex(8)}`,
  ]
  const urls = CREDENTIALS.flatMap((secret) => forms.map((form) => `${base}${form(secret)}`))
  const {file, details} = await observe('property', urls)
  expect(details).toHaveLength(urls.length)
  const ports = createPorts({home: directory, env: {}})
  const {config} = await loadSource(source('property'), {})
  const credentials = await (await dlp.tools(ports)).scanner({...config, dlp: {...config.dlp, scan_env: false}})
  const tools = await destination.tools(ports)
  const scan = urlScanner(tools.stage(config, credentials), {mode: config.mode, enforce: config.enforce})
  const open = sidecarOpener(privateKeyBytes(key))
  let redacted = 0
  let blocked = 0
  for (const detail of details) {
    const decoded = decodeCapture(detail)
    if (decoded.kind !== 'capture') throw new Error(decoded.kind)
    const payload = open(file, detail)
    if (payload === undefined || payload === 'missing') throw new Error('no sidecar')
    const sealed = sealedInput(payload, detail)
    const {record} = decoded
    if (sealed.url !== record.url) redacted++
    // without what was live: every redacted record judged by its sidecar alone
    const scanned = await scanRecord(record, scan, {...sealed, offline: true})
    expect([record.url, scanned?.action]).toEqual([record.url, record.effectiveAction])
    expect(sealed.offline).toBe(true)
    if (record.effectiveAction === 'block') blocked++
  }
  expect(redacted).toBeGreaterThan(15)
  expect(blocked).toBeGreaterThan(15)
  const other = sidecarOpener(randomBytes(32))
  expect(() => other(file, details[0])).toThrow(/000001\.payload\.enc was not sealed to the key/)
})
