// Joins configuration, credential scanner and counters into the destination stage, and offers the same judgement to
// commands on one URL: `check --url` and the replay of captured traffic.
import type {DestinationService as UrlService, UrlScanner, UrlScanResult} from '../../core/services/destination.js'
import type {DestinationVerdict} from '../../core/plugin.js'
import type {Ports} from '../../core/ports.js'
import {parseTarget} from '../../core/target.js'
import type {InjectionScanner} from '../../core/services/injection.js'
import type {CredentialScanner} from '../../core/services/dlp.js'
import {checkDomainPattern} from '../../lib/domain-list.js'
import type {CoreConfig} from '../../core/config.js'
import type {Monitoring, ReadSettings} from '../../core/services/settings.js'
import type {DestinationConfig} from './config.js'
import {createRateTable, type RateTable} from './rate-table.js'
import {mayHoldInjection} from './url-injection.js'
import {createWalletGuard, createWalletMemory, type WalletGuard, type WalletMemory} from './wallet-guard.js'
import {createDestinationScanner, type DestinationScanner} from './scan.js'
import type {DestinationSettings} from './subject.js'

/** Lives as long as the process: counters outlive a reload. */
export interface DestinationState {
  rates: RateTable | undefined
  wallets: WalletMemory | undefined
}

export interface DestinationService extends UrlService {
  /** Checks wallet addresses in other texts of a request; undefined while address protection is off. */
  readonly wallets: WalletGuard | undefined
}

/** The file keeps the limits of the URL layers under the listener that first had them. */
export type Config = Pick<CoreConfig, 'mode'> &
  DestinationConfig & {readonly fetch_proxy: {readonly monitoring: Monitoring}}

type ScanConfig = Pick<
  Config,
  'mode' | 'fetch_proxy' | 'api_allowlist' | 'internal' | 'trusted_domains' | 'ssrf' | 'dns'
> &
  Partial<Pick<Config, 'address_protection' | 'nested_targets'>>

export interface DestinationTools {
  /** The scanner of a configuration, without a running firewall. */
  scanner(config: ScanConfig, credentials: CredentialScanner): UrlScanner
  /** The stage itself, for measurements: `judge` as the pipeline calls it. */
  stage(config: ScanConfig, credentials: CredentialScanner, injection?: InjectionScanner): DestinationScanner
  /** False when the URL holds no text that the injection rules could match. */
  needsInjection(raw: string): boolean
}

export function createDestination(
  config: Config,
  state: DestinationState,
  credentials: CredentialScanner,
  ports: Ports,
  injection: InjectionScanner | undefined,
  operator: Pick<DestinationSettings, 'isAccepted' | 'isAllowed'> = {},
): {readonly service: DestinationService; readonly scanner: DestinationScanner} {
  state.rates ??= createRateTable()
  state.wallets ??= createWalletMemory()
  const settings = {...settingsOf(config, state.wallets), ...operator}
  const scanner = createDestinationScanner(settings, credentials, state.rates, ports, injection)
  return {service: {urls: urlScanner(scanner), wallets: settings.wallets}, scanner}
}

export function destinationTools(ports: Ports): DestinationTools {
  const stage: DestinationTools['stage'] = (config, credentials, injection) => {
    const settings = settingsOf(config, createWalletMemory())
    return createDestinationScanner(settings, credentials, createRateTable(), ports, injection)
  }
  return {
    stage,
    scanner: (config, credentials) => urlScanner(stage(config, credentials)),
    needsInjection(raw) {
      const {target} = parseTarget(raw)
      return target !== undefined && mayHoldInjection(target)
    },
  }
}

/** Cross-section checks. */
export function check(
  config: Config,
  settings: ReadSettings,
): readonly {readonly field: string; readonly message: string}[] {
  const problems: {field: string; message: string}[] = []
  if (config.mode === 'strict' && config.api_allowlist.length === 0) {
    problems.push({field: 'api_allowlist', message: 'must not be empty in strict mode'})
  }
  if (config.address_protection.enabled && !settings('request-scanning').enabled) {
    problems.push({
      field: 'address_protection.enabled',
      message: 'needs request_body_scanning.enabled: bodies would not be inspected',
    })
  }
  const lists: readonly (readonly [string, readonly string[], boolean])[] = [
    ['api_allowlist', config.api_allowlist, false],
    ['trusted_domains', config.trusted_domains, false],
    ['fetch_proxy.monitoring.blocklist', config.fetch_proxy.monitoring.blocklist, true],
    [
      'fetch_proxy.monitoring.subdomain_entropy_exclusions',
      config.fetch_proxy.monitoring.subdomain_entropy_exclusions,
      false,
    ],
  ]
  for (const [field, entries, broad] of lists) {
    for (const [i, entry] of entries.entries()) {
      const message = checkDomainPattern(entry, {broad})
      if (message !== undefined) problems.push({field: `${field}[${i}]`, message})
    }
  }
  return problems
}

function settingsOf(config: ScanConfig, memory: WalletMemory): DestinationSettings {
  const {monitoring} = config.fetch_proxy
  return {
    allowlistOnly: config.mode === 'strict',
    allowlist: config.api_allowlist,
    blocklist: monitoring.blocklist,
    internal: config.internal,
    ipAllowlist: config.ssrf.ip_allowlist,
    trustedDomains: config.trusted_domains,
    hostOverrides: config.dns.host_overrides,
    maxUrlLength: monitoring.max_url_length,
    entropyThreshold: monitoring.entropy_threshold,
    subdomainEntropyThreshold: monitoring.subdomain_entropy_threshold,
    entropyExclusions: monitoring.subdomain_entropy_exclusions,
    entropyExemptKeys: monitoring.entropy_exempt_keys,
    entropyLengthAware: monitoring.entropy_length_aware,
    maxRequestsPerMinute: monitoring.max_requests_per_minute,
    maxDataPerMinute: monitoring.max_data_per_minute,
    nestedAction: config.nested_targets?.action,
    wallets: config.address_protection && createWalletGuard(config.address_protection, memory),
  }
}

const NEVER = new AbortController().signal

function urlScanner(scanner: DestinationScanner): UrlScanner {
  return {
    named: (target) => scanner.named(target),
    async scan(raw, {purpose, resolve = false, signal = NEVER}) {
      const {target} = parseTarget(raw)
      return published(await scanner.judge({rawTarget: raw, target, purpose, signal, offline: !resolve}))
    },
  }
}

function published(verdict: DestinationVerdict): UrlScanResult {
  const [finding] = verdict.findings
  const warned = verdict.warnMatches === undefined ? {} : {warn_matches: verdict.warnMatches}
  if (finding === undefined) return {allowed: true, scanner: 'all', score: 0, ...warned}
  return {
    allowed: false,
    reason: finding.detail,
    scanner: finding.layer,
    ...(finding.hint !== undefined && {hint: finding.hint}),
    score: finding.score ?? 1,
    ...warned,
    finding,
  }
}
