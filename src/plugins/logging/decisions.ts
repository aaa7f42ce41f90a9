// One event for every exchange that ended, and one for every finding that was only warned about (proxy §20.2).
import type {Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {ExchangeEnd} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {Log} from '../../core/ports.js'
import {besideHost, echoUrl, hidingFinding} from '../../core/render.js'
import {techniqueOf} from './techniques.js'

interface Includes {
  readonly include_allowed: boolean
  readonly include_blocked: boolean
}

const ALLOWED = {fetch: 'allowed', forward: 'forward_http', connect: 'tunnel_close'} as const

export function decisionEvents(section: Includes, log: Log): (x: Exchange, ruling: Ruling, end: ExchangeEnd) => void {
  return (x, {decision}, end) => {
    const {action, cause} = decision
    const hiding = hidingFinding(decision)
    const subject = (): Readonly<Record<string, unknown>> => about(x, hiding)
    if (action === 'block' && cause) {
      if (section.include_blocked) log.warn('blocked', {...subject(), ...blockFields(cause, hiding)})
      return
    }
    for (const finding of decision.findings) {
      if (finding.action === 'warn') log.warn('anomaly', {...subject(), ...anomalyFields(finding, hiding)})
    }
    if (!section.include_allowed) return
    const duration_ms = Math.round(end.durationMs * 1000) / 1000
    if (x.transport === 'connect') {
      log.info(ALLOWED.connect, {...subject(), total_bytes: end.requestBytes + end.responseBytes, duration_ms})
    } else {
      log.info(ALLOWED[x.transport], {
        ...subject(),
        status_code: end.status,
        size_bytes: end.responseBytes,
        duration_ms,
      })
    }
  }
}

/** The common fields; exactly one of `url` and `target` says what it was about. */
function about(x: Exchange, hiding: Finding | undefined): Readonly<Record<string, unknown>> {
  const common = {agent: x.agent.name, method: x.method, client_ip: x.clientIp, request_id: x.requestId}
  if (x.transport === 'connect' && x.target) {
    const host = x.target.host.includes(':') ? `[${x.target.host}]` : x.target.host
    return hiding?.inHost ? common : {...common, target: `${host}:${x.target.port}`}
  }
  return {...common, url: shortQuery(echoUrl(x.target, hiding))}
}

/** What an agent sends is in the evidence; the log shows which values there were, not all of each. */
function shortQuery(url: string): string {
  const start = url.indexOf('?')
  if (start === -1) return url
  return url.slice(0, start) + url.slice(start).replace(/=([^&]{32})[^&]+/g, '=$1…')
}

function blockFields(cause: Finding, hiding: Finding | undefined): Readonly<Record<string, unknown>> {
  return {
    scanner: cause.layer,
    reason: besideHost(cause, hiding, cause.detail),
    block_reason: cause.reason,
    score: cause.score,
    ...technique(cause),
  }
}

function anomalyFields(finding: Finding, hiding: Finding | undefined): Readonly<Record<string, unknown>> {
  const reason = besideHost(finding, hiding, finding.detail)
  return {scanner: finding.layer, reason, score: finding.score ?? 0, ...technique(finding)}
}

/** Only a threat is attack evidence: a rate limit, an allowlist gap or a resolver failure is not (proxy §20.2). */
function technique(finding: Finding): Readonly<Record<string, unknown>> {
  if (finding.class !== undefined && finding.class !== 'threat') return {}
  return {mitre_technique: techniqueOf(finding.layer)}
}
