// Every ClientHello of a tunnel is compared with the host of its CONNECT, against a real TLS server: one that lacks a
// key share requests a second hello (HelloRetryRequest) and serves the name of that one.
import {spawn, spawnSync} from 'node:child_process'
import {createECDH} from 'node:crypto'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {connect as tcpConnect, type AddressInfo, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {connect as tlsConnect, createServer, type ConnectionOptions, type TlsOptions} from 'node:tls'
import {afterEach, expect, test} from 'vitest'
import {clientHello} from '../../support/client-hello.js'
import {startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {startRawOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT, KEY} from '../../support/tls.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const h = await startHarness({...options, limits: {lingerMs: 50, ...options.limits}})
  open.push(h)
  return h
}

/** Supports P-384 only, so it requests a retry from a client that offers another share. Echoes. */
async function server(options: TlsOptions = {}): Promise<{readonly port: number}> {
  const s = createServer({cert: CERT, key: KEY, ecdhCurve: 'P-384', ...options})
  const sockets = new Set<Socket>()
  s.on('connection', (socket) => sockets.add(socket))
  s.on('secureConnection', (socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  s.on('tlsClientError', () => undefined)
  await new Promise<void>((done) => s.listen(0, '127.0.0.1', done))
  open.push({
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy()
        s.close(done)
      }),
  })
  return {port: (s.address() as AddressInfo).port}
}

interface Openssl {
  readonly port: number
  /** The output for its one connection, including the extensions of every hello; resolves when it has ended. */
  readonly transcript: Promise<string>
}

/** A server of the most used library, with one host besides the default one. */
async function openssl(): Promise<Openssl> {
  const folder = mkdtempSync(join(tmpdir(), 'hellos-'))
  open.push({close: () => rmSync(folder, {recursive: true, force: true})})
  writeFileSync(join(folder, 'cert'), CERT)
  writeFileSync(join(folder, 'key'), KEY)
  const own = ['-cert', 'cert', '-key', 'key', '-servername', 'evil.test', '-cert2', 'cert', '-key2', 'key']
  const child = spawn(
    'openssl',
    ['s_server', '-accept', '0', '-naccept', '1', '-groups', 'P-384', '-tlsextdebug', ...own],
    {
      cwd: folder,
    },
  )
  open.push({close: () => child.kill()})
  let text = ''
  return await new Promise((ready, fail) => {
    const transcript = new Promise<string>((done) => child.once('close', () => done(text)))
    child.once('error', fail)
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const port = /ACCEPT \S*:(\d+)/.exec(text)?.[1]
      if (port !== undefined) ready({port: Number(port), transcript})
    })
  })
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('later-hellos: no openssl on this machine, its server is not asked')

const share = createECDH('secp384r1')
share.generateKeys()
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const TLS13: readonly (readonly [number, Buffer])[] = [
  [0x0a, Buffer.from('000400180017', 'hex')],
  [0x0d, Buffer.from('00080403080408050806', 'hex')],
  [0x2b, Buffer.from('020304', 'hex')],
]
const withShare = (group: number, key: Buffer): readonly [number, Buffer] => [
  0x33,
  Buffer.concat([u16(key.length + 4), u16(group), u16(key.length), key]),
]
const EARLY_DATA: readonly [number, Buffer] = [0x2a, Buffer.alloc(0)]

/** Offers no share that the server supports. */
const first = (serverName?: string, ...more: (readonly [number, Buffer])[]): Buffer =>
  clientHello({...(serverName === undefined ? {} : {serverName}), extensions: [...TLS13, [0x33, u16(0)], ...more]})
const second = (serverName: string): Buffer =>
  clientHello({serverName, extensions: [...TLS13, withShare(0x18, share.getPublicKey())]})
const record = (type: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3]), u16(payload.length), payload])
const CIPHER_CHANGE = record(20, Buffer.from([1]))

const ATTACKS: Readonly<Record<string, readonly (readonly Buffer[])[]>> = {
  'a second hello with another name': [[first('good.test')], [second('evil.test')]],
  'no name first': [[first()], [second('evil.test')]],
  'both hellos in one packet': [[first('good.test'), second('evil.test')]],
  'a cipher change between them': [[first('good.test')], [CIPHER_CHANGE, second('evil.test')]],
}

async function tunnel(h: Harness, port: number): Promise<RawClient> {
  const c = await RawClient.open(h.port)
  open.push(c)
  c.send(`CONNECT good.test:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await c.until((text) => text.includes('\r\n\r\n'))
  return c
}

/** Sends the parts, waiting for the request to retry before the second. */
async function attack(
  socket: Socket,
  parts: readonly (readonly Buffer[])[],
  responses: () => Promise<unknown>,
): Promise<void> {
  for (const [at, part] of parts.entries()) {
    if (at > 0) await responses()
    socket.write(Buffer.concat(part))
  }
}

const HELLO_RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891', 'hex').toString('latin1')

test.skipIf(!hasOpenssl).each(Object.keys(ATTACKS))(
  '%s, is served by OpenSSL but never reaches it through a tunnel',
  async (name) => {
    const direct = await openssl()
    const socket = tcpConnect(direct.port, '127.0.0.1')
    const retried = new Promise((done) => socket.once('data', done))
    await attack(socket, ATTACKS[name] ?? [], () => retried)
    socket.end()
    expect(await direct.transcript).toContain('evil.test')

    const [h, behind] = [await harness(), await openssl()]
    const c = await tunnel(h, behind.port)
    await attack(c.socket, ATTACKS[name] ?? [], () => c.until((text) => text.includes(HELLO_RETRY)))
    await c.end()
    expect(await behind.transcript).not.toContain('evil.test')
  },
)

test.each(Object.keys(ATTACKS))('%s, through a tunnel, is refused with a receipt', async (name) => {
  const [h, s] = [await harness(), await server()]
  const c = await tunnel(h, s.port)
  await attack(c.socket, ATTACKS[name] ?? [], () => c.until((text) => text.includes(HELLO_RETRY)))
  await c.end()
  await h.observed(1)
  expect(h.commits.map(({decision: {action, cause}}) => [action, cause?.layer, cause?.reason])).toEqual([
    ['allow', undefined, undefined],
    ['block', 'sni_mismatch', 'authority_mismatch'],
  ])
  expect(h.events).toContain('first:mismatch')
})

test.each([
  ['enforced', 'balanced'],
  ['not enforced', 'audit'],
] as const)(
  'a second hello behind skipped early data, %s, continues only where findings are not enforced',
  async (_, mode) => {
    const o = await startRawOrigin(() => undefined)
    open.push(o)
    const h = await harness({mode})
    const c = await tunnel(h, o.port)
    c.send(Buffer.concat([first('good.test', EARLY_DATA), record(23, Buffer.alloc(40, 1)), second('evil.test')]))
    if (mode === 'balanced') await c.end()
    else while (!o.received.join('').includes('evil.test')) await new Promise((done) => setImmediate(done))
    expect(o.received.join('').includes('evil.test')).toBe(mode === 'audit')
    expect(h.events).toContain('first:mismatch')
  },
)

const ORDINARY: Readonly<Record<string, readonly [TlsOptions, ConnectionOptions]>> = {
  'a client that is asked for another share': [{}, {ecdhCurve: 'X25519:P-384'}],
  'a client that sends the right share at once': [{}, {ecdhCurve: 'P-384'}],
  'TLS 1.2': [{maxVersion: 'TLSv1.2'}, {}],
  'TLS 1.2 with a client certificate': [
    {maxVersion: 'TLSv1.2', ecdhCurve: 'P-384:P-256', requestCert: true, rejectUnauthorized: false},
    {cert: CERT, key: KEY},
  ],
  'TLS 1.3 with a client certificate': [
    {requestCert: true, rejectUnauthorized: false},
    {cert: CERT, key: KEY},
  ],
}

test.each(Object.keys(ORDINARY))('%s, passes, also resumed and with much data', async (name) => {
  const [serverOptions = {}, clientOptions = {}] = ORDINARY[name] ?? []
  const [h, s] = [await harness(), await server(serverOptions)]
  const sent = Buffer.alloc(300_000, 'x')
  let session: Buffer | undefined
  for (let round = 0; round < 3; round++) {
    const c = await tunnel(h, s.port)
    const socket = c.detach()
    const tls = tlsConnect({
      socket,
      servername: 'good.test',
      rejectUnauthorized: false,
      ...clientOptions,
      ...(session && {session}),
    })
    tls.on('session', (data: Buffer) => (session = data))
    const got = await new Promise<number>((done, fail) => {
      let bytes = 0
      tls.on('error', fail)
      tls.on('close', () => fail(new Error('closed')))
      tls.on('data', (chunk: Buffer) => (bytes += chunk.length) >= sent.length && done(bytes))
      tls.write(sent)
    })
    expect(got).toBe(sent.length)
    tls.destroy()
    c.close()
  }
  expect(h.commits.every(({decision}) => decision.action === 'allow')).toBe(true)
})
