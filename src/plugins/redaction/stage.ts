// Redaction as a stage of the pipeline: which bodies must be whole, what becomes of them, and
// the refusal of those that cannot be redacted.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Header, Unit} from '../../core/exchange.js'
import type {Hooks, Rewrite} from '../../core/plugin.js'
import {codingOf, decodeContent} from '../../lib/body/content-coding.js'
import type {RedactionService} from './create.js'
import type {FailureCode} from './redact-json.js'
import type {RequestFacts} from './unparseable.js'

/** Before every other look at the body. */
const ORDER = 20

export function redactionHooks(service: RedactionService): Partial<Hooks> {
  if (!service.enabled) return {}
  return {
    requires(x, head) {
      if (head.direction !== 'request' || x.purpose === 'replay') return undefined
      // a body that passes as it is need not be whole
      if (service.isExempt(factsOf(x, head))) return undefined
      return {maxBytes: service.maxBodyBytes, over: () => failure('body_too_large')}
    },
    rewrite(x, unit) {
      if (unit.direction !== 'request' || unit.kind !== 'body') return {unit, findings: [], changed: false}
      return rewrite(service, x, unit)
    },
  }
}

async function rewrite(service: RedactionService, x: Exchange, received: Unit): Promise<Rewrite> {
  const unit = await withoutCoding(received, service.maxBodyBytes)
  if (unit === undefined) return {unit: received, findings: [failure('body_unparseable')], changed: false}
  const result = await service.request(unit.bytes, factsOf(x, unit), x)
  if (!result.ok) return {unit, findings: [failure(result.code, result.label)], changed: false}
  const {bytes, summary} = result
  if (bytes === unit.bytes) return {unit, findings: [], changed: false}
  return {unit: {...unit, bytes}, findings: [], changed: true, ...(summary && {redaction: summary})}
}

const MAX_RATIO = 100

/** The body as its receiver will read it; undefined where that cannot be told. */
async function withoutCoding(unit: Unit, maxBytes: number): Promise<Unit | undefined> {
  const isCoding = ([name]: Header): boolean => name.toLowerCase() === 'content-encoding'
  const coding = codingOf(unit.headers.filter(isCoding).map(([, value]) => value))
  if (coding === 'identity' || unit.bytes.length === 0) return unit
  if (typeof coding === 'object') return undefined
  const decoded = await decodeContent(unit.bytes, coding, {maxBytes, maxRatio: MAX_RATIO})
  if (!('bytes' in decoded)) return undefined
  return {...unit, bytes: decoded.bytes, headers: unit.headers.filter((header) => !isCoding(header))}
}

function factsOf(x: Exchange, unit: Unit): RequestFacts {
  return {
    host: x.target?.host ?? '',
    method: x.method,
    path: pathOf(x),
    contentType: unit.contentType,
  }
}

/** The path that is forwarded: the raw one may hide dot segments. */
function pathOf({target}: Exchange): string {
  return target?.path ?? ''
}

const HINTS: Partial<Readonly<Record<FailureCode, string>>> = {
  non_json_body: 'redaction.allowlist_unparseable names hosts that may receive other bodies than JSON',
  multipart_unsupported: 'redaction.allowlist_unparseable names hosts that may receive other bodies than JSON',
  streaming_request_unsupported: 'redaction.allowlist_unparseable names hosts that may receive other bodies than JSON',
  body_too_large: 'redaction.limits.max_body_bytes',
  redaction_overflow: 'redaction.limits.max_redactions_per_request',
  json_depth_exceeded: 'redaction.limits.max_depth',
  secret_in_numeric_scalar: 'redaction.profiles names the classes that are looked for, in numbers as well',
}

/** Hard in every mode: what could not be redacted would be sent in clear. */
function failure(code: FailureCode, label?: string): Finding {
  const hint = HINTS[code]
  return {
    plugin: 'redaction',
    authority: 'scanner',
    layer: 'redaction',
    reason: 'redaction_failure',
    action: 'block',
    severity: 'critical',
    hard: true,
    order: ORDER,
    detail: `redaction blocked request: ${code}`,
    ...(hint !== undefined && {hint}),
    ...(label !== undefined && {rule: label}),
  }
}
