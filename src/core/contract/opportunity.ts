// Detects contract rules that are no longer used, hour by hour and in memory. An hour counts when the contract let
// something through. A rule is missed only in hours in which its parent occurred; while the parent itself is rarer than
// before, its rules are not reported. Reports only: no rule changes its state.
import {formatTimestamp} from '../../lib/timestamp.js'
import type {LockSubject} from './evaluate.js'
import {methodName} from './http-rule.js'
import {MAX_SPAN, type Surface, type WatchedContract, type WatchedRule} from './watched-rules.js'

const HOUR_MS = 3_600_000

export interface ObservedExchange {
  readonly subject: LockSubject
  readonly label: string
  /** Effective action of the scanners, or `block` where the contract blocked. */
  readonly verdict: string
}

export type OpportunityFinding =
  | {readonly kind: 'negative_drift'; readonly ruleId: string; readonly missedWindows: number}
  | {
      readonly kind: 'opportunity_missing'
      readonly ruleId: string
      readonly parentContext: string
      /** Decimal strings. */
      readonly historical: string
      readonly current: string
      readonly window: string
    }

export interface OpportunityTracker {
  observe(event: ObservedExchange, atMs: number): void
  /** The kill switch was on: the hour is no evidence about the agent. */
  suppress(atMs: number): void
  /** End of the open hour; undefined while none is open. */
  readonly openUntilMs: number | undefined
  /** Findings of the hours that have ended; each is returned once. */
  take(nowMs: number): readonly OpportunityFinding[]
}

interface Hour {
  readonly startMs: number
  readonly ids: Set<string>
  readonly surfaces: Set<Surface>
  suppressed: boolean
}

/** State of a rule between hours. */
interface Memory {
  readonly rule: WatchedRule
  /** The last `span` hours: whether the parent occurred in each. */
  readonly parent: boolean[]
  missed: number
  /** `missed` when it was last reported. */
  reported: number
  /** Hours since the missing opportunity was last reported; undefined while the parent is well. */
  silent: number | undefined
}

export function opportunityTracker(watched: WatchedContract, startedMs: number): OpportunityTracker {
  const {rules, table, actions, tunnels} = watched
  const memories = rules.map((rule): Memory => ({rule, parent: [], missed: 0, reported: 0, silent: undefined}))
  /** Starts of the last hours with traffic, by surface. */
  const starts: Readonly<Record<Surface, number[]>> = {http: [], mcp: []}
  let open: Hour | undefined
  let findings: OpportunityFinding[] = []

  /** A clock that moves backwards stays in the open hour: it must not create hours. */
  const hourAt = (atMs: number): Hour => {
    const startMs = Math.floor(atMs / HOUR_MS) * HOUR_MS
    if (open && startMs <= open.startMs) return open
    if (open) close(open)
    open = {startMs, ids: new Set(), surfaces: new Set(), suppressed: false}
    return open
  }

  const close = (hour: Hour): void => {
    // the hour in which watching began was observed in part only
    if (hour.suppressed || hour.startMs < startedMs) return
    for (const surface of hour.surfaces) {
      starts[surface].push(hour.startMs)
      if (starts[surface].length > MAX_SPAN) starts[surface].shift()
    }
    for (const memory of memories) if (hour.surfaces.has(memory.rule.surface)) findings.push(...judge(memory, hour))
  }

  const judge = (memory: Memory, {ids}: Hour): readonly OpportunityFinding[] => {
    const {rule, parent} = memory
    const used = ids.has(rule.own)
    const hasParent = used || rule.parent === undefined || ids.has(rule.parent)
    const missing = parentMissing(memory, hasParent)
    if (used) memory.missed = memory.reported = 0
    else if (hasParent) memory.missed++
    if (missing !== undefined) {
      memory.silent = memory.silent === undefined ? 0 : memory.silent + 1
      // reported when it begins and again after each span, not every hour
      return memory.silent % parent.length === 0 ? [missing] : []
    }
    memory.silent = undefined
    if (!hasParent || memory.missed - memory.reported < rule.missedAfter) return []
    memory.reported = memory.missed
    return [{kind: 'negative_drift', ruleId: rule.id, missedWindows: memory.missed}]
  }

  const parentMissing = ({rule, parent}: Memory, hasParent: boolean): OpportunityFinding | undefined => {
    const {span, parentRate} = rule
    if (span === undefined || parentRate === undefined) return undefined
    parent.push(hasParent)
    if (parent.length > span) parent.shift()
    if (parent.length < span) return undefined
    const current = parent.filter(Boolean).length / span
    if (current >= rule.threshold * parentRate) return undefined
    return {
      kind: 'opportunity_missing',
      ruleId: rule.id,
      parentContext: rule.parentContext,
      historical: parentRate.toFixed(4),
      current: current.toFixed(4),
      window: windowText(starts[rule.surface].slice(-span)),
    }
  }

  return {
    observe({subject, label, verdict}, atMs) {
      const hour = hourAt(atMs)
      const isBlocked = verdict === 'block'
      if (!isBlocked) hour.surfaces.add(subject.kind)
      if (subject.kind === 'mcp') {
        if (isBlocked) return
        for (const id of table.toolMatches(subject.server.trim(), subject.tool.trim(), subject.arguments)) {
          hour.ids.add(id)
        }
        return
      }
      const {destination} = subject
      if (!destination) return
      const method = methodName(subject.method)
      for (const id of table.httpMatches({destination, method, label, scannerVerdict: verdict})) {
        if (isBlocked && !actions.has(id)) continue
        if (method === 'CONNECT' && !tunnels.has(id)) continue
        hour.ids.add(id)
      }
    },
    suppress(atMs) {
      hourAt(atMs).suppressed = true
    },
    get openUntilMs() {
      return open && open.startMs + HOUR_MS
    },
    take(nowMs) {
      if (open && nowMs >= open.startMs + HOUR_MS) {
        close(open)
        open = undefined
      }
      const ended = findings
      findings = []
      return ended
    },
  }
}

/** An ISO 8601 interval: start and length. Hours without traffic between the first and the last are included. */
function windowText(starts: readonly number[]): string {
  const [first = 0, last = first] = [starts[0], starts.at(-1)]
  return `${formatTimestamp(first)}/PT${(last - first) / HOUR_MS + 1}H`
}
