// Redacts refusals: a layer that refuses before the credential scan does not know of a credential in the URL, so the
// text of a refusal is scanned before it reaches responses, logs or the terminal.
import type {Purpose, Target} from '../../core/exchange.js'
import {parseTarget} from '../../core/target.js'
import type {CredentialScanner} from '../../core/services/dlp.js'
import {createLru} from '../../lib/lru.js'
import type {Refusal} from './layers.js'

const HOST_CACHE = 10_000

/** The refusal, marked with the parts to withhold. A replay scans every URL for credentials itself. */
export function createRefusalRedaction(
  credentials: CredentialScanner,
): (target: Target, refusal: Refusal, purpose: Purpose) => Refusal {
  const hosts = createLru<{readonly isSecret: boolean}>(HOST_CACHE)

  /** True when a host name reveals a credential by itself, or when that cannot be determined. */
  const isSecretHost = (target: Target): boolean => {
    const spelled = hostAsSpelled(target)
    const known = hosts.get(spelled)
    if (known !== undefined) return known.isSecret
    const alone = parseTarget(`${target.scheme}://${spelled}/`).target
    const isSecret = alone?.host !== target.host || credentials.scanUrl(alone).match?.inHost === true
    hosts.set(spelled, {isSecret})
    return isSecret
  }

  return (target, refusal, purpose) => {
    if (purpose === 'replay') return refusal
    if (isSecretHost(target)) {
      const {label, score} = refusal
      const detail = `${label}: the host name holds a credential and is withheld`
      return {label, detail, inHost: true, ...(score !== undefined && {score})}
    }
    if (!mayHoldSecret(target)) return refusal
    return credentials.scanUrl(target).match === undefined ? refusal : {...refusal, hides: true}
  }
}

/** In the received letter case, with userinfo. */
function hostAsSpelled({raw, canonical, host}: Target): string {
  return raw === canonical ? host : (/^[^:]*:[/\\]*([^/\\?#]*)/.exec(raw)?.[1] ?? '')
}

/** No secret has fewer than eight letters and digits. */
function mayHoldSecret({raw, canonical, host, scheme}: Target): boolean {
  if (raw !== canonical) return true
  let count = 0
  for (let i = scheme.length + 3 + host.length; i < raw.length && count < 8; i++) {
    const c = raw.charCodeAt(i)
    const lower = c | 0x20
    if ((lower >= 0x61 && lower <= 0x7a) || (c >= 0x30 && c <= 0x39)) count++
  }
  return count >= 8
}
