// Judges one destination by the ordered URL layers: the first refusal ends the scan. Nothing derived from a URL leaves
// the process before the credential and host checks have passed. The name is resolved once, and only the checked
// addresses may be dialled. Synchronous unless a name has to be resolved.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Target} from '../../core/exchange.js'
import type {Awaitable, DestinationVerdict} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import {hasUndecodableLabel, parseTarget} from '../../core/target.js'
import type {CredentialScanner} from '../../core/services/dlp.js'
import type {InjectionScanner} from '../../core/services/injection.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {createLru} from '../../lib/lru.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import {internalName, createAddressLayer, type NextSteps} from './address-layer.js'
import {createAddressPolicy, literalOf} from './addresses.js'
import {createBudgets, type Budgets} from './budgets.js'
import {createRefusalRedaction} from './refusal-redaction.js'
import {findHostSignal, type EntropyMatch} from './host-signals.js'
import {toFinding, type Refusal} from './layers.js'
import type {NestedTargets} from './nested-targets.js'
import type {RateTable} from './rate-table.js'
import {isToUpstream, type DestinationSettings, type HostFacts, type Scan, type Subject} from './subject.js'
import {blockedHost, credentialRefusal, createUrlLayers, isAfterCredentials, type UrlLayerName} from './url-layers.js'

export interface DestinationScanner {
  readonly judge: (x: Subject | Exchange) => Awaitable<DestinationVerdict>
  /** Refuses a URL by its literal destination; nothing is resolved, counted or remembered. */
  named(target: Target): Finding | undefined
  /** Judges the values of requests that are destinations themselves; undefined where they are not judged. */
  readonly nested: NestedTargets | undefined
  readonly meter: Budgets['meter']
  readonly settle: Budgets['settle']
}

/** Services that name documents by 44 random characters. */
const DOCUMENT_HOSTS = compileDomainList([
  'docs.google.com',
  'drive.google.com',
  'sheets.google.com',
  'slides.google.com',
])
const HARD_LENGTH = 65_536
/** The operator chose the service behind the reverse proxy: only what is sent to it is judged. */
const TO_UPSTREAM: ReadonlySet<UrlLayerName> = new Set(['credentials', 'instructions', 'wallets'])
const HOST_CACHE = 10_000
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
  const budgets = createBudgets(settings, rates, ports.clock, (host) => hosts.of(host).domain)
  const addresses = createAddressPolicy(settings)
  const nested: NestedTargets | undefined = settings.nestedAction && {
    action: settings.nestedAction,
    refusalOf(target) {
      const refusal = internalName(target, hosts.of(target.host), addresses)
      return refusal?.label === 'ssrf' && !addresses.active ? undefined : refusal
    },
  }
  const layers = createUrlLayers({settings, credentials, injection, addresses, hostSignal: hosts.signal, nested})
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
      const layer = layers[i]
      if (layer === undefined || (isToUpstream(scan.x) && !TO_UPSTREAM.has(layer.name))) continue
      const refusal = layer.judge(scan)
      if (refusal === undefined) continue
      const shown = isAfterCredentials(layers, i) ? refusal : redacted(scan.target, refusal, scan.x.purpose)
      return refuse(scan, shown, () => runLayers(scan, i + 1))
    }
    return runAddresses(scan)
  }

  /** Layers 9 to 11 and the last check of the caller. */
  const runCounters: NextSteps['passed'] = (scan, dialable) => {
    if (scan.x.purpose !== 'request' || isToUpstream(scan.x)) return passed(scan, dialable)
    const refusal = budgets.takeSlot(scan.facts.domain)
    return refusal ? refuse(scan, refusal, () => runBudget(scan, dialable), dialable) : runBudget(scan, dialable)
  }

  const runBudget = (scan: Scan, dialable: readonly string[]): DestinationVerdict => {
    const {x, facts} = scan
    const refusal = budgets.reserve(facts.domain, 'id' in x ? x.id : undefined)
    return refusal ? refuse(scan, refusal, () => passed(scan, dialable), dialable) : passed(scan, dialable)
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
      return target.raw.length > maxLength && !isToUpstream(x) ? tooLong(scan) : runLayers(scan, 0)
    },
    nested,
    named(target) {
      const facts = hosts.of(target.host)
      const refusal = internalName(target, facts, addresses) ?? blockedHost(settings, target, facts)
      return refusal && toFinding(refusal)
    },
    meter: (x) => (isToUpstream(x) ? undefined : budgets.meter(x)),
    settle: (x, bytes) => {
      if (!isToUpstream(x)) budgets.settle(x, bytes)
    },
  }
}

/**
 * Facts that a host name alone decides: its owner, the lists that contain it, data in its labels. Cached, since traffic
 * goes to the same hosts again and again.
 */
interface HostKnowledge {
  of(host: string): HostFacts
  /** Data in the labels, in the letter case received where that differs. */
  signal(target: Target, facts: HostFacts): EntropyMatch | undefined
}

function createHostKnowledge(settings: DestinationSettings): HostKnowledge {
  const allowlist = compileDomainList(settings.allowlist)
  const blocklist = compileDomainList(settings.blocklist, {broad: true})
  const exclusions = compileDomainList(settings.entropyExclusions)
  const exempt = (settings.entropyExemptKeys ?? []).map(({host, keys}) => ({
    hosts: compileDomainList([host]),
    keys: keys.map((key) => key.toLowerCase()),
  }))
  const threshold = settings.subdomainEntropyThreshold
  const cache = createLru<HostFacts>(HOST_CACHE)

  /** Labels decode in the received letter case; the host itself is lower case. */
  const rawSignal = (target: Target, facts: HostFacts): EntropyMatch | undefined => {
    if (target.raw === target.canonical || facts.literal !== undefined || facts.excluded) return undefined
    if (threshold <= 0) return undefined
    const at = target.raw.toLowerCase().indexOf(target.host)
    if (at < 0) return undefined
    const rawHost = target.raw.slice(at, at + target.host.length)
    return rawHost === target.host ? undefined : findHostSignal(target.host, rawHost, facts.domain, threshold)
  }

  return {
    of(host) {
      const known = cache.get(host)
      if (known !== undefined) return known
      const literal = literalOf(host)
      const domain = literal === undefined ? registrableDomain(host) : host
      const excluded = exclusions.match(host) !== undefined
      const scored = literal === undefined && !excluded && threshold > 0
      const facts: HostFacts = {
        domain,
        literal,
        excluded,
        exemptKeys: new Set(exempt.flatMap(({hosts, keys}) => (hosts.match(host) === undefined ? [] : keys))),
        holdsDocuments: DOCUMENT_HOSTS.match(host) !== undefined,
        allowed: allowlist.match(host) !== undefined,
        blockedBy: blocklist.match(host),
        signal: scored ? findHostSignal(host, host, domain, threshold) : undefined,
        undecodable: hasUndecodableLabel(host),
      }
      cache.set(host, facts)
      return facts
    },
    signal: (target, facts) => facts.signal ?? rawSignal(target, facts),
  }
}
