// HTTP/2 for tests: a client inside a tunnel that is opened, an origin, and literal frames that no library would send.
import {
  connect as http2Connect,
  createSecureServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2'
import type {AddressInfo, Socket} from 'node:net'
import {connect as tlsConnect, type TLSSocket} from 'node:tls'
import {startHarness, type Harness, type HarnessOptions} from './harness.js'
import {testInterceptor, type TestInterceptor} from './interception.js'
import {RawClient} from './raw-socket.js'
import {CERT, KEY} from './tls.js'

export interface StreamResult {
  /** 0 without a response. */
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly trailers: IncomingHttpHeaders | undefined
  /** Error code of the RST_STREAM that ended it, 0 for none. */
  readonly reset: number
  /** Flags of the frame with the response's head. */
  readonly flags: number
}

export interface Opening {
  readonly h: Harness
  readonly interceptor: TestInterceptor
}

/** A proxy that opens every tunnel and trusts the origins of the tests; connections that are over linger for a moment only. */
export async function startOpening(options: HarnessOptions = {}): Promise<Opening> {
  const interceptor = await testInterceptor()
  const h = await startHarness({ca: [CERT], interceptor, ...options, limits: {lingerMs: 100, ...options.limits}})
  return {h, interceptor}
}

/** A TLS connection to a host through a tunnel of the proxy. */
export async function secureTunnel(
  port: number,
  authority: string,
  options: {readonly ca: string; readonly protocols: readonly string[]},
): Promise<TLSSocket> {
  const client = await RawClient.open(port)
  client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  const {status} = await client.response(true)
  if (status !== 200) throw new Error(`CONNECT was refused with ${status}`)
  const tls = tlsConnect({
    socket: client.detach(),
    servername: authority.replace(/:\d+$/, ''),
    ca: options.ca,
    ALPNProtocols: [...options.protocols],
  })
  await new Promise<void>((resolve, reject) => {
    tls.once('error', reject)
    tls.once('close', () => reject(new Error('closed in the handshake')))
    tls.once('secureConnect', () => resolve())
  })
  tls.on('error', () => undefined)
  return tls
}

export class StreamClient {
  readonly session: ClientHttp2Session
  readonly socket: TLSSocket
  /** Codes of the GOAWAY frames received. */
  readonly goaways: number[] = []
  readonly closed: Promise<void>
  readonly #authority: string

  constructor(socket: TLSSocket, authority: string) {
    this.socket = socket
    this.#authority = authority
    this.session = http2Connect(`https://${authority}`, {createConnection: () => socket})
    // the sockets of tests may stay half open
    socket.on('end', () => socket.destroy())
    this.session.on('error', () => undefined)
    this.session.on('goaway', (code) => void this.goaways.push(code))
    this.closed = new Promise((resolve) => void this.session.once('close', () => resolve()))
  }

  static async open(port: number, authority: string, ca: string): Promise<StreamClient> {
    return new StreamClient(await secureTunnel(port, authority, {ca, protocols: ['h2', 'http/1.1']}), authority)
  }

  /** Opens a stream; without `body` it ends at once. */
  request(headers: OutgoingHttpHeaders, options: {readonly endStream?: boolean} = {}): ClientHttp2Stream {
    const stream = this.session.request({':authority': this.#authority, ...headers}, options)
    stream.on('error', () => undefined)
    return stream
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<StreamResult> {
    return resultOf(this.request({':path': path, ...headers}, {endStream: true}))
  }

  post(path: string, body: Buffer | string, headers: OutgoingHttpHeaders = {}): Promise<StreamResult> {
    const stream = this.request({':method': 'POST', ':path': path, ...headers})
    stream.end(body)
    return resultOf(stream)
  }

  close(): void {
    this.session.destroy()
    this.socket.destroy()
  }
}

export function resultOf(stream: ClientHttp2Stream): Promise<StreamResult> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let headers: IncomingHttpHeaders & {':status'?: number | undefined} = {}
    let flags = 0
    let trailers: IncomingHttpHeaders | undefined
    stream.on('response', (received, its) => {
      headers = received
      flags = its
    })
    stream.on('trailers', (received) => {
      trailers = received
    })
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('close', () =>
      resolve({
        status: headers[':status'] ?? 0,
        headers,
        body: Buffer.concat(parts),
        trailers,
        reset: stream.rstCode ?? 0,
        flags,
      }),
    )
  })
}

export interface StreamOrigin {
  readonly port: number
  readonly connections: () => number
  readonly sessions: Http2Session[]
  close(): Promise<void>
}

export type ServeStream = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
) => void

/** An origin that speaks HTTP/2 alone, unless `allowHTTP1`. */
export async function startStreamOrigin(serve: ServeStream, options: SecureServerOptions = {}): Promise<StreamOrigin> {
  const sessions: Http2Session[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createSecureServer({cert: CERT, key: KEY, ...options})
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    stream.on('error', () => undefined)
    serve(stream, headers, raw)
  })
  server.on('session', (session) => {
    session.on('error', () => undefined)
    sessions.push(session)
  })
  server.on('sessionError', () => undefined)
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    sessions,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        for (const session of sessions) session.destroy()
        for (const socket of sockets) socket.destroy()
      }),
  }
}

// Frames (RFC 9113, section 6)

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const

export const FLAG = {endStream: 1, ack: 1, endHeaders: 4} as const

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Fields as literals that are never indexed and not compressed (RFC 7541, section 6.2.3). */
export function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0x10]), text(name), text(value)]))
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

export const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.settings, 0, 0)])

export interface ReceivedFrame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Reads frames from a socket. */
export class FrameReader {
  readonly frames: ReceivedFrame[] = []
  #rest = Buffer.alloc(0)
  #skip: number
  #isClosed = false
  readonly #waiting = new Set<() => void>()

  /** `skip`: length of what precedes the frames. */
  constructor(socket: Socket, skip = 0) {
    this.#skip = skip
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk)
      this.#wake()
    })
    // the sockets of tests may stay half open
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
    socket.on('error', () => undefined)
  }

  get closed(): boolean {
    return this.#isClosed
  }

  /** Waits for the condition or the end of the connection; false at its end. */
  async until(condition: () => boolean): Promise<boolean> {
    while (!condition()) {
      if (this.#isClosed) return false
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
    return true
  }

  async end(): Promise<void> {
    await this.until(() => this.#isClosed)
  }

  /** The first frame of a type, on a stream. */
  async frame(type: number, stream: number): Promise<ReceivedFrame | undefined> {
    const find = (): ReceivedFrame | undefined => this.frames.find((f) => f.type === type && f.stream === stream)
    await this.until(() => find() !== undefined)
    return find()
  }

  #take(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length)
    this.#skip -= skipped
    let rest = Buffer.concat([this.#rest, chunk.subarray(skipped)])
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3)
      this.frames.push({
        type: rest[3] ?? 0,
        flags: rest[4] ?? 0,
        stream: rest.readUInt32BE(5) & 0x7fffffff,
        payload: rest.subarray(9, end),
      })
      rest = rest.subarray(end)
    }
    this.#rest = rest
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
