// The setting behind a refusal for want of evidence, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {EffectiveConfig} from '../effective-config.js'

export const explanation: Explanation<EffectiveConfig> = {
  remedies: {receipts: {recorded: 'flight_recorder.require_receipts; better: make its directory writable'}},
}
