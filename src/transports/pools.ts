// One connection pool per scheme, host, port, client, agent, set of checked addresses and policy generation: a kept
// connection can never lead to an address, or serve an agent, for which this request was not judged. Bounded, closed
// when idle.
import type {Target} from '../core/exchange.js'
import {hostText} from '../formats/target.js'
import {createOriginPool, type OriginPool} from './http-pool.js'
import {createSecurePool} from './secure-pool.js'
import {countingDescriptors, dialTcp, dialTls, type Dialer, type SessionCache} from './dial.js'
import type {TransportHost} from './host.js'

export interface PoolKey {
  readonly target: Target
  /** Owner of the shares that its connections use. */
  readonly client: string
  readonly agent: string
  readonly addresses: readonly string[]
  readonly generation: number
}

export interface Pools {
  get(key: PoolKey): OriginPool
  /** Closes idle connections of a client that holds many descriptors. */
  relieve(client: string): void
  close(): void
}

interface Entry {
  readonly pool: OriginPool
  readonly client: string
  readonly generation: number
  usedAt: number
}

export function createPools(dialer: Dialer, {ports, shares}: Pick<TransportHost, 'ports' | 'shares'>): Pools {
  const {clock, log} = ports
  const {pools: maxPools, poolIdleMs, headBytes} = dialer.limits
  const entries = new Map<string, Entry>()
  let newest = 0
  let sweep: NodeJS.Timeout | undefined

  const drop = (name: string, entry: Entry): void => {
    entries.delete(name)
    entry.pool.close()
  }
  const sweepIdle = (): void => {
    const oldest = clock.monotonic() - poolIdleMs
    for (const [name, entry] of entries) {
      if (entry.usedAt < oldest || entry.generation < newest) drop(name, entry)
    }
    if (entries.size === 0) {
      clearInterval(sweep)
      sweep = undefined
    }
  }

  function create(name: string, {target, client, addresses, generation}: PoolKey): Entry {
    if (generation > newest) {
      newest = generation
      sweepIdle()
    }
    if (entries.size >= maxPools) {
      let oldest: [string, Entry] | undefined
      for (const item of entries) if (!oldest || item[1].usedAt < oldest[1].usedAt) oldest = item
      if (oldest) drop(...oldest)
    }
    const {host, port, scheme} = target
    const authority = hostText(host, port)
    const cache: SessionCache = {session: undefined}
    const counted = countingDescriptors(dialer, shares, client)
    const pool =
      scheme === 'https'
        ? createSecurePool(authority, {
            maxHeaderBytes: headBytes,
            guard: {
              now: () => clock.monotonic(),
              over: (reason) =>
                log.warn('anomaly', {host, reason: `HTTP/2 connection to the origin ended: ${reason}`, score: 0.5}),
            },
            connect: (protocols, done) => {
              relieve(client, name)
              dialTls(counted, {host, port, addresses, protocols}, cache, done)
            },
          })
        : createOriginPool(`${scheme}://${authority}`, {
            maxHeaderBytes: headBytes,
            connect: (done) => {
              relieve(client, name)
              dialTcp(counted, addresses, port, (error, socket) => done(error ?? null, socket ?? null))
            },
          })
    const entry = {pool, client, generation, usedAt: clock.monotonic()}
    entries.set(name, entry)
    sweep ??= setInterval(sweepIdle, poolIdleMs).unref()
    return entry
  }

  /** Lets running requests end, then closes their connections; `except` is in use. */
  const relieve = (client: string, except?: string): void => {
    if (!shares.isTight(client, 'descriptors')) return
    for (const [name, entry] of entries) if (entry.client === client && name !== except) drop(name, entry)
  }

  return {
    relieve,
    get(key) {
      const {target, client, agent, addresses, generation} = key
      const where = addresses.length === 1 ? addresses[0] : addresses.toSorted().join(',')
      const name = `${generation} ${target.scheme} ${target.host} ${target.port} ${where} ${client} ${agent}`
      const entry = entries.get(name) ?? create(name, key)
      entry.usedAt = clock.monotonic()
      return entry.pool
    },
    close() {
      clearInterval(sweep)
      sweep = undefined
      for (const {pool} of entries.values()) pool.destroy()
      entries.clear()
    },
  }
}
