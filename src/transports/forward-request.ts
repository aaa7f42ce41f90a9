// Turns an absolute-form request, or one inside a CONNECT, into an exchange, with the refusals that precede any
// judgement.
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import {eventSubject, UNJUDGED} from '../core/render.js'
import {parseTarget} from '../core/target.js'
import type {TransportSettings} from '../core/services/proxy.js'
import {hostDiffers, tunnelTarget} from './authority.js'
import type {TunnelContext} from './connections.js'
import type {ListenerContext} from './context.js'
import {headerPairs} from './exchange-factory.js'
import type {Head} from './head-checks.js'
import {identify} from './identity.js'
import {authorityMismatch, methodRefused, surfaceOff, upgradeRefused} from './refusals.js'
import {trimOws} from '../lib/ows.js'

export interface ForwardRequest {
  readonly x: Exchange
  readonly refused: Finding | undefined
}

export function readForwardRequest(
  {exchange, host}: ListenerContext,
  settings: TransportSettings,
  {tunnel, clientIp}: {readonly tunnel: TunnelContext | undefined; readonly clientIp: string},
  head: Head,
): ForwardRequest {
  const inner = tunnel && tunnelTarget(tunnel, head)
  const rawTarget = inner ? inner.url : head.target
  const x = exchange({
    transport: 'forward',
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
    headers: headerPairs(head.raw),
  })
  const refused = !settings.forwardEnabled
    ? surfaceOff('forward proxy not enabled')
    : head.method === 'TRACE' || head.form === 'asterisk'
      ? methodRefused(head.method)
      : inner?.mismatch
        ? authorityMismatch(inner.mismatch)
        : isWebSocket(head.upgrade)
          ? upgradeRefused()
          : undefined
  if (!refused && !tunnel && x.target && head.host !== undefined && hostDiffers(x.target, head.host)) {
    host.ports.log.warn('anomaly', {...eventSubject(x, UNJUDGED), reason: 'Host differs from the target', score: 0})
  }
  return {x, refused}
}

function isWebSocket(upgrade: string): boolean {
  return upgrade !== '' && upgrade.split(',').some((part) => trimOws(part).split('/')[0] === 'websocket')
}
