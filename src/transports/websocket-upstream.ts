// The handshake with the server of a WebSocket (RFC 6455, section 4): connects to checked addresses, and accepts only a 101
// that proves that the server has understood this request.
import {hash} from 'node:crypto'
import type {Socket} from 'node:net'
import type {Target} from '../core/exchange.js'
import {originForm} from '../core/target.js'
import {trimOws} from '../lib/ows.js'
import {dialTcp, dialTls, type Dialer} from './dial.js'
import type {Opening} from './websocket-request.js'

export interface UpstreamOpening extends Pick<Opening, 'fields' | 'protocols'> {
  readonly target: Target
  readonly addresses: readonly string[]
  /** Sixteen random bytes in base 64. */
  readonly key: string
}

export interface OpenedUpstream {
  readonly socket: Socket
  /** What the server sent behind its response. */
  readonly rest: Buffer
  readonly protocol: string | undefined
}

/** The server refused the upgrade, or its response breaks the protocol. */
export class UpgradeError extends Error {
  readonly code = 'ERR_ORIGIN_HEAD'
  /** Of a complete response without an upgrade. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

class HandshakeTimeout extends Error {
  readonly code = 'ETIMEDOUT'
}

type Opened = (error: Error | undefined, opened: OpenedUpstream | undefined) => void

/** Calls `done` once; returns a cancel function. */
export function openUpstream(dialer: Dialer, opening: UpstreamOpening, done: Opened): () => void {
  const {target, addresses} = opening
  const {webSocketHandshakeMs, headBytes} = dialer.limits
  let socket: Socket | undefined
  let finished = false
  const deadline = setTimeout(() => finish(new HandshakeTimeout('handshake timed out')), webSocketHandshakeMs)

  function finish(error: Error | undefined, opened?: OpenedUpstream): void {
    if (finished) return
    finished = true
    clearTimeout(deadline)
    cancelDial()
    if (error) socket?.destroy()
    done(error, opened)
  }

  const dialed = (error: Error | undefined, connected: Socket | undefined): void => {
    if (error || !connected) return finish(error ?? new Error('connect failed'))
    if (finished) return void connected.destroy()
    socket = connected
    readResponse(connected)
    connected.write(requestText(opening))
  }
  const patient: Dialer = {...dialer, limits: {...dialer.limits, tlsMs: webSocketHandshakeMs}}
  const cancelDial =
    target.scheme === 'https'
      ? dialTls(patient, {host: target.host, addresses, port: target.port}, {session: undefined}, dialed)
      : dialTcp(patient, addresses, target.port, dialed)
  return () => finish(new Error('cancelled'))

  function readResponse(from: Socket): void {
    let received: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) {
        if (received.length > headBytes) finish(new UpgradeError('response head too long'))
        return
      }
      from.off('data', onData)
      from.off('end', onEnd)
      from.off('close', onEnd)
      from.pause()
      const checked = checkResponse(received.toString('latin1', 0, end), opening)
      if ('error' in checked) finish(checked.error)
      else finish(undefined, {socket: from, rest: received.subarray(end + 4), protocol: checked.protocol})
    }
    const onEnd = (): void => finish(Object.assign(new Error('closed in handshake'), {code: 'ECONNRESET'}))
    from.on('error', () => from.destroy())
    from.on('data', onData)
    from.on('end', onEnd)
    from.on('close', onEnd)
  }
}

function requestText({target, fields, key}: UpstreamOpening): Buffer {
  const lines = [
    `GET ${originForm(target)} HTTP/1.1`,
    `Host: ${target.authority}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
  ]
  for (let i = 0; i + 1 < fields.length; i += 2) lines.push(`${fields[i]}: ${fields[i + 1]}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

type Checked = {readonly protocol: string | undefined} | {readonly error: UpgradeError}

const refused = (message: string, status?: number): Checked => ({error: new UpgradeError(message, status)})
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*)$/

function checkResponse(text: string, {key, protocols}: UpstreamOpening): Checked {
  const [first = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.1 ([1-5]\d\d)(?: .*)?$/.exec(first)?.[1]
  if (status === undefined) return refused('invalid status line')
  if (status !== '101') return refused(`status ${status}`, Number(status))
  const fields: (readonly [name: string, value: string])[] = []
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined) return refused('invalid field')
    fields.push([name.toLowerCase(), trimOws(value)])
  }
  const valuesOf = (name: string): readonly string[] => fields.flatMap(([of, value]) => (of === name ? [value] : []))
  const tokensOf = (name: string): readonly string[] =>
    valuesOf(name).flatMap((value) => value.toLowerCase().split(',').map(trimOws))
  if (tokensOf('upgrade').join() !== 'websocket' || !tokensOf('connection').includes('upgrade')) {
    return refused('no upgrade to websocket')
  }
  const accepts = valuesOf('sec-websocket-accept')
  if (accepts.length !== 1 || accepts[0] !== acceptOf(key)) return refused('wrong Sec-WebSocket-Accept')
  if (valuesOf('sec-websocket-extensions').length > 0) return refused('an extension that was not offered')
  const chosen = valuesOf('sec-websocket-protocol')
  const [protocol] = chosen
  if (chosen.length > 1 || (protocol !== undefined && !protocols.includes(protocol))) {
    return refused('a subprotocol that was not offered')
  }
  return {protocol}
}

/** Value that proves that a server has read the key (RFC 6455, section 4.2.2). */
export function acceptOf(key: string): string {
  return hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
}
