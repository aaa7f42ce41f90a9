// The URL layers in their order as data: label, position, score. Other code never invents a label.
import type {Finding} from '../../core/decision.js'
import {REASONS, reasonOfLabel, type FindingClass, type Reason} from '../../core/reasons.js'

const ORDER = {
  context: 0,
  parser: 10,
  scheme: 20,
  crlf_injection: 30,
  path_traversal: 40,
  allowlist: 50,
  blocklist: 60,
  core_ssrf: 70,
  core_dlp: 80,
  dlp: 90,
  address_protection: 95,
  entropy: 100,
  subdomain_entropy: 110,
  dns: 120,
  ssrf: 120,
  ssrf_metadata: 120,
  look_ups: 120,
  ratelimit: 130,
  length: 140,
  databudget: 150,
} as const

export type Label = keyof typeof ORDER

const SCORE: Readonly<Record<Label, number>> = {
  context: 1,
  parser: 1,
  scheme: 1,
  crlf_injection: 0.9,
  path_traversal: 0.7,
  allowlist: 1,
  blocklist: 1,
  core_ssrf: 1,
  core_dlp: 1,
  dlp: 1,
  address_protection: 1,
  entropy: 1,
  subdomain_entropy: 1,
  dns: 1,
  ssrf: 1,
  ssrf_metadata: 1,
  look_ups: 0.7,
  ratelimit: 0.7,
  length: 0.8,
  databudget: 0.8,
}

/** The refusal of a layer. */
export interface Refusal {
  readonly label: Label
  readonly detail: string
  readonly clientDetail?: string
  readonly hint?: string
  readonly score?: number
  readonly class?: FindingClass
  /** Set where it differs from the reason of the label. */
  readonly reason?: Reason
  /** Set by a layer with a setting of its own. */
  readonly action?: 'warn' | 'block'
  readonly rule?: string
  readonly view?: string
  readonly hard?: true
  readonly inHost?: boolean
  readonly hides?: boolean
  readonly retryAfterSeconds?: number
}

export function toFinding(refusal: Refusal): Finding {
  const {label, detail, clientDetail, hint, score, rule, view, hard, inHost, hides, retryAfterSeconds} = refusal
  const findingClass = refusal.class ?? 'threat'
  const reason = refusal.reason ?? reasonOfLabel(label)
  return {
    plugin: 'destination',
    authority: 'scanner',
    layer: label,
    reason,
    action: refusal.action ?? 'block',
    severity: REASONS[reason].severity,
    order: ORDER[label],
    detail,
    score: score ?? SCORE[label],
    class: findingClass,
    ...(hard === true && {hard}),
    ...(clientDetail !== undefined && {clientDetail}),
    ...(hint !== undefined && {hint}),
    ...(rule !== undefined && {rule}),
    ...(view !== undefined && {view}),
    ...(inHost === true && {inHost}),
    ...(hides === true && {hides}),
    ...(retryAfterSeconds !== undefined && {retryAfterSeconds}),
  }
}
