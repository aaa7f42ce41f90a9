// The layer of the mediation envelope, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {MediationConfig} from './config.js'

export const explanation: Explanation<MediationConfig> = {
  remedies: {
    mediation_envelope: {
      recorded:
        'mediation_envelope.verify_inbound.trust_list for a peer that is not listed; the pattern of the receipt names the failure (docs/mediation-envelope.md)',
    },
  },
}
