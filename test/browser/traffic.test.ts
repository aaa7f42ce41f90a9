// A real browser works through the proxy, through tunnels and inside opened tunnels, and gets what it gets without a proxy: pages
// with their parts, requests of scripts, uploads, event streams, WebSockets and downloads.
import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer as createPlainServer, type IncomingMessage, type RequestListener} from 'node:http'
import {createServer as createSecureServer} from 'node:https'
import type {AddressInfo, Server, Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {chromium, type Browser, type BrowserContext} from 'playwright-core'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {OPCODE} from '../../src/lib/frames.js'
import {BROWSER_ARGUMENTS, findChromium} from '../support/browser.js'
import {BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {certificateOf, testAuthority} from '../support/interception.js'
import {acceptFor, WebSocketPeer} from '../support/websockets.js'

const HOST = 'origin.example'
const INTERCEPTION = 'tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n'
const executable = findChromium()
const hasCertutil = isCertutilInstalled()

function isCertutilInstalled(): boolean {
  try {
    execFileSync('certutil', ['-H'], {stdio: 'ignore'})
  } catch (error) {
    // it has no status of success for its help
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      process.stderr.write('no certutil on this machine: the browser trusts no authority, its traffic is not tested\n')
      return false
    }
  }
  return true
}

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** No text in any character set. */
const FILE = Buffer.concat(Array.from({length: 50_000}, (_, i) => createHash('sha1').update(String(i)).digest()))
const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

const PAGE = `<!doctype html><html><head><meta charset=utf-8><title>Garden tools</title>
<link rel=stylesheet href=/style.css><script src=/script.js></script></head>
<body><h1>Rakes</h1><img id=image src=/pixel.png><a id=download href=/file.bin download>file</a></body></html>`

/** What a page can do with its origin, as one value. */
const SCRIPT = `
const upload = new Uint8Array(300000).map((_, i) => i * 7)
const socketUrl = location.origin.replace(/^http/, 'ws') + '/socket'
window.work = async () => ({
  get: await (await fetch('/data.json')).json(),
  post: await (await fetch('/echo?a=1', {method: 'POST', body: upload})).json(),
  form: await (await fetch('/echo', {method: 'POST', body: new URLSearchParams({tool: 'rake'})})).json(),
  missing: (await fetch('/missing')).status,
  moved: await (async () => { const r = await fetch('/moved'); return [r.redirected, new URL(r.url).pathname, await r.text()] })(),
  range: await (async () => { const r = await fetch('/file.bin', {headers: {Range: 'bytes=100-199'}}); return [r.status, (await r.arrayBuffer()).byteLength] })(),
  events: await new Promise((resolve) => {
    const source = new EventSource('/events')
    const received = []
    source.onmessage = ({data, lastEventId}) => { if (received.push([lastEventId, data]) === 3) { source.close(); resolve(received) } }
    source.onerror = () => resolve('failed')
  }),
  socket: await new Promise((resolve) => {
    const socket = new WebSocket(socketUrl, ['tools'])
    const received = []
    socket.onopen = () => { socket.send('first'); socket.send(Array.from({length: 3000}, (_, i) => 'line ' + i).join(' ')) }
    socket.onmessage = ({data}) => { if (received.push(data) === 2) socket.close(1000, 'done') }
    socket.onclose = ({code, reason, wasClean}) => resolve({received, code, reason, wasClean, protocol: socket.protocol})
  }),
  cookie: document.cookie,
  color: getComputedStyle(document.querySelector('h1')).color,
  image: [document.getElementById('image').naturalWidth, document.getElementById('image').complete],
  title: document.title,
})
`

const listener: RequestListener = (req, res) => {
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    const body = Buffer.concat(parts)
    const type = (value: string): void => void res.setHeader('Content-Type', value)
    switch (new URL(req.url ?? '/', 'http://origin').pathname) {
      case '/':
        type('text/html; charset=utf-8')
        res.setHeader('Set-Cookie', 'tool=rake')
        return res.end(PAGE)
      case '/style.css':
        type('text/css')
        return res.end('h1 {color: rgb(1, 2, 3)}')
      case '/script.js':
        type('text/javascript')
        return res.end(SCRIPT)
      case '/pixel.png':
        type('image/png')
        return res.end(PNG)
      case '/data.json':
        type('application/json')
        return res.end('{"tools": ["rake", "spade"], "größe": 3}')
      case '/moved':
        return res.writeHead(302, {Location: '/data.json'}).end()
      case '/events':
        type('text/event-stream')
        for (let id = 1; id <= 3; id++) res.write(`id: ${id}\ndata: tool ${id}\n\n`)
        return undefined
      case '/file.bin': {
        type('application/octet-stream')
        const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '') ?? []
        if (from === '') return res.end(FILE)
        const part = FILE.subarray(Number(from), Number(to) + 1)
        res.writeHead(206, {'Content-Range': `bytes ${from}-${to}/${FILE.length}`, 'Content-Length': part.length})
        return res.end(part)
      }
      case '/echo':
        type('application/json')
        return res.end(
          JSON.stringify({method: req.method, url: req.url, type: req.headers['content-type'], sha1: sha1(body)}),
        )
      default:
        return res.writeHead(404, {'Content-Type': 'text/plain'}).end('not here')
    }
  })
}

function serveSocket(req: IncomingMessage, socket: Socket): void {
  const accept = acceptFor(String(req.headers['sec-websocket-key']))
  socket.write(
    `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: tools\r\n\r\n`,
  )
  new WebSocketPeer(socket, {
    isClient: false,
    onEvent(event, peer) {
      if (event.kind === 'message') peer.frame(0x80 | OPCODE.text, event.payload)
      if (event.kind !== 'close') return
      peer.closing(event.code ?? 1000, event.reason)
      socket.end()
    },
  })
}

const MODES = ['forward', 'tunnel', 'opened'] as const
type Mode = (typeof MODES)[number]

describe.runIf(executable !== undefined && hasCertutil)('a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-browser-'))
  const servers: Server[] = []
  const firewalls: TestFirewall[] = []
  const ports: Partial<Record<Mode, number>> = {}
  let browser: Browser
  let plainPort = 0
  let securePort = 0

  async function listen(server: Server): Promise<number> {
    servers.push(server)
    server.on('upgrade', serveSocket)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return (server.address() as AddressInfo).port
  }

  /** Chromium reads the authorities of its user from this store. */
  function trust(name: string, certificate: string): void {
    const database = join(folder, '.pki', 'nssdb')
    mkdirSync(database, {recursive: true})
    writeFileSync(join(folder, `${name}.pem`), certificate)
    const run = (...args: readonly string[]): void =>
      void execFileSync('certutil', [...args, '-d', `sql:${database}`], {stdio: 'ignore'})
    if (name === 'origins') run('-N', '--empty-password')
    run('-A', '-n', name, '-t', 'C,,', '-i', join(folder, `${name}.pem`))
  }

  beforeAll(async () => {
    const [clients, origins] = await Promise.all([testAuthority(), testAuthority()])
    mkdirSync(join(folder, '.pki', 'nssdb'), {recursive: true})
    trust('origins', origins.certificate)
    plainPort = await listen(createPlainServer(listener))
    securePort = await listen(createSecureServer(await certificateOf(HOST, origins), listener))
    trust('clients', clients.certificate)
    const text = `${BASE}websocket_proxy: {enabled: true}\nrequest_body_scanning: {content_entropy_enabled: false}\n`
    const transport = {ca: [origins.certificate]}
    const closed = await startFirewall(text, {transport})
    const files = {'ca.pem': clients.certificate, 'ca-key.pem': clients.key}
    const opened = await startFirewall(`${text}${INTERCEPTION}`, {files, transport})
    firewalls.push(closed, opened)
    ports.forward = ports.tunnel = closed.firewall.addresses().main.port
    ports.opened = opened.firewall.addresses().main.port
    browser = await chromium.launch({
      executablePath: executable ?? '',
      headless: true,
      args: [...BROWSER_ARGUMENTS, `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
      env: {...process.env, HOME: folder},
    })
  })
  afterAll(async () => {
    await browser.close()
    await Promise.all(firewalls.map((one) => one.close()))
    for (const server of servers) server.close()
    rmSync(folder, {recursive: true, force: true})
  })

  /** Everything that the page and its scripts get, and a file that the user downloads. */
  async function visit(mode: Mode, through: boolean): Promise<unknown> {
    const proxy = through ? {server: `http://127.0.0.1:${ports[mode]}`, bypass: '<-loopback>'} : undefined
    const context: BrowserContext = await browser.newContext({...(proxy && {proxy}), acceptDownloads: true})
    try {
      const page = await context.newPage()
      const url = mode === 'forward' ? `http://${HOST}:${plainPort}/` : `https://${HOST}:${securePort}/`
      const response = await page.goto(url, {waitUntil: 'load'})
      const results = await page.evaluate<object>('window.work()')
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
      const file = readFileSync(await download.path())
      return {
        ...results,
        status: response?.status(),
        headers: contentHeaders(await response?.allHeaders()),
        file: sha1(file),
      }
    } finally {
      await context.close()
    }
  }

  test.each(MODES)('gets the same as without a proxy, %s', async (mode) => {
    const direct = await visit(mode, false)
    const result = await visit(mode, true)
    expect(result).toEqual(direct)
    const kind = mode === 'forward' ? `http://${HOST}:${plainPort}/file.bin` : `${HOST}:${securePort}`
    const log = (): readonly Record<string, unknown>[] => firewalls[mode === 'opened' ? 1 : 0]?.log() ?? []
    await expect.poll(() => log().some(({url, target}) => url === kind || target === kind)).toBe(true)
    expect(direct).toMatchObject({title: 'Garden tools', color: 'rgb(1, 2, 3)', file: sha1(FILE), image: [1, true]})
  })

  test('that does not trust the authority is reported with the remedy', async () => {
    const strangers = await testAuthority()
    const untrusted = await startFirewall(`${BASE}${INTERCEPTION}`, {
      files: {'ca.pem': strangers.certificate, 'ca-key.pem': strangers.key},
    })
    const {port} = untrusted.firewall.addresses().main
    const context = await browser.newContext({proxy: {server: `http://127.0.0.1:${port}`, bypass: '<-loopback>'}})
    const page = await context.newPage()
    await expect(page.goto(`https://${HOST}:${securePort}/`)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
    await context.close()
    await untrusted.firewall.stop('test over', 100)
    expect(JSON.stringify(untrusted.log())).toContain('pipelock tls install-ca')
    await untrusted.close()
  })

  test('that used an opened tunnel leaves no hint that it distrusts the authority', async () => {
    await browser.close()
    await Promise.all(firewalls.map((one) => one.firewall.stop('test over', 1000)))
    const events = firewalls.flatMap((one) => one.log())
    expect(events.filter(({event}) => event === 'tunnel_open').length).toBeGreaterThan(0)
    expect(events.filter(({reason}) => String(reason).includes('install-ca'))).toEqual([])
  })
})

/** Those of the content; the connection is the proxy's. */
function contentHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(?:content-type|set-cookie|content-length)$/.test(name)),
  )
}
