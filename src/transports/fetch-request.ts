// Turns a request to /fetch into an exchange, with the refusals that precede any judgement.
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import {parseTarget} from '../core/target.js'
import type {TransportSettings} from '../core/services/proxy.js'
import type {ListenerContext} from './context.js'
import {headerPairs, UNREADABLE_TARGET} from './exchange-factory.js'
import {readFetchQuery} from './fetch-target.js'
import type {Head} from './head-checks.js'
import {identify} from './identity.js'
import {ownRouteProblem, ownUri} from './own-routes.js'
import {methodRefused, targetRefused} from './refusals.js'

export interface FetchRequest {
  readonly head: Head
  readonly clientIp: string
  readonly listenHost: string
  readonly signal: AbortSignal
}

export function readFetchRequest(
  {exchange}: ListenerContext,
  settings: TransportSettings,
  {head, clientIp, listenHost, signal}: FetchRequest,
): {readonly x: Exchange; readonly refused: Finding | undefined} {
  const query = readFetchQuery(head.target)
  const {target} = query.target === undefined ? {target: undefined} : parseTarget(query.target)
  const headers = headerPairs(head.raw)
  const x = exchange({
    transport: 'fetch',
    purpose: 'request',
    agent: identify({
      headers: head.agents,
      query: query.agent,
      defaultIdentity: settings.defaultAgentIdentity,
      bindDefault: settings.bindDefaultAgentIdentity,
    }),
    clientIp,
    rawTarget: target && query.target !== undefined ? query.target : UNREADABLE_TARGET,
    target,
    method: head.method,
    headers,
    // the query of an unreadable target may hold anything, and nothing is fetched for it
    received: target && {uri: ownUri(head), headers},
    signal,
  })
  return {x, refused: ownRouteProblem(head, {listenHost, allowedHosts: settings.allowedHosts}) ?? unusable()}

  function unusable(): Finding | undefined {
    if (head.method !== 'GET') return {...methodRefused(head.method), clientDetail: 'only GET allowed'}
    if (query.target === undefined) return targetRefused("missing 'url' query parameter")
    return target ? undefined : targetRefused('invalid URL: must be http or https')
  }
}
