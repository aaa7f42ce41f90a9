// The other side of the system test: an API, a git server over smart HTTP, a package registry and a TLS origin, all real
// servers on loopback.
import {execFileSync, spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {createServer as createTlsServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'

export interface Origin {
  readonly port: number
  /** `METHOD path` of every request that arrived. */
  readonly received: string[]
  close(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

function started(server: Server, received: string[]): Promise<Origin> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const {port} = server.address() as AddressInfo
      resolve({
        port,
        received: received,
        close: () =>
          new Promise((done) => {
            server.closeAllConnections()
            server.close(() => done())
          }),
      })
    })
  })
}

function serve(handler: Handler): Promise<Origin> {
  const received: string[] = []
  return started(
    createServer((request, response) => {
      received.push(`${request.method} ${request.url}`)
      handler(request, response)
    }),
    received,
  )
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

/** An API as an agent uses it; `/moved` redirects to a host that no contract knows. */
export function apiOrigin(): Promise<Origin> {
  return serve((request, response) => {
    const path = request.url ?? '/'
    if (path === '/moved') {
      response.writeHead(302, {location: 'http://elsewhere.system.test/landing'})
      response.end()
      return
    }
    if (path === '/page') {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end('<html><head><title>A page</title></head><body><p>Plain words on a page.</p></body></html>')
      return
    }
    let size = 0
    request.on('data', (chunk: Buffer) => (size += chunk.length))
    request.on('end', () => json(response, {path, method: request.method, received: size}))
  })
}

/** Keys and certificate of a TLS origin, made with openssl for one test run. */
export function certificate(dir: string, name: string): {readonly key: string; readonly cert: string} {
  const key = join(dir, `${name}.key`)
  const cert = join(dir, `${name}.crt`)
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    ].concat(['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]),
    {stdio: 'ignore'},
  )
  return {key, cert}
}

export function tlsOrigin(files: {readonly key: string; readonly cert: string}): Promise<Origin> {
  const received: string[] = []
  const server = createTlsServer(
    {key: readFileSync(files.key), cert: readFileSync(files.cert)},
    (request, response) => {
      received.push(`${request.method} ${request.url}`)
      json(response, {secure: true, path: request.url})
    },
  )
  return started(server as unknown as Server, received)
}

export interface GitOptions {
  /** Branches with a commit of their own, beside the main one. */
  readonly branches?: number
  readonly onRequest?: (request: IncomingMessage) => void
}

/** A repository with one commit behind `git http-backend`. */
export function gitOrigin(dir: string, {branches = 0, onRequest}: GitOptions = {}): Promise<Origin> {
  const work = join(dir, 'work')
  const root = join(dir, 'git')
  mkdirSync(root, {recursive: true})
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@system.test', ...args], {stdio: 'ignore'})
  }
  git('init', '--quiet', '--initial-branch=main', work)
  writeFileSync(join(work, 'README.md'), '# A repository\n')
  git('-C', work, 'add', '.')
  git('-C', work, 'commit', '--quiet', '-m', 'First')
  let commits = ''
  for (let i = 0; i < branches; i++) {
    commits += `commit refs/heads/topic-${i}\ncommitter Test <test@system.test> ${1_700_000_000 + i} +0000\n`
    commits += `data 1\nx\nM 100644 inline file\ndata 8\n${String(i).padStart(8, '0')}\n`
  }
  if (branches > 0) execFileSync('git', ['-C', work, 'fast-import', '--quiet'], {input: commits})
  git('clone', '--quiet', '--bare', work, join(root, 'project.git'))
  const exec = execFileSync('git', ['--exec-path'], {encoding: 'utf8'}).trim()
  return serve((request, response) => {
    onRequest?.(request)
    const url = new URL(request.url ?? '/', 'http://git')
    const child = spawn(join(exec, 'git-http-backend'), [], {
      env: {
        PATH: process.env['PATH'] ?? '',
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method ?? 'GET',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: request.headers['content-length'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_ADDR: '127.0.0.1',
      },
    })
    request.pipe(child.stdin)
    let pending = Buffer.alloc(0)
    let headDone = false
    child.stdout.on('data', (chunk: Buffer) => {
      if (headDone) {
        response.write(chunk)
        return
      }
      pending = Buffer.concat([pending, chunk])
      const end = pending.indexOf('\r\n\r\n')
      if (end < 0) return
      headDone = true
      for (const line of pending.toString('latin1', 0, end).split('\r\n')) {
        const colon = line.indexOf(':')
        const name = line.slice(0, colon)
        const value = line.slice(colon + 1).trim()
        if (name.toLowerCase() === 'status') response.statusCode = Number(value.slice(0, 3))
        else response.setHeader(name, value)
      }
      response.write(pending.subarray(end + 4))
    })
    child.on('close', () => response.end())
  })
}

/** A registry that has the one package `small-package`, made here. */
export function registryOrigin(dir: string, publicHost: string): Promise<Origin> {
  const source = join(dir, 'registry')
  mkdirSync(join(source, 'package'), {recursive: true})
  writeFileSync(
    join(source, 'package', 'package.json'),
    JSON.stringify({name: 'small-package', version: '1.0.0', main: 'index.js'}),
  )
  writeFileSync(join(source, 'package', 'index.js'), 'module.exports = 42\n')
  const archive = join(source, 'small-package-1.0.0.tgz')
  execFileSync('tar', ['-czf', archive, '-C', source, 'package'])
  const tarball = readFileSync(archive)
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  return serve((request, response) => {
    const path = (request.url ?? '/').split('?')[0]
    if (path === '/small-package') {
      const host = `${publicHost}:${request.socket.localPort}`
      const dist = {tarball: `http://${host}/small-package/-/small-package-1.0.0.tgz`, integrity}
      json(response, {
        name: 'small-package',
        'dist-tags': {latest: '1.0.0'},
        versions: {'1.0.0': {name: 'small-package', version: '1.0.0', dist}},
      })
      return
    }
    if (path === '/small-package/-/small-package-1.0.0.tgz') {
      response.setHeader('content-type', 'application/octet-stream')
      response.end(tarball)
      return
    }
    response.statusCode = 404
    response.end()
  })
}
