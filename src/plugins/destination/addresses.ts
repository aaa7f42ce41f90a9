// Which addresses may be reached: configured ranges, the floor that is always merged, cloud metadata, and the
// operator's exceptions. Pure decisions about literals and resolved addresses.
import {compileDomainList, type DomainList} from '../../lib/domain-list.js'
import {contains, parseAddress, parseRange, withEmbedded, type Address, type Range} from '../../lib/ip.js'

const CORE_FLOOR =
  '0.0.0.0/8 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 100.64.0.0/10 ::1/128 fc00::/7 fe80::/10'
const PRODUCT_FLOOR =
  '::/128 192.0.0.0/24 192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 255.255.255.255/32 ' +
  '100::/64 2001:db8::/32 fec0::/10 168.63.129.16/32'
const METADATA =
  '169.254.169.254 169.254.170.2 169.254.170.23 fd00:ec2::254 fd20:ce::254 100.100.100.200 168.63.129.16 192.0.0.192'
const METADATA_HOSTS = new Set(['metadata.google.internal', 'metadata', 'instance-data', 'metadata.azure.internal'])

export interface AddressConfig {
  readonly internal: readonly string[]
  readonly ipAllowlist: readonly string[]
  readonly trustedDomains: readonly string[]
}

export type AddressVerdict = 'ok' | 'internal' | 'metadata'

export interface AddressPolicy {
  /** Configured ranges are active; with an empty list only literals are judged, by the floor. */
  readonly active: boolean
  isMetadataHost(host: string): boolean
  isTrusted(host: string): boolean
  judge(address: Address): AddressVerdict
}

export function createAddressPolicy(config: AddressConfig): AddressPolicy {
  const floor = ranges(`${CORE_FLOOR} ${PRODUCT_FLOOR}`.split(' '))
  const internal = [...ranges(config.internal), ...floor]
  const allowed = ranges(config.ipAllowlist)
  const metadata = ranges(METADATA.split(' '))
  const trusted: DomainList = compileDomainList(config.trustedDomains)
  const isAllowed = (address: Address): boolean => allowed.some((range) => contains(range, address))
  const isNamed = (address: Address): boolean =>
    allowed.some((range) => range.prefix === (range.family === 4 ? 32 : 128) && contains(range, address))
  return {
    active: config.internal.length > 0,
    isMetadataHost: (host) => METADATA_HOSTS.has(host),
    isTrusted: (host) => trusted.match(host) !== undefined,
    judge(address) {
      const forms = withEmbedded(address)
      if (!isNamed(address)) {
        for (const form of forms) {
          if (metadata.some((range) => contains(range, form)) && !isNamed(form)) return 'metadata'
        }
      }
      if (isAllowed(address)) return 'ok'
      for (const form of forms) {
        if (internal.some((range) => contains(range, form)) && !isAllowed(form)) return 'internal'
      }
      return 'ok'
    },
  }
}

/** The addresses of a name, judged against the ranges; or the reason why none can be judged. */
export type Assessed =
  | string
  | {
      readonly dialable: readonly string[]
      /** The address with the gravest verdict. */
      readonly worst: {readonly verdict: AddressVerdict; readonly address: string} | undefined
    }

export function assess(texts: readonly string[], addresses: AddressPolicy): Assessed {
  if (texts.length === 0) return 'no addresses'
  const dialable: string[] = []
  let worst: {readonly verdict: AddressVerdict; readonly address: string} | undefined
  for (const text of texts) {
    const address = parseAddress(text)
    // an unparsable address cannot be checked
    if (address === undefined) return 'unusable address'
    const verdict = addresses.judge(address)
    dialable.push(address.text)
    if (verdict === 'ok' || (verdict === 'internal' && worst !== undefined)) continue
    worst = {verdict, address: address.text}
  }
  return {dialable, worst}
}

function ranges(texts: readonly string[]): readonly Range[] {
  return texts.map((text) => {
    const range = parseRange(text)
    if (typeof range === 'string') throw new Error(`address range ${JSON.stringify(text)} ${range}`)
    return range
  })
}

/** The address of a canonical host that is a literal. */
export function literalOf(host: string): Address | undefined {
  const last = host.charCodeAt(host.length - 1)
  return host.includes(':') || (last >= 0x30 && last <= 0x39) ? parseAddress(host) : undefined
}
