// The authority of a request where two places could name it. Pure. The target of an absolute form and the host of a
// CONNECT are judged; `Host` is only compared with them, so that it cannot smuggle in another destination.
import type {Target} from '../core/exchange.js'
import {defaultPort, hostText} from '../formats/target.js'
import type {TunnelContext} from './client-message.js'
import type {Head} from './head-checks.js'

export interface TunnelTarget {
  /** Absolute form of the request, judged like any other. */
  readonly url: string
  /** Why the request is refused for any target. */
  readonly mismatch: string | undefined
}

const TUNNEL = {http: 'a plain', https: 'an opened'} as const
const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i

export function tunnelTarget(tunnel: TunnelContext, head: Head): TunnelTarget {
  const {scheme} = tunnel
  const authority = hostText(tunnel.host, tunnel.port === defaultPort(scheme) ? undefined : tunnel.port)
  if (head.form === 'authority') return {url: `${scheme}://${authority}/`, mismatch: 'CONNECT inside a tunnel'}
  const absolute = ABSOLUTE.exec(head.target)
  if (absolute) {
    const [, given = '', withUser = ''] = absolute
    const url = head.target
    if (given.toLowerCase() !== scheme) return {url, mismatch: `scheme ${given} inside ${TUNNEL[scheme]} tunnel`}
    return {url, mismatch: mismatchOf(withUser.slice(withUser.lastIndexOf('@') + 1), tunnel)}
  }
  const path = head.target.startsWith('/') ? head.target : '/'
  return {
    url: `${scheme}://${authority}${path}`,
    // HTTP/1.0 without Host names no other authority
    mismatch: head.host === undefined ? undefined : mismatchOf(head.host, tunnel),
  }
}

function mismatchOf(named: string, tunnel: TunnelContext): string | undefined {
  return sameAuthority(named, tunnel) ? undefined : `authority ${named.slice(0, 255)} is not the CONNECT target`
}

function sameAuthority(named: string, tunnel: TunnelContext): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:@[\]]+)(?::([0-9]+))?$/i.exec(named)
  if (!match) return false
  const [, host = '', port] = match
  let bare: string
  try {
    bare = new URL(`http://${host}/`).hostname
  } catch {
    return false
  }
  if (bare.startsWith('[')) bare = bare.slice(1, -1)
  return (
    bare.replace(/\.$/, '') === tunnel.host &&
    (port === undefined ? defaultPort(tunnel.scheme) : Number(port)) === tunnel.port
  )
}

/** True when the `Host` of an absolute-form request names another authority than its target, which then replaces it. */
export function hostDiffers(target: Target, host: string): boolean {
  const name = hostText(target.host)
  const given = host.toLowerCase()
  if (given === `${name}:${target.port}`) return false
  return given !== name || target.port !== defaultPort(target.scheme)
}
