// The report of a demonstration step: the same values are printed for a person and written to demo.json.

/** One expectation and its result. */
export interface Check {
  readonly what: string
  readonly wanted: string
  readonly got: string
  readonly ok: boolean
}

export interface StepOutcome {
  readonly checks: readonly Check[]
  /** Further facts, one line each. */
  readonly notes?: readonly string[]
  /** Excerpt of a text produced by the step. */
  readonly excerpt?: string
  /** Files to read, relative to the directory of the demonstration. */
  readonly files?: readonly string[]
}

export interface StepIntroduction {
  readonly step: string
  readonly title: string
  /** One or two plain sentences. */
  readonly explanation: string
  /** The equivalent user commands, in the directory of the demonstration. Read when the step begins. */
  readonly commands: readonly string[]
}

export interface Step extends StepIntroduction {
  run(): Promise<StepOutcome>
}

export interface StepReport extends StepIntroduction {
  readonly ok: boolean
  readonly checks: readonly Check[]
  readonly notes: readonly string[]
  readonly excerpt?: string
  readonly files: readonly string[]
  /** Why the step could not run. */
  readonly error?: string
}

export interface DemoReport {
  readonly ok: boolean
  readonly interrupted: boolean
  readonly directory: string
  /** Port of the origin; the learned rules name it. */
  readonly origin_port: number
  readonly steps: readonly StepReport[]
  /** Steps that were not reached. */
  readonly skipped: readonly string[]
}

export function check(what: string, requested: string | number | boolean, got: string | number | boolean): Check {
  return {what, wanted: String(requested), got: String(got), ok: requested === got}
}

/** `got` at least `wanted`. */
export function atLeast(what: string, requested: number, got: number): Check {
  return {what, wanted: `at least ${requested}`, got: String(got), ok: got >= requested}
}
