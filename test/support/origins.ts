// Origins on loopback: an ordinary HTTP server that records its requests, and one that responds with literal bytes.
import {createServer, request as httpRequest, type IncomingMessage, type ServerResponse} from 'node:http'
import {isUtf8} from 'node:buffer'
import {createServer as createTcpServer, type AddressInfo, type Server, type Socket} from 'node:net'
import {OPCODE, writeFrame} from '../../src/lib/frames.js'
import {acceptFor} from './websockets.js'

export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

export interface Origin {
  readonly port: number
  /** Complete requests, in order. */
  readonly requests: ReceivedRequest[]
  /** Connections accepted so far. */
  readonly connections: () => number
  close(): Promise<void>
}

export type Respond = (request: ReceivedRequest, res: ServerResponse, req: IncomingMessage) => void

/** Responds `ok <method> <url>` by default. */
export async function startOrigin(respond?: Respond, port = 0): Promise<Origin> {
  const requests: ReceivedRequest[] = []
  const server = createServer({requireHostHeader: false}, (req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('error', () => {})
    res.on('error', () => {})
    req.on('end', () => {
      const request: ReceivedRequest = {
        method: req.method ?? '',
        url: req.url ?? '',
        rawHeaders: req.rawHeaders,
        body: Buffer.concat(chunks),
      }
      requests.push(request)
      if (respond) respond(request, res, req)
      else res.end(`ok ${request.method} ${request.url}`)
    })
  })
  server.on('upgrade', (req, socket: Socket) => upgradeTo(server, req, socket))
  return finish(server, requests, port)
}

/** Serves a WebSocket: its first message is the body of the response to the same request without the upgrade. */
function upgradeTo(server: Server, req: IncomingMessage, socket: Socket): void {
  socket.on('error', () => socket.destroy())
  const {port} = server.address() as AddressInfo
  const headers = Object.entries(req.headers).filter(
    ([name]) => !/^(?:upgrade|connection|sec-websocket-.*)$/.test(name),
  )
  const inner = httpRequest({port, path: req.url, agent: false, headers: Object.fromEntries(headers)}, (res) => {
    const parts: Buffer[] = []
    res.on('data', (part: Buffer) => parts.push(part))
    res.on('end', () => {
      if (res.statusCode !== 200) {
        socket.end(`HTTP/1.1 ${res.statusCode} x\r\nContent-Length: 0\r\n\r\n`)
        return
      }
      const accept = acceptFor(String(req.headers['sec-websocket-key']))
      socket.write(
        `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      const payload = Buffer.concat(parts)
      socket.write(writeFrame({opcode: isUtf8(payload) ? OPCODE.text : OPCODE.binary, payload}))
      socket.on('end', () => socket.end())
      socket.resume()
    })
  })
  inner.on('error', () => socket.destroy())
  socket.on('close', () => inner.destroy())
  inner.end()
}

export interface RawOrigin extends Origin {
  /** Everything received, over all connections; a test may empty it. */
  readonly received: string[]
  readonly sockets: Socket[]
}

/** Hands every connection to `serve` with a function that returns the bytes received so far. */
export async function startRawOrigin(
  serve: (socket: Socket, received: () => string, index: number) => void,
  options: {readonly halfOpen?: boolean} = {},
): Promise<RawOrigin> {
  const received: string[] = []
  const sockets: Socket[] = []
  const server = createTcpServer({allowHalfOpen: options.halfOpen ?? false, noDelay: true}, (socket) => {
    const index = sockets.push(socket) - 1
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      received.push(chunk.toString('latin1'))
    })
    serve(socket, () => text, index)
  })
  const origin = await finish(server, [])
  return {...origin, received, sockets}
}

/** An origin that responds to every complete head with these bytes, then optionally closes. */
export function startLiteralOrigin(bytes: string, options: {readonly end?: boolean} = {}): Promise<RawOrigin> {
  return startRawOrigin((socket, received) => {
    let responded = 0
    socket.on('data', () => {
      const heads = received().split('\r\n\r\n').length - 1
      while (responded < heads) {
        responded++
        socket.write(Buffer.from(bytes, 'latin1'))
        if (options.end) socket.end()
      }
    })
  })
}

/** Responds once on its first connection, and closes it on the next request; on later connections it always responds. */
export function startForgetfulOrigin(fields = ''): Promise<RawOrigin> {
  let responses = 0
  return startRawOrigin((socket, _received, index) => {
    socket.on('data', () => {
      if (index === 0 && responses++ > 0) socket.destroy()
      else socket.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`)
    })
  })
}

/** Waits for the end of a socket, for any reason. */
export function closed(socket: Socket | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!socket || socket.destroyed) resolve()
    else socket.once('close', () => resolve())
  })
}

async function finish(server: Server, requests: ReceivedRequest[], given = 0): Promise<Origin> {
  const sockets = new Set<Socket>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    count++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(given, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    port,
    requests,
    connections: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
