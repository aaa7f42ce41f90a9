#!/usr/bin/env node
// A long life in a short time: mixed load on one firewall, with reloads, an event receiver that fails and hangs, and clients
// that leave, while memory, descriptors, handles and latency are watched. At the end its evidence is verified. The exit
// status is 1 when something grew or failed.
//
// usage: npm run soak [-- --minutes N] [--json FILE]
import {spawn, spawnSync} from 'node:child_process'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {CLI, firewall, folder, residentMb} from '../lib/processes.mjs'
import {quantile} from '../lib/stats.mjs'
import {startClients} from './clients.mjs'
import {judge} from './judge.mjs'

const {values} = parseArgs({options: {minutes: {type: 'string', default: '60'}, json: {type: 'string'}}})
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: not a positive number`)

const HOST = 'origin.soak.test'
const SAMPLE_MS = 5_000
const RELOAD_EVERY = 4

const {createAuthority, loadAuthority} = await import('../../dist/lib/x509.js')
const dir = folder()
const [from, until] = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 2 * 86_400_000)]
const authority = () =>
  createAuthority({
    commonName: 'soak',
    organization: 'soak',
    notBefore: from,
    notAfter: until,
    permittedDomains: [],
  })
const [clientCa, originCa] = await Promise.all([authority(), authority()])
const {chain, key} = await (await loadAuthority(originCa, Date.now())).issue(HOST, from, until)
const file = (name, text) => {
  const path = join(dir, name)
  writeFileSync(path, text, {mode: 0o600})
  return path
}

const originProcess = spawn(
  process.execPath,
  [fileURLToPath(new URL('./origin.mjs', import.meta.url)), file('origin.pem', chain), file('origin-key.pem', key)],
  {stdio: ['ignore', 'pipe', 'inherit', 'ipc']},
)
const [origin, secureOrigin, webhook] = await new Promise((resolve, reject) => {
  originProcess.once('error', reject)
  originProcess.stdout.once('data', (line) => resolve(JSON.parse(line)))
})

const receiptKey = join(dir, 'receipt-key.json')
const made = spawnSync(
  process.execPath,
  [CLI, 'signing', 'key', 'generate', '--purpose', 'receipt-signing', '--out', receiptKey],
  {encoding: 'utf8'},
)
if (made.status !== 0) throw new Error(`key generation failed: ${made.stderr}`)

const evidence = join(dir, 'evidence')
const ours = await firewall(
  () => `forward_proxy: {enabled: true}
websocket_proxy: {enabled: true}
tls_interception: {enabled: true, ca_cert: ${file('ca.pem', clientCa.certificate)}, ca_key: ${file('ca-key.pem', clientCa.key)}}
dns: {host_overrides: {${HOST}: [127.0.0.1]}}
trusted_domains: [${HOST}]
flight_recorder: {enabled: true, dir: ${evidence}, signing_key_path: ${receiptKey}}
emit: {webhook: {url: "http://127.0.0.1:${webhook}/", timeout_seconds: 1}}
`,
  {NODE_EXTRA_CA_CERTS: file('origin-ca.pem', originCa.certificate)},
)
const config = join(ours.dir, 'pipelock.yaml')
const configText = readFileSync(config, 'utf8')
const clients = startClients({proxy: ours.port, origin, secureOrigin, host: HOST, ca: clientCa.certificate})

const samples = []
const started = performance.now()
process.stderr.write('minute  resident  heap  descriptors  handles  p50 ms  p99 ms  requests  failed\n')
for (let n = 1; performance.now() - started < minutes * 60_000; n++) {
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
  samples.push(await sample())
  const last = samples.at(-1)
  if (n % 12 === 0 || n < 3) {
    const cells = [
      last.minute,
      last.residentMb,
      last.heapMb,
      last.descriptors,
      last.handles,
      last.p50,
      last.p99,
      last.done,
      last.failed,
    ]
    process.stderr.write(`${cells.map((cell) => cell.toFixed(1).replace(/\.0$/, '')).join('  ')}\n`)
  }
  // each reload changes something, so that a new generation is made
  if (n % RELOAD_EVERY === 0) writeFileSync(config, `${configText}explain_blocks: ${(n / RELOAD_EVERY) % 2 === 0}\n`)
}
await clients.stop()
// what belongs to connections goes with them
await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
const idle = await sample()
const ended = await ours.stop()
originProcess.disconnect()

const {public: publicKey} = JSON.parse(readFileSync(receiptKey, 'utf8'))
const verified = spawnSync(process.execPath, [CLI, 'integrity', 'verify', evidence, '--key', publicKey, '--json'], {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
})
const kinds = Object.fromEntries(clients.counts)
const result = judge({samples, idle, kinds, exit: ended, verified: verified.status})
const document = {
  minutes,
  ...result,
  kinds,
  idle,
  samples,
  evidence: {status: verified.status, files: readdirSync(evidence).length},
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(document, null, 2)}\n`)
for (const [kind, {done, failed, last}] of clients.counts)
  process.stdout.write(`${kind.padEnd(12)} ${done} done, ${failed} failed${last === '' ? '' : ` (${last})`}\n`)
for (const {name, ok, detail} of result.checks) process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}\n`)
if (verified.status !== 0) process.stdout.write(`${verified.stdout}${verified.stderr}`.slice(0, 2_000))
process.exitCode = result.checks.every(({ok}) => ok) ? 0 : 1

async function sample() {
  const text = await (await fetch(`http://127.0.0.1:${ours.port}/metrics`)).text()
  const value = (name) => Number(new RegExp(`^pipelock_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  const sorted = clients.latencies().sort((a, b) => a - b)
  const all = [...clients.counts.values()]
  return {
    minute: (performance.now() - started) / 60_000,
    residentMb: residentMb(ours.pid),
    heapMb: value('nodejs_heap_size_used_bytes') / 1_048_576,
    descriptors: readdirSync(`/proc/${ours.pid}/fd`).length,
    handles: value('nodejs_active_resources_total'),
    p50: sorted.length === 0 ? 0 : quantile(sorted, 0.5),
    p99: sorted.length === 0 ? 0 : quantile(sorted, 0.99),
    done: all.reduce((sum, {done}) => sum + done, 0),
    failed: all.reduce((sum, {failed}) => sum + failed, 0),
  }
}
