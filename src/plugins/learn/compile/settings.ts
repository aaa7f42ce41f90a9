// The parameters of one compile, resolved: zero in the configuration means the default.
import {literalSegment} from '../../../formats/path-pattern.js'
import type {LearnConfig} from '../config.js'
import type {SessionsPer} from './sessions.js'

export const PROFILES = ['wilson_lb_v3', 'wilson_lb_v2', 'wilson_lb_v1'] as const

export type Profile = (typeof PROFILES)[number]

/** True for the profiles that count sessions; wilson_lb_v1 counts events. */
export function countsSessions(profile: string): boolean {
  return profile === 'wilson_lb_v2' || profile === 'wilson_lb_v3'
}

export const TYPED_ALGORITHM = 'typed_segments_v1'

export const NORMALIZATION_ALGORITHM = 'frequency_weighted_entropy_v1'

export interface Floors {
  readonly sessions: number
  readonly events: number
  readonly windows: number
}

export interface Normalization {
  readonly minEvents: number
  readonly minDistinctValues: number
  readonly entropyThresholdBits: number
  readonly cardinalityCapPerHost: number
  readonly tailPromotionBlockPct: number
  /** Canonical segments; the built-in list is not repeated here. */
  readonly reservedExtra: ReadonlySet<string>
  readonly highRiskSiblings: ReadonlySet<string>
}

/** Whether rules list the names of parameters for information, or admit no others. */
export type ParametersMode = LearnConfig['learn']['parameters']

export interface Inference {
  readonly profile: Profile
  readonly floors: Floors
  readonly normalization: Normalization
  readonly contaminationBound: number
  /** wilson_lb_v3 only. */
  readonly sessionsPer: SessionsPer
  /** wilson_lb_v3 only. */
  readonly parameters: ParametersMode
}

/** `learn.inference`, and what else of the section `learn` decides what is inferred. */
export type InferenceSection = LearnConfig['learn']['inference'] & Pick<InferenceInput, 'sessions_per' | 'parameters'>

/** What a caller may leave out, in the names of the configuration. */
export interface InferenceInput {
  readonly floors?: Partial<InferenceSection['floors']> | undefined
  readonly normalization?: Partial<InferenceSection['normalization']> | undefined
  readonly contamination_bound?: number | undefined
  /** `learn.sessions.per` */
  readonly sessions_per?: SessionsPer | undefined
  /** `learn.parameters` */
  readonly parameters?: ParametersMode | undefined
}

export function resolveInference(profile: Profile, input: InferenceInput): Inference {
  const {floors = {}, normalization = {}} = input
  return {
    profile,
    floors: {sessions: floors.min_sessions || 5, events: floors.min_events || 20, windows: floors.min_windows || 3},
    normalization: {
      minEvents: normalization.min_events || 10,
      minDistinctValues: normalization.min_distinct_values || 5,
      entropyThresholdBits: normalization.entropy_threshold_bits || 3,
      cardinalityCapPerHost: normalization.cardinality_cap_per_host || 1000,
      tailPromotionBlockPct: normalization.tail_promotion_block_pct || 5,
      reservedExtra: canonicalSet(normalization.reserved_segments_extra ?? []),
      highRiskSiblings: canonicalSet(normalization.high_risk_siblings ?? []),
    },
    contaminationBound: input.contamination_bound ?? 0.1,
    sessionsPer: input.sessions_per ?? 'window',
    parameters: input.parameters ?? 'observe',
  }
}

function canonicalSet(values: readonly string[]): ReadonlySet<string> {
  return new Set(
    values.map((value) => {
      const segment = literalSegment(value)
      // configuration is checked when it is read; a segment lost here would let a wildcard cover what was set apart
      if (segment === undefined) throw new TypeError(`${JSON.stringify(value)} is not one path segment`)
      return segment
    }),
  )
}

/** Requests of a host beyond which they are not counted; 0 where sessions and paths tell them apart. */
export function requestLimitOf({profile, floors}: Inference): number {
  return profile === 'wilson_lb_v3' ? 0 : floors.events
}

/** How paths become patterns, as contracts and manifests name it. */
export function algorithmOf({profile}: Pick<Inference, 'profile'>): string {
  return profile === 'wilson_lb_v3' ? TYPED_ALGORITHM : NORMALIZATION_ALGORITHM
}
