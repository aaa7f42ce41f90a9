// How long one client's input, or one origin's answer, holds up everybody else: the longest wait of a second client's
// `GET /health` beside it, and (`.turn`) the longest turn of the event loop in processor time, which does not depend on
// what else runs on the machine. The baseline is the same wait while nothing happens.
import {fork} from 'node:child_process'
import {readFileSync, rmSync} from 'node:fs'
import {request} from 'node:http'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {firewall, folder, helper} from '../lib/processes.mjs'
import {summary} from '../lib/stats.mjs'
import {RESPONSES, BODIES, STREAMS} from '../lib/stall-inputs.mjs'

const ROUNDS = 3
const MAX_MS = 8_000
const HOST = 'origin.bench.test'
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

const CONFIG = `forward_proxy:
  enabled: true
dns:
  host_overrides:
    ${HOST}: [127.0.0.1]
trusted_domains: [${HOST}]
request_body_scanning:
  enabled: true
  action: block
response_scanning:
  enabled: true
  action: block
a2a_scanning:
  enabled: true
cross_request_detection:
  enabled: true
`
const SHIELD = `browser_shield:\n  enabled: true\n`
const REDACTION = `redaction:
  enabled: true
  default_profile: all
  profiles:
    all:
      classes: [email, ipv4]
  providers:
    bench:
      host_patterns: [${HOST}]
`

/** Sends one request and reads its response away; resolves when it is over, one way or the other. */
function send(proxy, {method = 'GET', path, headers = {}, body}, own = false) {
  return new Promise((resolve) => {
    const target = own ? path : `http://${HOST}:${proxy.origin}${path}`
    const outgoing = request(
      {port: proxy.port, host: '127.0.0.1', method, path: target, headers, agent: false},
      (response) => {
        response.resume()
        response.on('close', () => resolve(response.statusCode))
        response.on('error', () => {})
      },
    )
    const timer = setTimeout(() => outgoing.destroy(), MAX_MS)
    outgoing.on('error', () => {})
    outgoing.on('close', () => {
      clearTimeout(timer)
      resolve(0)
    })
    outgoing.end(body)
  })
}

async function turns(proxy, file) {
  rmSync(file, {force: true})
  process.kill(proxy.pid, 'SIGUSR2')
  for (let i = 0; i < 400; i++) {
    await sleep(25)
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      // not written yet
    }
  }
  throw new Error('the proxy did not report its turns')
}

/** `work(proxy)`: one round of the hostile input. */
async function beside(id, work, config = CONFIG) {
  const file = join(folder(), 'turns')
  const origin = await helper('./stall-origin.mjs')
  const started = await firewall(() => config, {
    NODE_OPTIONS: `--import=${here('../lib/stall-turns.mjs')} ${process.env.PIPELOCK_BENCH_NODE ?? ''}`,
    PIPELOCK_BENCH_TURNS: file,
  })
  const proxy = {...started, origin: origin.port}
  const probe = fork(here('../lib/stall-probe.mjs'), [String(proxy.port)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const measured = async (run) => {
    await turns(proxy, file)
    probe.send('start')
    await sleep(50)
    await run()
    await sleep(50)
    const report = new Promise((resolve) => probe.once('message', resolve))
    probe.send('stop')
    return {...(await report), turn: await turns(proxy, file)}
  }
  const [waits, longest, idle] = [[], [], []]
  try {
    await measured(() => work(proxy))
    for (let i = 0; i < ROUNDS; i++) {
      idle.push((await measured(() => sleep(400))).longest)
      const round = await measured(() => work(proxy))
      waits.push(round.longest)
      longest.push(round.turn.longest)
    }
  } finally {
    probe.disconnect()
    await Promise.all([started.stop(), origin.stop()])
  }
  return [summary(id, 'ms', waits, idle), summary(`${id}.turn`, 'ms', longest)]
}

const row = (id, work, config = CONFIG) => ({
  id: `stall.${id}`,
  work,
  config,
  run: () => beside(`stall.${id}`, work, config),
})

const upload = (name, path = '/upload') => {
  let made
  return async (proxy) => {
    const [type, body, headers] = (made ??= BODIES[name]())
    return send(proxy, {method: 'POST', path, headers: {'Content-Type': type, ...headers}, body})
  }
}
const response = (name) => (proxy) => send(proxy, {path: `/s/answer/${name}`})
const fetched = (name) => (proxy) =>
  send(proxy, {path: `/fetch?url=${encodeURIComponent(`http://${HOST}:${proxy.origin}/s/answer/${name}`)}`}, true)
const stream = (name) => (proxy) => send(proxy, {path: `/s/stream/${name}${STREAMS[name].path ?? ''}`})
const many = (count, work) => (proxy) => Promise.all(Array.from({length: count}, (_, i) => work(proxy, i)))
const times = (count, work) => async (proxy) => {
  for (let i = 0; i < count; i++) await work(proxy, i)
}

const head = (make) => times(20, (proxy, i) => send(proxy, {path: `/p/${i}`, ...make(i)}))
const longQuery = (unit) => () => ({path: `/p?${unit.repeat(Math.floor(16_000 / unit.length))}`})

export const rows = [
  ...Object.keys(STREAMS).map((name) => row(name, stream(name))),
  row('sse.parallel', many(8, stream('sse.flood'))),
  ...Object.keys(BODIES).map((name) => row(`request.${name}`, upload(name))),
  row('request.parallel', many(8, upload('prose'))),
  ...['unfold', 'strings', 'members', 'numbers', 'escapes', 'nesting'].map((name) =>
    row(`redact.${name}`, upload(name), CONFIG + REDACTION),
  ),
  ...Object.keys(RESPONSES).map((name) => row(`answer.${name}`, response(name))),
  row('answer.parallel', many(8, response('prose'))),
  ...['html', 'html.hidden', 'html.attributes', 'html.noscript', 'html.script', 'xhtml', 'script', 'tags'].map((name) =>
    row(`shield.${name}`, response(name), CONFIG + SHIELD),
  ),
  ...['html', 'prose', 'tags', 'sse', 'strings', 'marks', 'charset'].map((name) => row(`fetch.${name}`, fetched(name))),
  row('head.query', head(longQuery('a=b&'))),
  row('head.values', head(longQuery('k=dGhlIHF1aWNrIGJyb3duIGZveA&'))),
  row(
    'head.path',
    head(() => ({path: `/${'ab/'.repeat(5_300)}`})),
  ),
  row('head.escapes', head(longQuery('q=%252541%2541&'))),
  row(
    'head.cookies',
    head(() => ({headers: {Cookie: 'a=b; '.repeat(9_000)}})),
  ),
  row(
    'head.fields',
    head(() => ({
      headers: Object.fromEntries(Array.from({length: 190}, (_, i) => [`X-F${i}`, `Bearer ${'v'.repeat(200)}${i}`])),
    })),
  ),
]
