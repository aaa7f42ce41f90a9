// The setting behind a refusal for want of evidence, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {RecorderConfig} from './config.js'

export const explanation: Explanation<RecorderConfig> = {
  remedies: {receipts: {recorded: 'flight_recorder.require_receipts; better: make its directory writable'}},
}
