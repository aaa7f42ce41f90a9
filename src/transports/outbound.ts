// A request as it is about to be sent, for its attestation.
import type {Exchange} from '../core/exchange.js'
import type {OutboundRequest} from '../core/policy.js'

/** Throws for an exchange without a target. */
export function outboundRequest(
  {method, target}: Exchange,
  rest: Pick<OutboundRequest, 'fields' | 'body' | 'hop'>,
): OutboundRequest {
  if (!target) throw new Error('no request to send')
  return {method, uri: target.canonical, authority: target.authority, ...rest}
}
