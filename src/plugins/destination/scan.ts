// Judges one destination by the ordered URL layers (scanning §3.1): the first that refuses ends the scan. Nothing derived
// from a URL leaves the process before the credential and host checks have passed; the name is resolved once, and what was
// checked is what may be dialled. Stays synchronous unless a name has to be resolved.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Purpose, Target} from '../../core/exchange.js'
import type {Awaitable, DestinationVerdict} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import {hasUndecodableLabel, parseTarget} from '../../core/target.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {parseAddress, type Address} from '../../lib/ip.js'
import {makeLru} from '../../lib/lru.js'
import {registrableDomain} from '../../lib/public-suffix.js'
import {literalOf, makeAddressPolicy, type AddressPolicy, type AddressVerdict} from './addresses.js'
import {makeDiscretion} from './discretion.js'
import {findHostSignal} from './host-signals.js'
import {toFinding, type Refusal} from './layers.js'
import type {RateTable} from './rate-table.js'
import {findLineBreak, hasTraversal} from './raw-checks.js'
import {findUrlInjection, type InjectionScanner} from './url-injection.js'
import {findHighEntropy, type EntropyHit} from './url-entropy.js'
import {sessionOf, walletRefusal, walletTexts} from './wallet-findings.js'
import type {WalletGuard} from './wallet-guard.js'

export interface DestinationSettings {
  /** Only allowlisted hosts (mode strict). */
  readonly allowlistOnly: boolean
  readonly allowlist: readonly string[]
  readonly blocklist: readonly string[]
  readonly internal: readonly string[]
  readonly ipAllowlist: readonly string[]
  readonly trustedDomains: readonly string[]
  readonly hostOverrides: Readonly<Record<string, readonly string[]>>
  readonly maxUrlLength: number
  readonly entropyThreshold: number
  readonly subdomainEntropyThreshold: number
  readonly entropyExclusions: readonly string[]
  readonly maxRequestsPerMinute: number
  readonly maxDataPerMinute: number
  /** undefined: address protection is off. */
  readonly wallets?: WalletGuard | undefined
}

/** What the credential plugin answers. */
export interface CredentialScanner {
  scanUrl(
    target: Target,
    options?: {readonly patternsOnly?: boolean; readonly bounded?: boolean},
  ): {
    readonly hit:
      | {
          readonly label: 'core_dlp' | 'dlp'
          readonly rule: string
          readonly reason: string
          readonly inHost: boolean
          readonly view?: string
        }
      | undefined
    readonly warn: readonly WarnMatch[]
  }
}

export interface WarnMatch {
  readonly pattern_name: string
  readonly severity: string
}

/** The facts of an exchange that this stage reads. */
export interface Subject {
  readonly rawTarget: string
  readonly target: Target | undefined
  readonly purpose: Purpose
  readonly signal: AbortSignal
  /** Whether names may be resolved; a check without `--resolve` may not. */
  readonly offline?: boolean
}

export interface DestinationScanner {
  judge(x: Subject | Exchange): Awaitable<DestinationVerdict>
  /** What a URL names that is out of bounds as it is written; nothing is resolved, counted or remembered. */
  named(target: Target): Finding | undefined
  /** Counts what an answer carried for the budget of its domain. */
  settle(target: Target, bytes: number): void
}

const HARD_LENGTH = 65_536
const RESOLVE_TIMEOUT_MS = 5000
const HOST_CACHE = 10_000

/** Everything that depends on the host name alone. */
interface HostFacts {
  readonly domain: string
  readonly literal: Address | undefined
  readonly allowed: boolean
  readonly blockedBy: string | undefined
  readonly excluded: boolean
  readonly signal: EntropyHit | undefined
  readonly undecodable: boolean
}

interface Scan {
  readonly x: Subject
  readonly target: Target
  readonly facts: HostFacts
  readonly warn: WarnMatch[]
}

const NO_ADDRESSES: readonly string[] = []

/** Layers that decide before credentials are looked for. */
const BEFORE_CREDENTIALS = 5

export function makeDestinationScanner(
  settings: DestinationSettings,
  credentials: CredentialScanner,
  rates: RateTable,
  ports: Pick<Ports, 'clock' | 'resolve'>,
  injection?: InjectionScanner,
): DestinationScanner {
  const allowlist = compileDomainList(settings.allowlist)
  const blocklist = compileDomainList(settings.blocklist, {broad: true})
  const exclusions = compileDomainList(settings.entropyExclusions)
  const addresses = makeAddressPolicy(settings)
  const overrides = new Map(Object.entries(settings.hostOverrides))
  const thresholds = {url: settings.entropyThreshold, subdomain: settings.subdomainEntropyThreshold}
  const cache = makeLru<HostFacts>(HOST_CACHE)
  const discreet = makeDiscretion(credentials)
  const maxLength = settings.maxUrlLength === 0 ? HARD_LENGTH : Math.min(settings.maxUrlLength, HARD_LENGTH)

  const factsOf = (host: string): HostFacts => {
    const known = cache.get(host)
    if (known !== undefined) return known
    const literal = literalOf(host)
    const domain = literal === undefined ? registrableDomain(host) : host
    const excluded = exclusions.match(host) !== undefined
    const scored = literal === undefined && !excluded && thresholds.subdomain > 0
    const facts: HostFacts = {
      domain,
      literal,
      excluded,
      allowed: allowlist.match(host) !== undefined,
      blockedBy: blocklist.match(host),
      signal: scored ? findHostSignal(host, host, domain, thresholds.subdomain) : undefined,
      undecodable: hasUndecodableLabel(host),
    }
    cache.set(host, facts)
    return facts
  }

  // Layers 2 to 7, in order. Each returns a refusal or nothing.
  const layers: readonly ((scan: Scan) => Refusal | undefined)[] = [
    ({target}) => {
      const found = findLineBreak(target.raw)
      return found === undefined ? undefined : {label: 'crlf_injection', detail: found}
    },
    ({target}) =>
      hasTraversal(target.rawPath) ? {label: 'path_traversal', detail: 'path traversal in URL'} : undefined,
    ({target, facts}) =>
      settings.allowlistOnly && !facts.allowed
        ? {
            label: 'allowlist',
            detail: `domain not in allowlist: ${target.host}`,
            hint: `add "${target.host}" to api_allowlist`,
          }
        : undefined,
    ({target, facts}) => blockedHost(target, facts),
    ({x, target, facts}) =>
      addresses.active || facts.literal === undefined || x.purpose === 'replay'
        ? undefined
        : literalRefusal(target, facts.literal, facts, addresses, 'core_ssrf'),
    ({x, target, warn}) => {
      const {hit, warn: found} = credentials.scanUrl(target, x.purpose === 'replay' ? PATTERNS_ONLY : undefined)
      warn.push(...found)
      return hit === undefined ? undefined : credentialRefusal(hit)
    },
    ({target}) => {
      const rule = injection && findUrlInjection(target, injection)
      return rule === undefined
        ? undefined
        : {label: 'dlp', reason: 'prompt_injection', rule, detail: `DLP match: ${rule} (high)`}
    },
    ({x, target}) => walletRefusal(settings.wallets?.find(walletTexts(target), sessionOf(x))),
    ({target, facts}) => {
      const found = pathAndQuery(target, facts)
      return found === undefined
        ? undefined
        : {label: 'entropy', detail: found.reason, score: found.score, hint: ENTROPY_HINT}
    },
    ({target, facts}) => {
      const found = facts.signal ?? rawHostSignal(target, facts)
      if (found === undefined) return undefined
      const hint = `add "${target.host}" to fetch_proxy.monitoring.subdomain_entropy_exclusions`
      const hard = facts.undecodable ? {hard: true as const} : {}
      return {label: 'subdomain_entropy', detail: found.reason, score: found.score, hint, ...hard}
    },
    ({facts}) =>
      // Where the layer above is off: such a host is never resolved.
      facts.undecodable ? {label: 'parser', detail: 'invalid URL', hard: true} : undefined,
  ]

  const blockedHost = (target: Target, facts: HostFacts): Refusal | undefined =>
    facts.blockedBy !== undefined && (!facts.allowed || settings.allowlistOnly)
      ? {
          label: 'blocklist',
          detail: `domain blocked: ${target.host} matches ${facts.blockedBy}`,
          hint: `remove "${facts.blockedBy}" from fetch_proxy.monitoring.blocklist to allow this host`,
        }
      : undefined

  /** An address, or a name that stands for one without being asked about. */
  const internalName = (target: Target, facts: HostFacts): Refusal | undefined => {
    const {host} = target
    if (facts.literal !== undefined) return literalRefusal(target, facts.literal, facts, addresses, 'ssrf')
    if (addresses.isMetadataHost(host)) return metadataHost(host)
    if (!isLocalhost(host) || addresses.isTrusted(host)) return undefined
    const detail = `SSRF blocked: ${host} is an internal address`
    return {label: 'ssrf', detail, clientDetail: 'SSRF blocked: internal address'}
  }

  const pathAndQuery = (target: Target, facts: HostFacts): EntropyHit | undefined => {
    const {canonical} = target
    const pathStart = canonical.indexOf('/', target.scheme.length + 3)
    const question = canonical.indexOf('?', pathStart)
    const path = question < 0 ? canonical.slice(pathStart) : canonical.slice(pathStart, question)
    const query = question < 0 ? '' : canonical.slice(question + 1)
    return findHighEntropy(path, query, facts.excluded, thresholds)
  }

  /** Labels decode in the letter case in which they came; the host itself is lower case. */
  const rawHostSignal = (target: Target, facts: HostFacts): EntropyHit | undefined => {
    if (target.raw === target.canonical || facts.literal !== undefined || facts.excluded) return undefined
    if (thresholds.subdomain <= 0) return undefined
    const at = target.raw.toLowerCase().indexOf(target.host)
    if (at < 0) return undefined
    const rawHost = target.raw.slice(at, at + target.host.length)
    return rawHost === target.host
      ? undefined
      : findHostSignal(target.host, rawHost, facts.domain, thresholds.subdomain)
  }

  const refuse = (
    scan: Scan,
    refusal: Refusal,
    rest: (() => Awaitable<DestinationVerdict>) | undefined,
    dialable: readonly string[] = NO_ADDRESSES,
  ): DestinationVerdict => ({
    findings: [toFinding(refusal)],
    addresses: dialable,
    ...(scan.warn.length > 0 && {warnMatches: scan.warn}),
    ...(rest !== undefined && refusal.hard !== true && {rest}),
  })

  const runLayers = (scan: Scan, from: number): Awaitable<DestinationVerdict> => {
    for (let i = from; i < layers.length; i++) {
      const refusal = layers[i]?.(scan)
      if (refusal === undefined) continue
      const shown = i < BEFORE_CREDENTIALS ? discreet(scan.target, refusal, scan.x.purpose) : refusal
      return refuse(scan, shown, () => runLayers(scan, i + 1))
    }
    return runAddresses(scan)
  }

  /** Layer 8: the only one that may ask the network. */
  const runAddresses = (scan: Scan): Awaitable<DestinationVerdict> => {
    const {x, target, facts} = scan
    if (x.purpose === 'replay') return runCounters(scan, NO_ADDRESSES)
    if (facts.literal !== undefined) {
      const {text} = facts.literal
      const refusal = literalRefusal(target, facts.literal, facts, addresses, 'ssrf')
      return refusal === undefined || (refusal.label === 'ssrf' && !addresses.active)
        ? runCounters(scan, [text])
        : refuse(scan, refusal, () => runCounters(scan, [text]), [text])
    }
    if (addresses.isMetadataHost(target.host)) {
      return refuse(scan, metadataHost(target.host), () => resolveHost(scan))
    }
    return resolveHost(scan)
  }

  const resolveHost = (scan: Scan): Awaitable<DestinationVerdict> => {
    const {x, target} = scan
    const {host} = target
    if (isLocalhost(host)) return judgeAnswers(scan, LOCALHOST)
    const override = overrides.get(host)
    if (override !== undefined) return judgeAnswers(scan, override)
    if (x.offline === true) return runCounters(scan, NO_ADDRESSES)
    // not AbortSignal.any: a signal that lives as long as the process would keep an entry of every look-up for ever
    const wait = new AbortController()
    const onAbort = (): void => wait.abort()
    let late = false
    const timer = setTimeout(() => {
      late = true
      wait.abort()
    }, RESOLVE_TIMEOUT_MS)
    x.signal.addEventListener('abort', onAbort, {once: true})
    const over = (): void => {
      clearTimeout(timer)
      x.signal.removeEventListener('abort', onAbort)
    }
    return ports.resolve(host, wait.signal).then(
      (answers) => {
        over()
        return x.signal.aborted ? cancelled(scan) : judgeAnswers(scan, answers)
      },
      (error: unknown) => {
        over()
        if (x.signal.aborted) return cancelled(scan)
        return unresolved(scan, late ? 'timeout' : describe(error), late || isTimeout(error))
      },
    )
  }

  const judgeAnswers = (scan: Scan, answers: readonly string[]): Awaitable<DestinationVerdict> => {
    const {target, facts} = scan
    if (answers.length === 0) return unresolved(scan, 'no addresses', false)
    const dialable: string[] = []
    let worst: {readonly verdict: AddressVerdict; readonly answer: string} | undefined
    for (const answer of answers) {
      const address = parseAddress(answer)
      // what cannot be read cannot be checked
      if (address === undefined) return unresolved(scan, 'unusable answer', false)
      const verdict = addresses.judge(address)
      dialable.push(address.text)
      if (verdict === 'ok' || (verdict === 'internal' && worst !== undefined)) continue
      worst = {verdict, answer: address.text}
    }
    if (worst === undefined) return runCounters(scan, dialable)
    if (worst.verdict === 'internal' && (!addresses.active || addresses.isTrusted(target.host))) {
      return runCounters(scan, dialable)
    }
    const mismatch = facts.allowed
    const refusal: Refusal = {
      label: worst.verdict === 'metadata' ? 'ssrf_metadata' : 'ssrf',
      detail: `SSRF blocked: ${target.host} resolves to internal IP ${worst.answer}`,
      clientDetail: `SSRF blocked: ${target.host} resolves to an internal address`,
      ...(mismatch && {class: 'config_mismatch' as const}),
      ...(mismatch &&
        worst.verdict === 'internal' && {
          hint: `add "${target.host}" to trusted_domains to allow internal IP resolution`,
        }),
    }
    return refuse(scan, refusal, () => runCounters(scan, dialable), dialable)
  }

  const unresolved = (scan: Scan, why: string, timedOut: boolean): DestinationVerdict => {
    const {host} = scan.target
    return refuse(
      scan,
      {
        label: 'ssrf',
        class: 'infrastructure_error',
        rule: timedOut ? 'resolver_timeout' : NO_SUCH_HOST.has(why) ? 'resolver_no_such_host' : 'resolver_error',
        detail: `SSRF check failed: DNS resolution error for ${host}: ${why}`,
        clientDetail: `SSRF check failed: ${host} could not be resolved`,
        // nothing to connect to
        hard: true,
      },
      undefined,
    )
  }

  /** Layers 9 to 11 and the last look at the caller. */
  const runCounters = (scan: Scan, dialable: readonly string[]): DestinationVerdict => {
    const {x, facts} = scan
    if (x.purpose === 'request') {
      const now = ports.clock.now()
      if (settings.maxRequestsPerMinute > 0) {
        const wait = rates.take(facts.domain, settings.maxRequestsPerMinute, now)
        if (wait !== undefined) {
          const refusal: Refusal = {
            label: 'ratelimit',
            class: 'protective',
            detail: `rate limit exceeded for ${facts.domain}`,
            hint: 'raise fetch_proxy.monitoring.max_requests_per_minute',
            retryAfterSeconds: wait,
          }
          return refuse(scan, refusal, () => runBudget(scan, dialable), dialable)
        }
      }
      return runBudget(scan, dialable)
    }
    return passed(scan, dialable)
  }

  const runBudget = (scan: Scan, dialable: readonly string[]): DestinationVerdict => {
    const {facts} = scan
    const limit = settings.maxDataPerMinute
    if (limit > 0 && rates.bytes(facts.domain, ports.clock.now()) >= limit) {
      const refusal: Refusal = {
        label: 'databudget',
        class: 'protective',
        detail: `data budget exceeded for ${facts.domain}`,
        hint: 'raise fetch_proxy.monitoring.max_data_per_minute',
      }
      return refuse(scan, refusal, () => passed(scan, dialable), dialable)
    }
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

  /** The verdict is known; only a leaked credential is worth naming instead (scanning §3.1). */
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
    const {hit, warn} = credentials.scanUrl(target, {bounded: true, patternsOnly})
    scan.warn.push(...warn)
    if (hit === undefined) return refuse(scan, length, afterwards)
    return refuse(scan, {...credentialRefusal(hit), inHost: true}, () => refuse(scan, length, afterwards))
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
      const scan: Scan = {x, target, facts: factsOf(target.host), warn: []}
      return target.raw.length > maxLength ? tooLong(scan) : runLayers(scan, 0)
    },
    named(target) {
      const facts = factsOf(target.host)
      const refusal = internalName(target, facts) ?? blockedHost(target, facts)
      return refusal && toFinding(refusal)
    },
    settle(target, bytes) {
      if (settings.maxDataPerMinute <= 0 || bytes <= 0) return
      rates.addBytes(factsOf(target.host).domain, bytes, ports.clock.now())
    },
  }
}

function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

function metadataHost(host: string): Refusal {
  return {label: 'ssrf_metadata', detail: `SSRF blocked: ${host} is a metadata service`}
}

const NO_SUCH_HOST: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'no addresses'])
const NO_FINDINGS: DestinationVerdict['findings'] = []
const PATTERNS_ONLY = {patternsOnly: true}
const LOCALHOST = ['127.0.0.1']
const ENTROPY_HINT = 'raise fetch_proxy.monitoring.entropy_threshold, or exclude the host for path segments'

type CredentialHit = NonNullable<ReturnType<CredentialScanner['scanUrl']>['hit']>

function credentialRefusal({label, reason, rule, inHost, view}: CredentialHit): Refusal {
  return {label, detail: reason, rule, inHost, ...(view !== undefined && {view})}
}

function literalRefusal(
  target: Target,
  literal: Address,
  facts: HostFacts,
  addresses: AddressPolicy,
  label: 'ssrf' | 'core_ssrf',
): Refusal | undefined {
  const verdict = addresses.judge(literal)
  if (verdict === 'ok') return undefined
  const width = literal.family === 4 ? 32 : 128
  const mismatch = facts.allowed
  return {
    label: verdict === 'metadata' ? 'ssrf_metadata' : label,
    detail: `SSRF blocked: ${target.host} is an internal address`,
    clientDetail: 'SSRF blocked: internal address',
    ...(mismatch && {class: 'config_mismatch' as const}),
    ...(mismatch && {hint: `add "${literal.text}/${width}" to ssrf.ip_allowlist to allow this address`}),
  }
}

function describe(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ETIMEOUT' || error.code === 'ETIMEDOUT')
}
