// Data class of a host (learn §5.2): internal names keep their clear value in the candidate, so that the rule can match, but
// are salted in everything that is meant to be shared.
import {hmacSha256Hex} from '../../../lib/hash.js'

export type HostClass = 'public' | 'internal'
export type HostClassifier = (host: string) => HostClass

const INTERNAL_SUFFIXES = ['.local', '.internal', '.lan', '.corp', '.home.arpa', '.svc', '.cluster.local']

export const classifyHost: HostClassifier = (host) => {
  if (host.includes(':')) return isPrivateIPv6(host) ? 'internal' : 'public'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return isPrivateIPv4(host) ? 'internal' : 'public'
  if (!host.includes('.')) return 'internal'
  return INTERNAL_SUFFIXES.some((suffix) => host.endsWith(suffix)) ? 'internal' : 'public'
}

/** 0/8, 10/8, 100.64/10, 127/8, 169.254/16, 172.16/12, 192.168/16. */
function isPrivateIPv4(host: string): boolean {
  const [a = 0, b = 0] = host.split('.').map(Number)
  if (a === 0 || a === 10 || a === 127) return true
  if (a === 100) return b >= 64 && b <= 127
  if (a === 172) return b >= 16 && b <= 31
  return (a === 169 && b === 254) || (a === 192 && b === 168)
}

/** ::, ::1, fc00::/7, fe80::/10, in the canonical spelling that targets have. */
function isPrivateIPv6(host: string): boolean {
  if (host === '::' || host === '::1') return true
  const first = Number.parseInt(host.split(':')[0] || '0', 16)
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80
}

/** HMAC-SHA256 of the UTF-8 value; never a hash of salt and value, which can be extended. */
export function saltedHash(salt: string | Uint8Array, value: string): string {
  return hmacSha256Hex(salt, value)
}
