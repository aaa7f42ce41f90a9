// How much of what attackers send is stopped: the public egress cases on the transports that exist, as recorded and disguised,
// against a running firewall with the corpus' profile; benign cases must stay allowed. An attack that was let through but
// never left because a name was resolved first counts as let through.
//
//   npm run bench:egress [-- --json FILE] [-- --only SUBSTRING] [-- --seed TEXT] [-- --verbose]
import {execFileSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {stringify} from 'yaml'
import {privateKeyFileText} from '../../dist/formats/keys/key-file.js'
import {createFirewall} from '../../dist/host/firewall.js'
import {createPorts} from '../../dist/host/ports.js'
import {privateKeyFromSeed} from '../../dist/lib/ed25519.js'
import {plugins} from '../../dist/plugins/registry.js'
import {casesFolder, disguised, isFitting, loadCases} from './cases.mjs'

const GOAL_DISGUISED = 0.97
const {values: flags} = parseArgs({
  options: {
    json: {type: 'string'},
    only: {type: 'string', default: ''},
    seed: {type: 'string', default: 'pipelock'},
    verbose: {type: 'boolean'},
  },
})
const folder = casesFolder()
if (folder === undefined) {
  process.stdout.write('no egress cases here (PIPELOCK_CONFORMANCE), left out\n')
  process.exit(0)
}
const {cases, left} = loadCases(folder)
const chosen = cases.filter(({id}) => id.includes(flags.only))
const attacks = chosen.filter(({expected}) => expected === 'block')
const benign = chosen.filter(({expected}) => expected === 'allow')
const hidden = attacks.flatMap((each) => disguised(each, flags.seed))

const dir = mkdtempSync(join(tmpdir(), 'pipelock-egress-'))
let current
let arrived = false
const origin = createServer((req, res) => {
  arrived = true
  req.resume()
  req.on('end', () => {
    const text = current.answer ?? '{"ok":true}'
    const type = text.trimStart().startsWith('{')
      ? 'application/json'
      : text.trimStart().startsWith('<?xml')
        ? 'application/xml'
        : 'text/html'
    res.writeHead(200, {'content-type': `${type}; charset=utf-8`})
    res.end(text)
  })
})
const originPort = await new Promise((resolve) => origin.listen(0, '127.0.0.1', () => resolve(origin.address().port)))
const key = privateKeyFromSeed(randomBytes(32))
const keyFile = join(dir, 'receipt.key')
writeFileSync(keyFile, privateKeyFileText(key), {mode: 0o600})
const config = join(dir, 'pipelock.yaml')
writeFileSync(config, stringify(await profile()))
const firewall = await createFirewall({
  source: {kind: 'file', path: config},
  overrides: {},
  ports: createPorts({home: join(dir, 'home'), env: {}}),
  watch: false,
  say: () => {},
})
await firewall.start()
const {port} = firewall.addresses().main
const results = {recorded: [], disguised: [], benign: []}
let evidence
try {
  for (const each of attacks) results.recorded.push(await drive(each))
  for (const each of hidden) results.disguised.push(await drive(each))
  for (const each of benign) results.benign.push(await drive(each))
} finally {
  await firewall.stop('bench over', 500)
  origin.closeAllConnections()
  origin.close()
  evidence = readEvidence()
  rmSync(dir, {recursive: true, force: true})
}
report()

/** The corpus' profile, as far as sections exist. */
async function profile() {
  const hosts = [
    ...new Set([...cases.map(({url}) => hostOf(url)), ...cases.map(({url}) => `www.${hostOf(url)}`)]),
  ].filter(isName)
  const whole = {
    mode: 'balanced',
    fetch_proxy: {
      listen: '127.0.0.1:0',
      timeout_seconds: 30,
      monitoring: {
        max_url_length: 2000,
        entropy_threshold: 4,
        max_requests_per_minute: 0,
        blocklist: [
          '*.pastebin.com',
          '*.hastebin.com',
          '*.paste.ee',
          '*.transfer.sh',
          '*.file.io',
          '*.requestbin.com',
          'exfil-collector.example.net',
          '*.exfil-collector.example.net',
        ],
      },
    },
    forward_proxy: {enabled: true},
    logging: {output: 'file', file: join(dir, 'events.jsonl')},
    response_scanning: {enabled: true, action: 'block'},
    request_body_scanning: {
      enabled: true,
      action: 'block',
      scan_headers: true,
      header_mode: 'all',
      content_entropy_action: 'block',
    },
    a2a_scanning: {enabled: true, action: 'block'},
    dlp: {
      include_defaults: true,
      patterns: [{name: 'Ethereum Address', regex: '\\b0x[0-9a-f]{40}\\b', severity: 'high'}],
    },
    seed_phrase_detection: {enabled: true},
    flight_recorder: {enabled: true, dir: join(dir, 'evidence'), signing_key_path: keyFile},
    address_protection: {enabled: true, action: 'block', unknown_action: 'block'},
    dns: {host_overrides: Object.fromEntries(hosts.map((host) => [host, '127.0.0.1']))},
    trusted_domains: hosts,
  }
  const known = new Set(['mode'])
  for (const load of Object.values(plugins)) for (const section of (await load()).default.sections) known.add(section)
  return Object.fromEntries(Object.entries(whole).filter(([section]) => known.has(section)))
}

function hostOf(url) {
  return /^[a-z]+:\/\/(\[[^\]]*\]|[^/?#:]*)/i.exec(url)?.[1].toLowerCase() ?? ''
}

function isName(host) {
  return /[a-z]$/.test(host) && !host.startsWith('[')
}

async function drive(each) {
  current = each
  arrived = false
  const url = isName(hostOf(each.url))
    ? each.url.replace(/^https?:\/\/([^/?#:]*)(?::\d+)?/i, `http://$1:${originPort}`)
    : each.url
  const out = each.fetch
    ? await send('GET', `/fetch?url=${encodeURIComponent(url)}`, {}, undefined)
    : await send(each.method, visible(url), each.headers, each.body)
  const reason = out.headers['x-pipelock-block-reason'] ?? ''
  const wasResolved = reason.startsWith('ssrf_') && !each.isAboutPlace
  const isResponse = each.answer !== undefined
  const isBlocked = reason !== '' && !wasResolved && (isResponse || !arrived)
  const isNamed = isFitting(each, reason) && out.headers['x-pipelock-block-reason-layer'] !== undefined
  return {id: each.id, isBlocked, isNamed, reason, status: out.status}
}

/** Refused exchanges that have a receipt, all receipts together verified as an outsider verifies them. */
function readEvidence() {
  const folder = join(dir, 'evidence')
  const cli = join(import.meta.dirname, '../../bin/run.js')
  execFileSync(process.execPath, [cli, 'integrity', 'verify', folder, '--key', key.public.hex], {
    env: {...process.env, PIPELOCK_HOME: join(dir, 'home')},
    stdio: 'pipe',
  })
  const receipts = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line))
    .filter(({type}) => type === 'action_receipt')
    .map(({detail}) => detail.action_record)
  return new Set(receipts.filter(({verdict}) => verdict === 'block').map((record) => record.request_id)).size
}

/** What a request line cannot carry is percent-encoded. */
function visible(text) {
  return text.replace(/[^\x21-\x7e]/gu, (c) => encodeURIComponent(c))
}

function send(method, path, headers, body) {
  const bytes = body === undefined ? undefined : Buffer.from(body)
  return new Promise((resolve, reject) => {
    const host = path.startsWith('/') ? `127.0.0.1:${port}` : /^[a-z]+:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(path)[1]
    const outgoing = request(
      {
        port,
        method,
        path,
        headers: {...headers, host, ...(bytes ? {'content-length': bytes.length} : {})},
        agent: false,
      },
      (response) => {
        response.resume()
        response.on('error', reject)
        response.on('end', () => resolve({status: response.statusCode, headers: response.headers}))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

function report() {
  const say = (line) => process.stdout.write(`${line}\n`)
  const rate = (list) => (list.length === 0 ? 1 : list.filter(({isBlocked}) => isBlocked).length / list.length)
  for (const {id, status} of results.recorded.filter(({isBlocked}) => !isBlocked)) say(`let through: ${id} (${status})`)
  for (const {id, reason} of results.benign.filter(({isBlocked}) => isBlocked))
    say(`stopped although benign: ${id} (${reason})`)
  const missed = results.disguised.filter(({isBlocked}) => !isBlocked)
  for (const {id, status} of missed) say(`let through: ${id} (${status})`)
  if (flags.verbose)
    for (const {id, reason} of results.disguised.filter(({isBlocked}) => isBlocked)) say(`stopped: ${id} (${reason})`)
  const others = Object.entries(left.reduce((sum, name) => ({...sum, [name]: (sum[name] ?? 0) + 1}), {}))
  say(`left out, no such transport yet: ${others.map(([name, count]) => `${count} ${name}`).join(', ')}`)
  const figures = {
    contained: rate(results.recorded),
    attacks: results.recorded.length,
    containedDisguised: rate(results.disguised),
    disguised: results.disguised.length,
    falsePositives: rate(results.benign) * Number(results.benign.length > 0),
    benign: results.benign.length,
  }
  const stopped = results.recorded.filter(({isBlocked}) => isBlocked)
  const refused = Object.values(results)
    .flat()
    .filter(({reason}) => reason !== '')
  figures.detected = stopped.length === 0 ? 1 : stopped.filter(({isNamed}) => isNamed).length / stopped.length
  figures.evidenced = refused.length === 0 ? 1 : evidence / refused.length
  for (const {id, reason} of stopped.filter(({isNamed}) => !isNamed))
    say(`stopped for another reason: ${id} (${reason})`)
  const percent = (n) => `${(n * 100).toFixed(1)} %`
  say(`attacks contained: ${percent(figures.contained)} of ${figures.attacks}`)
  say(
    `disguised attacks contained: ${percent(figures.containedDisguised)} of ${figures.disguised} (at least ${percent(GOAL_DISGUISED)})`,
  )
  say(`of those recorded and stopped, for a reason that fits: ${percent(figures.detected)}`)
  say(`refusals with a verified receipt: ${percent(figures.evidenced)} of ${refused.length}`)
  say(`benign cases stopped: ${percent(figures.falsePositives)} of ${figures.benign}`)
  if (flags.json)
    writeFileSync(
      flags.json,
      `${JSON.stringify({...figures, refusals: refused.length, receipts: evidence, results}, undefined, 2)}\n`,
    )
  if (figures.contained < 1 || figures.containedDisguised < GOAL_DISGUISED || figures.falsePositives > 0)
    process.exitCode = 1
}
