// WebSockets for tests: a client on any socket, and an origin that echoes or does as told.
import {createHash} from 'node:crypto'
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'
import {createServer as createTlsServer} from 'node:tls'
import {closePayload, FrameReader, OPCODE, writeFrame, type FrameEvent} from '../../src/lib/frames.js'
import {CERT, KEY} from './tls.js'

const MASK = Buffer.from([1, 2, 3, 4])
const CLIENT_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const MAX = 8_388_608

export const acceptFor = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** A frame with any first byte. */
export function rawFrame(first: number, payload: Buffer | string, isMasked: boolean): Buffer {
  const frame = writeFrame({opcode: 0, payload: Buffer.from(payload), mask: isMasked ? MASK : undefined})
  frame[0] = first
  return frame
}

/** One side of an open WebSocket. */
export class WebSocketPeer {
  readonly socket: Socket
  readonly #events: FrameEvent[] = []
  readonly #isClient: boolean
  readonly #waiting: (() => void)[] = []
  readonly #onEvent: ((event: FrameEvent, peer: WebSocketPeer) => void) | undefined
  readonly #reader: FrameReader
  #isClosed = false

  constructor(
    socket: Socket,
    {
      isClient,
      onEvent,
    }: {readonly isClient: boolean; readonly onEvent?: (event: FrameEvent, peer: WebSocketPeer) => void},
  ) {
    this.socket = socket
    this.#isClient = isClient
    this.#onEvent = onEvent
    this.#reader = new FrameReader({masked: !isClient, maxMessageBytes: MAX})
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => this.received(chunk))
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  received(chunk: Buffer): void {
    for (const event of this.#reader.push(chunk)) {
      this.#events.push(event)
      this.#onEvent?.(event, this)
    }
    this.#wake()
  }

  /** Events so far, as one line each. */
  get lines(): readonly string[] {
    return this.#events.map(line)
  }

  frame(first: number, payload: Buffer | string = ''): this {
    this.socket.write(rawFrame(first, payload, this.#isClient))
    return this
  }

  text(text: string): this {
    return this.frame(0x80 | OPCODE.text, text)
  }

  closing(code: number, reason = ''): this {
    return this.frame(0x80 | OPCODE.close, closePayload({code, reason}))
  }

  /** The events, once there are `count` of them, or the connection is gone. */
  async until(count: number): Promise<readonly string[]> {
    while (this.#events.length < count && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.lines
  }

  /** All events, once the connection is gone. */
  async end(): Promise<readonly string[]> {
    while (!this.#isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.lines
  }

  close(): void {
    this.socket.destroy()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

function line(event: FrameEvent): string {
  switch (event.kind) {
    case 'message':
      return `${event.type} ${event.payload.toString('latin1')}${event.isFragmented ? ' (fragments)' : ''}`
    case 'close':
      return `close ${event.code ?? ''} ${event.reason}`.trimEnd()
    case 'fault':
      return `fault ${event.fault.code} ${event.fault.reason}`
    default:
      return `${event.kind} ${event.payload.toString('latin1')}`.trimEnd()
  }
}

export interface Handshake {
  /** Target of the request. */
  readonly path: string
  readonly host: string
  readonly fields?: readonly string[]
  readonly method?: string
  readonly version?: string
  readonly key?: string
  /** Sent in the packet of the head. */
  readonly early?: Buffer
}

export type Opened =
  | {readonly peer: WebSocketPeer; readonly head: string}
  | {readonly peer: undefined; readonly head: string; readonly body: string; readonly status: number}

/** Sends an upgrade; resolves to the open WebSocket, or to the response that refused it. */
export function upgrade(
  socket: Socket,
  {path, host, fields = [], method = 'GET', ...rest}: Handshake,
): Promise<Opened> {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Version: ${rest.version ?? '13'}`,
    `Sec-WebSocket-Key: ${rest.key ?? CLIENT_KEY}`,
    ...fields,
  ]
  socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), rest.early ?? Buffer.alloc(0)]))
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      const end = received.indexOf('\r\n\r\n')
      if (end < 0 || !received.toString('latin1').startsWith('HTTP/1.1 101')) return
      socket.off('data', onData)
      socket.off('close', onClose)
      const head = received.toString('latin1', 0, end)
      const peer = new WebSocketPeer(socket, {isClient: true})
      peer.received(received.subarray(end + 4))
      resolve({peer, head})
    }
    const onClose = (): void => {
      const text = received.toString('latin1')
      const [head = '', body = ''] = text.split('\r\n\r\n')
      resolve({peer: undefined, head, body: body.trimEnd(), status: Number(text.slice(9, 12))})
    }
    socket.once('error', reject)
    socket.on('data', onData)
    socket.on('close', onClose)
  })
}

export async function connected(port: number): Promise<Socket> {
  const socket = connect({port, host: '127.0.0.1', noDelay: true})
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

export interface WebSocketOrigin {
  readonly port: number
  /** Heads of the upgrades received. */
  readonly heads: string[]
  readonly peers: WebSocketPeer[]
  /** The n-th peer, once it has connected. */
  peer(index?: number): Promise<WebSocketPeer>
  close(): Promise<void>
}

export interface OriginOptions {
  readonly secure?: boolean
  /** Instead of an echo. */
  readonly onEvent?: (event: FrameEvent, peer: WebSocketPeer) => void
  /** Instead of the 101; bytes behind it belong to the WebSocket. */
  readonly respond?: (head: string, accept: string) => string
}

const echo = (event: FrameEvent, peer: WebSocketPeer): void => {
  if (event.kind === 'message') peer.frame(0x80 | OPCODE[event.type], event.payload)
  else if (event.kind === 'ping') peer.frame(0x80 | OPCODE.pong, event.payload)
  else if (event.kind === 'close') {
    peer.closing(event.code ?? 1000, event.reason)
    peer.socket.end()
  }
}

export async function startWebSocketOrigin(options: OriginOptions = {}): Promise<WebSocketOrigin> {
  const heads: string[] = []
  const peers: WebSocketPeer[] = []
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  const serve = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    let received = ''
    const onData = (chunk: Buffer): void => {
      received += chunk.toString('latin1')
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', onData)
      const head = received.slice(0, end)
      heads.push(head)
      const accept = acceptFor(/sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? '')
      const standard = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
      socket.write(Buffer.from(options.respond?.(head, accept) ?? standard, 'latin1'))
      peers.push(new WebSocketPeer(socket, {isClient: false, onEvent: options.onEvent ?? echo}))
      for (const wake of waiting.splice(0)) wake()
    }
    socket.on('data', onData)
  }
  const server = options.secure ? createTlsServer({cert: CERT, key: KEY}, serve) : createServer({noDelay: true}, serve)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()))
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    peers,
    async peer(index = 0) {
      for (;;) {
        const peer = peers[index]
        if (peer) return peer
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
