// The layer of several requests together, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {CrossRequestConfig} from './config.js'

export const explanation: Explanation<CrossRequestConfig> = {
  layers: [
    {
      surface: 'request',
      label: 'cross_request',
      about: 'a secret in pieces, and opaque content, over the requests of one client',
      off: ({cross_request_detection: {enabled}}) => (enabled ? undefined : 'cross_request_detection.enabled: false'),
      skipped: () => 'joins the requests of a running firewall',
    },
  ],
  remedies: {cross_request: {recorded: 'cross_request_detection'}},
}
