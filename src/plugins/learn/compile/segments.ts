// When values at one path position are identifiers. The order in which values came in never matters: sums run
// in byte order, since a different order of additions can move an entropy across the threshold.
import {RESERVED_SEGMENTS} from '../../../formats/path-pattern.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {sixDecimals} from './confidence.js'
import type {Normalization} from './settings.js'

export type Verdict =
  | {readonly collapse: true; readonly entropy: number}
  | {
      readonly collapse: false
      readonly reason: 'insufficient_events' | 'insufficient_distinct_values' | 'low_entropy_literal_segment'
    }

type Thresholds = Pick<Normalization, 'minEvents' | 'minDistinctValues' | 'entropyThresholdBits'>

/** Tests 3 to 6. Counts of zero and below are ignored. */
export function decidePosition(counts: ReadonlyMap<string, number>, thresholds: Thresholds): Verdict {
  const positive = [...counts].filter(([, count]) => count > 0)
  const total = positive.reduce((sum, [, count]) => sum + count, 0)
  if (total < thresholds.minEvents) return {collapse: false, reason: 'insufficient_events'}
  if (positive.length < thresholds.minDistinctValues) {
    return {
      collapse: false,
      reason: positive.length <= 1 ? 'low_entropy_literal_segment' : 'insufficient_distinct_values',
    }
  }
  const entropy = entropyOf(positive)
  if (entropy < thresholds.entropyThresholdBits) return {collapse: false, reason: 'low_entropy_literal_segment'}
  return {collapse: true, entropy}
}

/** Bits, added in code point order of the values. */
export function entropyOf(counts: readonly (readonly [string, number])[]): number {
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  let h = 0
  for (const [, count] of counts.toSorted((a, b) => compareCodePoints(a[0], b[0]))) {
    const share = count / total
    h -= share * Math.log2(share)
  }
  return h
}

export const COLLAPSE_REASON = 'high_entropy_identifier_segment'
/** All merged values have a form. */
export const TYPED_REASON = 'typed_segment'
export const SPLIT_REASON = 'operator_split'
export const PIN_REASON = 'operator_pin'

export interface CollapsedSegment {
  /** 1-based. */
  readonly index: number
  readonly distinct_values: number
  readonly event_count: number
  readonly entropy: string
  readonly reason: typeof COLLAPSE_REASON | typeof TYPED_REASON
  /** What the wildcard admits; undefined: any word. */
  readonly forms?: readonly {readonly [name: string]: string | number | boolean}[]
}

export interface RetainedSegment {
  readonly index: number
  readonly value: string
  readonly reason: string
}

/** Every position of one bucket by all six tests, as the vectors state it; compile itself sets reserved values apart instead. */
export function decideSegments(
  positions: Readonly<Record<string, Readonly<Record<string, number>>>>,
  normalization: Normalization,
): {readonly collapsed: readonly CollapsedSegment[]; readonly retained: readonly RetainedSegment[]} {
  const collapsed: CollapsedSegment[] = []
  const retained: RetainedSegment[] = []
  const ordered = Object.entries(positions).sort(([a], [b]) => Number(a) - Number(b))
  for (const [position, counts] of ordered) {
    const index = Number(position)
    const counted = new Map(Object.entries(counts).filter(([, count]) => count > 0))
    const values = [...counted.keys()].sort(compareCodePoints)
    const reserved = values.find((value) => RESERVED_SEGMENTS.has(value) || normalization.reservedExtra.has(value))
    const sibling = values.find((value) => normalization.highRiskSiblings.has(value))
    if (reserved !== undefined) retained.push({index, value: reserved, reason: 'reserved_segment'})
    else if (sibling !== undefined) retained.push({index, value: sibling, reason: 'no_merge_rule_high_risk_sibling'})
    else {
      const verdict = decidePosition(counted, normalization)
      if (!verdict.collapse) retained.push({index, value: values[0] ?? '', reason: verdict.reason})
      else {
        const events = [...counted.values()].reduce((sum, count) => sum + count, 0)
        collapsed.push({
          index,
          distinct_values: counted.size,
          event_count: events,
          entropy: sixDecimals(verdict.entropy),
          reason: COLLAPSE_REASON,
        })
      }
    }
  }
  return {collapsed, retained}
}
