// IP addresses and ranges as bytes. Every IPv6 form that carries an IPv4 address is unwrapped, because a translator on the
// way would reach that address. What cannot be parsed is undefined, never "outside every range".
import ipaddr from 'ipaddr.js'

export interface Address {
  readonly family: 4 | 6
  /** Four or sixteen bytes. */
  readonly bytes: readonly number[]
  /** Canonical spelling, IPv6 without brackets. */
  readonly text: string
}

export interface Range {
  readonly family: 4 | 6
  readonly bytes: readonly number[]
  readonly prefix: number
  readonly text: string
}

const CANONICAL_DOTTED = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** Any spelling of one address: dotted, octal, hexadecimal, short, integer, IPv6 with or without brackets or zone. */
export function parseAddress(text: string): Address | undefined {
  // the one spelling that every reader reads alike: nearly all answers of resolvers
  if (CANONICAL_DOTTED.test(text)) return {family: 4, bytes: text.split('.').map(Number), text}
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  const zone = bare.indexOf('%')
  const plain = zone > 0 && bare.includes(':') ? bare.slice(0, zone) : bare
  if (plain.includes(':')) {
    if (!ipaddr.IPv6.isValid(plain)) return undefined
    const parsed = ipaddr.IPv6.parse(plain)
    return {family: 6, bytes: parsed.toByteArray(), text: parsed.toRFC5952String()}
  }
  // The URL parser is the one reader of odd IPv4 spellings, so that guard and dialler agree.
  if (/[/\\?#@%\s]/.test(plain) || !/^[0-9]/.test(plain.normalize('NFKC'))) return undefined
  let host: string
  try {
    host = new URL(`http://${plain}/`).hostname
  } catch {
    return undefined
  }
  return parseDotted(host)
}

/** Canonical dotted decimal only. */
function parseDotted(text: string): Address | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  const bytes = match.slice(1).map(Number)
  return bytes.some((byte) => byte > 255) ? undefined : ipv4(bytes)
}

function ipv4(bytes: readonly number[]): Address {
  return {family: 4, bytes, text: bytes.join('.')}
}

/** A network in canonical form (no host bits), or one address. A message instead of a range when it is neither. */
export function parseRange(text: string): Range | string {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return 'is not an IP address or network'
  if (address.text !== text.slice(0, slash < 0 ? undefined : slash).toLowerCase() && address.family === 4) {
    return 'is not in canonical form'
  }
  const width = address.family === 4 ? 32 : 128
  const digits = slash < 0 ? String(width) : text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > width) return 'has no valid prefix length'
  const range: Range = {family: address.family, bytes: address.bytes, prefix: Number(digits), text}
  return hasHostBits(range) ? 'has host bits set' : range
}

function hasHostBits({bytes, prefix}: Range): boolean {
  return bytes.some((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefix - i * 8))
    return (byte & (0xff >> kept)) !== 0
  })
}

export function contains(range: Range, address: Address): boolean {
  if (range.family !== address.family) return false
  const whole = range.prefix >> 3
  for (let i = 0; i < whole; i++) if (range.bytes[i] !== address.bytes[i]) return false
  const rest = range.prefix & 7
  return rest === 0 || (((range.bytes[whole] ?? 0) ^ (address.bytes[whole] ?? 0)) & (0xff00 >> rest) & 0xff) === 0
}

/** The address itself and every IPv4 address that an IPv6 one carries. */
export function withEmbedded(address: Address): readonly Address[] {
  return address.family === 4 ? [address] : [address, ...embedded(address.bytes)]
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
const TRANSLATED = [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0]
const COMPATIBLE = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
const NAT64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
const NAT64_LOCAL = [0, 0x64, 0xff, 0x9b, 0, 1]
const TEREDO = [0x20, 0x01, 0, 0]
const SIX_TO_FOUR = [0x20, 0x02]

function embedded(bytes: readonly number[]): readonly Address[] {
  const starts = (prefix: readonly number[]): boolean => prefix.every((byte, i) => bytes[i] === byte)
  const results: Address[] = []
  const take = (from: number, mask = 0): void => {
    results.push(ipv4(bytes.slice(from, from + 4).map((byte) => byte ^ mask)))
  }
  if ([MAPPED, TRANSLATED, COMPATIBLE, NAT64].some(starts)) take(12)
  if (starts(NAT64_LOCAL)) {
    take(12)
    // RFC 6052, section 2.2: with a /48 prefix the address surrounds the reserved octet 8
    results.push(ipv4([bytes[6] ?? 0, bytes[7] ?? 0, bytes[9] ?? 0, bytes[10] ?? 0]))
  }
  if (starts(SIX_TO_FOUR)) take(2)
  if (starts(TEREDO)) {
    take(4)
    take(12, 0xff)
  }
  // ISATAP interface identifiers
  if ((bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe) take(12)
  return results
}

/** Whether every address of a range is one of another; false where one of them is not valid. */
export function includesRange(outer: string, inner: string): boolean {
  const [wide, narrow] = [parseRange(outer), parseRange(inner)]
  const base = parseAddress(inner.split('/')[0] ?? '')
  if (typeof wide === 'string' || typeof narrow === 'string' || base === undefined) return false
  return wide.prefix <= narrow.prefix && contains(wide, base)
}

/** The first range that holds the address or an address that it carries. */
export function findRange(ranges: readonly Range[], address: Address): Range | undefined {
  for (const form of withEmbedded(address)) {
    for (const range of ranges) if (contains(range, form)) return range
  }
  return undefined
}
