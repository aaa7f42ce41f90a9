// Redirects that the proxy follows itself: every hop is a decision like the first one. The client sees a refused hop as
// a redirect that was not followed.
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import type {Content, Ruling} from '../core/policy.js'
import {echoUrl, hidingFinding} from '../core/render.js'
import {REASONS} from '../core/reasons.js'
import {parseTarget} from '../core/target.js'
import {proceeds} from './local-responses.js'
import {checkDialable, type ListenerContext} from './context.js'
import {headerPairs, UNREADABLE_TARGET} from './exchange-factory.js'
import type {RedirectHop} from './redirects.js'
import {downgradeRefused, locationRefused} from './refusals.js'

const HINT = 'redirects to other origins are decided like requests; allow the target or request it directly'

export interface Hop {
  readonly x: Exchange
  /** Committed: the hop may be sent when it proceeds. */
  readonly ruling: Ruling
}

export interface HopFrom {
  readonly x: Exchange
  readonly redirect: Exclude<RedirectHop, {kind: 'none'}>
  /** 1-based. */
  readonly hop: number
  /** Fields of the next request, names and values alternating; undefined where the proxy creates them. */
  readonly fields?: readonly string[]
  /** The body that the next request repeats: it is judged again for another destination. */
  readonly content?: Content | undefined
}

/** The exchange of the next hop, not judged yet. */
export function hopExchange({exchange}: ListenerContext, {x, redirect, fields = []}: HopFrom): Exchange {
  const url = redirect.kind === 'next' ? redirect.url : UNREADABLE_TARGET
  return exchange({
    transport: x.transport,
    purpose: 'redirect',
    agent: x.agent,
    clientIp: x.clientIp,
    rawTarget: url,
    target: parseTarget(url).target,
    method: redirect.kind === 'next' ? redirect.method : x.method,
    headers: headerPairs(fields),
    of: x,
    signal: x.signal,
  })
}

/** Judges and commits a hop under the policy that the exchange began with. */
export async function decideHop(context: ListenerContext, ruling: Ruling, from: HopFrom, next: Exchange): Promise<Hop> {
  const {policy} = ruling
  const committed = await policy.commit(next, await judgeHop(context, ruling, from, next))
  if (proceeds(committed)) logRedirect(context, ruling, from, {x: next, ruling: committed})
  return {x: next, ruling: committed}
}

function logRedirect(context: ListenerContext, ruling: Ruling, from: HopFrom, to: Hop): void {
  const {x: next, ruling: committed} = to
  context.host.ports.log.info('redirect', {
    agent: next.agent.name,
    method: next.method,
    client_ip: next.clientIp,
    request_id: next.requestId,
    original_url: echoUrl(from.x.target, hidingFinding(ruling.decision)),
    redirect_url: echoUrl(next.target, hidingFinding(committed.decision)),
    hop: from.hop,
  })
}

async function judgeHop(context: ListenerContext, {policy}: Ruling, from: HopFrom, next: Exchange): Promise<Ruling> {
  if (from.redirect.kind === 'unusable') return notFollowed(policy.conclude(next, [locationRefused()]))
  let ruling = await policy.judge(next, from.content)
  if (proceeds(ruling) && from.x.target?.scheme === 'https' && next.target?.scheme === 'http') {
    ruling = policy.conclude(next, [downgradeRefused()], ruling)
  }
  if (proceeds(ruling)) ruling = checkDialable(context, next, ruling)
  return notFollowed(ruling)
}

function notFollowed(ruling: Ruling): Ruling {
  const {cause} = ruling.decision
  if (proceeds(ruling) || !cause) return ruling
  const renamed: Finding = {
    ...cause,
    reason: 'redirect_scan_denied',
    severity: REASONS.redirect_scan_denied.severity,
    hint: cause.hint ?? HINT,
  }
  const findings = ruling.decision.findings.map((f) => (f === cause ? renamed : f))
  return {...ruling, decision: {...ruling.decision, cause: renamed, findings}}
}
