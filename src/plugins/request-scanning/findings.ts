// What was found, as findings: labels, actions, and texts that name rules and never what matched.
import type {Action, Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {Reason} from '../../core/reasons.js'
import {scannerFinding} from '../../core/scanner-finding.js'
import type {HeaderFind} from './headers.js'
import type {CredentialFinds, PatternMatch} from './scan.js'

/** Places in the order of the specification, behind the URL layers. */
const ORDER = {
  header_dlp: 200,
  dlp_header: 200,
  request_body: 210,
  body_dlp: 230,
  body_prompt_injection: 240,
  body_entropy: 260,
} as const

type Layer = keyof typeof ORDER

const REASON_OF = {
  header_dlp: 'dlp_match',
  dlp_header: 'dlp_match',
  request_body: 'parse_error',
  body_dlp: 'dlp_match',
  body_prompt_injection: 'prompt_injection',
  body_entropy: 'body_entropy',
} as const satisfies Record<Layer, Reason>

type Text = Pick<Finding, 'detail'> & Partial<Pick<Finding, 'clientDetail' | 'hint' | 'rule' | 'matches' | 'header'>>

function finding(layer: Layer, action: Action, text: Text): Finding {
  return scannerFinding({
    plugin: 'request-scanning',
    layer,
    reason: REASON_OF[layer],
    action,
    order: ORDER[layer],
    ...text,
  })
}

/** It cannot be inspected, so it is blocked in every mode. */
export function unreadableBody(detail: string, hint?: string): Finding {
  return {...finding('request_body', 'block', {detail, ...(hint !== undefined && {hint})}), hard: true}
}

/** Its receiver may read a text in it that was not inspected. */
/** The name is not repeated: whoever declares it can hide a secret in it. */
export function unreadCharset(action: 'warn' | 'block'): Finding {
  return finding('request_body', action, {
    detail: 'request body declares a character set that cannot be read',
    hint: 'send UTF-8, and declare it or nothing',
  })
}

export interface BodyBound {
  readonly maxBytes: number
  /** Where it is set. */
  readonly setting: string
}

export const bodyTooLong = ({maxBytes, setting}: BodyBound): Finding =>
  unreadableBody(`request body exceeds max_body_bytes (${maxBytes})`, `raise ${setting}, or send less at once`)

/** More decoding than any honest body needs: the rest was not inspected. */
const EXHAUSTED: PatternMatch = {rule: 'decode_budget_exceeded', severity: 'critical'}

const names = (matches: readonly PatternMatch[]): string => matches.map(({rule}) => rule).join(', ')
const published = (matches: readonly PatternMatch[]): NonNullable<Finding['matches']> =>
  matches.map(({rule, severity}) => ({pattern_name: rule, severity}))

/** A critical credential is blocked whatever the action is: the rest of the stream is not worth a leaked root key. */
function actionOf(matches: readonly PatternMatch[], action: 'warn' | 'block'): 'warn' | 'block' {
  return matches.some(({severity}) => severity === 'critical') ? 'block' : action
}

export function bodyCredentials(
  finds: CredentialFinds,
  action: 'warn' | 'block',
  what: 'request body' | 'message' = 'request body',
): readonly Finding[] {
  const matches = finds.exhausted ? [...finds.enforced, EXHAUSTED] : finds.enforced
  const findings: Finding[] = []
  if (matches.length > 0) {
    findings.push(
      finding('body_dlp', actionOf(matches, action), {
        detail: `${what} contains secret: ${names(matches)}`,
        hint: 'take the credential out of the body, or suppress the rule for this destination',
        rule: matches[0]?.rule ?? '',
        matches: published(matches),
      }),
    )
  }
  if (finds.informational.length > 0) findings.push(reported('body_dlp', finds.informational))
  return findings
}

/** The head of a WebSocket has its own label, since it is inspected whatever is set for other requests. */
export function headerCredentials(
  find: HeaderFind,
  action: 'warn' | 'block',
  transport: Exchange['transport'],
): readonly Finding[] {
  const layer = transport === 'websocket' ? 'dlp_header' : 'header_dlp'
  const matches = find.exhausted ? [...find.enforced, EXHAUSTED] : find.enforced
  const findings: Finding[] = []
  if (matches.length > 0) {
    const place = find.header === '' ? 'several headers together' : find.header
    findings.push(
      finding(layer, actionOf(matches, action), {
        detail: `request header contains secret: ${names(matches)} (${place})`,
        clientDetail: transport === 'connect' ? 'header DLP match' : 'request header contains secret',
        hint: 'the header must not carry this credential; suppress accepts a rule for a destination',
        rule: matches[0]?.rule ?? '',
        header: find.header,
        matches: published(matches),
      }),
    )
  }
  if (find.informational.length > 0) findings.push(reported(layer, find.informational))
  if (find.atIssuer !== undefined) {
    const {rule, severity} = find.atIssuer
    findings.push(
      finding(layer, 'allow', {
        detail: `${AT_ISSUER}: ${rule} (${find.header})`,
        rule: AT_ISSUER,
        header: find.header,
        matches: published([{rule: AT_ISSUER, severity}]),
      }),
    )
  }
  return findings
}

const AT_ISSUER = 'credential_audience_allow'

/** Report-only patterns: no finding that decides, only names for events. */
function reported(layer: Layer, matches: readonly PatternMatch[]): Finding {
  return finding(layer, 'allow', {detail: `report-only: ${names(matches)}`, matches: published(matches)})
}

export function bodyInjection(matches: readonly {readonly rule: string}[], action: 'warn' | 'block'): Finding {
  const rules = matches.map(({rule}) => rule)
  return finding('body_prompt_injection', action, {
    detail: `request body contains prompt injection: ${rules.join(', ')}`,
    hint: 'quote less of it, or allow the destination as a language model',
    rule: rules[0] ?? '',
    matches: rules.map((rule) => ({pattern_name: rule, severity: 'high'})),
  })
}

export function bodyEntropy(value: number, threshold: number, action: 'warn' | 'block'): Finding {
  return {
    ...finding('body_entropy', action, {
      detail: `request body contains an opaque value (${value.toFixed(2)} > ${threshold.toFixed(2)} bits per character)`,
      hint: 'request_body_scanning.content_entropy_action and content_entropy_threshold decide',
    }),
    // ordinary traffic has such values: it is no evidence of an attack
    class: 'protective',
    score: 0,
  }
}
