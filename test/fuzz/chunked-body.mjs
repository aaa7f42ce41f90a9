// Chunked bodies on a real listener in front of a real origin. Laws: a body that the origin takes for complete is the one that was
// judged, and the one that a strict reading of RFC 9112, section 7.1, gives; a body that is malformed by that reading never is
// complete there; and the origin gets no request that was not decided. Every input goes to a listener that holds bodies until they
// are judged, and to one that lets them stream.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {createServer} from 'node:http'
import {connect} from 'node:net'
import {composePolicy} from '../../dist/core/pipeline.js'
import {createShares} from '../../dist/core/shares.js'
import {compileDomainList} from '../../dist/lib/domain-list.js'
import {createProxyServer} from '../../dist/transports/server.js'

const MAX_BYTES = 65_536
/** A client that waits for a response closes its half after this time, and no connection outlives the limit. */
const PATIENCE_MS = 300
const LIMIT_MS = 3_000

const SETTINGS = {
  forwardEnabled: true,
  fetchTimeoutSeconds: 5,
  maxResponseBytes: 1_048_576,
  userAgent: 'test',
  maxTunnelSeconds: 5,
  idleTimeoutSeconds: 5,
  followRedirects: false,
  sniVerification: true,
  redirectWebsocketHosts: [],
  defaultAgentIdentity: '',
  bindDefaultAgentIdentity: false,
  allowedHosts: compileDomainList([]),
  workBudgets: {exchangeMs: 60_000, streamMsPerMinute: 3_600_000, clientMsPerMinute: 3_600_000},
}
const BOUNDS = {tunnels: 64, open_requests: 1024, held_bytes: 2 ** 28, descriptors: 4096, look_ups: 64}

/** A listener that decides by rules of its own; `decided` has its decisions, `judged` the bodies it held. */
async function startListener(holds) {
  const decided = new Set()
  const judged = new Map()
  const ignore = () => undefined
  const log = {debug: ignore, info: ignore, warn: ignore, error: ignore}
  const hooks = {
    destination: () => ({findings: [], addresses: ['127.0.0.1']}),
    inspect(x, unit) {
      if (unit.kind === 'body' && unit.direction === 'request') judged.set(x.rawTarget, Buffer.from(unit.bytes))
      return []
    },
    commit: (x, {decision}) => void (decision.action === 'allow' && decided.add(`${x.method} ${x.rawTarget}`)),
    ...(holds && {
      requires: (_x, {direction}) =>
        direction === 'request' ? {maxBytes: MAX_BYTES, over: () => assert.fail('longer than its input')} : undefined,
    }),
  }
  const policy = composePolicy({
    mode: 'balanced',
    enforce: true,
    explainBlocks: false,
    generation: 1,
    configHash: 'fuzz',
    policyHash: 'fuzz',
    hooks: [{plugin: 'fuzz', hooks}],
    onFault: (plugin, hook, error) => {
      throw new Error(`fault in ${plugin}.${hook}`, {cause: error})
    },
  })
  let requests = 0
  const host = {
    ports: {
      clock: {now: () => Date.now(), monotonic: () => performance.now()},
      random: (bytes) => randomBytes(bytes),
      env: {},
      log,
      resolve: () => Promise.reject(new Error('a transport must not resolve names')),
      home: '/nonexistent',
      build: {version: '0', sha: '', runtime: ''},
    },
    policy: () => policy,
    settings: () => SETTINGS,
    interceptor: ignore,
    websocket: () => ({enabled: false}),
    routes: new Map(),
    events: new Proxy({}, {get: () => ignore}),
    nextRequestId: () => `req-${++requests}`,
    isClean: () => true,
    shares: createShares(() => BOUNDS),
    clientOf: (address) => address,
    isOwnListener: () => false,
  }
  const server = createProxyServer(host, {limits: {lingerMs: 50, drainMs: 50, headMs: 200, checkIntervalMs: 20}})
  const {port} = await server.listen({host: '127.0.0.1', port: 0})
  return {holds, port, decided, judged, close: () => server.close(0)}
}

/** Complete requests as the origin understood them, by target. */
async function startOrigin() {
  const received = []
  const server = createServer((req, res) => {
    const parts = []
    req.on('data', (part) => parts.push(part))
    req.on('error', () => undefined)
    res.on('error', () => undefined)
    req.on('end', () => {
      received.push({method: req.method, path: req.url, body: Buffer.concat(parts)})
      res.end('ok')
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return {received, port: server.address().port, close}
}

let world
async function started() {
  world ??= {origin: await startOrigin(), listeners: [await startListener(true), await startListener(false)], runs: 0}
  return world
}

export async function closeChunkedBody() {
  if (!world) return
  world.origin.close()
  for (const listener of world.listeners) await listener.close()
  world = undefined
}

/** Sends the bytes, and resolves to the statuses that come back; `isCut` when the client lost its patience. */
function exchange(port, bytes, patienceMs) {
  return new Promise((resolve, reject) => {
    const socket = connect({port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true})
    const parts = []
    let isCut = false
    const patience = setTimeout(() => {
      isCut = true
      socket.end()
    }, patienceMs)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error('the connection does not end'))
    }, LIMIT_MS)
    socket.on('data', (part) => parts.push(part))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(patience)
      clearTimeout(timer)
      const text = Buffer.concat(parts).toString('latin1')
      resolve({isCut, statuses: [...text.matchAll(/^(?:ok)?HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)})
    })
    socket.on('end', () => socket.destroy())
    socket.write(bytes)
  })
}

export async function chunkedBody(bytes) {
  const {origin, listeners} = await started()
  const id = ++world.runs
  let reading
  const outcomes = []
  for (const {holds, port, decided, judged} of listeners) {
    origin.received.length = 0
    decided.clear()
    judged.clear()
    const authority = `site.test:${origin.port}`
    const target = `/${id}/${holds ? 'held' : 'streamed'}`
    const head = `POST http://${authority}${target} HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const behind = `GET http://${authority}${target}/behind HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`
    const sent = Buffer.concat([bytes, Buffer.from(behind)])
    reading = readChunked(sent)
    const {isCut, statuses} = await exchange(
      port,
      Buffer.concat([Buffer.from(head), sent]),
      reading.why?.startsWith('cut') ? 0 : PATIENCE_MS,
    )
    for (const {method, path, body} of origin.received) {
      const url = `http://${authority}${path}`
      assert.ok(decided.has(`${method} ${url}`), `the origin gets ${method} ${path}, which was not decided`)
      if (holds && body.length > 0) assert.deepEqual(body, judged.get(url), 'the origin gets the body that was judged')
      if (path !== target) continue
      assert.ok(reading.body !== undefined, `a malformed body (${reading.why}) is complete at the origin`)
      assert.deepEqual(body, reading.body, 'the origin gets the body that was sent')
    }
    const complete = origin.received.filter(({path}) => path === target).length
    assert.ok(complete <= 1, 'the origin gets the request once')
    if (statuses[0] === '200') assert.equal(complete, 1, 'a success is the response of the origin')
    if (statuses[0] === '200' && reading.rest === behind && !isCut)
      assert.deepEqual(statuses, ['200', '200'], 'the next request on the connection gets its own response')
    outcomes.push(`${statuses.slice(0, 3).join('+')} ${Math.min(origin.received.length, 2)}`)
  }
  return `${reading.why ?? `whole ${Math.min(reading.chunks, 3)} ${reading.trailers > 0}`} ${outcomes.join(' ')}`
}

const SIZE = /^[0-9a-fA-F]+$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const FRAMING = new Set(['content-length', 'transfer-encoding', 'host'])

/** The body by a strict reading, or why there is none. Content of extensions is not judged: it is never passed on. */
function readChunked(bytes) {
  const text = bytes.toString('latin1')
  const parts = []
  let at = 0
  const line = () => {
    const end = text.indexOf('\r\n', at)
    if (end < 0) return undefined
    const content = text.slice(at, end)
    at = end + 2
    return content
  }
  for (;;) {
    const sizeLine = line()
    if (sizeLine === undefined) return {why: 'cut in a size'}
    if (/[\r\n]/.test(sizeLine)) return {why: 'bare line end'}
    const [digits = ''] = sizeLine.split(';')
    if (!SIZE.test(digits)) return {why: 'size'}
    const size = Number.parseInt(digits, 16)
    if (size === 0) break
    if (at + size > bytes.length) return {why: 'cut in data'}
    parts.push(bytes.subarray(at, at + size))
    at += size
    if (!text.startsWith('\r\n', at)) return {why: 'no line end behind data'}
    at += 2
  }
  let trailers = 0
  for (;;) {
    const trailer = line()
    if (trailer === undefined) return {why: 'cut in trailers'}
    if (trailer === '') return {body: Buffer.concat(parts), chunks: parts.length, trailers, rest: text.slice(at)}
    const colon = trailer.indexOf(':')
    const name = trailer.slice(0, Math.max(0, colon))
    if (!TOKEN.test(name) || /[\r\n\0]/.test(trailer)) return {why: 'trailer'}
    if (FRAMING.has(name.toLowerCase().replaceAll('_', '-'))) return {why: 'framing trailer'}
    trailers++
  }
}
