// Counts that other plugins keep themselves, under their specified names (proxy §16.2): read when somebody asks.

export interface ForeignCount {
  readonly name: string
  readonly help: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** What the services of a generation count at this moment. */
export type ReadForeign = () => readonly ForeignCount[]

interface Sources {
  readonly recorder: {status(): {readonly failures: number}}
  readonly logging: {dropped(): number}
}

export function foreignCounts({recorder, logging}: Sources): ReadForeign {
  return () => [
    {
      name: 'receipt_emit_failures_total',
      help: 'Evidence that could not be written',
      labels: {reason: 'write'},
      value: recorder.status().failures,
    },
    {name: 'log_dropped_total', help: 'Log lines that could not be written', value: logging.dropped()},
  ]
}
