// Settings of the network surfaces, for `explain`.
import {set, type Explanation} from '../../core/explanation.js'
import type {ProxyConfig} from './config.js'

const RESPONSE_LIMIT = 'fetch_proxy.max_response_mb'

export const explanation: Explanation<ProxyConfig> = {
  layers: [{surface: 'response', label: 'response_size', about: RESPONSE_LIMIT}],
  remedies: {
    response_size: {
      recorded: RESPONSE_LIMIT,
      loosen({subject, config}) {
        const mib = Math.ceil((subject.content?.bytes.length ?? 0) / 1_048_576)
        if (mib <= config.fetch_proxy.max_response_mb) return []
        return [set(RESPONSE_LIMIT, mib, `raise it to ${mib}, for the length of this response`)]
      },
    },
    max_tunnel_seconds: {recorded: 'forward_proxy.max_tunnel_seconds'},
    sni_mismatch: {
      recorded: 'forward_proxy.sni_verification; better: a client that names the host of its CONNECT',
    },
    browser_guard: {recorded: 'allowed_hosts, where the Host was a name of this firewall'},
  },
}
