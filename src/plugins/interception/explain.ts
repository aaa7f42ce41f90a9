// Settings behind refusals inside opened tunnels, for `explain`.
import type {Explanation} from '../../core/explanation.js'
import type {InterceptionConfig} from './config.js'

export const explanation: Explanation<InterceptionConfig> = {
  remedies: {
    tls_response_blocked: {recorded: 'tls_interception.max_response_bytes'},
    tls_handshake_error: {
      recorded:
        'tls_interception.passthrough_domains, where the client pins certificates; better: pipelock tls install-ca, so that it trusts the authority',
    },
  },
}
