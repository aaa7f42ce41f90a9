// Names of the inference profiles, as contracts, aggregates and commands state them. Published in docs/formats/inference.md.

/** The default first. */
export const PROFILES = ['wilson_lb_v3', 'wilson_lb_v2', 'wilson_lb_v1'] as const

export type Profile = (typeof PROFILES)[number]

/** True for the profiles that count sessions; wilson_lb_v1 counts events. */
export function countsSessions(profile: string): boolean {
  return profile === 'wilson_lb_v2' || profile === 'wilson_lb_v3'
}
