// State shared by every surface of one listener.
import type {Exchange} from '../core/exchange.js'
import type {Ruling} from '../core/policy.js'
import type {ReverseUpstream} from '../core/services/reverse-proxy.js'
import type {ClientTrust} from './client-trust.js'
import type {Dialer} from './dial.js'
import type {ExchangeFactory} from './exchange-factory.js'
import type {TransportHost} from './host.js'
import type {Limits} from './limits.js'
import type {Pools} from './pools.js'
import {noAddress, ownListener} from './refusals.js'
import type {OpenExchanges} from './server-exchange.js'

export interface ListenerContext {
  readonly host: TransportHost
  readonly limits: Limits
  readonly exchange: ExchangeFactory
  readonly pools: Pools
  readonly dialer: Dialer
  readonly clientTrust: ClientTrust
  /** All that this listener serves. */
  readonly open: OpenExchanges
  /** Of a reverse proxy: everything goes to this service. */
  readonly upstream: ReverseUpstream | undefined
}

/** The transport of plain requests. */
export function plainTransport({upstream}: Pick<ListenerContext, 'upstream'>): 'forward' | 'reverse' {
  return upstream ? 'reverse' : 'forward'
}

/** Continues an exchange now, or when the value arrives; a rejection is handled like a throw. */
export function whenReady<T>(value: T | Promise<T>, next: (value: T) => void, failed: (error: unknown) => void): void {
  if (value instanceof Promise) {
    value.then(next).catch(failed)
    return
  }
  try {
    next(value)
  } catch (error) {
    failed(error)
  }
}

/**
 * The last check before dialling: only checked addresses, and never one of our own listeners, since the proxy would
 * call itself until sockets run out.
 */
export function checkDialable({host}: ListenerContext, x: Exchange, ruling: Ruling): Ruling {
  const {target} = x
  if (!target || ruling.addresses.length === 0) {
    return ruling.policy.conclude(x, [noAddress(target?.host ?? 'target')], ruling)
  }
  return checkOwnListener(host, x, ruling)
}

export function checkOwnListener(host: TransportHost, x: Exchange, ruling: Ruling): Ruling {
  const {target} = x
  if (!target) return ruling
  for (const address of ruling.addresses) {
    if (host.isOwnListener(address, target.port)) {
      return ruling.policy.conclude(x, [ownListener(target.host, address)], ruling)
    }
  }
  return ruling
}

/**
 * Decides whether a paused source continues. `decide` gets a function to call with the continuation, at once or later; a
 * continuation returns whether more is accepted. The result: more is accepted now. Otherwise `resume` is called later.
 */
export function pausedUntil(resume: () => void, decide: (proceed: (run: () => boolean) => void) => void): boolean {
  let isWithin = true
  let isAccepted = false
  decide((run) => {
    isAccepted = run()
    if (isAccepted && !isWithin) resume()
  })
  isWithin = false
  return isAccepted
}
