// Turns a CONNECT into an exchange: its authority as a URL, and the refusals that precede any judgement.
import type {IncomingMessage} from 'node:http'
import type {Socket} from 'node:net'
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import {parseTarget} from '../core/target.js'
import type {TransportSettings} from '../core/services/proxy.js'
import type {Connection} from './connections.js'
import type {ListenerContext} from './context.js'
import {headerPairs} from './exchange-factory.js'
import type {HeadResult} from './head-checks.js'
import {identify} from './identity.js'
import {
  authorityMismatch,
  malformedHead,
  methodRefused,
  shareUsedUnjudged,
  surfaceOff,
  targetRefused,
} from './refusals.js'

export interface ConnectRequest {
  readonly req: IncomingMessage
  readonly socket: Socket
  /** Bytes received with the head: the first of the tunnel. */
  readonly rest: Buffer
  readonly connection: Connection
  readonly checked: HeadResult
}

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\]+)(?::([0-9]{1,5}))?$/i

/** Synthetic URL of a CONNECT target; undefined for an invalid one. */
function connectUrl(target: string): string | undefined {
  const match = AUTHORITY.exec(target)
  if (!match) return undefined
  const port = match[2] === undefined ? 443 : Number(match[2])
  if (port < 1 || port > 65_535) return undefined
  return `https://${match[1] ?? ''}${port === 443 ? '' : `:${port}`}/`
}

export function readConnectRequest(
  {exchange, upstream}: ListenerContext,
  settings: TransportSettings,
  {req, connection, checked}: ConnectRequest,
): {readonly x: Exchange; readonly refused: Finding | undefined} {
  const {clientIp, isSpare, tunnel: within} = connection
  const raw = req.url ?? ''
  const url = connectUrl(raw)
  const headers = headerPairs(req.rawHeaders)
  const x = exchange({
    transport: 'connect',
    purpose: 'request',
    agent: within
      ? within.agent
      : identify({
          headers: checked.ok ? checked.head.agents : [],
          query: undefined,
          defaultIdentity: settings.defaultAgentIdentity,
          bindDefault: settings.bindDefaultAgentIdentity,
        }),
    clientIp,
    rawTarget: url ?? (raw === '' ? 'CONNECT' : raw),
    target: url === undefined ? undefined : parseTarget(url).target,
    method: 'CONNECT',
    headers,
    received: {uri: `http://${raw}`, headers},
  })
  const refused = !checked.ok
    ? malformedHead(checked.rule)
    : within
      ? authorityMismatch('CONNECT inside a tunnel')
      : upstream
        ? methodRefused('CONNECT')
        : !settings.forwardEnabled
          ? surfaceOff('CONNECT not supported')
          : url === undefined
            ? targetRefused('target must be host:port')
            : isSpare
              ? shareUsedUnjudged('descriptors')
              : undefined
  return {x, refused}
}
