// The URL layers in their fixed order, and the settings that change their findings, for `explain`.
import type {Finding} from '../../core/decision.js'
import type {Target} from '../../core/exchange.js'
import {
  add,
  NONE,
  set,
  without,
  type Explanation,
  type Facts,
  type Layer,
  type Proposals,
} from '../../core/explanation.js'
import {parseAddress} from '../../lib/ip.js'
import type {Config} from './create.js'

const MONITORING = 'fetch_proxy.monitoring'
const onlyRunning = (): string => 'counts the requests of a running firewall'
const unresolved = ({lookedUp}: {readonly lookedUp: boolean}): string | undefined =>
  lookedUp ? undefined : 'names are not resolved; --resolve does'

/** A layer that a limit of 0 switches off. */
function limited(
  name: 'entropy_threshold' | 'subdomain_entropy_threshold' | 'max_requests_per_minute' | 'max_data_per_minute',
) {
  return ({fetch_proxy: {monitoring}}: Config): string | undefined =>
    monitoring[name] > 0 ? undefined : `${MONITORING}.${name}: 0`
}

const URL_LAYERS: readonly Omit<Layer<Config>, 'surface'>[] = [
  {label: 'parser', about: 'one reading of the URL'},
  {label: 'scheme', about: 'http and https only'},
  {label: 'crlf_injection', about: 'line breaks, plain and encoded'},
  {label: 'path_traversal', about: 'dot segments'},
  {
    label: 'allowlist',
    about: 'api_allowlist in strict mode',
    off: ({mode}) => (mode === 'strict' ? undefined : `mode: ${mode}`),
  },
  {
    label: 'blocklist',
    about: 'fetch_proxy.monitoring.blocklist',
    off: ({fetch_proxy}) =>
      fetch_proxy.monitoring.blocklist.length > 0 ? undefined : 'fetch_proxy.monitoring.blocklist: []',
  },
  {
    label: 'core_ssrf',
    about: 'internal addresses, written as such, where internal is empty',
    off: ({internal}) => (internal.length === 0 ? undefined : 'internal has ranges: ssrf judges them'),
  },
  {label: 'core_dlp', about: 'the eight credentials of the core floor, over every view'},
  {label: 'dlp', about: 'credential patterns, values of the environment, canaries'},
  {
    label: 'address_protection',
    about: 'wallet addresses other than the known ones',
    off: ({address_protection}) => (address_protection.enabled ? undefined : 'address_protection.enabled: false'),
  },
  {label: 'entropy', about: 'path and query parts that look random', off: limited('entropy_threshold')},
  {
    label: 'subdomain_entropy',
    about: 'host names that look like data',
    off: limited('subdomain_entropy_threshold'),
  },
  {label: 'ssrf', about: 'addresses of the host', skipped: unresolved},
  {label: 'dns', about: 'names that lead to no address', skipped: unresolved},
  {label: 'ssrf_metadata', about: 'services that hand out credentials of the cloud'},
  {label: 'ratelimit', about: 'requests a minute', off: limited('max_requests_per_minute'), skipped: onlyRunning},
  {label: 'length', about: 'fetch_proxy.monitoring.max_url_length'},
  {label: 'databudget', about: 'bytes a minute', off: limited('max_data_per_minute'), skipped: onlyRunning},
]

export const explanation: Explanation<Config> = {
  layers: URL_LAYERS.map((layer) => ({...layer, surface: 'url'})),
  remedies: {
    allowlist: {
      loosen: ({config, target}) => (target ? [add('api_allowlist', config.api_allowlist, target.host)] : NONE),
    },
    blocklist: {loosen: blocklist},
    crlf_injection: {isAcceptable: true},
    core_ssrf: {loosen: addresses},
    ssrf: {loosen: addresses},
    ssrf_metadata: {loosen: addresses},
    dns: {recorded: ''},
    address_protection: {loosen: wallet},
    entropy: {
      loosen: ({config: {fetch_proxy}, finding, target}) => [
        ...excluded(fetch_proxy.monitoring.subdomain_entropy_exclusions, target),
        ...raised(`${MONITORING}.entropy_threshold`, finding),
      ],
    },
    subdomain_entropy: {
      loosen: ({config: {fetch_proxy}, target}) =>
        excluded(fetch_proxy.monitoring.subdomain_entropy_exclusions, target),
    },
    ratelimit: {
      recorded: `${MONITORING}.max_requests_per_minute`,
      loosen({config: {fetch_proxy}}) {
        const next = fetch_proxy.monitoring.max_requests_per_minute + 1
        return [
          set(`${MONITORING}.max_requests_per_minute`, next, 'raise it to what this host needs, one more or beyond'),
        ]
      },
    },
    databudget: {
      recorded: `${MONITORING}.max_data_per_minute`,
      loosen({config: {fetch_proxy}}) {
        const twice = fetch_proxy.monitoring.max_data_per_minute * 2
        return [
          set(`${MONITORING}.max_data_per_minute`, twice, 'raise it to what this host needs; this is twice as much'),
        ]
      },
    },
    length: {
      loosen({target}) {
        const length = target?.raw.length ?? 0
        return [set(`${MONITORING}.max_url_length`, length, `raise it to ${length}, the length of this URL`)]
      },
    },
  },
  fixed: ({layer}) => (layer === 'ssrf_metadata' ? 'a metadata service by its name: no setting changes it' : undefined),
}

function blocklist({config: {api_allowlist, mode, fetch_proxy}, finding, target}: Facts<Config>): Proposals {
  if (target === undefined) return NONE
  const list = fetch_proxy.monitoring.blocklist
  const entry = list.find((one) => finding.detail.endsWith(` matches ${one}`))
  const removal = entry === undefined ? NONE : [without(`${MONITORING}.blocklist`, list, entry)]
  // exempting one host is less than removing a pattern
  const caution = 'in strict mode it would also become a host that may be reached'
  return mode === 'strict' ? removal : [add('api_allowlist', api_allowlist, target.host, caution), ...removal]
}

function addresses({config, finding, target, judged}: Facts<Config>): Proposals {
  // a target without an address cannot be allowed by address
  if (target === undefined || finding.class === 'infrastructure_error') return NONE
  const isMetadata = finding.layer === 'ssrf_metadata'
  const caution = isMetadata ? 'it hands out credentials of the cloud account' : undefined
  const own = parseAddress(target.host)?.text
  const texts = own === undefined ? judged.addresses : [own]
  const literals = texts.map((text) => `${text}/${text.includes(':') ? 128 : 32}`)
  const allowed = literals.map((one) => add('ssrf.ip_allowlist', config.ssrf.ip_allowlist, one, caution))
  return isMetadata ? allowed : [add('trusted_domains', config.trusted_domains, target.host), ...allowed]
}

const CHAINS = {Ethereum: 'eth', Bitcoin: 'btc', Solana: 'sol', 'BNB Chain': 'bnb'} as const

/** The finding shows an address abbreviated: any text of the URL may be meant, and allowing it changes the verdict. */
function wallet({config, finding, target}: Facts<Config>): Proposals {
  const chain = Object.entries(CHAINS).find(([name]) => finding.detail.startsWith(name))?.[1]
  if (chain === undefined || target === undefined) return NONE
  const known = config.address_protection.allowed_addresses[chain]
  const texts = [...new Set(target.raw.match(/[0-9A-Za-z]{25,90}/g))].slice(0, 8)
  return texts.map((text) => add(`address_protection.allowed_addresses.${chain}`, known, text))
}

function excluded(list: readonly string[], target: Target | undefined): Proposals {
  if (target === undefined) return NONE
  return [add(`${MONITORING}.subdomain_entropy_exclusions`, list, target.host)]
}

/** To the measured value: a value is refused when it exceeds the threshold. */
function raised(field: string, {score = 1}: Finding): Proposals {
  const measured = Math.ceil(score * 800) / 100
  return [set(field, measured, `raise it to ${measured}, which this value does not exceed`, 'it holds for every host')]
}
