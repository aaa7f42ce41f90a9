// Connects to checked addresses only: the resolver is never called here, so a second DNS response (rebinding) has no
// effect. All addresses are tried, families interleaved, each a little after the one before.
import {connect as netConnect, isIP, type Socket} from 'node:net'
import {connect as tlsConnect, type TLSSocket} from 'node:tls'
import type {Shares} from '../core/shares.js'
import type {TransportHost} from './host.js'
import type {Limits} from './limits.js'

/** Creates a connecting socket; injected by tests. */
export type OpenSocket = (address: string, port: number) => Socket

export interface Dialer {
  readonly open: OpenSocket
  readonly limits: Limits
  /** Certificate authorities in addition to the system's. */
  readonly ca: readonly string[] | undefined
  /** Told when a TLS handshake begins; returns what is told when it is complete. */
  readonly handshake: () => () => void
}

export type Dialed = (error: Error | undefined, socket: Socket | undefined) => void
export type DialedTls = (error: Error | undefined, socket: TLSSocket | undefined) => void

export function openSocket(address: string, port: number): Socket {
  return netConnect({host: address, port, family: isIP(address), noDelay: true})
}

/** Handshakes with origins are measured. */
export function createDialer(
  {open = openSocket, limits, ca}: {readonly open: OpenSocket | undefined} & Pick<Dialer, 'limits' | 'ca'>,
  {ports: {clock}, events}: Pick<TransportHost, 'ports' | 'events'>,
): Dialer {
  const handshake = (): (() => void) => {
    const begun = clock.monotonic()
    return () => events.handshake('upstream', (clock.monotonic() - begun) / 1000)
  }
  return {open, limits, ca, handshake}
}

/** The client has reached its share of sockets. */
export class ShareError extends Error {}

/** Counts every socket against the client for which it is opened, until it closes. */
export function countingDescriptors(dialer: Dialer, shares: Shares, client: string): Dialer {
  return {
    ...dialer,
    open(address, port) {
      const share = shares.take(client, 'descriptors')
      if (!share) throw new ShareError('too many open connections')
      try {
        const socket = dialer.open(address, port)
        socket.once('close', share.release)
        return socket
      } catch (error) {
        share.release()
        throw error
      }
    },
  }
}

class DialTimeout extends Error {
  readonly code = 'ETIMEDOUT'
}

/** Calls `done` once with the first address that connects, or with the error of the first that failed. Returns a cancel function. */
export function dialTcp(
  dialer: Pick<Dialer, 'open' | 'limits'>,
  addresses: readonly string[],
  port: number,
  done: Dialed,
): () => void {
  const order = interleave(addresses)
  const pending = new Set<Socket>()
  let next = 0
  let first: Error | undefined
  let finished = false
  let stagger: NodeJS.Timeout | undefined
  const deadline = setTimeout(() => finish(new DialTimeout('connect timed out')), dialer.limits.connectMs)

  function finish(error: Error | undefined, socket?: Socket): void {
    if (finished) return
    finished = true
    clearTimeout(deadline)
    clearTimeout(stagger)
    for (const other of pending) if (other !== socket) other.destroy()
    pending.clear()
    done(error, socket)
  }

  function attempt(): void {
    clearTimeout(stagger)
    const address = order[next]
    if (finished || address === undefined) return
    next++
    let socket: Socket
    try {
      socket = dialer.open(address, port)
    } catch (error) {
      failed(error)
      return
    }
    pending.add(socket)
    const onError = (error: Error): void => {
      pending.delete(socket)
      failed(error)
    }
    // a socket without an error listener ends the process; this one stays until the owner sets its own
    socket.on('error', onError)
    socket.once('connect', () => {
      if (finished) return
      if (!sameAddress(socket.remoteAddress, address)) {
        socket.destroy()
        onError(new Error('connected to an address that was not checked'))
        return
      }
      socket.off('error', onError)
      socket.on('error', ignore)
      socket.setKeepAlive(true, dialer.limits.tcpKeepAliveMs)
      finish(undefined, socket)
    })
    if (next < order.length) stagger = setTimeout(attempt, dialer.limits.attemptDelayMs)
  }

  function failed(error: unknown): void {
    first ??= error instanceof Error ? error : new Error('connect failed')
    if (finished) return
    if (next < order.length) attempt()
    else if (pending.size === 0) finish(first)
  }

  if (order.length === 0) setImmediate(() => finish(new Error('no checked address')))
  else attempt()
  return () => finish(new Error('cancelled'))
}

/** Ignores errors of a socket between two owners: only its close matters. */
function ignore(): void {}

export interface TlsTarget {
  readonly host: string
  readonly addresses: readonly string[]
  readonly port: number
  /** Names of ALPN, the first one preferred; HTTP/1.1 when absent. */
  readonly protocols?: readonly string[]
}

/** Keeps the last session of one pool, so that later connections resume. */
export interface SessionCache {
  session: Buffer | undefined
}

/** TCP, then TLS ≥ 1.2 with normal verification of the target's name. */
export function dialTls(dialer: Dialer, to: TlsTarget, cache: SessionCache, done: DialedTls): () => void {
  let tls: TLSSocket | undefined
  let timer: NodeJS.Timeout | undefined
  let finished = false
  const finish = (error: Error | undefined, socket?: TLSSocket): void => {
    if (finished) return
    finished = true
    clearTimeout(timer)
    if (error) tls?.destroy()
    done(error, socket)
  }
  const cancelTcp = dialTcp(dialer, to.addresses, to.port, (error, tcp) => {
    if (error || !tcp) return finish(error ?? new Error('connect failed'))
    if (finished) return void tcp.destroy()
    const complete = dialer.handshake()
    const socket = tlsConnect({
      socket: tcp,
      host: to.host,
      ...(isIP(to.host) ? {} : {servername: to.host}),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ALPNProtocols: to.protocols ? [...to.protocols] : ['http/1.1'],
      ...(dialer.ca ? {ca: [...dialer.ca]} : {}),
      ...(cache.session ? {session: cache.session} : {}),
    })
    tls = socket
    timer = setTimeout(() => finish(new DialTimeout('TLS handshake timed out')), dialer.limits.tlsMs)
    socket.on('session', (session) => {
      cache.session = session
    })
    socket.on('error', (problem) => {
      cache.session = undefined
      finish(problem)
    })
    socket.once('close', () => finish(Object.assign(new Error('closed in handshake'), {code: 'ECONNRESET'})))
    socket.once('secureConnect', () => {
      complete()
      finish(undefined, socket)
    })
  })
  return () => {
    cancelTcp()
    finish(new Error('cancelled'))
  }
}

/** Families alternate, beginning with that of the first address (RFC 8305, section 4). */
export function interleave(addresses: readonly string[]): readonly string[] {
  if (addresses.length < 2) return addresses
  const six = addresses.filter((a) => a.includes(':'))
  const four = addresses.filter((a) => !a.includes(':'))
  const [a, b] = addresses[0]?.includes(':') ? [six, four] : [four, six]
  const out: string[] = []
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i]
    const y = b[i]
    if (x !== undefined) out.push(x)
    if (y !== undefined) out.push(y)
  }
  return out
}

function sameAddress(remote: string | undefined, expected: string): boolean {
  if (remote === expected) return true
  if (remote === undefined) return false
  return canonical(remote) === canonical(expected)
}

function canonical(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase()
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (mapped !== undefined) return mapped
  if (isIP(bare) !== 6) return bare
  return new URL(`http://[${bare}]/`).hostname
}
