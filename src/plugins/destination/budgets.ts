// The budgets of a domain: requests and bytes per minute. A request takes its slot and reserves a share of the bytes before
// anything is sent; bytes are counted as they move.
import type {Exchange} from '../../core/exchange.js'
import type {Meter} from '../../core/plugin.js'
import type {Clock} from '../../core/ports.js'
import {createLru} from '../../lib/lru.js'
import {toFinding, type Refusal} from './layers.js'
import type {RateTable, Reservation} from './rate-table.js'
import type {DestinationSettings} from './subject.js'

export interface Budgets {
  /** Takes a slot for a request; a refusal when there is none. */
  takeSlot(domain: string): Refusal | undefined
  /** Reserves bytes for the exchange with this id; a refusal when the budget is used up. */
  reserve(domain: string, id: string | undefined): Refusal | undefined
  /** Counts the bytes of an exchange as they move, and reports when they exceed the budget; undefined without a budget. */
  meter(x: Pick<Exchange, 'id' | 'target'>): Meter | undefined
  /** An exchange has ended: counts the bytes that no meter has counted. */
  settle(x: Pick<Exchange, 'id' | 'target'>, bytes: number): void
}

/** Number of concurrent responses of unknown length: each reserves a share of the budget. */
const SHARES = 16
const MAX_UNDER_WAY = 10_000

export function createBudgets(
  {maxRequestsPerMinute, maxDataPerMinute}: Pick<DestinationSettings, 'maxRequestsPerMinute' | 'maxDataPerMinute'>,
  rates: RateTable,
  clock: Pick<Clock, 'monotonic'>,
  domainOf: (host: string) => string,
): Budgets {
  const underWay = createLru<Reservation>(MAX_UNDER_WAY)
  /** Bytes of exchanges that were counted as they moved. */
  const counted = createLru<{bytes: number}>(MAX_UNDER_WAY)
  const release = (id: string, now: number): void => {
    const reservation = underWay.get(id)
    if (reservation !== undefined) rates.release(reservation, now)
    underWay.delete(id)
  }

  return {
    takeSlot(domain) {
      const wait = maxRequestsPerMinute > 0 ? rates.take(domain, maxRequestsPerMinute, clock.monotonic()) : undefined
      if (wait === undefined) return undefined
      return {
        label: 'ratelimit',
        class: 'protective',
        detail: `rate limit exceeded for ${domain}`,
        hint: 'raise fetch_proxy.monitoring.max_requests_per_minute',
        retryAfterSeconds: wait,
      }
    },
    reserve(domain, id) {
      if (maxDataPerMinute <= 0) return undefined
      const now = clock.monotonic()
      if (rates.bytes(domain, now) >= maxDataPerMinute) return overBudget(domain)
      if (id !== undefined) underWay.set(id, rates.reserve(domain, Math.ceil(maxDataPerMinute / SHARES), now))
      return undefined
    },
    meter({id, target}) {
      if (maxDataPerMinute <= 0 || target === undefined) return undefined
      const domain = domainOf(target.host)
      const own = {bytes: 0}
      counted.set(id, own)
      return {
        take(bytes) {
          const now = clock.monotonic()
          // from here on the bytes of this exchange are counted directly instead of reserved
          if (own.bytes === 0) release(id, now)
          own.bytes += bytes
          rates.addBytes(domain, bytes, now)
          return rates.carried(domain, now) > maxDataPerMinute ? toFinding(overBudget(domain)) : undefined
        },
      }
    },
    settle({id, target}, bytes) {
      if (maxDataPerMinute <= 0) return
      const now = clock.monotonic()
      release(id, now)
      const left = bytes - (counted.get(id)?.bytes ?? 0)
      counted.delete(id)
      if (left > 0 && target !== undefined) rates.addBytes(domainOf(target.host), left, now)
    },
  }
}

function overBudget(domain: string): Refusal {
  return {
    label: 'databudget',
    class: 'protective',
    detail: `data budget exceeded for ${domain}`,
    hint: 'raise fetch_proxy.monitoring.max_data_per_minute',
  }
}
