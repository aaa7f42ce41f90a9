// One adapter per transport: how an action is sent through it, and how its outcome is read. Raw sockets, so that the
// table is what goes over the wire. A new transport is a new adapter; its column of the matrix then has to be green.
import type {OutgoingHttpHeaders} from 'node:http2'
import type {Socket} from 'node:net'
import {connect as tlsConnect, type TLSSocket} from 'node:tls'
import {FrameReader} from '../../src/lib/frames.js'
import {resultOf, StreamClient, type StreamResult} from '../support/http2.js'
import {RawClient, type RawResponse} from '../support/raw-socket.js'
import type {World} from './world.js'

export const TRANSPORTS = [
  'forward',
  'connect',
  'tunnelled',
  'intercepted',
  'intercepted-h2',
  'fetch',
  'websocket',
  'reverse',
] as const
export type TransportName = (typeof TRANSPORTS)[number]

/** For guarantees about the choice of a host: behind the reverse proxy there is one. */
export const ONE_HOST = {reverse: 'the operator chose the host, and a client cannot ask for another'} as const

/** Its tunnels are opened. */
export const isIntercepted = (name: TransportName): boolean => name === 'intercepted' || name === 'intercepted-h2'

export interface Action {
  /** As written, with brackets; without port. */
  readonly host: string
  readonly path?: string
  readonly method?: string
  /** Default: the transport's origin. */
  readonly port?: number
  readonly scheme?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sent where the transport carries one. */
  readonly content?: Content
}

/** The body of a request, with the fields that describe it; its length is added. */
export interface Content {
  readonly fields?: readonly (readonly [name: string, value: string])[]
  readonly bytes: Buffer
}

export interface Outcome {
  /** Status of the firewall's last response; 200 for an opened tunnel. */
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly rawFields: RawResponse['rawFields']
  readonly body: string
  /** Content from the origin, as far as it arrived. */
  readonly content: string
  /** Transport in the receipt of the deciding exchange. */
  readonly decidedOn: 'forward' | 'connect' | 'intercept' | 'fetch' | 'websocket' | 'reverse'
  /** Transports of the allowed exchanges that must precede it. */
  readonly before: readonly string[]
}

/** Where actions are sent: a connection, with the tunnel already open. */
export interface Channel {
  /** Outcome of a refused tunnel. */
  readonly refused: Outcome | undefined
  send(action: Action): Promise<Outcome>
  /** Sends the first half of an action's head; resolves to the outcome. */
  sendHalf(action: Action): Promise<Outcome>
  close(): void
}

export interface Adapter {
  readonly name: TransportName
  /** Scheme of its target. */
  readonly scheme: 'http' | 'https'
  port(world: World): number
  open(world: World, action: Action): Promise<Channel>
}

const ORIGIN_MARK = 'origin says'

export const authorityOf = (action: Action, port: number): string => `${action.host}:${action.port ?? port}`

export function urlOf(t: Adapter, world: World, action: Action): string {
  const scheme = action.scheme ?? t.scheme
  return `${scheme}://${authorityOf(action, t.port(world))}${t.name === 'connect' ? '/' : (action.path ?? '/page')}`
}

const lines = (first: string, fields: readonly (readonly [string, string])[]): string =>
  `${first}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`

function contentFields({content}: Action): readonly (readonly [string, string])[] {
  return content ? [...(content.fields ?? []), ['Content-Length', String(content.bytes.length)]] : []
}

function outcome(
  response: RawResponse,
  decidedOn: Outcome['decidedOn'],
  before: readonly string[] = [],
  content?: string,
): Outcome {
  const body = response.body.toString('utf8')
  return {
    status: response.status,
    fields: response.fields,
    rawFields: response.rawFields,
    body,
    content: content ?? (body.startsWith(ORIGIN_MARK) ? body : ''),
    decidedOn,
    before,
  }
}

const forward: Adapter = {
  name: 'forward',
  scheme: 'http',
  port: (world) => world.http.port,
  async open(world) {
    const client = await RawClient.open(world.port)
    const head = (action: Action): string =>
      lines(`${action.method ?? 'GET'} ${urlOf(forward, world, action)} HTTP/1.1`, [
        ['Host', authorityOf(action, world.http.port)],
        ...(action.headers ?? []),
        ...contentFields(action),
      ])
    return plainChannel(client, head, 'forward')
  },
}

const fetch: Adapter = {
  name: 'fetch',
  scheme: 'http',
  port: (world) => world.http.port,
  async open(world) {
    const client = await RawClient.open(world.port)
    const head = (action: Action): string =>
      lines(`GET /fetch?url=${encodeURIComponent(urlOf(fetch, world, action))} HTTP/1.1`, [
        ['Host', `127.0.0.1:${world.port}`],
        ...(action.headers ?? []),
      ])
    return plainChannel(client, head, 'fetch', (response) => {
      if (response.fields.get('content-type') !== 'application/json') return ''
      const {content} = JSON.parse(response.body.toString('utf8')) as {content?: string}
      return content ?? ''
    })
  },
}

/** A request to the reverse proxy, under the name of the service behind it. */
const reverse: Adapter = {
  name: 'reverse',
  scheme: 'http',
  port: (world) => world.http.port,
  async open(world) {
    return plainChannel(await RawClient.open(world.reversePort), inTunnel(world.http.port), 'reverse')
  },
}

/** An upgrade in absolute form; the content is the first message of the origin. */
const websocket: Adapter = {
  name: 'websocket',
  scheme: 'http',
  port: (world) => world.http.port,
  async open(world) {
    const client = await RawClient.open(world.port)
    const head = (action: Action): string =>
      lines(`${action.method ?? 'GET'} ${urlOf(websocket, world, action)} HTTP/1.1`, [
        ['Host', authorityOf(action, world.http.port)],
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ...(action.headers ?? []),
      ])
    const read = async (): Promise<Outcome> => {
      const text = await client.until((received) => received.includes('\r\n\r\n'))
      if (!text.startsWith('HTTP/1.1 101')) return outcome(await client.response(), 'websocket')
      const response = await client.response(true)
      const message = await firstMessage(client)
      return {...outcome(response, 'websocket', [], message), status: 200, body: message}
    }
    return {
      refused: undefined,
      send(action) {
        client.send(head(action))
        return read()
      },
      sendHalf(action) {
        client.send(head(action).slice(0, -12))
        return read()
      },
      close: () => client.close(),
    }
  },
}

/** "" where the connection ends before it. */
async function firstMessage(client: RawClient): Promise<string> {
  const payload = (): Buffer | undefined => {
    const [event] = new FrameReader({masked: false, maxMessageBytes: 16_777_216}).push(
      Buffer.from(client.text, 'latin1'),
    )
    return event?.kind === 'message' ? event.payload : event ? Buffer.alloc(0) : undefined
  }
  try {
    await client.until(() => payload() !== undefined)
  } catch {
    return ''
  }
  return payload()?.toString('utf8') ?? ''
}

/** Opens a tunnel; an undefined refusal means that exactly the 200 was read. */
async function openTunnel(client: RawClient, action: Action, port: number): Promise<Outcome> {
  const authority = authorityOf(action, port)
  client.send(lines(`CONNECT ${authority} HTTP/1.1`, [['Host', authority], ...(action.headers ?? [])]))
  const head = await client.until((text) => text.includes('\r\n\r\n'))
  return outcome(await client.response(head.startsWith('HTTP/1.1 200')), 'connect')
}

const connect: Adapter = {
  name: 'connect',
  scheme: 'https',
  port: (world) => world.tls.port,
  async open(world) {
    const client = await RawClient.open(world.port)
    const send = async (action: Action): Promise<Outcome> => {
      const opened = await openTunnel(client, action, world.tls.port)
      if (opened.status !== 200) return opened
      const content = await throughTls(client, action)
      return {...opened, content: content.startsWith(ORIGIN_MARK) ? content : ''}
    }
    return {
      refused: undefined,
      send,
      async sendHalf(action) {
        client.send(`CONNECT ${authorityOf(action, world.tls.port)} HTTP/1.1\r\nHost: x`)
        return outcome(await client.response(), 'connect')
      },
      close: () => client.close(),
    }
  },
}

/** A real TLS client inside the tunnel: the body of the origin's response, "" when there is none. */
function throughTls(client: RawClient, {host, path = '/page', method = 'GET'}: Action): Promise<string> {
  const socket = client.detach()
  // the tunnel is under test, not the certificate
  const tls = tlsConnect({socket, rejectUnauthorized: false, ...serverName(host)})
  return new Promise((resolve) => {
    let text = ''
    tls.on('secureConnect', () =>
      tls.write(
        lines(`${method} ${path} HTTP/1.1`, [
          ['Host', host],
          ['Connection', 'close'],
        ]),
      ),
    )
    tls.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    tls.on('error', () => tls.destroy())
    // in any case: everything received until then
    for (const end of ['end', 'close']) {
      tls.on(end, () => resolve(text.includes('\r\n\r\n') ? text.slice(text.indexOf('\r\n\r\n') + 4) : text))
    }
    socket.on('close', () => tls.destroy())
  })
}

/** A request inside a tunnel, in origin form. */
const inTunnel =
  (port: number) =>
  (action: Action): string =>
    lines(`${action.method ?? 'GET'} ${action.path ?? '/page'} HTTP/1.1`, [
      ['Host', authorityOf(action, port)],
      ...(action.headers ?? []),
      ...contentFields(action),
    ])

/** Of a tunnel that was refused: every action has its outcome. */
function refusedChannel(client: RawClient, opened: Outcome): Channel {
  const refused = (): Promise<Outcome> => Promise.resolve(opened)
  return {refused: opened, send: refused, sendHalf: refused, close: () => client.close()}
}

/** The channel that `inside` makes of an open tunnel. */
async function throughTunnel(
  world: World,
  first: Action,
  port: number,
  inside: (client: RawClient) => Promise<Channel> | Channel,
): Promise<Channel> {
  const client = await RawClient.open(world.port)
  const opened = await openTunnel(client, first, port)
  return opened.status === 200 ? inside(client) : refusedChannel(client, opened)
}

/** Plain HTTP inside a CONNECT, as some clients send all their requests. */
const tunnelled: Adapter = {
  name: 'tunnelled',
  scheme: 'http',
  port: (world) => world.http.port,
  open: (world, first) =>
    throughTunnel(world, first, world.http.port, (client) =>
      plainChannel(client, inTunnel(world.http.port), 'forward', undefined, ['connect']),
    ),
}

/** HTTPS inside a tunnel that the firewall opens. */
const intercepted: Adapter = {
  name: 'intercepted',
  scheme: 'https',
  port: (world) => world.tls.port,
  open(world, first) {
    const {port} = world.tls
    return throughTunnel(world, first, port, async (client) => {
      const inside = RawClient.of(await handshake(client.detach(), first.host))
      return plainChannel(inside, inTunnel(port), 'intercept', undefined, ['connect'])
    })
  },
}

/** The same over HTTP/2: every action is a stream. */
const interceptedH2: Adapter = {
  name: 'intercepted-h2',
  scheme: 'https',
  port: (world) => world.tls.port,
  open(world, first) {
    const {port} = world.tls
    return throughTunnel(world, first, port, async (client): Promise<Channel> => {
      const socket = await handshake(client.detach(), first.host, ['h2'])
      const inside = new StreamClient(socket, authorityOf(first, port))
      return {
        refused: undefined,
        async send(action) {
          const stream = inside.request(streamHead(action, port), {endStream: action.content === undefined})
          if (action.content) stream.end(action.content.bytes)
          return streamOutcome(await resultOf(stream))
        },
        sendHalf: () => Promise.reject(new Error('half a frame has no outcome')),
        close: () => inside.close(),
      }
    })
  },
}

function streamHead(action: Action, port: number): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ':method': action.method ?? 'GET',
    ':authority': authorityOf(action, port),
    ':path': action.path ?? '/page',
  }
  for (const [name, value] of [...(action.headers ?? []), ...contentFields(action)]) {
    const lower = name.toLowerCase()
    const before = headers[lower]
    headers[lower] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

function streamOutcome({status, headers, body, reset}: StreamResult): Outcome {
  if (status === 0 || reset !== 0) throw new Error(`the stream was reset behind ${body.toString()}`)
  const rawFields = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith(':') ? [] : [value ?? ''].flat().map((part) => [name, part]),
  )
  const fields = new Map(rawFields.toReversed())
  return outcome({status, statusLine: '', fields, rawFields, body}, 'intercept', ['connect'])
}

function handshake(socket: Socket, host: string, protocols: readonly string[] = []): Promise<TLSSocket> {
  // the tunnel is under test, not the certificate
  const ALPNProtocols = [...protocols]
  const tls = tlsConnect({
    socket,
    rejectUnauthorized: false,
    ...serverName(host),
    ...(protocols.length > 0 && {ALPNProtocols}),
  })
  return new Promise((resolve, reject) => {
    tls.once('error', reject)
    tls.once('secureConnect', () => {
      tls.off('error', reject)
      resolve(tls)
    })
  })
}

function serverName(host: string): {readonly servername?: string} {
  return /[a-z]\.?$/i.test(host) ? {servername: host.replace(/\.$/, '')} : {}
}

function plainChannel(
  client: RawClient,
  head: (action: Action) => string,
  decidedOn: Outcome['decidedOn'],
  contentOf?: (response: RawResponse) => string,
  before: readonly string[] = [],
): Channel {
  const read = async (): Promise<Outcome> => {
    const response = await client.response()
    return outcome(response, decidedOn, before, contentOf?.(response))
  }
  return {
    refused: undefined,
    send(action) {
      client.send(head(action))
      if (action.content) client.send(action.content.bytes)
      return read()
    },
    sendHalf(action) {
      client.send(head(action).slice(0, -12))
      return read()
    },
    close: () => client.close(),
  }
}

export const ADAPTERS: Readonly<Record<TransportName, Adapter>> = {
  forward,
  connect,
  tunnelled,
  intercepted,
  'intercepted-h2': interceptedH2,
  fetch,
  websocket,
  reverse,
}

/** One action on a connection of its own. */
export async function perform(t: Adapter, world: World, action: Action): Promise<Outcome> {
  const channel = await t.open(world, action)
  try {
    return await channel.send(action)
  } finally {
    channel.close()
  }
}
