// What was found, as findings: labels, actions, and texts that name rules and never what matched.
import type {Action, Finding, Replacement} from '../../core/decision.js'
import type {Reason} from '../../core/reasons.js'
import {scannerFinding} from '../../core/scanner-finding.js'

/** Behind everything about the request. */
const ORDER = {
  response_size: 300,
  tls_response_blocked: 300,
  response_scan: 310,
  core_response: 310,
  sse_stream: 320,
} as const
export type Layer = keyof typeof ORDER

interface Parts {
  readonly layer: Layer
  readonly reason: Reason
  readonly action: Action
  readonly detail: string
  readonly hint?: string
  readonly rules?: readonly {readonly rule: string; readonly severity: string}[]
  readonly replace?: readonly Replacement[]
}

export function finding({layer, reason, action, detail, hint, rules = [], replace}: Parts): Finding {
  const [first] = rules
  return scannerFinding({
    plugin: 'response-scanning',
    layer,
    reason,
    action,
    order: ORDER[layer],
    class: reason === 'response_size' ? 'protective' : 'threat',
    detail,
    ...(hint !== undefined && {hint}),
    ...(first !== undefined && {
      rule: first.rule,
      matches: rules.map(({rule, severity}) => ({pattern_name: rule, severity})),
    }),
    ...(replace !== undefined && {replace}),
  })
}

/** The largest response that is scanned, and where it is configured. */
export interface SizeBound {
  readonly maxBytes: number
  readonly layer: 'response_size' | 'tls_response_blocked'
  /** The route that sets it. */
  readonly route?: string
}

const SIZE_LIMITS = {
  response_size: {hint: 'raise fetch_proxy.max_response_mb', over: 'response over fetch_proxy.max_response_mb'},
  tls_response_blocked: {
    hint: 'raise tls_interception.max_response_bytes',
    over: 'response over tls_interception.max_response_bytes',
  },
} as const

/** Under `warn` the response is forwarded, whole and unscanned, and the finding states it. */
export function tooLarge({maxBytes, layer, route}: SizeBound, enforced: boolean): Finding {
  const {hint, over} =
    route === undefined
      ? SIZE_LIMITS[layer]
      : {
          hint: `raise responses.max_bytes of the route ${route}`,
          over: `response over responses.max_bytes of the route ${route}`,
        }
  return enforced
    ? finding({
        layer,
        reason: 'response_size',
        action: 'block',
        detail: 'response too large for scanning',
        hint,
      })
    : finding({
        layer: 'response_scan',
        reason: 'response_size',
        action: 'warn',
        detail: `${over} (${maxBytes} bytes) passed on unscanned`,
        hint,
      })
}
