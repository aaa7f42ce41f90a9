// One decision as a capture: what compile learns from. The URL is the one received, since a parser erases evidence;
// credentials are removed before it is written.
import type {Decision, Finding} from '../../../core/decision.js'
import type {Exchange, Target} from '../../../core/exchange.js'
import type {ExchangeEnd} from '../../../core/plugin.js'
import type {Ruling} from '../../../core/policy.js'
import type {Ports} from '../../../core/ports.js'
import type {CaptureDetail, CaptureFinding, CaptureOutcome, StatusClass} from '../../../formats/capture.js'
import type {UrlPayload} from '../../../formats/capture-payload.js'
import {capturedUrl} from '../../../core/contract/captured-url.js'
import type {IsClean} from '../../../formats/sanitise.js'

const SUBSURFACES = {
  fetch: 'fetch_url',
  forward: 'forward_url',
  intercept: 'intercept_url',
  connect: 'connect_url',
  websocket: 'ws_url',
  reverse: 'dlp_reverse_url',
} as const

const OUTCOMES: Readonly<Record<Decision['action'], CaptureOutcome>> = {
  allow: 'clean',
  warn: 'warned',
  block: 'blocked',
  strip: 'stripped',
  redirect: 'redirected',
  ask: 'blocked', // nobody answered: it did not pass
}

const STATUS_CLASSES: readonly StatusClass[] = ['1xx', '2xx', '3xx', '4xx', '5xx']

export interface RecordOptions {
  /** undefined: redaction is off, URLs stand in clear. */
  readonly isClean: IsClean | undefined
  readonly build: Ports['build']
}

/** The surface `url` of an exchange that was judged; undefined for one whose target could not even be read. */
export function captureOf(
  x: Exchange,
  /** As it may be written down. */
  agent: string,
  {decision, policy}: Ruling,
  end: ExchangeEnd,
  {isClean, build}: RecordOptions,
): Omit<CaptureDetail, 'session_id_original' | 'payload'> | undefined {
  const {target, transport} = x
  if (target === undefined) return undefined
  const findings = decision.findings.filter((f) => f.action !== 'allow')
  return {
    surface: 'url',
    subsurface: SUBSURFACES[transport],
    config_hash: policy.configHash,
    build_version: build.version,
    build_sha: build.sha,
    agent,
    request_bytes: end.requestBytes,
    transform_kind: '',
    request: {method: x.method, url: capturedUrl(x.method, target, decision.findings, isClean)},
    raw_findings: findings.map(rawFinding),
    effective_findings: findings.map((f) => ({...rawFinding(f), action: f.action})),
    effective_action: decision.action,
    outcome: OUTCOMES[decision.action],
    ...(OUTCOMES[decision.action] !== 'blocked' && {status_class: statusClass(end)}),
  }
}

/** undefined: the agent got no answer. One of the firewall itself says that the origin gave none: 502, 504. */
function statusClass({status, originStatus = status}: ExchangeEnd): StatusClass | undefined {
  const digit = Math.floor(originStatus / 100)
  return digit >= 1 && digit <= 5 ? STATUS_CLASSES[digit - 1] : undefined
}

/** The input of the same decision as it was judged, for a sidecar. */
export function payloadOf({method, headers}: Exchange, target: Target, {requestBytes}: ExchangeEnd): UrlPayload {
  return {surface: 'url', method, url: capturedUrl(method, target, [], undefined), headers, requestBytes}
}

/** What the check saw, before mode and contract said what becomes of it. */
function rawFinding(f: Finding): CaptureFinding {
  return {kind: f.layer, severity: f.severity, ...(f.rule !== undefined && {pattern_name: f.rule})}
}
