// What a plugin contributes to the presets: the lines of its sections, with the comments that an operator reads. Loaded
// only where a configuration file is written.

export const PRESETS = ['balanced', 'strict', 'audit'] as const
export type PresetName = (typeof PRESETS)[number]

/** The package registry of the user's own client. */
export interface RegistryHost {
  readonly host: string
  /** Source of the value, for the comment. */
  readonly origin: string
}

export interface PresetFacts {
  readonly registry: RegistryHost | undefined
  /** Path of the key that signs receipts. */
  readonly receiptKey: string
}

/** Paths and names of one learning agent. */
export interface AgentFacts {
  readonly agent: string
  readonly roster: string
  /** Fingerprint of the roster's root. */
  readonly pin: string
  readonly captures: string
  readonly store: string
}

export interface Preset {
  /** Lines of YAML at the top level, or none; a blank line follows each section. */
  lines?(name: PresetName, facts: PresetFacts): readonly string[]
  /** Lines that the file of one learning agent has in addition. */
  agentLines?(facts: AgentFacts): readonly string[]
}
