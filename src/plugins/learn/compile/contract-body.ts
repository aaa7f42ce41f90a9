// The body of a candidate contract: rules in key order, every member that a reader of the
// format expects, and nothing that depends on when or where it was compiled but the provenance.
import {algorithmOf, countsSessions, type Inference} from './settings.js'
import {ruleId} from '../../../formats/rule-key.js'
import {sha256Hex, sha256Text} from '../../../lib/hash.js'
import {compareCodePoints, type CanonicalInput} from '../../../lib/json/writer.js'
import {formatSeconds} from '../../../lib/timestamp.js'
import type {Aggregate} from './aggregate.js'
import type {Base} from './base.js'
import type {Budget} from './budgets.js'
import {percent} from '../view/code-span.js'
import {sixDecimals} from './confidence.js'
import type {Privacy} from '../privacy/privacy.js'
import type {HostClass} from '../privacy/host-class.js'
import {pinnedValues} from './path-trie.js'
import type {Inferred, Normalized, RuleDraft} from './rule-draft.js'
import {PIN_REASON} from './segments.js'

export interface Provenance {
  readonly pipelock_version: string
  readonly pipelock_build_sha: string
  readonly go_version: string
  readonly module_digest_root: string
}

export interface BodyOptions {
  readonly agent: string
  readonly inference: Inference
  readonly signerKeyId: string
  readonly compileConfigHash: string
  readonly provenance: Provenance
  readonly nowMs: number
  readonly privacy: Privacy
  /** Lift a tail block, in the name of the key that signs. */
  readonly acceptTail: boolean
  /** The candidate that this one follows, its pins and splits included. */
  readonly base?: Base | undefined
}

type Members = {readonly [name: string]: CanonicalInput}

export interface ObservationWindow {
  readonly start: string
  readonly end: string
  readonly root: string
}

const HOUR_MS = 3_600_000

export function observationWindow(aggregate: Aggregate, inferred: Inferred, options: BodyOptions): ObservationWindow {
  let first = Infinity
  let last = -Infinity
  for (const shape of [...aggregate.http.values(), ...aggregate.tools.values()]) {
    for (const hour of shape.hours.keys()) {
      if (hour < first) first = hour
      if (hour > last) last = hour
    }
  }
  const none = aggregate.events === 0
  const now = Math.floor(options.nowMs / HOUR_MS)
  const start = formatSeconds((none ? now : first) * HOUR_MS)
  const end = formatSeconds((none ? now : last + 1) * HOUR_MS)
  const root = JSON.stringify({
    dropped: aggregate.dropped,
    end,
    events: aggregate.events,
    malformed: aggregate.malformed,
    ...(countsSessions(options.inference.profile) ? {redacted: aggregate.redacted} : {}),
    rules: inferred.rules.map((rule) => rule.key),
    start,
  })
  return {start, end, root: `sha256:${sha256Hex(root)}`}
}

/** The body, its hash not yet filled in. */
export function contractBody(
  aggregate: Aggregate,
  inferred: Inferred,
  window: ObservationWindow,
  options: BodyOptions,
): Members {
  const {inference, provenance} = options
  const isBounded = countsSessions(inference.profile)
  return {
    schema_version: 1,
    contract_kind: 'behavioral_contract',
    contract_hash: '',
    ...(options.base ? {prior_contract_hash: options.base.contractHash} : {}),
    signer_key_id: options.signerKeyId,
    key_purpose: 'contract-compile-signing',
    data_class_root: 'internal',
    field_data_classes: {},
    selector: {agent: options.agent, selector_id: sha256Text(`agent=${options.agent}`)},
    observation_window: {
      start: window.start,
      end: window.end,
      event_count: aggregate.events,
      session_count: inferred.sessionCount,
      observation_window_root: window.root,
    },
    compile: {
      ...provenance,
      compile_config_hash: options.compileConfigHash,
      inference_algorithm: inference.profile,
      normalization_algorithm: algorithmOf(inference),
    },
    defaults: {
      fidelity: 'medium',
      confidence: {
        ...floorMembers(inference),
        ...(isBounded ? {contamination_bound: sixDecimals(inference.contaminationBound)} : {}),
      },
      privacy: {default_data_class: 'internal', salt_epoch: options.privacy.saltEpoch, forbid_classes: ['regulated']},
    },
    rules: inferred.rules.map((rule) => ruleMembers(rule, options)),
  }
}

export function floorMembers(inference: Inference): {readonly [name: string]: number} {
  const {sessions, events, windows} = inference.floors
  return {min_sessions: sessions, min_events: events, min_windows: windows}
}

function ruleMembers(rule: RuleDraft, options: BodyOptions): Members {
  const classes = classesOf(rule, options.privacy)
  return {
    rule_id: ruleId(rule.key),
    display_name: displayName(rule),
    rule_kind: rule.kind,
    lifecycle_state: 'capture_only',
    required_capture_grade: 'full',
    observed_capture_grade: 'full',
    confidence: rule.confidence,
    wilson_lower: sixDecimals(rule.lower),
    observation: observation(rule, options),
    selector: selector(rule, classes, options),
    ...(rule.budgets
      ? {
          budgets: {
            payload_size_bytes: budget(rule.budgets.payload, classes.path),
            scanner_size_bytes: budget(rule.budgets.scanner, classes.path),
          },
        }
      : {}),
    rationale: {data_class: 'internal', summary: summary(rule, options.inference)},
    recurring_support: {windows_floor: options.inference.floors.windows, windows_seen_in_last_n: rule.windows},
    opportunity_health: {missing_alert_threshold: '0.50'},
  }
}

interface Classes {
  readonly host: HostClass
  readonly path: HostClass
}

function classesOf(rule: RuleDraft, privacy: Privacy): Classes {
  const host = rule.host === undefined ? 'public' : privacy.hostClass(rule.host)
  return {host, path: rule.path === undefined ? host : privacy.pathClass(host, rule.path)}
}

/** A name of MCP has a class only when it is internal: in the reference it has none. */
function toolName(name: string, privacy: Privacy): Members {
  return {value: name, ...(privacy.nameClass(name) === 'internal' ? {data_class: 'internal'} : {})}
}

function budget(budget: Budget, dataClass: string): Members {
  return {...budget, data_class: dataClass}
}

/** Names for information, or what a rule that admits no others refuses of what was observed. */
function parameterObservation(rule: RuleDraft, {inference}: BodyOptions): Members {
  const {parameters} = rule
  if (!parameters) return {}
  const {isOpen, admitted, refused} = parameters
  if (isOpen) return {parameters_open: true}
  if (inference.parameters === 'lock') return refused === 0 ? {} : {parameters_refused: refused}
  return admitted.length === 0 ? {} : {parameters: admitted}
}

function observation(rule: RuleDraft, options: BodyOptions): Members {
  const {tail, family} = rule
  const otherwise = (rule.args ?? []).filter((constant) => constant.otherwise > 0)
  return {
    events_observed: rule.events,
    sessions_observed: rule.sessions,
    sessions_with_opportunity: rule.opportunities,
    windows_observed: rule.windows,
    windows_with_opportunity: rule.windowsWithOpportunity,
    // what the rule would block of what was observed
    ...(otherwise.length === 0
      ? {}
      : {args_called_otherwise: otherwise.map((constant) => ({key: constant.key, sessions: constant.otherwise}))}),
    ...(family
      ? {
          family_members: family.members,
          family_prefix: family.prefix,
          family_sessions: family.sessions.size,
          prefix_sessions: family.prefixSessions.size,
        }
      : {}),
    ...parameterObservation(rule, options),
    ...(tail
      ? {
          tail_events: tail.events,
          tail_pairs: tail.pairs,
          pairs_observed: tail.pairsObserved,
          tail_pct: percent(tail.pairs, tail.pairsObserved),
          tail_promotion_block: tail.block && !options.acceptTail,
          ...(tail.block && options.acceptTail ? {tail_accepted_by: options.signerKeyId} : {}),
        }
      : {}),
  }
}

function selector(rule: RuleDraft, classes: Classes, {inference, privacy}: BodyOptions): Members {
  if (rule.kind === 'mcp_tool_call') {
    return {
      server: toolName(rule.server ?? '', privacy),
      tool: toolName(rule.tool ?? '', privacy),
      ...(rule.args ? {args: rule.args.map(({key, value}) => ({key, value}))} : {}),
    }
  }
  const normalization = rule.normalized ? {normalization: normalizationMembers(rule.normalized, inference)} : {}
  return {
    host: {value: rule.host ?? '', data_class: classes.host},
    ...(rule.port === undefined ? {} : {ports: [rule.port]}),
    ...(rule.path === undefined ? {} : {paths: [{value: rule.path, data_class: classes.path, ...normalization}]}),
    ...(rule.method === undefined ? {} : {methods: [rule.method]}),
    ...(inference.parameters === 'lock' && rule.parameters && !rule.parameters.isOpen
      ? {parameters: rule.parameters.admitted}
      : {}),
    ...(rule.action === undefined ? {} : {effective_action: rule.action}),
  }
}

function normalizationMembers(normalized: Normalized, inference: Inference): Members {
  const {collapsed, split, pins} = normalized
  const reasons = new Map<string, string>()
  // the configured ones only where a wildcard could cover them
  if (collapsed.length > 0) {
    for (const value of pinnedValues(inference.normalization)) reasons.set(value, 'reserved_segment')
  }
  for (const value of pins) reasons.set(value, PIN_REASON)
  const pinned = [...reasons].sort(([a], [b]) => compareCodePoints(a, b))
  return {
    algorithm: algorithmOf(inference),
    bucket: {host: normalized.host, method: normalized.method, parent_prefix: normalized.parentPrefix},
    ...(collapsed.length === 0 ? {} : {collapsed_segments: collapsed.map((segment) => ({...segment}))}),
    ...(split.length === 0 ? {} : {retained_segments: split.map((segment) => ({...segment}))}),
    ...(pinned.length === 0 ? {} : {pinned_segments: pinned.map(([value, reason]) => ({value, reason}))}),
  }
}

function summary(rule: RuleDraft, inference: Inference): string {
  const support =
    inference.profile === 'wilson_lb_v1'
      ? `${rule.events} events across ${rule.sessions} sessions`
      : `${rule.events} events in ${rule.sessions} of ${rule.opportunities} sessions`
  return `Observed ${support}; Wilson lower bound ${sixDecimals(rule.lower)} classified as ${rule.confidence}.`
}

function displayName(rule: RuleDraft): string {
  const {server, tool, host, port, path, method, action} = rule
  const parts = [server, tool, host, port === undefined ? undefined : String(port), path, method, action]
  const names = parts.flatMap((part) => (part === undefined ? [] : [displayPart(part)]))
  return names.length === 0 ? 'observed_rule' : names.join('_')
}

function displayPart(text: string): string {
  const name = strip(strip(text, '/').replace(/[./=-]/g, '_'), '_')
  return name === '' ? 'root' : name
}

function strip(text: string, c: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text[start] === c) start++
  while (end > start && text[end - 1] === c) end--
  return text.slice(start, end)
}
