// Counts that other plugins keep themselves, under their specified names (proxy §16.2): read when somebody asks.

export interface ForeignCount {
  readonly name: string
  readonly help: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** What the services of a generation count at this moment. */
export type ReadForeign = () => readonly ForeignCount[]

interface CaptureCounts {
  readonly records: number
  readonly dropped: number
  readonly sanitised: Readonly<Record<string, number>>
}

interface Sources {
  readonly recorder: {status(): {readonly failures: number}}
  readonly logging: {dropped(): number}
  readonly learn: {readonly captures: {readonly counts: () => CaptureCounts} | undefined}
}

const NO_CAPTURES: CaptureCounts = {records: 0, dropped: 0, sanitised: {}}

export function foreignCounts({recorder, logging, learn}: Sources): ReadForeign {
  return () => [
    ...captureCounts(learn.captures?.counts() ?? NO_CAPTURES),
    {
      name: 'receipt_emit_failures_total',
      help: 'Evidence that could not be written',
      labels: {reason: 'write'},
      value: recorder.status().failures,
    },
    {name: 'log_dropped_total', help: 'Log lines that could not be written', value: logging.dropped()},
  ]
}

/** No call site classifies actions yet, so every captured action is an unclassified one (learn §3.3, §3.4). */
function captureCounts({records, dropped, sanitised}: CaptureCounts): readonly ForeignCount[] {
  const seen = records + dropped
  return [
    {name: 'capture_dropped_total', help: 'Captures that were lost', value: dropped},
    {name: 'learn_capture_dropped_total', help: 'Captures that were lost', value: dropped},
    {name: 'learn_capture_records_total', help: 'Captures that were written', value: records},
    {name: 'learn_unclassified_actions_total', help: 'Captured actions without a class', value: seen},
    ...(seen === 0
      ? []
      : [
          {
            name: 'learn_observation_events_total',
            help: 'Captured actions by class',
            labels: {action_class: 'unclassified'},
            value: seen,
          },
        ]),
    ...Object.entries(sanitised).flatMap(([reason, value]) =>
      value === 0
        ? []
        : [
            {
              name: 'capture_session_id_sanitized_total',
              help: 'Sessions whose id could not name a directory',
              labels: {reason},
              value,
            },
          ],
    ),
  ]
}
