// Reads the URL of the service behind the reverse proxy.
import type {ReverseUpstream} from '../../core/services/reverse-proxy.js'
import {parseTarget} from '../../core/target.js'

const PLAIN = /^https?:\/\/[^/?#@\\]+(?:\/[^?#]*)?$/i

/** undefined when it is not an http or https URL, or has a user, a query or a fragment. */
export function parseUpstream(url: string): ReverseUpstream | undefined {
  if (!PLAIN.test(url)) return undefined
  const {target} = parseTarget(url)
  return target && {target, base: target.path.replace(/\/+$/, '')}
}
