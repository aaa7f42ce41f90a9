// The counters. Created once; a reload does not reset them. Counts of other plugins are read when a page is requested,
// not pushed.
import {collectDefaultMetrics, Counter, Gauge, Histogram, Registry} from 'prom-client'
import type {Exchange} from '../../core/exchange.js'
import type {ExchangeEnd} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {Ports} from '../../core/ports.js'
import {hidingFinding} from '../../core/render.js'
import type {Sample} from '../../core/sample.js'
import type {HostCounters} from '../../core/services/metrics.js'
import {TopNames} from './top-names.js'

/**
 * There are no agent profiles yet: every request belongs to the base one. A client-supplied name is never a label, or a
 * client could create series without bound.
 */
const AGENT = '_default'
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Parts of the page format that this build lacks: reported as inactive. */
const ABSENT = {
  sessions: {active: 0, anomalies: 0, escalations: 0, top_anomalies: []},
} as const

const NO_CROSS_REQUEST: CrossRequestStats = {
  entropy_tracker_active: false,
  fragment_buffer_active: false,
  fragment_buffer_bytes: 0,
}

/** A part of /stats. */
export interface CrossRequestStats {
  readonly entropy_tracker_active: boolean
  readonly fragment_buffer_active: boolean
  readonly fragment_buffer_bytes: number
}

export interface Counters extends HostCounters {
  observer(contractMode: string): (x: Exchange, ruling: Ruling, end: ExchangeEnd) => void
  /** Contributions of the current generation. */
  readFrom(read: () => readonly Sample[], crossRequest: () => CrossRequestStats): void
  text(): Promise<string>
  stats(): object
}

type ContentLayer = 'body_dlp' | 'body_prompt_injection' | 'header_dlp'

function isContentLayer(layer: string): layer is ContentLayer {
  return layer === 'body_dlp' || layer === 'body_prompt_injection' || layer === 'header_dlp'
}

export function createCounters(ports: Ports): Counters {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({name: `pipelock_${name}`, help, labelNames, registers})
  const histogram = (name: string, help: string, buckets: number[]): Histogram =>
    new Histogram({name: `pipelock_${name}`, help, buckets, registers})

  const requests = counter('requests_total', 'Decisions by result', 'result', 'agent')
  const matches = counter('scanner_hits_total', 'Findings that were enforced or warned about', 'scanner', 'agent')
  const durations = histogram(
    'request_duration_seconds',
    'Time of an exchange',
    [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )
  const contentMatches = {
    body_dlp: counter('body_dlp_hits_total', 'Request bodies with credentials', 'action', 'agent'),
    body_prompt_injection: counter(
      'body_prompt_injection_hits_total',
      'Request bodies with prompt injection',
      'action',
      'agent',
    ),
    header_dlp: counter('header_dlp_hits_total', 'Request headers with credentials', 'action', 'agent'),
  } as const
  const warned = counter('dlp_warn_matches_total', 'Matches of report-only patterns', 'pattern', 'transport')
  const reasons = counter('block_reason_total', 'Blocks by reason', 'reason', 'surface')
  const contracts = counter('contract_decisions_total', 'Verdicts of the active contract', 'mode', 'verdict')
  const tunnels = counter('tunnels_total', 'Tunnels by result', 'result', 'agent')
  const tunnelTime = histogram('tunnel_duration_seconds', 'Lifetime of a tunnel', [1, 5, 10, 30, 60, 120, 300])
  const tunnelBytes = counter('tunnel_bytes_total', 'Bytes through tunnels, both directions')
  const activeTunnels = new Gauge({name: 'pipelock_active_tunnels', help: 'Open tunnels', registers})
  const sni = counter('sni_total', 'First bytes of tunnels by kind', 'category', 'agent')
  const wsHints = counter('forward_ws_redirect_hint_total', 'CONNECTs to hosts of redirect_websocket_hosts')
  const intercepts = counter('tls_intercept_total', 'TLS tunnels by outcome of opening them', 'outcome')
  const handshakes = new Histogram({
    name: 'pipelock_tls_handshake_duration_seconds',
    help: 'Time of a completed TLS handshake, with a client or with an origin',
    labelNames: ['side'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
    registers,
  })
  const insideTunnels = {
    requests: counter('tls_request_blocked_total', 'Blocked requests inside opened tunnels', 'reason'),
    responses: counter('tls_response_blocked_total', 'Blocked responses inside opened tunnels', 'reason'),
  }
  const ws = {
    connections: counter('ws_connections_total', 'WebSockets by result', 'result'),
    duration: histogram('ws_duration_seconds', 'Lifetime of a WebSocket', [1, 5, 10, 30, 60, 300, 900, 3600]),
    bytes: counter('ws_bytes_total', 'Payload bytes through WebSockets', 'direction'),
    active: new Gauge({name: 'pipelock_ws_active_connections', help: 'Open WebSockets', registers}),
    frames: counter('ws_frames_total', 'Messages and control frames that arrived', 'type'),
    matches: counter('ws_scan_hits_total', 'Findings in messages', 'scanner'),
  }
  const reverse = {
    requests: counter('reverse_proxy_requests_total', 'Requests to the reverse proxy', 'method', 'status'),
    blocked: counter('reverse_proxy_scan_blocked_total', 'Blocks of the reverse proxy', 'direction', 'reason'),
  }
  const shareRefusals = counter(
    'share_refused_total',
    'Refusals because a client, or all clients together, had reached a bound',
    'resource',
  )
  const scans = {
    requests: counter('scan_api_requests_total', 'Requests to the scan API', 'kind', 'decision', 'status_code'),
    duration: new Histogram({
      name: 'pipelock_scan_api_duration_seconds',
      help: 'Time of a request to the scan API',
      labelNames: ['kind'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    findings: counter('scan_api_findings_total', 'Findings of the scan API', 'kind', 'scanner', 'severity'),
    errors: counter('scan_api_errors_total', 'Errors of the scan API', 'kind', 'error_code'),
    running: new Gauge({name: 'pipelock_scan_api_inflight_requests', help: 'Requests to the scan API', registers}),
  }
  const reloads = counter('config_reloads_total', 'Reloads by outcome', 'status')
  const hookFailures = counter('hook_failures_total', 'Hooks that threw; those before the bytes moved blocked')
  new Gauge({name: 'pipelock_info', help: 'Build', labelNames: ['version'], registers}).set(
    {version: ports.build.version},
    1,
  )
  collectDefaultMetrics({register: registry, prefix: 'pipelock_'})

  let collect = (): readonly Sample[] => []
  let crossRequestStats = (): CrossRequestStats => NO_CROSS_REQUEST
  const contributed = new Map<string, Counter | Gauge>()
  const readAll = (): void => {
    for (const result of ['allowed', 'blocked'] as const) {
      if (unread[result] > 0) requests.inc({result, agent: AGENT}, unread[result])
      unread[result] = 0
    }
    for (const own of contributed.values()) own.reset()
    for (const {gauge, name, help, labels = {}, value} of collect()) {
      const labelNames = Object.keys(labels)
      const make = () =>
        gauge ? new Gauge({name: `pipelock_${name}`, help, labelNames, registers}) : counter(name, help, ...labelNames)
      try {
        const own = contributed.get(name) ?? make()
        contributed.set(name, own)
        own.inc(labels, value)
      } catch {
        // labels of another set than before: one contributor must not take the page from all others
        hookFailures.inc()
      }
    }
  }

  const startedMs = ports.clock.monotonic()
  const totals = {allowed: 0, blocked: 0, tunnels: 0, websockets: 0}
  /** Decisions since the last read: looking up a counter by its labels costs more than counting. */
  const unread = {allowed: 0, blocked: 0}
  const domains = new TopNames()
  const scanners = new TopNames()

  return {
    observer: (contractMode) => (x, ruling, end) => {
      const {action, cause, findings} = ruling.decision
      const blocked = action === 'block'
      const result = blocked ? 'blocked' : 'allowed'
      totals[result]++
      unread[result]++
      durations.observe(end.durationMs / 1000)
      if (x.transport === 'connect') tunnels.inc({result: blocked ? 'blocked' : 'completed', agent: AGENT})
      if (x.transport === 'reverse' && x.purpose === 'request') {
        reverse.requests.inc({method: METHODS.has(x.method) ? x.method : 'OTHER', status: end.status})
        if (blocked && cause)
          reverse.blocked.inc({direction: end.responded ? 'response' : 'request', reason: cause.reason})
      }
      if (x.transport === 'intercept' && x.purpose === 'request' && blocked && cause)
        insideTunnels[end.responded ? 'responses' : 'requests'].inc({reason: cause.reason})
      if (x.transport === 'websocket') ws.connections.inc({result: blocked ? 'blocked' : 'completed'})
      for (const finding of findings) {
        if (finding.action === 'allow' || finding.layer === '') continue
        matches.inc({scanner: finding.layer, agent: AGENT})
        scanners.add(finding.layer)
        if (isContentLayer(finding.layer)) contentMatches[finding.layer].inc({action: finding.action, agent: AGENT})
      }
      for (const {pattern_name: pattern} of ruling.warnMatches ?? []) warned.inc({pattern, transport: x.transport})
      if (blocked && cause) {
        reasons.inc({reason: cause.reason, surface: x.transport})
        if (x.target && !ruling.isUnjudged)
          domains.add(hidingFinding(ruling.decision)?.inHost ? '_redacted' : x.target.host)
      }
      if (ruling.contract)
        contracts.inc({mode: contractMode, verdict: ruling.contract.liveVerdict || ruling.contract.verdict})
    },
    tunnelOpened() {
      totals.tunnels++
      activeTunnels.inc()
    },
    tunnelClosed(seconds, bytes) {
      totals.tunnels--
      activeTunnels.dec()
      tunnelTime.observe(seconds)
      tunnelBytes.inc(bytes)
    },
    firstBytes: (category) => sni.inc({category, agent: AGENT}),
    websocketHostHint: () => wsHints.inc(),
    intercepted: (outcome) => intercepts.inc({outcome}),
    handshake: (side, seconds) => handshakes.observe({side}, seconds),
    websocketOpened() {
      totals.websockets++
      ws.active.inc()
    },
    websocketClosed(seconds, {toServer, toClient}) {
      totals.websockets--
      ws.active.dec()
      ws.duration.observe(seconds)
      ws.bytes.inc({direction: 'client_to_server'}, toServer)
      ws.bytes.inc({direction: 'server_to_client'}, toClient)
    },
    websocketFrame: (type) => ws.frames.inc({type}),
    websocketMatch: (scanner) => ws.matches.inc({scanner}),
    shareRefused: (resource) => shareRefusals.inc({resource}),
    reloaded: (status) => reloads.inc({status}),
    hookFailed: () => hookFailures.inc(),
    scanBegan: () => scans.running.inc(),
    scanEnded(count) {
      scans.running.dec()
      if (count === undefined) return
      const {kind, decision, status, error, findings, seconds} = count
      scans.requests.inc({kind, decision, status_code: String(status)})
      scans.duration.observe({kind}, seconds)
      if (error !== '') scans.errors.inc({kind, error_code: error})
      for (const {scanner, severity} of findings) scans.findings.inc({kind, scanner, severity})
    },
    readFrom(read, crossRequest) {
      collect = read
      crossRequestStats = crossRequest
    },
    text() {
      readAll()
      return registry.metrics()
    },
    stats() {
      const {allowed, blocked} = totals
      const total = allowed + blocked
      return {
        uptime_seconds: Math.round(ports.clock.monotonic() - startedMs) / 1000,
        requests: {total, allowed, blocked, block_rate: total === 0 ? 0 : blocked / total},
        tunnels: totals.tunnels,
        websockets: totals.websockets,
        top_blocked_domains: domains.list(),
        top_scanners: scanners.list(),
        ...ABSENT,
        cross_request_detection: crossRequestStats(),
      }
    },
  }
}
