// Web servers of Debian as origins: nginx and Apache, each with a configuration and a log of its own on free ports of loopback.
// Both are told to be lenient, so that a request smuggled into a connection would be served and logged, not refused. What they
// understood is in their access log: one line for each request, with its body as they removed its framing.
import {execFileSync, spawn, type ChildProcess} from 'node:child_process'
import {chmodSync, closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, watch, writeFileSync} from 'node:fs'
import {createServer as createHttpServer} from 'node:http'
import {join} from 'node:path'
import {freePorts} from './free-port.js'

export const PACKAGED = ['nginx', 'apache2'] as const
export type Packaged = (typeof PACKAGED)[number]

/** One request as the server understood it. */
export interface LoggedRequest {
  /** The request line as received. */
  readonly line: string
  /** Of the response; 200 for a complete request. */
  readonly status: number
  /** Value of `X-Marker`, which the response repeats in `X-Echo-Marker`. */
  readonly marker: string
  readonly host: string
  readonly body: Buffer
}

export interface PackagedOrigin {
  readonly port: number
  readonly securePort: number
  /** Requests so far, in the order in which they were logged: later than their responses, so those of two connections may change places. */
  requests(): readonly LoggedRequest[]
  /** Waits for the request with this marker. */
  logged(marker: string): Promise<void>
  close(): Promise<void>
}

export interface Identity {
  readonly cert: string
  readonly key: string
}

/** False, with a message, where the package is not installed. */
export function isPackaged(name: Packaged): boolean {
  try {
    execFileSync(name, ['-v'], {stdio: 'ignore', env: ENV})
    return true
  } catch {
    console.log(`${name} is not installed: its rows are left out`)
    return false
  }
}

/** Servers are installed where only the administrator's path leads. */
const ENV = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`}

interface Places {
  readonly folder: string
  readonly port: number
  readonly securePort: number
  /** Socket of the application behind the server. */
  readonly inner: string
  readonly hasRoot: boolean
}

const COMMANDS: Readonly<
  Record<Packaged, {readonly args: readonly string[]; readonly config: (places: Places) => string}>
> = {
  nginx: {
    args: ['-c'],
    config: ({folder, port, securePort, inner, hasRoot}) => `
      daemon off;
      worker_processes 1;
      pid ${folder}/pid;
      error_log ${folder}/error.log;
      ${hasRoot ? 'user root;' : ''}
      events { worker_connections 512; }
      http {
        log_format one '$request\\t$status\\t$http_x_marker\\t$http_host\\t$upstream_http_x_body';
        access_log ${folder}/access.log one;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
        keepalive_timeout 60;
        keepalive_requests 100000;
        client_body_buffer_size 256k;
        proxy_buffer_size 64k;
        proxy_buffers 8 64k;
        proxy_busy_buffers_size 128k;
        ignore_invalid_headers off;
        underscores_in_headers on;
        merge_slashes off;
        server {
          listen 127.0.0.1:${port} default_server;
          listen 127.0.0.1:${securePort} ssl;
          ssl_certificate ${folder}/cert.pem;
          ssl_certificate_key ${folder}/key.pem;
          location / {
            proxy_pass http://unix:${inner};
            add_header X-Echo-Marker $http_x_marker always;
          }
        }
      }`,
  },
  apache2: {
    args: ['-DFOREGROUND', '-f'],
    config: ({folder, port, securePort, inner, hasRoot}) => `
      ServerRoot ${folder}
      ServerName origin.example
      PidFile ${folder}/pid
      ErrorLog ${folder}/error.log
      Mutex file:${folder}
      ${hasRoot ? 'User www-data\nGroup www-data' : ''}
      ${['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http', 'env', 'ssl']
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
        .join('\n')}
      StartServers 1
      ServerLimit 1
      ThreadsPerChild 64
      MaxRequestWorkers 64
      HttpProtocolOptions Unsafe LenientMethods Allow0.9
      KeepAlive On
      KeepAliveTimeout 60
      MaxKeepAliveRequests 0
      LimitRequestFieldSize 65536
      SetEnv proxy-sendcl 1
      ProxyPass / unix:${inner}|http://inner/
      Header always set X-Echo-Marker expr=%{HTTP:X-Marker}
      LogFormat "%r\\t%>s\\t%{X-Marker}i\\t%{Host}i\\t%{X-Body}o" one
      CustomLog ${folder}/access.log one
      Listen 127.0.0.1:${port}
      Listen 127.0.0.1:${securePort}
      <VirtualHost 127.0.0.1:${securePort}>
        SSLEngine on
        SSLCertificateFile ${folder}/cert.pem
        SSLCertificateKeyFile ${folder}/key.pem
      </VirtualHost>`,
  },
}

export async function startPackagedOrigin(name: Packaged, {cert, key}: Identity): Promise<PackagedOrigin> {
  // not where the tests keep their files: the workers of Apache, which are not root, go in and out
  const folder = mkdtempSync('/tmp/packaged-origin-')
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key, {mode: 0o600})
  writeFileSync(join(folder, 'access.log'), '')
  const inner = join(folder, 'inner.sock')
  const application = startApplication()
  await new Promise<void>((done) => application.listen(inner, done))
  chmodSync(inner, 0o777)
  const stop = async (): Promise<void> => {
    await new Promise<void>((done) => {
      application.close(() => done())
      application.closeAllConnections()
    })
    rmSync(folder, {recursive: true, force: true})
  }
  try {
    const {process: server, ...ports} = await launch(name, {folder, inner})
    const log = openLog(join(folder, 'access.log'))
    const logged = (marker: string): boolean => log.read().some((one) => one.marker === marker)
    return {
      ...ports,
      requests: () => log.read(),
      logged: (marker) => when(folder, () => logged(marker)),
      async close() {
        log.close()
        await ended(server)
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Tells the server in front of it which body it received; `/events` is a stream without a length. */
function startApplication(): ReturnType<typeof createHttpServer> {
  return createHttpServer((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      res.setHeader('X-Body', Buffer.concat(parts).toString('hex'))
      const streams = req.url?.endsWith('/events') ?? false
      res.setHeader('Content-Type', streams ? 'text/event-stream' : 'text/plain')
      if (streams) res.write('data: ok\n\n')
      res.end(streams ? '' : 'ok')
    })
  })
}

/** Another program may take a port between its choice and its use. */
const ATTEMPTS = 4

async function launch(
  name: Packaged,
  {folder, inner}: Pick<Places, 'folder' | 'inner'>,
): Promise<{readonly process: ChildProcess; readonly port: number; readonly securePort: number}> {
  const {args, config} = COMMANDS[name]
  const hasRoot = process.getuid?.() === 0
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [port, securePort] = await freePorts()
    const file = join(folder, 'server.conf')
    writeFileSync(file, config({folder, port, securePort, inner, hasRoot}))
    const server = spawn(name, [...args, file], {stdio: ['ignore', 'ignore', 'pipe'], env: ENV})
    let errors = ''
    server.stderr.on('data', (part: Buffer) => (errors += part.toString()))
    const failed = new Promise<'failed'>((resolve) => {
      server.once('error', () => resolve('failed'))
      server.once('exit', () => resolve('failed'))
    })
    // both write it once they listen
    const waiting = new AbortController()
    const started = when(folder, () => existsSync(join(folder, 'pid')), waiting.signal).then(() => 'started' as const)
    const outcome = await Promise.race([failed, started])
    waiting.abort()
    if (outcome === 'started') return {process: server, port, securePort}
    if (!/in use/i.test(errors)) throw new Error(`${name} did not start: ${errors}`)
  }
  throw new Error(`${name} found no free port`)
}

/** Waits until a change in the folder makes the condition true. */
function when(folder: string, condition: () => boolean, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, {signal})
    const check = (): void => {
      if (!condition()) return
      watcher.close()
      resolve()
    }
    watcher.on('change', check)
    check()
  })
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
}

/** A log that grows: its last line may not be complete yet. */
function openLog(file: string): {read(): readonly LoggedRequest[]; close(): void} {
  const descriptor = openSync(file, 'r')
  const requests: LoggedRequest[] = []
  const part = Buffer.alloc(65_536)
  let rest = ''
  return {
    read() {
      for (let length; (length = readSync(descriptor, part)) > 0;) {
        const lines = (rest + part.toString('latin1', 0, length)).split('\n')
        rest = lines.pop() ?? ''
        requests.push(...lines.map(parseLine))
      }
      return requests
    },
    close: () => closeSync(descriptor),
  }
}

function parseLine(text: string): LoggedRequest {
  const [line = '', status = '', marker = '', host = '', body = ''] = text.split('\t')
  return {line, status: Number(status), marker, host, body: Buffer.from(body, 'hex')}
}
