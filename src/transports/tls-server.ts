// The client's side of a tunnel that is opened: the TLS handshake as the host of the CONNECT, on the socket of the client.
import type {Socket} from 'node:net'
import {TLSSocket, type SecureContext, type TLSSocketOptions} from 'node:tls'

export interface HandshakeOptions {
  readonly context: SecureContext
  readonly limitMs: number
}

export type Accepted = (error: Error | undefined, tls: TLSSocket | undefined) => void

/** Calls `done` once; without a handshake the socket is closed. `held` was read from the socket before. */
export function acceptTls(socket: Socket, held: Buffer, {context, limitMs}: HandshakeOptions, done: Accepted): void {
  socket.pause()
  if (held.length > 0) socket.unshift(held)
  const options: TLSSocketOptions & {ALPNCallback: (offer: {readonly protocols: string[]}) => string | undefined} = {
    isServer: true,
    secureContext: context,
    ALPNCallback: ({protocols}) => PROTOCOLS.find((known) => protocols.includes(known)),
  }
  const tls = new TLSSocket(socket, options)
  let finished = false
  const finish = (error: Error | undefined): void => {
    if (finished) return
    finished = true
    clearTimeout(timer)
    tls.off('error', finish)
    tls.off('close', onClose)
    tls.off('end', onClose)
    if (error) {
      tls.on('error', ignore)
      tls.destroy()
      socket.destroy()
      done(error, undefined)
    } else done(undefined, tls)
  }
  const onClose = (): void => finish(Object.assign(new Error('closed in the handshake'), {code: 'ECONNRESET'}))
  const timer = setTimeout(() => finish(Object.assign(new Error('handshake timed out'), {code: 'ETIMEDOUT'})), limitMs)
  tls.on('error', finish)
  tls.on('close', onClose)
  tls.on('end', onClose)
  tls.once('secure', () => finish(undefined))
}

/** What is served inside, the first one wins; a client that offers none of them gets a fatal alert (RFC 7301, section 3.2). */
const PROTOCOLS = ['h2', 'http/1.1', 'http/1.0']

/** Alerts of clients that do not accept the certificate (RFC 8446, section 6.2). */
const DISTRUST =
  /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED)/

/** How a handshake failed: a closed set, for metrics and logs. */
export type HandshakeFault = 'untrusted' | 'closed' | 'timeout' | 'protocol'

/**
 * Some clients close without an alert when they reject a certificate, so that `closed` may be distrust too; `protocol` is
 * everything else, such as versions or application protocols that are not offered.
 */
export function handshakeFault(error: Error): HandshakeFault {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (DISTRUST.test(code)) return 'untrusted'
  if (code === 'ETIMEDOUT') return 'timeout'
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'closed' : 'protocol'
}

function ignore(): void {}
