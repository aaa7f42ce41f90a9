// Turns a request for a WebSocket into an exchange, with the refusals that precede any judgement: to /ws of this listener, in
// absolute form, and inside tunnels.
import type {Finding} from '../core/decision.js'
import type {Exchange, Target} from '../core/exchange.js'
import {parseTarget} from '../core/target.js'
import type {TransportSettings} from '../core/services/proxy.js'
import type {ReverseUpstream} from '../core/services/reverse-proxy.js'
import type {WebSocketSettings} from '../core/services/websocket.js'
import {trimOws} from '../lib/ows.js'
import {tunnelTarget} from './authority.js'
import type {Connection} from './connections.js'
import type {ListenerContext} from './context.js'
import {headerPairs, UNREADABLE_TARGET} from './exchange-factory.js'
import {readFetchQuery} from './fetch-target.js'
import {foldedName} from './field-names.js'
import {hasBody, type Head, type HeadResult} from './head-checks.js'
import {upstreamFields} from './header-filter.js'
import {identify} from './identity.js'
import {ownUri, pathOf, WEBSOCKET_PATH, webSocketProblem} from './own-routes.js'
import {upstreamUrl} from './reverse-upstream.js'
import {
  authorityMismatch,
  handshakeRefused,
  malformedHead,
  methodRefused,
  shareUsedUnjudged,
  surfaceOff,
  targetRefused,
  upgradeRefused,
  webSocketOff,
} from './refusals.js'

/** What the handshake with the server needs of the client's request. */
export interface Opening {
  /** Names and values alternating, without those of the handshake itself. */
  readonly fields: readonly string[]
  /** Subprotocols that the client offers. */
  readonly protocols: readonly string[]
  /** Of the client: its response is computed from it. */
  readonly key: string
}

export interface WebSocketRequest {
  readonly connection: Connection
  readonly checked: HeadResult
  readonly method: string
  readonly rawFields: readonly string[]
  readonly listenHost: string
}

export interface ReadWebSocketRequest {
  readonly x: Exchange
  readonly refused: Finding | undefined
  readonly opening: Opening
}

export interface Configured {
  readonly settings: TransportSettings
  readonly websocket: WebSocketSettings
}

export function readWebSocketRequest(
  {exchange, host, upstream}: ListenerContext,
  configured: Configured,
  {connection, checked, method, rawFields, listenHost}: WebSocketRequest,
): ReadWebSocketRequest {
  const {settings, websocket} = configured
  const {tunnel, clientIp} = connection
  const head = checked.ok ? checked.head : undefined
  const place = head
    ? placeOf(head, connection, upstream)
    : {url: undefined, query: undefined, mismatch: undefined, isOwn: false}
  const raw = place.url === undefined ? undefined : httpUrl(place.url)
  const {target} = raw === undefined ? {target: undefined} : parseTarget(raw)
  const handshake = readHandshake(head?.raw ?? [])
  const {version} = host.ports.build
  const fields = !head
    ? rawFields
    : place.isOwn
      ? ownFields(head, {target, websocket, version})
      : upstreamFields(head.raw, {named: head.named, length: undefined}).filter(isForwarded)
  const x = exchange({
    transport: 'websocket',
    purpose: 'request',
    agent: tunnel
      ? tunnel.agent
      : identify({
          headers: head?.agents ?? [],
          query: place.query,
          defaultIdentity: settings.defaultAgentIdentity,
          bindDefault: settings.bindDefaultAgentIdentity,
        }),
    clientIp,
    rawTarget: (place.isOwn && !target ? undefined : (raw ?? place.url)) ?? UNREADABLE_TARGET,
    target,
    method,
    // a head without fields would not be inspected
    headers: [...(target ? [['Host', target.authority] as const] : []), ...headerPairs(fields)],
    toUpstream: upstream !== undefined,
    ...(head && {
      received: {uri: tunnel ? tunnelTarget(tunnel, head).url : ownUri(head), headers: headerPairs(head.raw)},
    }),
  })
  return {x, refused: refusal(), opening: {...handshake, fields}}

  function refusal(): Finding | undefined {
    if (!checked.ok) return malformedHead(checked.rule)
    // a connection beyond the share of its client serves own pages only
    const share = connection.isSpare ? shareUsedUnjudged('descriptors') : undefined
    return (
      surfaceProblem(checked.head) ??
      handshakeProblem(checked.head, handshake) ??
      (place.isOwn ? urlProblem() : undefined) ??
      share
    )
  }

  function surfaceProblem(of: Head): Finding | undefined {
    if (!place.isOwn) {
      if (!upstream && !settings.forwardEnabled) return surfaceOff('forward proxy not enabled')
      if (place.mismatch !== undefined) return authorityMismatch(place.mismatch)
      return websocket.enabled ? undefined : upgradeRefused()
    }
    const {allowedHosts} = settings
    const problem = webSocketProblem(of, valuesOf(of.raw, 'origin'), {listenHost, allowedHosts})
    return problem ?? (websocket.enabled ? undefined : webSocketOff())
  }

  function urlProblem(): Finding | undefined {
    if (place.url === undefined) return targetRefused("missing 'url' query parameter")
    return target ? undefined : targetRefused('invalid URL: must be ws or wss')
  }
}

interface Place {
  readonly url: string | undefined
  /** Name of the agent in the query of /ws. */
  readonly query: string | undefined
  readonly mismatch: string | undefined
  readonly isOwn: boolean
}

function placeOf(head: Head, {tunnel}: Connection, upstream: ReverseUpstream | undefined): Place {
  if (upstream) {
    const url = upstreamUrl(upstream, head)
    return {url: url === undefined ? undefined : webSocketUrl(url), query: undefined, mismatch: undefined, isOwn: false}
  }
  if (tunnel) {
    const {url, mismatch} = tunnelTarget(tunnel, head)
    return {url: webSocketUrl(url), query: undefined, mismatch, isOwn: false}
  }
  if (head.form === 'absolute') {
    return {url: webSocketUrl(head.target), query: undefined, mismatch: undefined, isOwn: false}
  }
  const {target, agent} = readFetchQuery(head.target)
  return {url: target, query: agent, mismatch: undefined, isOwn: pathOf(head.target) === WEBSOCKET_PATH}
}

const webSocketUrl = (url: string): string => url.replace(/^http(s?:\/\/)/i, 'ws$1')

/** The URL as it is judged; undefined for another scheme than ws and wss. */
function httpUrl(url: string): string | undefined {
  const [, rest] = /^ws(s?:\/\/.*)$/is.exec(url) ?? []
  return rest === undefined ? undefined : `http${rest}`
}

/** They belong to one hop: the key proves that the next server understood it, and extensions are not relayed. */
const HANDSHAKE = new Set(['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions'])
/** Fields of a request to /ws that are meant for its destination. */
const OWN_FORWARDED = new Set(['authorization', 'x-api-key', 'x-goog-api-key', 'sec-websocket-protocol'])

/** For a flat list: both the name and the value of a field of the handshake are left out. */
function isForwarded(_: string, i: number, fields: readonly string[]): boolean {
  return !HANDSHAKE.has(foldedName(fields[i - (i % 2)] ?? ''))
}

interface OwnFields {
  readonly target: Target | undefined
  readonly websocket: WebSocketSettings
  readonly version: string
}

function ownFields({raw}: Head, {target, websocket, version}: OwnFields): string[] {
  const fields: string[] = []
  const agents = valuesOf(raw, 'user-agent')
  fields.push('User-Agent', [...agents, `pipelock/${version}`].join(' '))
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    const isKept =
      OWN_FORWARDED.has(lower) ||
      (lower === 'cookie' && websocket.forwardsCookies) ||
      (lower === 'origin' && websocket.originPolicy === 'forward')
    if (isKept) fields.push(name, raw[i + 1] ?? '')
  }
  if (target && websocket.originPolicy === 'rewrite') fields.push('Origin', `${target.scheme}://${target.authority}`)
  return fields
}

interface Handshake extends Pick<Opening, 'protocols' | 'key'> {
  readonly problem: string | undefined
}

const KEY = /^[A-Za-z0-9+/]{22}==$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

function readHandshake(raw: readonly string[]): Handshake {
  const keys = valuesOf(raw, 'sec-websocket-key')
  const versions = valuesOf(raw, 'sec-websocket-version')
  const protocols = valuesOf(raw, 'sec-websocket-protocol').flatMap((value) => value.split(',').map(trimOws))
  const [key = ''] = keys
  const problem =
    versions.length !== 1 || versions[0] !== '13'
      ? 'Sec-WebSocket-Version is not 13'
      : keys.length !== 1 || !KEY.test(key)
        ? 'Sec-WebSocket-Key is not 16 bytes in base 64'
        : protocols.some((name) => !TOKEN.test(name)) || new Set(protocols).size !== protocols.length
          ? 'Sec-WebSocket-Protocol is not a list of different names'
          : valuesOf(raw, 'origin').length > 1
            ? 'several Origin fields'
            : undefined
  return {key, protocols, problem}
}

function handshakeProblem(head: Head, {problem}: Handshake): Finding | undefined {
  if (head.method !== 'GET') return methodRefused(head.method)
  if (!isWebSocket(head.upgrade)) return handshakeRefused('no Upgrade to websocket')
  if (head.version !== '1.1' || hasBody(head)) return handshakeRefused('not a GET of HTTP/1.1 without a body')
  return problem === undefined ? undefined : handshakeRefused(problem)
}

/** `upgrade`: the value of that field in lower case. */
export function isWebSocket(upgrade: string): boolean {
  return upgrade !== '' && upgrade.split(',').some((part) => trimOws(part).split('/')[0] === 'websocket')
}

function valuesOf(raw: readonly string[], name: string): string[] {
  return raw.flatMap((value, i) => (i % 2 === 1 && raw[i - 1]?.toLowerCase() === name ? [trimOws(value)] : []))
}
