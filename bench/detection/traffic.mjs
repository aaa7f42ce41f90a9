// How much ordinary traffic the balanced preset stops: every item of the corpus goes through a running firewall to an origin
// on loopback, and the figure is the share that was blocked. Findings that were only logged are shown beside it, since an
// operator who raises the action to `block` would meet them.
//
//   npm run bench:traffic [-- --json FILE] [-- --kind SUBSTRING] [-- --collect [--seed TEXT]]
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {createFirewall} from '../../dist/host/firewall.js'
import {createPorts} from '../../dist/host/ports.js'
import {presetText} from './preset.mjs'
import {bytesOf} from './item.mjs'

const LIMIT = 0.001
const {values: flags} = parseArgs({
  options: {json: {type: 'string'}, kind: {type: 'string'}, collect: {type: 'boolean'}, seed: {type: 'string'}},
})

if (flags.collect) {
  const {collect} = await import('./collect.mjs')
  await collect(flags.seed ?? 'pipelock', (line) => process.stderr.write(`${line}\n`))
}

const corpus = join(import.meta.dirname, 'corpus')
const items = readdirSync(corpus)
  .filter((name) => name.endsWith('.jsonl'))
  .sort()
  .flatMap((name) =>
    readFileSync(join(corpus, name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  )
  .filter((each) => flags.kind === undefined || each.kind.includes(flags.kind))

const folder = mkdtempSync(join(tmpdir(), 'pipelock-detection-'))
let current
const origin = createServer((req, res) => {
  req.resume()
  req.on('end', () => {
    const {status = 200, headers = [], body} = current.response ?? {}
    res.writeHead(status, headers.flat())
    res.end(req.method === 'HEAD' ? undefined : (bytesOf(body) ?? Buffer.alloc(0)))
  })
})
const originPort = await new Promise((resolve) => origin.listen(0, '127.0.0.1', () => resolve(origin.address().port)))
const configPath = join(folder, 'pipelock.yaml')
writeFileSync(configPath, await presetText([...new Set(items.map((each) => each.host))], join(folder, 'events.jsonl')))
const firewall = await createFirewall({
  source: {kind: 'file', path: configPath},
  overrides: {},
  ports: createPorts({home: join(folder, 'home'), env: {}}),
  watch: false,
  say: () => {},
})
await firewall.start()
const {port} = firewall.addresses().main

const outcomes = []
try {
  for (const each of items) {
    current = each
    outcomes.push({item: each, ...(await send(each))})
    if (outcomes.length % 250 === 0) process.stderr.write(`${outcomes.length} of ${items.length}\n`)
  }
} finally {
  await firewall.stop('bench over', 500)
  origin.closeAllConnections()
  origin.close()
}
const logged = findingsOf(readFileSync(join(folder, 'events.jsonl'), 'utf8'))
rmSync(folder, {recursive: true, force: true})
report()

function send({method, host, path, headers, body}) {
  const bytes = bytesOf(body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port,
        method,
        path: `http://${host}:${originPort}${path}`,
        headers: {
          ...merged(headers),
          host: `${host}:${originPort}`,
          ...(bytes ? {'content-length': bytes.length} : {}),
        },
        agent: false,
      },
      (response) => {
        response.resume()
        response.on('error', reject)
        response.on('end', () =>
          resolve({status: response.statusCode, reason: response.headers['x-pipelock-block-reason'] ?? ''}),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

/** Ranges are removed from requests, so that whole responses are inspected; a client that sent one gets its range. */
function expected({headers, response}) {
  const status = response?.status ?? 200
  return status === 200 && headers.some(([name]) => name.toLowerCase() === 'range') ? 206 : status
}

function merged(pairs) {
  const out = {}
  for (const [name, value] of pairs) (out[name] ??= []).push(value)
  return out
}

/** Events of the log that tell of a finding, by name. */
function findingsOf(text) {
  const counts = {}
  for (const line of text.split('\n').filter(Boolean)) {
    const {event, scanner, level} = JSON.parse(line)
    if (level === 'info' || event === undefined || event === 'startup') continue
    const name = scanner ? `${event} ${scanner}` : event
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

function report() {
  const kinds = new Map()
  for (const {item, reason} of outcomes) {
    const row = kinds.get(item.kind) ?? {items: 0, blocked: 0}
    row.items++
    if (reason !== '') row.blocked++
    kinds.set(item.kind, row)
  }
  const blocked = outcomes.filter(({reason}) => reason !== '')
  const failed = outcomes.filter(({reason, status, item}) => reason === '' && status !== expected(item))
  const share = blocked.length / outcomes.length
  for (const [kind, row] of [...kinds].sort()) {
    process.stdout.write(`${kind.padEnd(34)} ${String(row.items).padStart(6)} ${String(row.blocked).padStart(5)}\n`)
  }
  for (const {item, reason} of blocked)
    process.stdout.write(`blocked, ${reason}: ${item.kind}: ${item.method} ${item.host}${item.path.slice(0, 100)}\n`)
  for (const {item, status} of failed)
    process.stdout.write(`failed with ${status}: ${item.kind}: ${item.method} ${item.host}${item.path.slice(0, 100)}\n`)
  for (const [name, count] of Object.entries(logged))
    process.stdout.write(`logged, not blocked or blocked: ${name}: ${count}\n`)
  process.stdout.write(
    `${outcomes.length} items, ${blocked.length} blocked (${(share * 100).toFixed(3)} %, at most ${LIMIT * 100} %), ${failed.length} failed\n`,
  )
  if (flags.json) {
    const rows = Object.fromEntries(kinds)
    const stopped = blocked.map(({item, reason}) => ({
      kind: item.kind,
      method: item.method,
      host: item.host,
      path: item.path,
      reason,
    }))
    writeFileSync(
      flags.json,
      `${JSON.stringify({items: outcomes.length, blocked: blocked.length, share, failed: failed.length, kinds: rows, stopped, logged}, undefined, 2)}\n`,
    )
  }
  if (share > LIMIT || failed.length > 0) process.exitCode = 1
}
