// Requests to ourselves: /fetch, /health, /stats, /metrics and what else the host offers (proxy §2.3). Never gated by
// policy; the browser guard keeps web pages from driving them.
import {isIP} from 'node:net'
import type {Header} from '../core/exchange.js'
import {blockAnswer, plainAnswer, PROXY_METHODS} from './answers.js'
import {whenReady, type ListenerContext} from './context.js'
import {headerPairs, UNREADABLE_TARGET} from './exchange-factory.js'
import type {Head} from './head-checks.js'
import type {OwnRequest, OwnRoute} from './host.js'
import {identify} from './identity.js'
import {browserRefused, methodRefused} from './refusals.js'
import type {Turn, TurnOwner} from './turn.js'
import type {Finding} from '../core/decision.js'

/** Why a browser's request is refused; undefined when it may pass. Requests without a browser's fields are not judged. */
export function browserProblem(head: Head, listenHost: string): string | undefined {
  if (!head.browser) return undefined
  const authority = (head.host ?? '').toLowerCase()
  const host = hostOf(authority)
  // a name that an attacker's DNS could have pointed at us
  if (host !== 'localhost' && isIP(host) === 0 && host !== listenHost.toLowerCase()) return 'Host is a foreign name'
  for (let i = 0; i < head.raw.length; i += 2) {
    const name = (head.raw[i] ?? '').toLowerCase()
    const value = (head.raw[i + 1] ?? '').trim().toLowerCase()
    if (name === 'sec-fetch-site' && value === 'cross-site') return 'cross-site request'
    if (name === 'origin' && !originAllowed(value, authority)) return 'Origin is neither loopback nor this authority'
  }
  return undefined
}

function originAllowed(origin: string, authority: string): boolean {
  let url: URL
  try {
    url = new URL(origin)
  } catch {
    return false
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  if (url.host === authority) return true
  const host = hostOf(url.host)
  return host === 'localhost' || host === '::1' || /^127(?:\.[0-9]+){3}$/.test(host)
}

function hostOf(authority: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::[0-9]*)?$/.exec(authority)
  return match?.[1] ?? match?.[2] ?? ''
}

/** Path without query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

export function serveOwn(context: ListenerContext, turn: Turn, head: Head, listenHost: string): void {
  const path = pathOf(head.target)
  const route = context.host.routes.get(path)
  if (head.method === 'TRACE' || (head.form === 'asterisk' && head.method === 'OPTIONS')) {
    return refuseOwn(context, turn, head, methodRefused(head.method), PROXY_METHODS)
  }
  if (!route) {
    turn.answer(plainAnswer(404, 'not found'))
    return
  }
  const problem = browserProblem(head, listenHost)
  if (problem !== undefined) return refuseOwn(context, turn, head, browserRefused(problem))
  if (!route.methods.includes(head.method)) {
    return refuseOwn(context, turn, head, methodRefused(head.method), route.methods.join(', '))
  }
  answerRoute(context, turn, route, ownRequest(head))
}

export function ownRequest({method, target, host = '', raw}: Head): OwnRequest {
  return {
    method,
    target,
    authority: host,
    field: (name) => {
      const values = raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name)
      return values.length === 0 ? undefined : values.join(', ')
    },
  }
}

function answerRoute(context: ListenerContext, turn: Turn, route: OwnRoute, request: OwnRequest): void {
  const failed = (error: unknown): void => {
    context.host.ports.log.error('error', {where: 'route', error: error instanceof Error ? error.message : 'unknown'})
    turn.answer(plainAnswer(500, 'internal error'))
  }
  // a route that throws instead of rejecting is caught as well
  Promise.resolve()
    .then(() => route.handle(request))
    .then(({status, headers, body}) =>
      turn.answer({status, fields: headers.flatMap(([n, v]: Header) => [n, v]), body, close: false}),
    )
    .catch(failed)
}

/** A refusal on an own route or of a head: it is a decision, so it has its receipt like any other. */
export function refuseOwn(context: ListenerContext, turn: Turn, head: Head, finding: Finding, allow?: string): void {
  refuse(context, turn, {finding, head, rawTarget: UNREADABLE_TARGET, allow})
}

export interface Refusal {
  readonly finding: Finding
  readonly head: Head | undefined
  readonly rawTarget: string
  readonly allow?: string | undefined
}

export function refuse(context: ListenerContext, turn: Turn, {finding, head, rawTarget, allow}: Refusal): void {
  const {host} = context
  const settings = host.settings()
  const policy = host.policy()
  const {tunnel, clientIp} = turn.connection
  const x = context.exchange({
    transport: 'forward',
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
    method: turn.req.method ?? '',
    headers: headerPairs(turn.req.rawHeaders),
  })
  const crash = (): void => turn.destroy()
  whenReady(
    policy.commit(x, policy.conclude(x, [finding])),
    (ruling) => {
      const owner: TurnOwner = {
        closed() {
          policy.observe(x, ruling, {
            status: turn.status,
            responseBytes: 0,
            requestBytes: 0,
            durationMs: host.ports.clock.monotonic() - turn.startedAt,
          })
        },
        broken() {},
        idle() {
          turn.destroy()
        },
      }
      if (turn.gone) return owner.closed()
      turn.owner = owner
      turn.answer(blockAnswer('forward', x, ruling, allow === undefined ? {} : {allow}))
    },
    crash,
  )
}
