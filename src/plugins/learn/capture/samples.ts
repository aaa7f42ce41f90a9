// What the captures contribute to /metrics.
import type {Sample} from '../../../core/sample.js'
import type {CaptureCounts} from '../../../core/services/learn.js'

const SANITISED = ['unsafe_path', 'overlength', 'unknown'] as const
const REGULATED = ['url', 'agent', 'unknown'] as const
const NO_CAPTURES: CaptureCounts = {
  records: 0,
  dropped: 0,
  sessions: 0,
  sanitised: {},
  regulated: {},
  sidecars: {written: 0, dropped: 0},
}

/** No call site classifies actions yet, so every captured action counts as unclassified. */
export function captureSamples({
  records,
  dropped,
  sanitised,
  regulated,
  sidecars,
}: CaptureCounts = NO_CAPTURES): readonly Sample[] {
  const captured = records + dropped
  return [
    {name: 'capture_dropped_total', help: 'Captures that were lost', value: dropped},
    {name: 'learn_capture_dropped_total', help: 'Captures that were lost', value: dropped},
    {name: 'learn_capture_records_total', help: 'Captures that were written', value: records},
    {name: 'learn_capture_sidecars_total', help: 'Sidecars that were written', value: sidecars.written},
    {
      name: 'learn_capture_sidecars_dropped_total',
      help: 'Captures that were to have a sidecar and went without',
      value: sidecars.dropped,
    },
    {name: 'learn_unclassified_actions_total', help: 'Captured actions without a class', value: captured},
    {
      gauge: true,
      name: 'learn_unclassified_rate',
      help: 'Share of captured actions without a class',
      value: captured === 0 ? 0 : 1,
    },
    ...(captured === 0
      ? []
      : [
          {
            name: 'learn_observation_events_total',
            help: 'Captured actions by class',
            labels: {action_class: 'unclassified'},
            value: captured,
          },
        ]),
    // closed labels of the capture counters are present from the start, so that rates can be computed
    ...SANITISED.map((reason) => ({
      name: 'capture_session_id_sanitized_total',
      help: 'Sessions whose id could not name a directory',
      labels: {reason},
      value: sanitised[reason] ?? 0,
    })),
    ...REGULATED.map((reason) => ({
      name: 'learn_regulated_data_blocked_total',
      help: 'Captures that were not written because they hold regulated data',
      labels: {reason},
      value: regulated[reason] ?? 0,
    })),
  ]
}
