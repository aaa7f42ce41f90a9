// The URL of an exchange as captures hold it, free of credentials. Captures and the ids under which the running service
// reports would-be blocks use this one spelling, so that both name a request alike.
import {hostText} from '../../formats/target.js'
import type {Finding} from '../decision.js'
import type {Target} from '../exchange.js'
import {hideTarget, REDACTED_TARGET, sanitiseTarget, type IsClean} from '../../formats/sanitise.js'

/** `isClean` undefined: redaction is off and URLs are kept in clear. */
export function capturedUrl(
  method: string,
  target: Target,
  findings: readonly Finding[],
  isClean: IsClean | undefined,
): string {
  const url = urlOf(method, target)
  return isClean === undefined ? url : cleanUrl(url, findings, isClean)
}

/** A tunnel is learned by host and port alone. */
function urlOf(method: string, target: Target): string {
  if (method !== 'CONNECT') return target.raw
  return `https://${hostText(target.host, target.port === 443 ? undefined : target.port)}`
}

/** A credential that only shows when decoded or joined leaves nothing but the host. */
function cleanUrl(url: string, findings: readonly Finding[], isClean: IsClean): string {
  const shown = sanitiseTarget(url, isClean)
  if (shown !== url) return shown
  const match = findings.find((f) => f.reason === 'dlp_match')
  if (match === undefined) return url
  return match.inHost ? REDACTED_TARGET : hideTarget(url, isClean)
}
