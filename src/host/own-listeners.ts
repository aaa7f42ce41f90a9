// The addresses that this process listens on. They are never dialled: one request could otherwise call the proxy
// recursively until sockets run out.
import {networkInterfaces} from 'node:os'
import {isIPv6} from 'node:net'
import type {ListenAddress} from '../core/listen.js'
import type {Clock} from '../core/ports.js'

/** Interfaces change rarely; querying the system for every dial would be measurable. */
const REFRESH_MS = 5_000

export interface OwnListeners {
  add(address: ListenAddress): void
  remove(address: ListenAddress): void
  has(address: string, port: number): boolean
  /** True for an address of this host. */
  isLocal(address: string): boolean
}

export function createOwnListeners(clock: Clock): OwnListeners {
  const bound = new Set<ListenAddress>()
  let local: ReadonlySet<string> = new Set()
  let askedAt = Number.NEGATIVE_INFINITY
  const isLocal = (address: string): boolean => {
    const now = clock.monotonic()
    if (now - askedAt > REFRESH_MS) {
      askedAt = now
      local = new Set(
        Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((i) => canonical(i.address))),
      )
    }
    return local.has(address) || /^127\./.test(address) || address === '::1' || isWildcard(address)
  }
  return {
    add: (address) => void bound.add({...address, host: canonical(address.host)}),
    remove: (address) => {
      for (const b of bound) if (b.port === address.port && b.host === canonical(address.host)) bound.delete(b)
    },
    has(address, port) {
      const requested = canonical(address)
      for (const b of bound) {
        if (b.port !== port) continue
        if (b.host === requested || isWildcard(requested)) return true
        if (isWildcard(b.host) && isLocal(requested)) return true
      }
      return false
    },
    isLocal: (address) => isLocal(canonical(address)),
  }
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/

/** Without zone, mapped IPv4 as IPv4, IPv6 in one spelling. */
function canonical(address: string): string {
  if (IPV4.test(address)) return address
  const plain = address.split('%')[0]?.toLowerCase() ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (mapped) return mapped[1] ?? plain
  if (!isIPv6(plain)) return plain
  const host = new URL(`http://[${plain}]/`).hostname.slice(1, -1)
  const hex = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(host)
  if (!hex) return host
  const [high, low] = [parseInt(hex[1] ?? '0', 16), parseInt(hex[2] ?? '0', 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
