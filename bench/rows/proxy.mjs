// Data plane: load generator, origin and proxy share the machine, as the table of figures says.
import {spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {load, loadAnew, secure} from '../lib/load.mjs'
import {loadStreams, loadStreamsAnew} from '../lib/streams.mjs'
import {CLI, firewall, folder, helper, residentMb} from '../lib/processes.mjs'
import {quantile, summary} from '../lib/stats.mjs'

const ROUNDS = 5
const ROUND_MS = 2000
/** Hosts that `proxy.dns` looks up. */
const NAMES = 20

const trust = `forward_proxy:\n  enabled: true\ndns:\n  host_overrides:\n    origin.bench.test: [127.0.0.1]\ntrusted_domains: [origin.bench.test]\n`
/** Receipts are on by default; `proxy.evidence` measures them. */
const withoutReceipts = `${trust}flight_recorder:\n  enabled: false\n`
/** Configuration of a firewall that signs and keeps its receipts. */
export const recorder = (dir) => {
  const key = join(dir, 'receipt-key.json')
  const made = spawnSync(
    process.execPath,
    [CLI, 'signing', 'key', 'generate', '--purpose', 'receipt-signing', '--out', key],
    {encoding: 'utf8'},
  )
  if (made.status !== 0) throw new Error(`key generation failed: ${made.stderr}`)
  return `${trust}flight_recorder:\n  enabled: true\n  dir: ${join(dir, 'evidence')}\n  signing_key_path: ${key}\n`
}

export const absolute = (port) => (i) =>
  `GET http://origin.bench.test:${port}/api/v1/items/${i % 1000} HTTP/1.1\r\nHost: origin.bench.test:${port}\r\nAccept: */*\r\n\r\n`
const literal = (port) => (i) =>
  `GET http://127.0.0.1:${port}/api/v1/items/${i % 1000} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: */*\r\n\r\n`

/** Rates of ours and of its baseline, in turn and after a round of each; `parts` are stopped at the end. */
async function alternating(id, {ours, theirs, parts}) {
  const rates = []
  const baseline = []
  try {
    await theirs()
    await ours()
    for (let i = 0; i < ROUNDS; i++) {
      baseline.push(await theirs())
      rates.push(await ours())
    }
  } finally {
    await Promise.all(parts.map((part) => part.stop()))
  }
  return summary(id, '/s', rates, baseline)
}

const rate = async (port, request) => (await load({port, request, durationMs: ROUND_MS})).rate

/** The bare proxy with its origin, as a baseline. */
async function bareProxy() {
  const origin = await helper('./origin.mjs')
  const bare = await helper('./bare-proxy.mjs')
  return {origin, theirs: () => rate(bare.port, literal(origin.port)), parts: [bare, origin]}
}

async function against(id, config) {
  const {origin, theirs, parts} = await bareProxy()
  const proxy = await firewall(config)
  return alternating(id, {ours: () => rate(proxy.port, absolute(origin.port)), theirs, parts: [proxy, ...parts]})
}

/** Names that a name server knows, against names that the configuration knows. */
async function names() {
  const origin = await helper('./origin.mjs')
  const server = await helper('./name-server.mjs')
  const preload = new URL('../lib/use-name-server.mjs', import.meta.url).href
  const resolving = {NODE_OPTIONS: `--import ${preload}`, BENCH_NAME_SERVER: `127.0.0.1:${server.port}`}
  const hosts = Array.from({length: NAMES}, (_, i) => `host${i}.bench.test`)
  const common = `forward_proxy:\n  enabled: true\nflight_recorder:\n  enabled: false\ntrusted_domains: ['*.bench.test']\n`
  const overrides = `dns:\n  host_overrides:\n${hosts.map((host) => `    ${host}: [127.0.0.1]\n`).join('')}`
  const known = await firewall(() => common + overrides)
  const asked = await firewall(() => common, resolving)
  const request = (i) => {
    const authority = `${hosts[i % NAMES]}:${origin.port}`
    return `GET http://${authority}/api/v1/items/${i % 1000} HTTP/1.1\r\nHost: ${authority}\r\nAccept: */*\r\n\r\n`
  }
  return alternating('proxy.dns', {
    ours: () => rate(asked.port, request),
    theirs: () => rate(known.port, request),
    parts: [known, asked, server, origin],
  })
}

async function bare() {
  const origin = await helper('./origin.mjs')
  const proxy = await helper('./bare-proxy.mjs')
  const rates = []
  await load({port: proxy.port, request: literal(origin.port), durationMs: ROUND_MS})
  for (let i = 0; i < ROUNDS; i++)
    rates.push((await load({port: proxy.port, request: literal(origin.port), durationMs: ROUND_MS})).rate)
  await Promise.all([proxy.stop(), origin.stop()])
  return summary('proxy.bare', '/s', rates)
}

async function latency() {
  const origin = await helper('./origin.mjs')
  const ours = await firewall(() => withoutReceipts)
  const direct = (i) => `GET /api/v1/items/${i % 1000} HTTP/1.1\r\nHost: origin.bench.test\r\n\r\n`
  await load({port: ours.port, request: absolute(origin.port), durationMs: ROUND_MS})
  const added = {p50: [], p99: []}
  for (let i = 0; i < ROUNDS; i++) {
    const with_ = (
      await load({port: ours.port, request: absolute(origin.port), durationMs: ROUND_MS, perSecond: 500})
    ).latencies.sort((a, b) => a - b)
    const without = (
      await load({port: origin.port, request: direct, durationMs: ROUND_MS, perSecond: 500})
    ).latencies.sort((a, b) => a - b)
    added.p50.push(quantile(with_, 0.5) - quantile(without, 0.5))
    added.p99.push(quantile(with_, 0.99) - quantile(without, 0.99))
  }
  await Promise.all([ours.stop(), origin.stop()])
  return [summary('proxy.latency.median', 'ms', added.p50), summary('proxy.latency.p99', 'ms', added.p99)]
}

async function memory() {
  const origin = await helper('./origin.mjs')
  const ours = await firewall(() => withoutReceipts)
  const idle = residentMb(ours.pid)
  await load({port: ours.port, request: absolute(origin.port), durationMs: 10_000})
  const loaded = residentMb(ours.pid)
  await Promise.all([ours.stop(), origin.stop()])
  return [summary('proxy.memory.idle', 'MB', [idle]), summary('proxy.memory.load', 'MB', [loaded])]
}

const HOST = 'origin.bench.test'

/** An origin over TLS, and a firewall that opens tunnels to it; both speak HTTP/2 where `protocols` names it. */
async function opening(protocols = []) {
  const {createAuthority, loadAuthority} = await import('../../dist/lib/x509.js')
  const dir = folder()
  const [from, until] = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)]
  const authority = () =>
    createAuthority({
      commonName: 'bench',
      organization: 'bench',
      notBefore: from,
      notAfter: until,
      permittedDomains: [],
    })
  const [clients, origins] = await Promise.all([authority(), authority()])
  const {chain, key} = await (await loadAuthority(origins, Date.now())).issue(HOST, from, until)
  const file = (name, text) => {
    const path = join(dir, name)
    writeFileSync(path, text, {mode: 0o600})
    return path
  }
  const origin = await helper('./origin.mjs', [file('origin.pem', chain), file('origin-key.pem', key), ...protocols])
  const files = `ca_cert: ${file('ca.pem', clients.certificate)}, ca_key: ${file('ca-key.pem', clients.key)}`
  const ours = await firewall(() => `${withoutReceipts}tls_interception: {enabled: true, ${files}}\n`, {
    NODE_EXTRA_CA_CERTS: file('origin-ca.pem', origins.certificate),
  })
  const request = (i) => `GET /api/v1/items/${i % 1000} HTTP/1.1\r\nHost: ${HOST}:${origin.port}\r\nAccept: */*\r\n\r\n`
  return {
    request,
    inside: () => secure(origin.port, {host: HOST, ca: clients.certificate, through: ours.port, protocols}),
    authority: `${HOST}:${origin.port}`,
    direct: () => secure(origin.port, {host: HOST, ca: origins.certificate, protocols}),
    stop: () => Promise.all([ours.stop(), origin.stop()]),
  }
}

/** Requests inside kept-alive tunnels that are opened, against the bare proxy. */
async function intercept() {
  const {request, inside, stop} = await opening()
  const {theirs, parts} = await bareProxy()
  const ours = async () => (await load({open: inside, request, durationMs: ROUND_MS})).rate
  return alternating('proxy.intercept', {ours, theirs, parts: [{stop}, ...parts]})
}

/** A tunnel and a handshake for every request, against a handshake with the origin itself. */
async function interceptNew() {
  const {request, inside, direct, stop} = await opening()
  const measure = async (open) => (await loadAnew({open, request, durationMs: ROUND_MS})).rate
  const [ours, theirs] = [() => measure(inside), () => measure(direct)]
  return alternating('proxy.intercept.new', {ours, theirs, parts: [{stop}]})
}

const path = (i) => `/api/v1/items/${i % 1000}`

/** The same requests over HTTP/2, to an origin that speaks it, too. */
async function interceptStreams() {
  const {authority, inside, stop} = await opening(['h2'])
  const {theirs, parts} = await bareProxy()
  const ours = async () => (await loadStreams({open: inside, authority, path, durationMs: ROUND_MS})).rate
  return alternating('proxy.intercept.h2', {ours, theirs, parts: [{stop}, ...parts]})
}

/** A tunnel, a handshake and a session for every request, against those with the origin itself. */
async function interceptStreamsNew() {
  const {authority, inside, direct, stop} = await opening(['h2'])
  const measure = async (open) => (await loadStreamsAnew({open, authority, path, durationMs: ROUND_MS})).rate
  const [ours, theirs] = [() => measure(inside), () => measure(direct)]
  return alternating('proxy.intercept.h2.new', {ours, theirs, parts: [{stop}]})
}

export const rows = [
  {id: 'proxy.bare', run: bare},
  {id: 'proxy.forward', run: () => against('proxy.forward', () => withoutReceipts)},
  {id: 'proxy.evidence', run: () => against('proxy.evidence', recorder)},
  {id: 'proxy.dns', run: names},
  {id: 'proxy.intercept', run: intercept},
  {id: 'proxy.intercept.new', run: interceptNew},
  {id: 'proxy.intercept.h2', run: interceptStreams},
  {id: 'proxy.intercept.h2.new', run: interceptStreamsNew},
  {id: 'proxy.latency', run: latency},
  {id: 'proxy.memory', run: memory},
]
