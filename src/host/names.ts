// Name look-ups of all clients: one query per name at a time, a share of them per client, and results that are kept for a few
// seconds. Every exchange judges the addresses that it will dial, kept or not, so a kept result cannot bypass the check.
import type {Clock, Resolve} from '../core/ports.js'
import {LOOK_UP_SHARE} from '../core/ports.js'
import type {Share, Shares} from '../core/shares.js'
import {createLru} from '../lib/lru.js'

/** A silent name server, or a client that looks up a missing name in a loop, costs one query in this time. */
const FAILED_MS = 3_000
/** The requests of one page, or inside one tunnel, cost one query. */
const RESOLVED_MS = 5_000
const MAX_KEPT = 1_000

export interface NameOptions {
  readonly resolve: Resolve
  readonly shares: Shares
  readonly clientOf: (address: string) => string
  readonly clock: Clock
}

interface Kept {
  readonly result: {readonly addresses: readonly string[]} | {readonly error: unknown}
  readonly untilMs: number
}

interface LookUp {
  readonly addresses: Promise<readonly string[]>
  /** Ends the query when no caller waits any more. */
  readonly abort: AbortController
  waiting: number
  /** Waiting clients, with their share and number of waits. */
  readonly clients: Map<string, {readonly share: Share; waiting: number}>
}

export function createNames({resolve, shares, clientOf, clock}: NameOptions): Resolve {
  const open = new Map<string, LookUp>()
  const kept = createLru<Kept>(MAX_KEPT)
  const keep = (host: string, result: Kept['result'], forMs: number): void =>
    kept.set(host, {result, untilMs: clock.monotonic() + forMs})

  const begin = (host: string): LookUp => {
    const abort = new AbortController()
    const lookUp: LookUp = {addresses: resolve(host, abort.signal), abort, waiting: 0, clients: new Map()}
    open.set(host, lookUp)
    const over = (): void => {
      if (open.get(host) === lookUp) open.delete(host)
    }
    lookUp.addresses.then(
      (addresses) => {
        over()
        keep(host, {addresses}, RESOLVED_MS)
      },
      (error: unknown) => {
        over()
        if (!abort.signal.aborted) keep(host, {error}, FAILED_MS)
      },
    )
    return lookUp
  }

  /** Counts a waiting client, once for all its requests. Starts no query for a client that waits for too many names. */
  const join = (host: string, client: string | undefined): LookUp => {
    const known = client === undefined ? undefined : open.get(host)?.clients.get(client)
    const share = client === undefined || known ? undefined : shares.take(client, 'look_ups')
    if (client !== undefined && !known && !share) {
      throw Object.assign(new Error('too many look-ups'), {code: LOOK_UP_SHARE})
    }
    const lookUp = open.get(host) ?? begin(host)
    lookUp.waiting++
    if (known) known.waiting++
    else if (client !== undefined && share) lookUp.clients.set(client, {share, waiting: 1})
    return lookUp
  }

  const leave = (host: string, lookUp: LookUp, client: string | undefined): void => {
    const own = client === undefined ? undefined : lookUp.clients.get(client)
    if (own && client !== undefined && --own.waiting === 0) {
      own.share.release()
      lookUp.clients.delete(client)
    }
    if (--lookUp.waiting > 0 || open.get(host) !== lookUp) return
    open.delete(host)
    lookUp.abort.abort()
  }

  return async (host, signal, address) => {
    if (signal.aborted) throw aborted()
    const known = kept.get(host)
    if (known && clock.monotonic() < known.untilMs) {
      if ('error' in known.result) throw known.result.error
      return known.result.addresses
    }
    const client = address === undefined ? undefined : clientOf(address)
    const lookUp = join(host, client)
    try {
      return await untilAborted(lookUp.addresses, signal)
    } finally {
      leave(host, lookUp, client)
    }
  }
}

function untilAborted<T>(addresses: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const onAbort = (): void => fail(aborted())
    signal.addEventListener('abort', onAbort, {once: true})
    addresses.then(done, fail).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function aborted(): Error {
  return Object.assign(new Error('the look-up timed out'), {code: 'ETIMEOUT'})
}
