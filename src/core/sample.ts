// A value of /metrics that a plugin contributes. Samples are read when the page is requested, not pushed.

export interface Sample {
  /** A value that may decrease or vanish. */
  readonly gauge?: true
  /** Without the prefix `pipelock_`. */
  readonly name: string
  readonly help: string
  /** Values come from a closed set: no request may create a time series. */
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** One sample for each member of `values`, with its name as the label. */
export function perLabel(
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): readonly Sample[] {
  return Object.entries(values).map(([state, value]) => ({name, help, labels: {[label]: state}, value}))
}
