// What the verification of captures leaves: files and chains.

export interface InputSummary {
  readonly path: string
  readonly sha256: string
  readonly lines: number
}

/** One chain, verified. */
export interface ChainSummary {
  readonly files: readonly InputSummary[]
  /** Hashes of its first and last entry; a chain without entries has none. */
  readonly first: string | undefined
  readonly last: string | undefined
  /** Its beginning is missing. */
  readonly truncated: boolean
  /** Captures and other entries that are no drop sentinels. */
  readonly entries: number
  /** The highest cumulative count of its drop sentinels. */
  readonly dropped: number
  /** Captures whose sidecar is not there. */
  readonly missingSidecars?: number | undefined
}
