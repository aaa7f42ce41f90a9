// One event for every exchange that ended, one for every finding that only warned, and one for every finding in
// content, blocked or not.
import type {Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {ExchangeEnd} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {Log, TerminalOutput} from '../../core/ports.js'
import {besideHost, eventSubject, eventUrl, hidingFinding} from '../../core/render.js'
import {exchangeLine} from './people.js'
import {techniqueOf} from './techniques.js'

interface Includes {
  readonly include_allowed: boolean
  readonly include_blocked: boolean
}

const ALLOWED = {
  fetch: 'allowed',
  forward: 'forward_http',
  intercept: 'forward_http',
  connect: 'tunnel_close',
  websocket: 'ws_close',
  reverse: 'forward_http',
} as const

type People = (format: (time: string, terminal: TerminalOutput) => string) => void

export function decisionEvents(
  section: Includes,
  log: Log,
  people?: People,
): (x: Exchange, ruling: Ruling, end: ExchangeEnd) => void {
  const {include_allowed: sayAllowed} = section
  return (x, ruling, end) => {
    const {decision, warnMatches = NO_MATCHES} = ruling
    if (people && (decision.action === 'block' ? section.include_blocked : sayAllowed || decision.action !== 'allow'))
      people((time, terminal) => exchangeLine(x, ruling, end, time, terminal))
    const {action, cause} = decision
    // most exchanges: no finding, and nothing more to search
    if (decision.findings.length === 0 && warnMatches.length === 0 && action !== 'block') {
      if (sayAllowed) log.info(ALLOWED[x.transport], passed(x, ruling, undefined, end))
      return
    }
    const hiding = hidingFinding(decision)
    // the match of a report-only pattern is still a credential in the URL
    const echo = warnMatches.length > 0 && !hiding?.inHost ? {layer: 'dlp'} : hiding
    const subject = (): Readonly<Record<string, unknown>> => eventSubject(x, echo)
    for (const {pattern_name: pattern, severity} of warnMatches) {
      const what = {mode: 'warn', pattern, severity, transport: x.transport, mitre_technique: techniqueOf('dlp')}
      log.warn('dlp_warn', {...subject(), ...what})
    }
    for (const finding of decision.findings) {
      const event = contentEvent(finding)
      if (event !== undefined) log.warn(event.name, {...subject(), ...event.fields, ...exemptFields(finding)})
    }
    // what was refused in an open WebSocket was logged when it was refused
    const isLogged = x.transport === 'websocket' && end.status === 101
    if (action === 'block' && cause && !isLogged) {
      log.warn('blocked', {...subject(), ...blockFields(cause, hiding), ...routeFields(x, ruling)})
      return
    }
    for (const finding of decision.findings) {
      if (finding.action !== 'warn' || contentEvent(finding) !== undefined) continue
      log.warn('anomaly', {...subject(), ...anomalyFields(finding, hiding)})
    }
    if (sayAllowed) log.info(ALLOWED[x.transport], passed(x, ruling, echo, end))
  }
}

const NO_MATCHES: NonNullable<Ruling['warnMatches']> = []

/** The fields of an exchange that passed. */
function passed(
  x: Exchange,
  ruling: Ruling,
  echo: Parameters<typeof eventSubject>[1],
  end: ExchangeEnd,
): Readonly<Record<string, unknown>> {
  const duration_ms = Math.round(end.durationMs * 1000) / 1000
  if (x.transport === 'connect')
    return {...eventSubject(x, echo), total_bytes: end.requestBytes + end.responseBytes, duration_ms}
  if (x.transport === 'websocket')
    return {
      ...eventSubject(x, echo),
      client_to_server_bytes: end.requestBytes,
      server_to_client_bytes: end.responseBytes,
      text_frames: end.messages?.text ?? 0,
      binary_frames: end.messages?.binary ?? 0,
      duration_ms,
    }
  // most lines of all: one object, without copying another
  const line = {
    agent: x.agent.name,
    method: x.method,
    client_ip: x.clientIp,
    request_id: x.requestId,
    url: eventUrl(x, echo),
    status_code: end.status,
    size_bytes: end.responseBytes,
    duration_ms,
  }
  const route = routeFields(x, ruling)
  return route ? {...line, ...route} : line
}

/** Its route, and that bodies moved unread there. */
function routeFields(x: Exchange, {policy}: Ruling): Readonly<Record<string, unknown>> | undefined {
  const route = policy.route(x)
  if (!route) return undefined
  const isUnread = x.transport !== 'fetch' && (route.requests.body === 'stream' || route.responses.body === 'stream')
  return {route: route.name, ...(isUnread && {inspected: 'head-only'})}
}

interface ContentEvent {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The event of a finding in content, for those that have one. */
function contentEvent({layer, action, matches = [], header, rule, detail}: Finding): ContentEvent | undefined {
  const patterns = matches.map((match) => match.pattern_name)
  switch (layer) {
    case 'response_scan':
    case 'core_response':
      if (patterns.length === 0) return undefined
      return {
        name: 'response_scan',
        fields: {action, match_count: patterns.length, patterns, mitre_technique: techniqueOf(layer)},
      }
    case 'body_dlp':
      return {
        name: layer,
        fields: {action, match_count: matches.length, patterns, mitre_technique: techniqueOf(layer)},
      }
    case 'header_dlp':
      return {name: layer, fields: {header, action, patterns, mitre_technique: techniqueOf(layer)}}
    case 'body_prompt_injection':
      return {name: layer, fields: {action, match_count: matches.length, findings: patterns}}
    case 'cross_request':
      return {
        name: rule === 'Entropy Budget' ? 'cross_request_entropy_exceeded' : 'cross_request_dlp_match',
        fields: {action, pattern: rule, reason: detail},
      }
    default:
      return undefined
  }
}

/** The label of a resolver failure stays `ssrf`; the log names the resolver, which is what people need to fix. */
const RESOLVER_LABELS: ReadonlyMap<string, string> = new Map([
  ['resolver_timeout', 'dns_timeout'],
  ['resolver_no_such_host', 'dns_no_such_host'],
  ['resolver_error', 'dns_resolver_error'],
])

function blockFields(cause: Finding, hiding: Finding | undefined): Readonly<Record<string, unknown>> {
  return {
    scanner: cause.layer,
    reason: besideHost(cause, hiding, cause.detail),
    display_label: cause.rule === undefined ? undefined : RESOLVER_LABELS.get(cause.rule),
    block_reason: cause.reason,
    score: cause.score,
    ...technique(cause),
  }
}

function anomalyFields(finding: Finding, hiding: Finding | undefined): Readonly<Record<string, unknown>> {
  const reason = besideHost(finding, hiding, finding.detail)
  return {scanner: finding.layer, reason, score: finding.score ?? 0, ...technique(finding), ...exemptFields(finding)}
}

/** The exemption of a route that keeps the finding from being enforced. */
function exemptFields({exemption}: Finding): Readonly<Record<string, unknown>> {
  if (!exemption) return {}
  const {route, owner, reason, expires} = exemption
  return {exempt_route: route, exempt_owner: owner, exempt_reason: reason, exempt_expires: expires}
}

/** Only a threat is attack evidence: a rate limit, an allowlist gap or a resolver failure is not. */
function technique(finding: Finding): Readonly<Record<string, unknown>> {
  if (finding.class !== undefined && finding.class !== 'threat') return {}
  return {mitre_technique: techniqueOf(finding.layer)}
}
