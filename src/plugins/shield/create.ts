// The hooks of this plugin: which answers have to be whole, what becomes of them, and what is said about it.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Findings, Hooks, Rewrite, ShieldSummary} from '../../core/plugin.js'
import type {Clock, Ports} from '../../core/ports.js'
import {eventSubject} from '../../core/render.js'
import {inTurns, type Steps} from '../../core/work.js'
import {compileDomainList} from '../../lib/domain-list.js'
import type {BrowserShield} from './config.js'
import type {Counts} from './counts.js'
import {refused, unchanged} from './findings.js'
import {declaredPipeline, pipelineOf, type Pipeline} from './pipeline.js'
import {createShieldSteps, type Shielded} from './shield.js'

const NOTHING: Findings = []

/** The section where the media policy hands SVG on and nothing else is rewritten: what cannot be disarmed does not pass. */
export function svgAlone(section: BrowserShield): BrowserShield {
  return {...section, oversize_action: 'block'}
}

export interface Scope {
  /** undefined: every pipeline. */
  readonly only: Pipeline | undefined
  /** Longest response that is held. */
  readonly maxBytesOf: (x: Exchange) => number
}

export function shieldHooks(
  section: BrowserShield,
  {only, maxBytesOf}: Scope,
  counts: Counts,
  {log, clock}: Pick<Ports, 'log' | 'clock'>,
): Partial<Hooks> {
  const isInScope = (pipeline: Pipeline | undefined): boolean =>
    pipeline !== undefined && (only === undefined || pipeline === only)
  const shield = createShieldSteps(section)
  const exempt = compileDomainList(section.exempt_domains)
  const isExempt = (x: Exchange): boolean => x.target !== undefined && exempt.match(x.target.host) !== undefined
  const overOf = (maxBytes: number): Finding =>
    section.oversize_action === 'block' ? refused(maxBytes) : unchanged(maxBytes)

  const rewritten = (x: Exchange, unit: Unit, done: Extract<Shielded, {kind: 'done'}>): Rewrite => {
    const {bytes, removals: matches, scanned, injected, shims} = done
    const {transport} = x
    const isPartial = scanned < unit.bytes.length
    counts.rewritten(matches, transport)
    if (injected) counts.add('shield_shims_injected_total', {transport})
    if (isPartial) counts.add('shield_oversize_scan_head_total', {transport})
    for (const [category, count] of matches.entries()) {
      log.info('shield_rewrite', {...eventSubject(x, undefined), category, hits: count, transport})
    }
    const same = bytes === unit.bytes
    return {
      unit: same ? unit : {...unit, bytes},
      changed: !same,
      findings: NOTHING,
      ...(matches.total > 0 && {shield: summary(done, unit.bytes.length, isPartial, shims)}),
    }
  }

  return {
    expects: () => true,

    requires(x, {direction, mediaType}) {
      if (direction !== 'response' || isExempt(x)) return undefined
      const declared = declaredPipeline(mediaType)
      if (declared === undefined) return undefined
      const maxBytes = maxBytesOf(x)
      const over = overOf(maxBytes)
      // what only its bytes could name is refused as what it turns out to be
      if (declared !== 'sniff') return isInScope(declared) ? {maxBytes, over: () => over} : undefined
      return {maxBytes, over: ({beginning}) => (isInScope(pipelineOf(mediaType, beginning)) ? over : undefined)}
    },

    rewrite(x, unit) {
      const same: Rewrite = {unit, changed: false, findings: NOTHING}
      if (unit.direction !== 'response' || unit.kind !== 'body' || unit.bytes.length === 0) return same
      if (only !== undefined && pipelineOf(unit.mediaType, unit.bytes) !== only) return same
      if (isExempt(x)) {
        counts.add('shield_skipped_total', {reason: 'exempt_domain'})
        return same
      }
      const settle = ({verdict: verdict, ms}: Timed): Rewrite => {
        switch (verdict.kind) {
          case 'other':
            counts.add('shield_skipped_total', {reason: 'content_type'})
            return same
          case 'oversize':
            if (verdict.action === 'warn') counts.add('shield_skipped_total', {reason: 'oversize'})
            return {
              ...same,
              findings: [
                verdict.action === 'block' ? refused(section.max_shield_bytes) : unchanged(section.max_shield_bytes),
              ],
            }
          case 'done':
            counts.took(ms / 1000, x.transport)
            return rewritten(x, unit, verdict)
        }
      }
      const verdict = inTurns(x, timed(shield(unit), clock))
      return verdict instanceof Promise ? verdict.then(settle) : settle(verdict)
    },
  }
}

interface Timed {
  readonly verdict: Shielded
  readonly ms: number
}

/** With the time that the steps took, without the turns of others between them. */
function* timed(steps: Steps<Shielded>, clock: Pick<Clock, 'monotonic'>): Steps<Timed> {
  for (let ms = 0; ;) {
    const start = clock.monotonic()
    const step = steps.next()
    ms += clock.monotonic() - start
    if (step.done === true) return {verdict: step.value, ms}
    yield
  }
}

/** For the receipt of the answer. */
function summary(
  {removals: matches, pipeline, scanned}: Extract<Shielded, {kind: 'done'}>,
  size: number,
  isPartial: boolean,
  shims: boolean,
): ShieldSummary {
  return {
    pipeline,
    total_rewrites: matches.total,
    extension_probes: matches.of('extension_probing'),
    tracking_beacons: matches.of('tracking'),
    agent_traps: matches.of('hidden_traps'),
    fingerprint_shim_injected: shims,
    svg_foreign_objects: matches.of('svg_foreign_objects') + matches.of('svg_scripts'),
    svg_event_handlers: matches.of('svg_event_handlers'),
    svg_external_references: matches.of('svg_external_references'),
    svg_hidden_text: matches.of('svg_hidden_text'),
    svg_animation_injections: matches.of('svg_animation_injections'),
    body_bytes: size,
    scanned_bytes: scanned,
    partial: isPartial,
  }
}
