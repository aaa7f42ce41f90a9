// Judges one destination by the ordered URL layers: the first refusal ends the scan. Nothing derived from a URL leaves
// the process before the credential and host checks have passed. The name is resolved once, and only the checked
// addresses may be dialled. Synchronous unless a name has to be resolved.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Target} from '../../core/exchange.js'
import type {Awaitable, DestinationVerdict, Meter} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import {parseTarget} from '../../core/target.js'
import type {CredentialScanner} from '../../core/services/dlp.js'
import type {InjectionScanner} from '../../core/services/injection.js'
import {createLru} from '../../lib/lru.js'
import {internalName, createAddressLayer, type NextSteps} from './address-layer.js'
import {createAddressPolicy} from './addresses.js'
import {createRefusalRedaction} from './refusal-redaction.js'
import {createHostKnowledge} from './host-facts.js'
import {toFinding, type Refusal} from './layers.js'
import type {RateTable, Reservation} from './rate-table.js'
import type {DestinationSettings, Scan, Subject} from './subject.js'
import {blockedHost, credentialRefusal, createUrlLayers, isAfterCredentials} from './url-layers.js'

export interface DestinationScanner {
  judge(x: Subject | Exchange): Awaitable<DestinationVerdict>
  /** Refuses a URL by its literal destination; nothing is resolved, counted or remembered. */
  named(target: Target): Finding | undefined
  /** Counts the bytes of an exchange as they move, and reports when they exceed the budget of the domain. */
  meter(x: Pick<Exchange, 'id' | 'target'>): Meter | undefined
  /** An exchange has ended: counts the bytes that no meter has counted. */
  settle(x: Pick<Exchange, 'id' | 'target'>, bytes: number): void
}

const HARD_LENGTH = 65_536
/** Number of concurrent responses of unknown length: each reserves a share of the budget. */
const SHARES = 16
const MAX_UNDER_WAY = 10_000
const NO_ADDRESSES: readonly string[] = []
const NO_FINDINGS: DestinationVerdict['findings'] = []

export function createDestinationScanner(
  settings: DestinationSettings,
  credentials: CredentialScanner,
  rates: RateTable,
  ports: Pick<Ports, 'clock' | 'resolve'>,
  injection?: InjectionScanner,
): DestinationScanner {
  const hosts = createHostKnowledge(settings)
  const addresses = createAddressPolicy(settings)
  const layers = createUrlLayers({settings, credentials, injection, addresses, hosts})
  const redacted = createRefusalRedaction(credentials)
  const maxLength = settings.maxUrlLength === 0 ? HARD_LENGTH : Math.min(settings.maxUrlLength, HARD_LENGTH)

  const refuse: NextSteps['refuse'] = (scan, refusal, rest, dialable = NO_ADDRESSES) => ({
    findings: [toFinding(refusal)],
    addresses: dialable,
    ...(scan.warn.length > 0 && {warnMatches: scan.warn}),
    ...(rest !== undefined && refusal.hard !== true && {rest}),
  })

  const runLayers = (scan: Scan, from: number): Awaitable<DestinationVerdict> => {
    for (let i = from; i < layers.length; i++) {
      const refusal = layers[i]?.judge(scan)
      if (refusal === undefined) continue
      const shown = isAfterCredentials(layers, i) ? refusal : redacted(scan.target, refusal, scan.x.purpose)
      return refuse(scan, shown, () => runLayers(scan, i + 1))
    }
    return runAddresses(scan)
  }

  /** Layers 9 to 11 and the last check of the caller. */
  const runCounters: NextSteps['passed'] = (scan, dialable) => {
    const {x, facts} = scan
    if (x.purpose !== 'request') return passed(scan, dialable)
    const limit = settings.maxRequestsPerMinute
    const wait = limit > 0 ? rates.take(facts.domain, limit, ports.clock.monotonic()) : undefined
    if (wait === undefined) return runBudget(scan, dialable)
    const refusal: Refusal = {
      label: 'ratelimit',
      class: 'protective',
      detail: `rate limit exceeded for ${facts.domain}`,
      hint: 'raise fetch_proxy.monitoring.max_requests_per_minute',
      retryAfterSeconds: wait,
    }
    return refuse(scan, refusal, () => runBudget(scan, dialable), dialable)
  }

  const overBudget = (domain: string): Refusal => ({
    label: 'databudget',
    class: 'protective',
    detail: `data budget exceeded for ${domain}`,
    hint: 'raise fetch_proxy.monitoring.max_data_per_minute',
  })

  const underWay = createLru<Reservation>(MAX_UNDER_WAY)
  /** Bytes of exchanges that were counted as they moved. */
  const counted = createLru<{bytes: number}>(MAX_UNDER_WAY)
  const releaseReservation = (id: string, now: number): void => {
    const reservation = underWay.get(id)
    if (reservation !== undefined) rates.release(reservation, now)
    underWay.delete(id)
  }
  const runBudget = (scan: Scan, dialable: readonly string[]): DestinationVerdict => {
    const {x, facts} = scan
    const limit = settings.maxDataPerMinute
    if (limit <= 0) return passed(scan, dialable)
    const now = ports.clock.monotonic()
    if (rates.bytes(facts.domain, now) >= limit) {
      return refuse(scan, overBudget(facts.domain), () => passed(scan, dialable), dialable)
    }
    if ('id' in x) underWay.set(x.id, rates.reserve(facts.domain, Math.ceil(limit / SHARES), now))
    return passed(scan, dialable)
  }

  const passed = (scan: Scan, dialable: readonly string[]): DestinationVerdict =>
    scan.x.signal.aborted
      ? cancelled(scan)
      : {findings: NO_FINDINGS, addresses: dialable, ...(scan.warn.length > 0 && {warnMatches: scan.warn})}

  const cancelled = (scan: Scan | undefined): DestinationVerdict => ({
    findings: [toFinding({label: 'context', detail: 'request cancelled', class: 'infrastructure_error', hard: true})],
    addresses: NO_ADDRESSES,
    ...(scan !== undefined && scan.warn.length > 0 && {warnMatches: scan.warn}),
  })

  const runAddresses = createAddressLayer(settings, addresses, ports.resolve, {passed: runCounters, refuse, cancelled})

  /** The verdict is known; only a leaked credential is reported in its place, so that the alert is not lost. */
  const tooLong = (scan: Scan): DestinationVerdict => {
    const {x, target} = scan
    const length: Refusal = {
      label: 'length',
      class: 'protective',
      detail: `URL length ${target.raw.length} exceeds maximum ${maxLength}`,
      hint: 'raise fetch_proxy.monitoring.max_url_length',
    }
    const afterwards = (): Awaitable<DestinationVerdict> => runAddresses(scan)
    if (target.raw.length > HARD_LENGTH) return refuse(scan, {...length, hard: true}, undefined)
    const patternsOnly = x.purpose === 'replay'
    const {match: match, warn} = credentials.scanUrl(target, {bounded: true, patternsOnly})
    scan.warn.push(...warn)
    if (match === undefined) return refuse(scan, length, afterwards)
    return refuse(scan, {...credentialRefusal(match), inHost: true}, () => refuse(scan, length, afterwards))
  }

  return {
    judge(x) {
      if (x.signal.aborted) return cancelled(undefined)
      const {target} = x
      if (target === undefined) {
        const {failure} = parseTarget(x.rawTarget)
        const label = failure?.label ?? 'parser'
        const detail = failure?.reason ?? 'invalid URL'
        return {findings: [toFinding({label, detail, hard: true})], addresses: NO_ADDRESSES}
      }
      const scan: Scan = {x, target, facts: hosts.of(target.host), warn: []}
      return target.raw.length > maxLength ? tooLong(scan) : runLayers(scan, 0)
    },
    named(target) {
      const facts = hosts.of(target.host)
      const refusal = internalName(target, facts, addresses) ?? blockedHost(settings, target, facts)
      return refusal && toFinding(refusal)
    },
    settle({id, target}, bytes) {
      if (settings.maxDataPerMinute <= 0) return
      const now = ports.clock.monotonic()
      releaseReservation(id, now)
      const left = bytes - (counted.get(id)?.bytes ?? 0)
      counted.delete(id)
      if (left > 0 && target !== undefined) rates.addBytes(hosts.of(target.host).domain, left, now)
    },
    meter({id, target}) {
      const limit = settings.maxDataPerMinute
      if (limit <= 0 || target === undefined) return undefined
      const {domain} = hosts.of(target.host)
      const own = {bytes: 0}
      counted.set(id, own)
      return {
        take(bytes) {
          const now = ports.clock.monotonic()
          // from here on the bytes of this exchange are counted directly instead of reserved
          if (own.bytes === 0) releaseReservation(id, now)
          own.bytes += bytes
          rates.addBytes(domain, bytes, now)
          return rates.carried(domain, now) > limit ? toFinding(overBudget(domain)) : undefined
        },
      }
    },
  }
}
