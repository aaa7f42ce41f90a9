// One decision as a capture: what compile learns from. The URL is the one received, since a parser erases evidence, and
// free of credentials before it is written (learn §3.3, §7; proxy §5.2).
import type {Decision, Finding} from '../../../core/decision.js'
import type {Exchange, Target} from '../../../core/exchange.js'
import type {ExchangeEnd} from '../../../core/plugin.js'
import type {Ruling} from '../../../core/policy.js'
import type {Ports} from '../../../core/ports.js'
import type {CaptureDetail, CaptureFinding, CaptureOutcome} from '../../../core/formats/capture.js'
import {hideTarget, REDACTED_TARGET, sanitiseTarget, type IsClean} from '../../../core/formats/sanitise.js'

const SUBSURFACES = {fetch: 'fetch_url', forward: 'forward_url', connect: 'connect_url'} as const

const OUTCOMES: Readonly<Record<Decision['action'], CaptureOutcome>> = {
  allow: 'clean',
  warn: 'warned',
  block: 'blocked',
  strip: 'stripped',
  redirect: 'redirected',
  ask: 'blocked', // nobody answered: it did not pass
}

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
): Omit<CaptureDetail, 'session_id_original'> | undefined {
  const {target, transport} = x
  if (target === undefined) return undefined
  const url = urlOf(x.method, target)
  const findings = decision.findings.filter((f) => f.action !== 'allow')
  return {
    surface: 'url',
    subsurface: SUBSURFACES[transport],
    config_hash: policy.configHash,
    build_version: build.version,
    build_sha: build.sha,
    agent,
    payload_bytes: end.requestBytes,
    payload_complete: false,
    transform_kind: '',
    request: {method: x.method, url: isClean === undefined ? url : cleanUrl(url, decision.findings, isClean)},
    raw_findings: findings.map(rawFinding),
    effective_findings: findings.map((f) => ({...rawFinding(f), action: f.action})),
    effective_action: decision.action,
    outcome: OUTCOMES[decision.action],
  }
}

/** A tunnel is learned by host and port alone (learn §7.2). */
function urlOf(method: string, target: Target): string {
  if (method !== 'CONNECT') return target.raw
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  return `https://${host}${target.port === 443 ? '' : `:${target.port}`}`
}

/** A credential that only shows decoded or joined leaves nothing but the host. */
function cleanUrl(url: string, findings: readonly Finding[], isClean: IsClean): string {
  const shown = sanitiseTarget(url, isClean)
  if (shown !== url) return shown
  const found = findings.find((f) => f.reason === 'dlp_match')
  if (found === undefined) return url
  return found.inHost ? REDACTED_TARGET : hideTarget(url, isClean)
}

/** What the check saw, before mode and contract said what becomes of it. */
function rawFinding(f: Finding): CaptureFinding {
  return {kind: f.layer, severity: f.severity, ...(f.rule !== undefined && {pattern_name: f.rule})}
}
