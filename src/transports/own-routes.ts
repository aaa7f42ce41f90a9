// Serves requests to the firewall itself: /fetch, /health, /stats, /metrics and the routes of the host. Never gated by
// policy; the guard below keeps web pages from driving and reading them.
import {isIP} from 'node:net'
import type {Header} from '../core/exchange.js'
import {parseTarget} from '../core/target.js'
import type {DomainList} from '../lib/domain-list.js'
import {foldedName} from './field-names.js'
import {trimOws} from '../lib/ows.js'
import {blockResponse, plainResponse, PROXY_METHODS} from './local-responses.js'
import {plainTransport, whenReady, type ListenerContext} from './context.js'
import {headerPairs, UNREADABLE_TARGET} from './exchange-factory.js'
import type {Head} from './head-checks.js'
import type {OwnRequest, OwnRoute} from './host.js'
import {identify} from './identity.js'
import {browserRefused, handshakeRefused, unknownHost, methodRefused, webSocketOff} from './refusals.js'
import {linesOf} from './own-listener.js'
import {readBody, type BodySource} from './read-body.js'
import type {ServerExchange, ServerExchangeOwner} from './server-exchange.js'
import type {Finding} from '../core/decision.js'

/** Relays a WebSocket to the URL in its query. */
export const WEBSOCKET_PATH = '/ws'

export interface OwnNames {
  /** Host part of the listen address. */
  readonly listenHost: string
  readonly allowedHosts: DomainList
}

/**
 * Why a request must not reach an own route; undefined when it may. A page whose name was pointed at this listener (DNS
 * rebinding) shows only in `Host`: browsers send no Fetch Metadata to plain-HTTP names, and no Origin on a same-origin
 * GET. So the name is checked for every client.
 */
export function ownRouteProblem(head: Head, names: OwnNames): Finding | undefined {
  const problem = head.browser ? browserProblem(head, (head.host ?? '').toLowerCase()) : undefined
  return hostProblem(head, names) ?? (problem === undefined ? undefined : browserRefused(problem))
}

/**
 * The same for a WebSocket to this listener. Browsers let any page open one to any host, and state its origin: a page of
 * this machine or of a listed host may, no other.
 */
export function webSocketProblem(head: Head, origins: readonly string[], names: OwnNames): Finding | undefined {
  const problem = hostProblem(head, names)
  if (problem) return problem
  const isRefused = origins.some((origin) => !isListedOrigin(origin, names))
  return isRefused ? browserRefused('Origin is neither of this machine nor listed in allowed_hosts') : undefined
}

function isListedOrigin(origin: string, {allowedHosts}: OwnNames): boolean {
  const host = parseTarget(origin).target?.host
  if (host === undefined) return false
  return (
    host === 'localhost' ||
    host === '::1' ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    allowedHosts.match(host) !== undefined
  )
}

function hostProblem(head: Head, names: OwnNames): Finding | undefined {
  const authority = (head.host ?? '').toLowerCase()
  // only programs omit it: HTTP/1.0 probes of load balancers
  return authority !== '' && !isOwnName(hostOf(authority), names) ? unknownHost(authority) : undefined
}

function isOwnName(host: string, {listenHost, allowedHosts}: OwnNames): boolean {
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return (
    name === 'localhost' ||
    isIP(name) !== 0 ||
    (name !== '' && name === listenHost.toLowerCase()) ||
    allowedHosts.match(name) !== undefined
  )
}

/** Other pages of the same site are as untrusted as any: another origin served them. */
const CROSS_SITE = new Set(['cross-site', 'same-site'])

function browserProblem(head: Head, authority: string): string | undefined {
  for (let i = 0; i < head.raw.length; i += 2) {
    const name = foldedName(head.raw[i] ?? '')
    const value = trimOws(head.raw[i + 1] ?? '').toLowerCase()
    if (name === 'sec-fetch-site' && CROSS_SITE.has(value)) return `${value} request`
    if (name === 'origin' && !isSameAuthority(value, authority)) return 'Origin is not this authority'
  }
  return undefined
}

function isSameAuthority(origin: string, authority: string): boolean {
  try {
    const {protocol, host} = new URL(origin)
    return (protocol === 'http:' || protocol === 'https:') && host === authority
  } catch {
    return false
  }
}

function hostOf(authority: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::[0-9]*)?$/.exec(authority)
  return match?.[1] ?? match?.[2] ?? ''
}

/** Page for people who open the listener in a browser. */
function pageList({host}: ListenerContext): string {
  return `Pipelock. Pages: ${['/fetch?url=URL', ...host.routes.keys()].join(' ')}`
}

/** Path without query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** The URI of a request to this listener, as its client named it. */
export function ownUri({form, target, host = ''}: Head): string {
  return form === 'absolute' ? target : `http://${host}${target}`
}

export function serveOwn(context: ListenerContext, served: ServerExchange, head: Head, listenHost: string): void {
  const path = pathOf(head.target)
  const route = context.host.routes.get(path)
  if (head.method === 'TRACE' || (head.form === 'asterisk' && head.method === 'OPTIONS')) {
    return refuseOwn(context, served, head, methodRefused(head.method), PROXY_METHODS)
  }
  const denied = context.host.denial(served.connection.clientIp, path)
  if (denied) {
    // a page under a foreign name must not even learn that
    const {allowedHosts} = context.host.settings()
    return refuseOwn(context, served, head, ownRouteProblem(head, {listenHost, allowedHosts}) ?? denied)
  }
  if (path === WEBSOCKET_PATH) return serveWebSocketPath(context, served, head, listenHost)
  if (!route) {
    const {allowedHosts} = context.host.settings()
    const isIndex = path === '/' && !ownRouteProblem(head, {listenHost, allowedHosts})
    served.respond(isIndex ? plainResponse(200, pageList(context)) : plainResponse(404, 'not found'))
    return
  }
  const {allowedHosts} = context.host.settings()
  const refused = ownRouteProblem(head, {listenHost, allowedHosts})
  if (refused) return refuseOwn(context, served, head, refused)
  if (!route.methods.includes(head.method)) {
    return refuseOwn(context, served, head, methodRefused(head.method), route.methods.join(', '))
  }
  serveRoute(context, served, route, ownRequest(head, served.req, served.connection.clientIp, context.limits.headMs))
}

/** Not an upgrade, or the WebSocket proxy is off. */
function serveWebSocketPath(context: ListenerContext, served: ServerExchange, head: Head, listenHost: string): void {
  const {allowedHosts} = context.host.settings()
  const refused = ownRouteProblem(head, {listenHost, allowedHosts})
  if (refused) return refuseOwn(context, served, head, refused)
  if (!context.host.websocket().enabled) return refuseOwn(context, served, head, webSocketOff())
  if (head.method !== 'GET') return refuseOwn(context, served, head, methodRefused(head.method), 'GET')
  refuseOwn(context, served, head, handshakeRefused('no Upgrade to websocket'))
}

export function ownRequest(
  {method, target, host = '', raw, length}: Head,
  body: BodySource,
  clientIp: string,
  waitMs: number,
): OwnRequest {
  const lines = (name: string): readonly string[] => linesOf({raw}, name)
  return {
    method,
    target,
    authority: host,
    clientIp,
    lines,
    field(name) {
      const values = lines(name)
      return values.length === 0 ? undefined : values.join(', ')
    },
    body: (maxBytes) => readBody(body, {length, maxBytes, waitMs}),
  }
}

function serveRoute(context: ListenerContext, served: ServerExchange, route: OwnRoute, request: OwnRequest): void {
  const failed = (error: unknown): void => {
    context.host.ports.log.error('error', {where: 'route', error: error instanceof Error ? error.message : 'unknown'})
    served.respond(plainResponse(500, 'internal error'))
  }
  // catches a route that throws instead of rejecting, too
  Promise.resolve()
    .then(() => route.handle(request))
    .then(({status, headers, body}) =>
      served.respond({status, fields: headers.flatMap(([n, v]: Header) => [n, v]), body, close: false}),
    )
    .catch(failed)
}

/** Refuses a request to an own route, or a head: this is a decision and has a receipt like any other. */
function refuseOwn(
  context: ListenerContext,
  served: ServerExchange,
  head: Head,
  finding: Finding,
  allow?: string,
): void {
  refuse(context, served, {finding, head, rawTarget: UNREADABLE_TARGET, allow})
}

export interface Refusal {
  readonly finding: Finding
  readonly head: Head | undefined
  readonly rawTarget: string
  readonly allow?: string | undefined
}

export function refuse(
  context: ListenerContext,
  served: ServerExchange,
  {finding, head, rawTarget, allow}: Refusal,
): void {
  const {host} = context
  const settings = host.settings()
  const policy = host.policy()
  const {tunnel, clientIp} = served.connection
  const x = context.exchange({
    transport: plainTransport(context),
    purpose: 'request',
    agent: tunnel
      ? tunnel.agent
      : identify({
          headers: head?.agents ?? [],
          query: undefined,
          defaultIdentity: settings.defaultAgentIdentity,
          bindDefault: settings.bindDefaultAgentIdentity,
        }),
    clientIp,
    rawTarget,
    target: undefined,
    method: served.req.method ?? '',
    headers: headerPairs(served.req.rawHeaders),
  })
  const crash = (): void => served.destroy()
  whenReady(
    policy.commit(x, policy.conclude(x, [finding])),
    (ruling) => {
      const owner: ServerExchangeOwner = {
        closed() {
          policy.observe(x, ruling, {
            status: served.status,
            responseBytes: 0,
            requestBytes: 0,
            durationMs: host.ports.clock.monotonic() - served.startedAt,
          })
        },
        broken() {},
        idle() {
          served.destroy()
        },
      }
      if (served.gone) return owner.closed()
      served.owner = owner
      served.respond(blockResponse('forward', x, ruling, allow === undefined ? {} : {allow}))
    },
    crash,
  )
}
