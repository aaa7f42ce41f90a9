// What the memory of clients contributes to /metrics.
import type {Sample} from '../../core/sample.js'
import type {CrossRequestState} from './create.js'

export function memorySamples(
  {entropyExceeded, dlpMatches}: CrossRequestState['counts'],
  bufferSize: number,
): readonly Sample[] {
  return [
    {name: 'cross_request_entropy_exceeded_total', help: 'Requests over the entropy budget', value: entropyExceeded},
    {name: 'cross_request_dlp_match_total', help: 'Secrets split over several requests', value: dlpMatches},
    {
      gauge: true,
      name: 'cross_request_fragment_buffer_bytes',
      help: 'Parts of requests kept to join them with later ones',
      value: bufferSize,
    },
  ]
}
