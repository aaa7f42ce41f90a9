// The handshake with the client of a tunnel that is opened, under the certificate of the host of its CONNECT. A handshake that
// fails denies the tunnel.
import type {Socket} from 'node:net'
import type {SecureContext, TLSSocket} from 'node:tls'
import type {Interceptor} from '../core/services/interception.js'
import {errorText} from '../lib/error-text.js'
import type {ListenerContext} from './context.js'
import {handshakeFailed, noCertificate, notTls} from './refusals.js'
import {acceptTls, handshakeFault} from './tls-server.js'
import type {TunnelLifecycle} from './tunnel-lifecycle.js'

export interface HandshakeJob {
  readonly interceptor: Interceptor
  /** Of the CONNECT. */
  readonly host: string
  readonly socket: Socket
  readonly lifecycle: TunnelLifecycle
  /** Monotonic time at which the tunnel ends. */
  readonly endsAt: number
  /** The handshake is complete: what the client sends inside is read from here. */
  readonly secured: (tls: TLSSocket) => void
  /** Something threw. */
  readonly failed: (error: unknown) => void
}

/** Content type of a TLS record that holds a part of the handshake (RFC 8446, section 5.1). */
const HANDSHAKE_RECORD = 22
const UNUSED =
  'the client closed an opened tunnel without a request; if it does not trust the certificate authority: run pipelock tls install-ca'

/** `held` was read from the socket before, and is not empty. What is not TLS cannot be judged, and is not relayed. */
export function shakeHands(context: ListenerContext, job: HandshakeJob, held: Buffer): void {
  const {events, ports} = context.host
  const {interceptor, host, socket, lifecycle} = job
  if (held[0] !== HANDSHAKE_RECORD) {
    events.intercepted('failed')
    lifecycle.late(notTls(host))
    return
  }
  // the client's next bytes stay in the kernel until the certificate is there
  socket.pause()
  interceptor
    .contextFor(host)
    .then(
      (certificate) => accept(context, job, certificate, held),
      (error: unknown) => {
        events.intercepted('failed')
        ports.log.error('error', {where: 'interception', error: errorText(error)})
        lifecycle.late(noCertificate())
      },
    )
    // a throw may cost the tunnel, never the process
    .catch(job.failed)
}

function accept(context: ListenerContext, job: HandshakeJob, certificate: SecureContext, held: Buffer): void {
  const {socket, lifecycle, endsAt, failed} = job
  const {host, limits} = context
  if (socket.destroyed || lifecycle.denied) return
  const {clock} = host.ports
  const begun = clock.monotonic()
  const limitMs = Math.min(limits.clientTlsMs, Math.max(1, endsAt - begun))
  acceptTls(socket, held, {context: certificate, limitMs}, (error, tls) => {
    if (tls) host.events.handshake('client', (clock.monotonic() - begun) / 1000)
    if (lifecycle.denied) return
    try {
      if (tls) completed(context, job, tls)
      else incomplete(context, job, error)
    } catch (problem) {
      failed(problem)
    }
  })
}

function completed(context: ListenerContext, {host, lifecycle, secured}: HandshakeJob, tls: TLSSocket): void {
  context.host.events.intercepted('intercepted')
  context.clientTrust.follow(tls, lifecycle.x.clientIp, host, () => {
    if (!lifecycle.denied) lifecycle.log('warn', 'anomaly', {reason: UNUSED, score: 0})
  })
  secured(tls)
}

function incomplete(
  {host: {events}}: ListenerContext,
  {host, lifecycle}: HandshakeJob,
  error: Error | undefined,
): void {
  const fault = error ? handshakeFault(error) : 'closed'
  events.intercepted(fault === 'timeout' ? 'deadline_error' : 'handshake_error')
  lifecycle.late(handshakeFailed(host, fault))
}
