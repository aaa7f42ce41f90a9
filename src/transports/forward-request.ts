// Turns an absolute-form request, one inside a tunnel or one of the reverse proxy into an exchange, with the refusals that
// precede any judgement.
import {eventSubject, UNJUDGED} from '../core/render.js'
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import {parseTarget} from '../core/target.js'
import type {TransportSettings} from '../core/services/proxy.js'
import {hostDiffers, tunnelTarget} from './authority.js'
import type {TunnelContext} from './client-message.js'
import {plainTransport, type ListenerContext} from './context.js'
import {headerPairs} from './exchange-factory.js'
import type {Head} from './head-checks.js'
import {ownUri} from './own-routes.js'
import {identify} from './identity.js'
import {authorityMismatch, methodRefused, surfaceOff, upgradeRefused} from './refusals.js'
import {upstreamUrl} from './reverse-upstream.js'
import {isWebSocket} from './websocket-request.js'

interface ForwardRequest {
  readonly x: Exchange
  readonly refused: Finding | undefined
}

export function readForwardRequest(
  context: ListenerContext,
  settings: TransportSettings,
  {tunnel, clientIp}: {readonly tunnel: TunnelContext | undefined; readonly clientIp: string},
  head: Head,
): ForwardRequest {
  const {exchange, host, upstream} = context
  const inner = tunnel && tunnelTarget(tunnel, head)
  const rawTarget = inner ? inner.url : ((upstream && upstreamUrl(upstream, head)) ?? head.target)
  const headers = headerPairs(head.raw)
  const x = exchange({
    transport: tunnel?.scheme === 'https' ? 'intercept' : plainTransport(context),
    purpose: 'request',
    agent: tunnel
      ? tunnel.agent
      : identify({
          headers: head.agents,
          query: undefined,
          defaultIdentity: settings.defaultAgentIdentity,
          bindDefault: settings.bindDefaultAgentIdentity,
        }),
    clientIp,
    rawTarget,
    target: parseTarget(rawTarget).target,
    method: head.method,
    headers,
    received: {uri: upstream && !inner ? ownUri(head) : rawTarget, headers},
    toUpstream: upstream !== undefined,
  })
  const refused =
    !upstream && !settings.forwardEnabled
      ? surfaceOff('forward proxy not enabled')
      : head.method === 'TRACE' || head.form === 'asterisk'
        ? methodRefused(head.method)
        : inner?.mismatch
          ? authorityMismatch(inner.mismatch)
          : isWebSocket(head.upgrade)
            ? upgradeRefused()
            : undefined
  const isProxied = !tunnel && !upstream
  if (!refused && isProxied && x.target && head.host !== undefined && hostDiffers(x.target, head.host)) {
    host.ports.log.warn('anomaly', {...eventSubject(x, UNJUDGED), reason: 'Host differs from the target', score: 0})
  }
  return {x, refused}
}
