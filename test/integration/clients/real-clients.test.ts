// What people really send: clients of this machine work through the forward proxy, through tunnels and inside opened tunnels, and
// get what they get without a proxy, byte for byte. A client that is not installed is left out with a message.
import {execFile, execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer as createPlainServer, type RequestListener} from 'node:http'
import {createServer as createSecureServer} from 'node:https'
import type {AddressInfo, Server, Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {TLSSocket} from 'node:tls'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {certificateOf, testAuthority} from '../../support/interception.js'

const HOST = 'origin.example'
const folder = mkdtempSync(join(tmpdir(), 'clients-'))
const path = (name: string): string => join(folder, name)
/** No text in any character set, and long enough for many records of TLS. */
const FILE = Buffer.concat(Array.from({length: 40_000}, (_, i) => createHash('sha1').update(String(i)).digest()))
const LINES = Array.from({length: 4_000}, (_, i) => `line ${i} of a report about garden tools\n`).join('')

/** Every way of framing a response, and uploads that come back as their digest. */
const listener: RequestListener = (req, res) => {
  const {pathname, searchParams} = new URL(req.url ?? '/', 'http://origin')
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => {
    const body = Buffer.concat(parts)
    if (pathname.startsWith('/repository.git/')) return serveGit(pathname, searchParams, body, req, res)
    if (pathname.startsWith('/registry/')) return serveRegistry(pathname, req.headers.host ?? '', req.socket, res)
    switch (pathname) {
      case '/file.bin':
        res.setHeader('Content-Type', 'application/octet-stream')
        res.setHeader('Accept-Ranges', 'bytes')
        return respondRange(req.headers.range, res)
      case '/chunked':
        res.setHeader('Content-Type', 'text/plain')
        for (let at = 0; at < LINES.length; at += 1000) res.write(LINES.slice(at, at + 1000))
        return res.end()
      case '/moved':
        res.writeHead(302, {Location: '/chunked', 'Set-Cookie': 'seen=1'})
        return res.end()
      case '/missing':
        return res.writeHead(404, {'Content-Type': 'text/plain'}).end('not here')
      case '/empty':
        return res.writeHead(204).end()
      default:
        res.setHeader('Content-Type', 'application/json')
        return res.end(
          JSON.stringify({
            method: req.method,
            url: req.url,
            host: req.headers.host?.replace(/:\d+$/, ''),
            cookie: req.headers.cookie,
            length: body.length,
            sha1: createHash('sha1').update(body).digest('hex'),
          }),
        )
    }
  })
}

function respondRange(range: string | undefined, res: Parameters<RequestListener>[1]): void {
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  if (from === '') return void res.end(FILE)
  const part = FILE.subarray(Number(from), to === '' ? FILE.length : Number(to) + 1)
  res.writeHead(206, {
    'Content-Range': `bytes ${from}-${Number(from) + part.length - 1}/${FILE.length}`,
    'Content-Length': part.length,
  })
  res.end(part)
}

/** The smart protocol of Git over HTTP, by git itself. */
function serveGit(
  pathname: string,
  query: URLSearchParams,
  body: Buffer,
  req: Parameters<RequestListener>[0],
  res: Parameters<RequestListener>[1],
): void {
  const child = execFile('git', ['http-backend'], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.receivepack',
      GIT_CONFIG_VALUE_0: 'true',
      PATH_INFO: pathname,
      QUERY_STRING: query.toString(),
      REQUEST_METHOD: req.method ?? '',
      CONTENT_TYPE: req.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: req.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: req.headers['git-protocol']?.toString() ?? '',
    },
  })
  const out: Buffer[] = []
  child.stdout?.on('data', (part: Buffer) => out.push(Buffer.from(part)))
  // it may end before it has read a body that it does not need
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(body)
  child.on('close', () => {
    const all = Buffer.concat(out)
    const end = all.indexOf('\r\n\r\n')
    for (const line of all.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/)
      if (name === 'Status') res.statusCode = Number.parseInt(value)
      else res.setHeader(name, value)
    }
    res.end(all.subarray(end + 4))
  })
}

/** A registry with one package, whose archive is longer than any other response here. */
function serveRegistry(pathname: string, host: string, socket: Socket, res: Parameters<RequestListener>[1]): void {
  if (pathname.endsWith('.tgz')) {
    res.setHeader('Content-Type', 'application/octet-stream')
    return void res.end(readFileSync(path('tools-1.0.0.tgz')))
  }
  const archive = readFileSync(path('tools-1.0.0.tgz'))
  const scheme = socket instanceof TLSSocket ? 'https' : 'http'
  const dist = {
    tarball: `${scheme}://${host}/registry/tools/-/tools-1.0.0.tgz`,
    integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
  }
  res.setHeader('Content-Type', 'application/vnd.npm.install-v1+json')
  res.end(
    JSON.stringify({
      name: 'tools',
      'dist-tags': {latest: '1.0.0'},
      versions: {'1.0.0': {name: 'tools', version: '1.0.0', dist}},
    }),
  )
}

/** Archives and packs over the limits stream; everything else of the same hosts is scanned. */
const ROUTES = `
routes:
  - name: archives
    match: {hosts: [${HOST}], methods: [GET], path: {template: "/registry/{package}/-/{file}"}}
    responses: {stream_types: [application/octet-stream]}
    owner: tests
    reason: packages over the limit
  - name: clones
    match: {hosts: [${HOST}], methods: [POST], path: {template: "/{repository}/git-upload-pack"}}
    responses: {stream_types: [application/x-git-upload-pack-result]}
    owner: tests
    reason: clones over the limit
  - name: packs
    match:
      hosts: [${HOST}]
      methods: [POST]
      path: {template: "/{repository}/git-receive-pack"}
      media_types: [application/x-git-receive-pack-request]
    requests: {body: stream}
    owner: tests
    reason: pushes over the limit
`

const MODES = ['forward', 'tunnel', 'opened'] as const
type Mode = (typeof MODES)[number]

const firewalls: Partial<Record<Mode, TestFirewall>> = {}
const servers: Server[] = []
let plainPort = 0
let securePort = 0

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  const [clients, origins] = await Promise.all([testAuthority(), testAuthority()])
  const identity = await certificateOf(HOST, origins)
  plainPort = await listen(createPlainServer(listener))
  securePort = await listen(createSecureServer({...identity, ALPNProtocols: ['http/1.1', 'http/1.0']}, listener))
  writeFileSync(path('file.bin'), FILE)
  // what a client trusts: the origin's authority in closed tunnels, and Pipelock's in opened ones
  writeFileSync(path('direct.pem'), origins.certificate)
  writeFileSync(path('opened.pem'), clients.certificate)
  const files = {'ca.pem': clients.certificate, 'ca-key.pem': clients.key}
  const transport = {ca: [origins.certificate]}
  const text = `${BASE}${ROUTES}
response_scanning: {action: block}
request_body_scanning: {content_entropy_enabled: false}
`
  firewalls.tunnel = await startFirewall(text, {transport})
  firewalls.forward = firewalls.tunnel
  firewalls.opened = await startFirewall(
    `${text}tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n`,
    {files, transport},
  )
})
afterAll(async () => {
  await Promise.all([firewalls.tunnel?.close(), firewalls.opened?.close()])
  for (const server of servers) server.close()
  rmSync(folder, {recursive: true, force: true})
})

interface Where {
  /** Of the origin, without a final slash. */
  readonly url: string
  readonly proxy: string | undefined
  readonly ca: string
}

function where(mode: Mode, through: boolean): Where {
  const port = firewalls[mode]?.firewall.addresses().main.port ?? 0
  const proxy = through ? `http://127.0.0.1:${port}` : undefined
  const name = through ? HOST : 'localhost'
  return mode === 'forward'
    ? {url: `http://${through ? HOST : '127.0.0.1'}:${plainPort}`, proxy, ca: path('direct.pem')}
    : {
        url: `https://${name}:${securePort}`,
        proxy,
        ca: path(through && mode === 'opened' ? 'opened.pem' : 'direct.pem'),
      }
}

interface Run {
  readonly status: number
  readonly output: Buffer
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      {cwd: folder, encoding: 'buffer', maxBuffer: 1 << 28, timeout: 50_000, env: {...CLEAN, ...env}},
      (error, output, errors) => {
        const status = error ? (typeof error.code === 'number' ? error.code : -1) : 0
        resolve({status, output: status === 0 ? output : Buffer.concat([output, errors])})
      },
    )
  })
}

/** Nothing of the machine's own settings for proxies, authorities or Git. */
const CLEAN = {
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Dev',
  GIT_AUTHOR_EMAIL: 'dev@example.test',
  GIT_COMMITTER_NAME: 'Dev',
  GIT_COMMITTER_EMAIL: 'dev@example.test',
}

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ['--version'], {stdio: 'ignore'})
    return true
  } catch {
    console.log(`${command} is not installed: its rows are left out`)
    return false
  }
}

/** The direct connection resolves the host as the firewall does. */
const curl = ({proxy, ca}: Where, ...args: readonly string[]): Promise<Run> =>
  run('curl', [
    ...['--silent', '--show-error', '--cacert', ca],
    ...(proxy === undefined
      ? ['--connect-to', `localhost:${securePort}:127.0.0.1:${securePort}`, '--noproxy', '*']
      : ['--proxy', proxy]),
    ...args,
  ])

const BINARY = 'Content-Type: application/octet-stream'

const CURL: Readonly<Record<string, (w: Where) => readonly string[]>> = {
  'a page': ({url}) => [`${url}/chunked`],
  'a file': ({url}) => [`${url}/file.bin`],
  'HTTP/1.0': ({url}) => ['--http1.0', `${url}/chunked`],
  'HTTP/1.1': ({url}) => ['--http1.1', `${url}/chunked`],
  'an offer of HTTP/2': ({url}) => ['--http2', `${url}/chunked`],
  'an upload over HTTP/2': ({url}) => ['--http2', '--header', BINARY, '--data-binary', '@file.bin', `${url}/echo`],
  HEAD: ({url}) => ['--head', '--output', '/dev/null', '--write-out', '%{http_code}', `${url}/file.bin`],
  'a redirect with a cookie': ({url}) => ['--location', '--cookie-jar', '/dev/null', `${url}/moved`],
  'a status of an error': ({url}) => ['--write-out', '%{http_code}', `${url}/missing`],
  'no content': ({url}) => ['--write-out', '%{http_code}', `${url}/empty`],
  'a range': ({url}) => ['--range', '1000-1999', `${url}/file.bin`],
  'a form': ({url}) => ['--data', 'name=garden&tool=rake', `${url}/echo?form=1`],
  'an upload with Expect': ({url}) => ['--header', 'Expect: 100-continue', '--upload-file', 'file.bin', `${url}/echo`],
  'a chunked upload': ({url}) => [
    ...['--header', 'Transfer-Encoding: chunked', '--header', BINARY, '--data-binary', '@file.bin', `${url}/echo`],
  ],
  'several requests on one connection': ({url}) => [`${url}/echo?1`, `${url}/echo?2`, `${url}/file.bin`],
}

describe.skipIf(!isInstalled('curl'))('curl', () => {
  describe.each(MODES)('%s', (mode) => {
    test.each(Object.entries(CURL))('%s', async (_, args) => {
      const through = where(mode, true)
      const direct: Where = {...through, proxy: undefined, ca: path('direct.pem')}
      const resolve = ['--resolve', `${HOST}:${plainPort}:127.0.0.1`, '--resolve', `${HOST}:${securePort}:127.0.0.1`]
      const expected = await curl(direct, ...resolve, ...args(direct))
      const result = await curl(through, ...args(through))
      expect([result.status, expected.status], result.output.toString('latin1', 0, 300)).toEqual([0, 0])
      expect(result.output.equals(expected.output)).toBe(true)
    })
  })

  test('HTTP/2 in a tunnel that is opened, where curl was built with it', async () => {
    const w = where('opened', true)
    const {output} = await curl(w, '--output', '/dev/null', '--write-out', '%{http_version}', `${w.url}/chunked`)
    const version = execFileSync('curl', ['--version'], {encoding: 'utf8'})
    expect(output.toString()).toBe(version.includes('HTTP2') ? '2' : '1.1')
  })

  test.each(MODES)('a resumed download, %s', async (mode) => {
    const w = where(mode, true)
    const target = path(`resumed-${mode}`)
    writeFileSync(target, FILE.subarray(0, 300_000))
    const result = await curl(w, '--continue-at', '-', '--output', target, `${w.url}/file.bin`)
    expect([result.status, readFileSync(target).equals(FILE)], result.output.toString()).toEqual([0, true])
  })
})

describe.skipIf(!isInstalled('wget'))('wget', () => {
  test.each(MODES)('a file, %s', async (mode) => {
    const {url, proxy = '', ca} = where(mode, true)
    const args = ['--quiet', '--output-document=-', `--ca-certificate=${ca}`, `${url}/file.bin`]
    const result = await run('wget', args, {http_proxy: proxy, https_proxy: proxy})
    expect([result.status, result.output.equals(FILE)]).toEqual([0, true])
  })
})

/** Longer than 5 MB when packed, since nothing in it repeats. */
const UNREPEATED = Buffer.concat(Array.from({length: 265_000}, (_, i) => createHash('sha1').update(`n${i}`).digest()))

describe.skipIf(!isInstalled('git'))('git', () => {
  beforeAll(async () => {
    const git = async (...args: readonly string[]): Promise<void> => {
      const {status, output} = await run('git', args)
      if (status !== 0) throw new Error(output.toString())
    }
    await git('init', '--quiet', '--initial-branch=main', 'source')
    mkdirSync(path('source/src'))
    for (let i = 0; i < 40; i++) {
      writeFileSync(path(`source/src/part${i}.txt`), LINES.slice(i * 100, i * 100 + 4000))
      await git('-C', 'source', 'add', '.')
      await git('-C', 'source', 'commit', '--quiet', '--message', `add part ${i}`)
    }
    for (let i = 0; i < 300; i++) await git('-C', 'source', 'tag', `v0.${i}`, `HEAD~${i % 40}`)
    await git('clone', '--quiet', '--bare', 'source', 'repository.git')
  })

  test.each(MODES)('clone, push and fetch, %s', async (mode) => {
    const {url, proxy = '', ca} = where(mode, true)
    const env = {http_proxy: proxy, https_proxy: proxy, GIT_SSL_CAINFO: ca}
    const copy = `copy-${mode}`
    const git = async (...args: readonly string[]): Promise<string> => {
      const {status, output} = await run('git', args, env)
      expect(status, output.toString()).toBe(0)
      return output.toString().trim()
    }
    await git('clone', '--quiet', `${url}/repository.git`, copy)
    expect((await git('-C', copy, 'tag')).split('\n')).toHaveLength(300)
    expect(readFileSync(path(`${copy}/src/part7.txt`))).toEqual(readFileSync(path('source/src/part7.txt')))
    writeFileSync(path(`${copy}/${mode}.txt`), LINES)
    // longer than any inspected body
    writeFileSync(path(`${copy}/${mode}.bin`), UNREPEATED)
    await git('-C', copy, 'add', '.')
    await git('-C', copy, 'commit', '--quiet', '--message', `work through ${mode}`)
    await git('-C', copy, 'push', '--quiet', 'origin', `HEAD:refs/heads/${mode}`)
    await git('-C', copy, 'fetch', '--quiet', 'origin', `${mode}:fetched`)
    expect(await git('-C', copy, 'rev-parse', 'fetched')).toBe(await git('-C', copy, 'rev-parse', 'HEAD'))
    expect(await git('--git-dir', 'repository.git', 'show', `${mode}:${mode}.txt`)).toBe(LINES.trim())
  })
})

const PYTHON = `
import sys, urllib.request, ssl
url, ca = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler(), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
sys.stdout.buffer.write(opener.open(url + '/file.bin').read())
sys.stdout.buffer.write(opener.open(urllib.request.Request(url + '/echo', open('file.bin', 'rb').read(), {'Content-Type': 'application/octet-stream'})).read())
`

describe.skipIf(!isInstalled('python3'))('the HTTP client of Python', () => {
  test.each(MODES)('a download and an upload, %s', async (mode) => {
    const {url, proxy = '', ca} = where(mode, true)
    const result = await run('python3', ['-c', PYTHON, url, ca], {http_proxy: proxy, https_proxy: proxy})
    expect(result.status, result.output.toString('latin1', 0, 2000)).toBe(0)
    expect(result.output.subarray(0, FILE.length).equals(FILE)).toBe(true)
    const echoed = JSON.parse(result.output.subarray(FILE.length).toString()) as object
    const sha1 = createHash('sha1').update(FILE).digest('hex')
    expect(echoed).toMatchObject({method: 'POST', length: FILE.length, sha1})
  })
})

const UNDICI = `
const {ProxyAgent, fetch} = require(process.argv[3])
const {readFileSync} = require('node:fs')
const [url, proxy] = [process.argv[1], process.argv[2]]
const dispatcher = new ProxyAgent(proxy)
;(async () => {
  const out = [Buffer.from(await (await fetch(url + '/file.bin', {dispatcher})).arrayBuffer())]
  const sent = await fetch(url + '/echo', {dispatcher, method: 'POST', body: readFileSync('file.bin')})
  process.stdout.write(Buffer.concat([...out, Buffer.from(await sent.arrayBuffer())]))
  await dispatcher.close()
})()
`

test.each(MODES)('fetch of undici: a download and an upload, %s', async (mode) => {
  const {url, proxy = '', ca} = where(mode, true)
  const undici = new URL('../../../node_modules/undici/index.js', import.meta.url).pathname
  expect(existsSync(undici)).toBe(true)
  const result = await run(process.execPath, ['-e', UNDICI, url, proxy, undici], {NODE_EXTRA_CA_CERTS: ca})
  expect(result.status, result.output.toString('latin1', 0, 2000)).toBe(0)
  expect(result.output.subarray(0, FILE.length).equals(FILE)).toBe(true)
  expect(JSON.parse(result.output.subarray(FILE.length).toString())).toMatchObject({length: FILE.length})
})

describe.skipIf(!isInstalled('npm'))('npm', () => {
  beforeAll(async () => {
    mkdirSync(path('package'))
    writeFileSync(path('package/package.json'), JSON.stringify({name: 'tools', version: '1.0.0'}))
    writeFileSync(path('package/data.bin'), UNREPEATED)
    const {status, output} = await run('tar', ['-czf', 'tools-1.0.0.tgz', 'package'])
    expect([status, output.toString()]).toEqual([0, ''])
    expect(readFileSync(path('tools-1.0.0.tgz')).length).toBeGreaterThan(5_242_880)
  })

  test.each(MODES)('a package of more than 5 MB, %s', async (mode) => {
    const {url, proxy = '', ca} = where(mode, true)
    const project = path(`project-${mode}`)
    mkdirSync(project)
    const result = await run(
      'npm',
      [
        ...['install', 'tools@1.0.0', `--prefix=${project}`, `--registry=${url}/registry/`, `--cache=${project}/cache`],
        ...[`--proxy=${proxy}`, `--https-proxy=${proxy}`, '--fetch-retries=0', '--ignore-scripts'],
        ...['--no-audit', '--no-fund', '--no-update-notifier'],
      ],
      {NODE_EXTRA_CA_CERTS: ca},
    )
    expect(result.status, result.output.toString()).toBe(0)
    expect(readFileSync(join(project, 'node_modules/tools/data.bin')).equals(UNREPEATED)).toBe(true)
  })
})

/** Offers HTTP/2 wherever it can. Arguments: port of the proxy, address of the origin, file of the authority. */
const JAVA = `
import java.io.FileInputStream;
import java.net.*;
import java.net.http.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import javax.net.ssl.*;

public class Client {
  public static void main(String[] args) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(args[2])));
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    HttpClient client = HttpClient.newBuilder()
        .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0]))))
        .sslContext(tls).version(HttpClient.Version.HTTP_2).followRedirects(HttpClient.Redirect.NORMAL).build();
    HttpResponse<byte[]> file = client.send(HttpRequest.newBuilder(URI.create(args[1] + "/file.bin")).build(), HttpResponse.BodyHandlers.ofByteArray());
    System.out.println(file.statusCode() + " " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(file.body())));
    HttpResponse<String> sent = client.send(HttpRequest.newBuilder(URI.create(args[1] + "/echo"))
        .header("Content-Type", "application/octet-stream")
        .POST(HttpRequest.BodyPublishers.ofFile(Path.of("file.bin"))).build(), HttpResponse.BodyHandlers.ofString());
    System.out.println(sent.body());
    HttpResponse<String> moved = client.send(HttpRequest.newBuilder(URI.create(args[1] + "/moved")).build(), HttpResponse.BodyHandlers.ofString());
    System.out.println(moved.statusCode() + " " + moved.body().length());
  }
}
`

describe.skipIf(!isInstalled('javac'))('the HTTP client of Java', () => {
  beforeAll(async () => {
    writeFileSync(path('Client.java'), JAVA)
    const {status, output} = await run('javac', ['Client.java'])
    expect(status, output.toString()).toBe(0)
  })

  test.each(MODES)('a download, an upload and a redirect, %s', async (mode) => {
    const {url, proxy = '', ca} = where(mode, true)
    const result = await run('java', ['-XX:TieredStopAtLevel=1', 'Client', new URL(proxy).port, url, ca])
    expect(result.status, result.output.toString()).toBe(0)
    const sha1 = createHash('sha1').update(FILE).digest('hex')
    const [file, echoed = '', moved] = result.output.toString().trim().split('\n')
    expect(file).toBe(`200 ${sha1}`)
    expect(JSON.parse(echoed)).toMatchObject({method: 'POST', length: FILE.length, sha1})
    expect(moved).toBe(`200 ${LINES.length}`)
  })
})
