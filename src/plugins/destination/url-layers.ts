// The layers that judge the URL as written, in order. None of them performs I/O.
import type {Target} from '../../core/exchange.js'
import type {CredentialScanner} from '../../core/services/dlp.js'
import type {InjectionScanner} from '../../core/services/injection.js'
import type {AddressPolicy} from './addresses.js'
import {addressRefusal} from './address-layer.js'
import type {EntropyMatch} from './host-signals.js'
import type {Refusal} from './layers.js'
import type {DestinationSettings, HostFacts, Scan} from './subject.js'
import {findHighEntropy} from './url-entropy.js'
import {findNested, queryValues, type NestedTargets} from './nested-targets.js'
import {findUrlInjection} from './url-injection.js'
import {sessionOf, walletRefusal, walletTexts} from './wallet-findings.js'

export interface UrlLayer {
  readonly name: UrlLayerName
  /** Returns a refusal or nothing. */
  readonly judge: (scan: Scan) => Refusal | undefined
}

/** In the order of the table. */
export type UrlLayerName =
  | 'line_breaks'
  | 'traversal'
  | 'allowlist'
  | 'blocklist'
  | 'address_literal'
  | 'credentials'
  | 'instructions'
  | 'wallets'
  | 'nested_targets'
  | 'entropy'
  | 'host_entropy'
  | 'undecodable_host'

/**
 * Whether the URL was searched for credentials before this layer. A refusal of any earlier layer quotes the URL only
 * after a search of its own, wherever the layer stands in the table.
 */
export function isAfterCredentials(layers: readonly UrlLayer[], index: number): boolean {
  const scanned = layers.findIndex(({name}) => name === 'credentials')
  return scanned >= 0 && index >= scanned
}

export interface UrlLayerParts {
  readonly settings: DestinationSettings
  readonly credentials: CredentialScanner
  readonly injection: InjectionScanner | undefined
  readonly addresses: AddressPolicy
  /** Data in the labels of the host. */
  /** undefined: values are not judged as destinations. */
  readonly nested?: NestedTargets | undefined
  readonly hostSignal: (target: Target, facts: HostFacts) => EntropyMatch | undefined
}

export function createUrlLayers(parts: UrlLayerParts): readonly UrlLayer[] {
  const {settings, credentials, injection, addresses, hostSignal, nested} = parts
  const thresholds = {
    url: settings.entropyThreshold,
    subdomain: settings.subdomainEntropyThreshold,
    lengthAware: settings.entropyLengthAware ?? false,
  }
  return [
    {
      name: 'line_breaks',
      judge: ({x, target, warn}) => {
        if (hasLineSeparator(target.raw)) warn.push({pattern_name: 'crlf_injection', severity: 'low'})
        const match = findLineBreak(target.raw)
        // a multi-line text can be an honest parameter: an operator may accept it at a place
        if (match === undefined || settings.isAccepted?.('crlf_injection', x)) return undefined
        if (isInText(target.raw)) {
          warn.push({pattern_name: 'crlf_injection', severity: 'low'})
          return undefined
        }
        return {label: 'crlf_injection', detail: match}
      },
    },
    {
      name: 'traversal',
      judge: ({target}) =>
        hasTraversal(target.rawPath) ? {label: 'path_traversal', detail: 'path traversal in URL'} : undefined,
    },
    {
      name: 'allowlist',
      judge: ({x, target, facts}) =>
        settings.allowlistOnly && !facts.allowed && !settings.isAllowed?.(x)
          ? {
              label: 'allowlist',
              detail: `domain not in allowlist: ${target.host}`,
              hint: `add "${target.host}" to api_allowlist`,
            }
          : undefined,
    },
    {
      name: 'blocklist',
      judge: ({x, target, facts}) => (settings.isAllowed?.(x) ? undefined : blockedHost(settings, target, facts)),
    },
    {
      name: 'address_literal',
      judge: ({x, target, facts}) =>
        addresses.active || facts.literal === undefined || x.purpose === 'replay'
          ? undefined
          : addressRefusal(target, facts.literal, facts, addresses, 'core_ssrf'),
    },
    {
      name: 'credentials',
      judge: ({x, target, warn}) => {
        const {match: match, warn: reports} = credentials.scanUrl(
          target,
          x.purpose === 'replay' ? PATTERNS_ONLY : undefined,
        )
        warn.push(...reports)
        return match === undefined ? undefined : credentialRefusal(match)
      },
    },
    {
      name: 'instructions',
      judge: ({target}) => {
        const rule = injection && findUrlInjection(target, injection)
        return rule === undefined
          ? undefined
          : {label: 'dlp', reason: 'prompt_injection', rule, detail: `DLP match: ${rule} (high)`}
      },
    },
    {
      name: 'wallets',
      judge: ({x, target}) => walletRefusal(settings.wallets?.find(walletTexts(target), sessionOf(x))),
    },
    {
      name: 'nested_targets',
      judge: ({x, target}) =>
        nested === undefined || x.purpose === 'replay' ? undefined : findNested(queryValues(target.query), nested),
    },
    {
      name: 'entropy',
      judge: ({target, facts}) => {
        const {path, query} = target
        const skipDocuments = facts.holdsDocuments ? 64 : facts.allowed ? 44 : 0
        const unscored = {
          skipPath: facts.excluded,
          skipKeys: facts.exemptKeys,
          skipDocuments,
          skipKeyed: facts.holdsDocuments,
        }
        const match = findHighEntropy(path, query, unscored, thresholds)
        return match && {label: 'entropy', detail: match.reason, score: match.score, hint: ENTROPY_HINT}
      },
    },
    {
      name: 'host_entropy',
      judge: ({target, facts}) => {
        const match = hostSignal(target, facts)
        if (match === undefined) return undefined
        const hint = `add "${target.host}" to fetch_proxy.monitoring.subdomain_entropy_exclusions`
        const hard = facts.undecodable ? {hard: true as const} : {}
        return {label: 'subdomain_entropy', detail: match.reason, score: match.score, hint, ...hard}
      },
    },
    {
      name: 'undecodable_host',
      judge: ({facts}) =>
        // applies where the layer above is off: such a host is never resolved
        facts.undecodable ? {label: 'parser', detail: 'invalid URL', hard: true} : undefined,
    },
  ]
}

/** Outside strict mode an allowed host skips this layer, and no other. */
export function blockedHost(settings: DestinationSettings, target: Target, facts: HostFacts): Refusal | undefined {
  return facts.blockedBy !== undefined && (!facts.allowed || settings.allowlistOnly)
    ? {
        label: 'blocklist',
        detail: `domain blocked: ${target.host} matches ${facts.blockedBy}`,
        hint: `remove "${facts.blockedBy}" from fetch_proxy.monitoring.blocklist to allow this host`,
      }
    : undefined
}

type CredentialMatch = NonNullable<ReturnType<CredentialScanner['scanUrl']>['match']>

export function credentialRefusal({label, reason, rule, inHost, view}: CredentialMatch): Refusal {
  return {label, detail: reason, rule, inHost, ...(view !== undefined && {view})}
}

const PATTERNS_ONLY = {patternsOnly: true}
const ENTROPY_HINT = 'raise fetch_proxy.monitoring.entropy_threshold, or exclude the host for path segments'

// The URL as received is checked before a parser erases the evidence: line breaks and dot segments.

/** The reason, most specific first; the parser already refuses raw CR and LF. */
function findLineBreak(raw: string): string | undefined {
  if (!raw.includes('%')) return undefined
  const hash = raw.indexOf('#')
  const text = (hash < 0 ? raw : raw.slice(0, hash)).toLowerCase()
  if (text.includes('%0d%0a')) return 'CRLF injection sequence in URL'
  if (text.includes('%250d%250a')) return 'double-encoded CRLF injection sequence in URL'
  if (/%(?:u00)?0[ad]/.test(text)) return 'encoded CR or LF in URL'
  // any depth of escaping
  if (/%(?:25)+(?:u00)?0[ad]/.test(text)) return 'double-encoded CR or LF in URL'
  return undefined
}

/** Parameters that hold texts of several lines; a person may add to them. */
const TEXT_KEYS = new Set(['q', 'query', 'text', 'body', 'message', 'prompt', 'content', 'description'])
const ENCODED_BREAK = /%(?:25)*(?:u00)?0[ad]/i

/** Whether every line break of a URL stands in the value of a parameter whose name says that it is a text. */
function isInText(raw: string): boolean {
  const hash = raw.indexOf('#')
  const url = hash < 0 ? raw : raw.slice(0, hash)
  const question = url.indexOf('?')
  if (question < 0 || ENCODED_BREAK.test(url.slice(0, question))) return false
  return url
    .slice(question + 1)
    .split('&')
    .every((pair) => {
      const equals = pair.indexOf('=')
      const key = equals < 0 ? pair : pair.slice(0, equals)
      return !ENCODED_BREAK.test(pair) || (equals >= 0 && TEXT_KEYS.has(key.toLowerCase()))
    })
}

/** True for separators that end a line for readers of Unicode, but not for parsers of a head: reported, not refused. */
function hasLineSeparator(raw: string): boolean {
  if (!raw.includes('%')) return false
  const hash = raw.indexOf('#')
  return /%(?:e2%80%a[89]|u202[89])/i.test(hash < 0 ? raw : raw.slice(0, hash))
}

const SEPARATOR = '[/\\\\]|%2f|%5c|%c0%af|%u002f|%u005c'
const DOT = '(?:\\.|%2e|%c0%ae|%u002e)'
const TRAVERSAL = new RegExp(`(?:${SEPARATOR})${DOT}{2}(?=${SEPARATOR}|$)`)

/** A dot-dot segment in any escaping, bounded by separators on both sides. */
function hasTraversal(rawPath: string): boolean {
  if (!rawPath.includes('..') && !rawPath.includes('%')) return false
  const path = rawPath.toLowerCase()
  // `%25252e` at once, whatever its depth: nothing that stands behind the last `25` can make another `%25`
  return TRAVERSAL.test(path) || TRAVERSAL.test(path.replace(/%(?:25)+/g, '%'))
}
