// gRPC through a tunnel and inside an opened one: calls of the official client for Python get what a direct connection gives
// them, with metadata, trailers, statuses and a conversation in which each side waits for the other.
import {execFile, execFileSync, spawn, type ChildProcess} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {mixed} from '../../support/credentials.js'
import {BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {certificateOf, testAuthority} from '../../support/interception.js'

const HOST = 'origin.example'
/** Where Debian installs its packages. */
const PYTHON = '/usr/bin/python3'
const TOKEN = `gh${'p_'}${mixed(36)}`

/** Arguments: certificate and key. Prints its port, and ends with its input. */
const SERVER = `
import sys, grpc
from concurrent import futures

def unary(request, context):
    context.set_trailing_metadata((('x-length', str(len(request))),))
    return request

def fail(request, context):
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, 'not like this')

def count(request, context):
    for i in range(int(request)):
        yield b'number %d' % i

def talk(requests, context):
    for request in requests:
        yield b'heard ' + request

class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        return {
            '/t.Echo/Unary': grpc.unary_unary_rpc_method_handler(unary),
            '/t.Echo/Fail': grpc.unary_unary_rpc_method_handler(fail),
            '/t.Echo/Count': grpc.unary_stream_rpc_method_handler(count),
            '/t.Echo/Talk': grpc.stream_stream_rpc_method_handler(talk),
        }.get(details.method)

certificate, key = open(sys.argv[1], 'rb').read(), open(sys.argv[2], 'rb').read()
server = grpc.server(futures.ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((Handler(),))
port = server.add_secure_port('127.0.0.1:0', grpc.ssl_server_credentials(((key, certificate),)))
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(0)
`

/** Arguments: address, authority, and a text to send. Prints a line for each call. */
const CLIENT = `
import queue, sys, grpc
address, ca, text = sys.argv[1:]
options = [('grpc.ssl_target_name_override', '${HOST}')] if address.startswith('127') else []
channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(open(ca, 'rb').read()), options)

def call(name, run):
    try:
        print(name, run())
    except grpc.RpcError as error:
        print(name, error.code(), error.details())

def unary():
    reply, done = channel.unary_unary('/t.Echo/Unary').with_call(text.encode(), metadata=(('x-note', 'spring'),), timeout=20)
    return len(reply), dict(done.trailing_metadata()).get('x-length')

def talk():
    words, heard = queue.Queue(), []
    replies = channel.stream_stream('/t.Echo/Talk')(iter(words.get, None), timeout=20)
    for word in (b'rake', b'spade', b'hoe'):
        words.put(word)
        heard.append(next(replies))
    words.put(None)
    return heard + list(replies)

call('unary', unary)
call('large', lambda: len(channel.unary_unary('/t.Echo/Unary')(b'garden ' * 200000, timeout=20)))
call('fail', lambda: channel.unary_unary('/t.Echo/Fail')(b'', timeout=20))
call('missing', lambda: channel.unary_unary('/t.Echo/Missing')(b'', timeout=20))
call('count', lambda: list(channel.unary_stream('/t.Echo/Count')(b'3', timeout=20)))
call('talk', talk)
`

/** A conversation cannot be held until it is complete. */
const ROUTES = `
routes:
  - name: talks
    match: {hosts: [${HOST}], methods: [POST], path: {exact: /t.Echo/Talk}, media_types: [application/grpc]}
    requests: {body: stream}
    responses: {body: stream}
    owner: tests
    reason: each side waits for the other
`

function isInstalled(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import grpc'], {stdio: 'ignore'})
    return true
  } catch {
    console.log('python3-grpcio is not installed: the rows of gRPC are left out')
    return false
  }
}

describe.skipIf(!isInstalled())('gRPC', () => {
  const folder = mkdtempSync(join(tmpdir(), 'grpc-'))
  const path = (name: string): string => join(folder, name)
  let server: ChildProcess
  let port = 0
  let closed: TestFirewall
  let opened: TestFirewall

  beforeAll(async () => {
    const [clients, origins] = await Promise.all([testAuthority(), testAuthority()])
    const {cert, key} = await certificateOf(HOST, origins)
    for (const [name, text] of Object.entries({cert, key, origins: origins.certificate, clients: clients.certificate}))
      writeFileSync(path(`${name}.pem`), text, {mode: 0o600})
    server = spawn(PYTHON, ['-c', SERVER, path('cert.pem'), path('key.pem')], {stdio: ['pipe', 'pipe', 'inherit']})
    port = await new Promise<number>((done, fail) => {
      server.once('error', fail)
      server.once('exit', () => fail(new Error('the server ended')))
      server.stdout?.once('data', (line: Buffer) => done(Number(line.toString())))
    })
    const transport = {ca: [origins.certificate]}
    const text = `${BASE}${ROUTES}response_scanning: {action: block}\n`
    closed = await startFirewall(text, {transport})
    opened = await startFirewall(`${text}tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n`, {
      transport,
      files: {'ca.pem': clients.certificate, 'ca-key.pem': clients.key},
    })
  })
  afterAll(async () => {
    await Promise.all([closed.close(), opened.close()])
    server.stdin?.end()
    rmSync(folder, {recursive: true, force: true})
  })

  const call = (address: string, ca: string, text: string, through?: TestFirewall): Promise<string> =>
    new Promise((done) => {
      const proxy = through && `http://127.0.0.1:${through.firewall.addresses().main.port}`
      const env = {PATH: process.env['PATH'] ?? '', ...(proxy !== undefined && {grpc_proxy: proxy})}
      execFile(PYTHON, ['-c', CLIENT, address, path(ca), text], {env, timeout: 50_000}, (_error, out, errors) =>
        done(`${out}${out === '' ? errors : ''}`),
      )
    })

  test('calls through a tunnel, and inside an opened one, as over a direct connection', async () => {
    const direct = await call(`127.0.0.1:${port}`, 'origins.pem', 'spring garden')
    expect(direct.split('\n')).toEqual([
      "unary (13, '13')",
      'large 1400000',
      'fail StatusCode.FAILED_PRECONDITION not like this',
      'missing StatusCode.UNIMPLEMENTED Method not found!',
      "count [b'number 0', b'number 1', b'number 2']",
      "talk [b'heard rake', b'heard spade', b'heard hoe']",
      '',
    ])
    expect(await call(`${HOST}:${port}`, 'origins.pem', 'spring garden', closed)).toBe(direct)
    expect(await call(`${HOST}:${port}`, 'clients.pem', 'spring garden', opened)).toBe(direct)
  })

  test('a credential in a message is refused, and the next calls are served', async () => {
    const calls = await call(`${HOST}:${port}`, 'clients.pem', TOKEN, opened)
    expect(calls).toMatch(/^unary StatusCode.PERMISSION_DENIED /)
    expect(calls).toContain('large 1400000\n')
    expect(calls).not.toContain(TOKEN)
    const blocked = (): boolean =>
      opened.log().some(({event, scanner}) => event === 'blocked' && scanner === 'body_dlp')
    await expect.poll(blocked).toBe(true)
  })
})
