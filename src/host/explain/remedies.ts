// Settings that could change the effect of a finding, the narrowest first: one place before one host, one host before
// all. Only proposals: examine.ts confirms each one by judging again with it.
import type {Finding} from '../../core/decision.js'
import type {Target} from '../../core/exchange.js'
import {parseTarget} from '../../core/target.js'
import {parseAddress} from '../../lib/ip.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import type {Change} from './change.js'
import {mediaRemedies} from './media-remedies.js'
import {keepingClass, NO_REDACTION} from './rewrites.js'
import {shieldRemedies} from './shield-remedies.js'
import {add, NONE, set, warned, without, type ProposalInput, type Facts, type Proposals} from './proposals.js'

/** Settings under which a blocked finding may do less. */
export function loosened(finding: Finding, input: ProposalInput): Proposals {
  const {target} = parseTarget(input.subject.url)
  return LOOSER[finding.layer]?.({...input, finding, target}) ?? NONE
}

/** Settings under which a finding that only warns would block. */
export function tightened(finding: Finding, {config}: Pick<ProposalInput, 'config'>): Proposals {
  const changes: Change[] = []
  if (config.mode === 'audit') changes.push(set('mode', 'balanced', 'set mode to balanced: audit never blocks'))
  if (!config.enforce) changes.push(set('enforce', true, 'set enforce to true'))
  const field = STRICTER[finding.layer]
  if (field !== undefined) changes.push(set(field, 'block', `set ${field} to block`))
  return changes
}

const STRICTER: Readonly<Record<string, string>> = {
  header_dlp: 'request_body_scanning.action',
  body_dlp: 'request_body_scanning.action',
  body_prompt_injection: 'request_body_scanning.action',
  body_entropy: 'request_body_scanning.content_entropy_action',
  a2a_body: 'a2a_scanning.action',
  a2a_response: 'a2a_scanning.action',
  a2a_card: 'a2a_scanning.action',
  a2a_stream: 'a2a_scanning.action',
  response_scan: 'response_scanning.action',
  response_size: 'response_scanning.action',
  sse_stream: 'response_scanning.sse_streaming.action',
}

const MONITORING = 'fetch_proxy.monitoring'

/** By label; no setting changes a finding with another label. */
const LOOSER: Readonly<Record<string, (facts: Facts) => Proposals>> = {
  allowlist: ({config, target}) => (target ? [add('api_allowlist', config.api_allowlist, target.host)] : NONE),
  blocklist,
  crlf_injection: accepted,
  core_ssrf: addresses,
  ssrf: addresses,
  ssrf_metadata: addresses,
  dlp: urlCredential,
  address_protection: wallet,
  entropy: ({config: {fetch_proxy}, finding, target}) => [
    ...excluded(fetch_proxy.monitoring.subdomain_entropy_exclusions, target),
    ...raised(`${MONITORING}.entropy_threshold`, finding),
  ],
  subdomain_entropy: ({config: {fetch_proxy}, target}) =>
    excluded(fetch_proxy.monitoring.subdomain_entropy_exclusions, target),
  ratelimit: ({config: {fetch_proxy}}) => {
    const next = fetch_proxy.monitoring.max_requests_per_minute + 1
    return [set(`${MONITORING}.max_requests_per_minute`, next, 'raise it to what this host needs, one more or beyond')]
  },
  databudget: ({config: {fetch_proxy}}) => {
    const twice = fetch_proxy.monitoring.max_data_per_minute * 2
    return [set(`${MONITORING}.max_data_per_minute`, twice, 'raise it to what this host needs; this is twice as much')]
  },
  length: ({target}) => {
    const length = target?.raw.length ?? 0
    return [set(`${MONITORING}.max_url_length`, length, `raise it to ${length}, the length of this URL`)]
  },
  redaction,
  header_dlp: (facts) => [...accepted(facts), warned('request_body_scanning.action')],
  request_body: ({finding, subject, config}) => {
    const size = subject.content?.bytes.length ?? 0
    if (size <= config.request_body_scanning.max_body_bytes || !finding.detail.includes('max_body_bytes')) return NONE
    return [set('request_body_scanning.max_body_bytes', size, `raise it to ${size}, the length of this body`)]
  },
  body_dlp: (facts) => [...accepted(facts), warned('request_body_scanning.action')],
  body_prompt_injection: (facts) => [...accepted(facts), warned('request_body_scanning.action')],
  body_entropy: (facts) => [...accepted(facts), warned('request_body_scanning.content_entropy_action')],
  response_size: ({subject, config}) => {
    const mib = Math.ceil((subject.content?.bytes.length ?? 0) / 1_048_576)
    return [
      ...(mib > config.fetch_proxy.max_response_mb
        ? [set('fetch_proxy.max_response_mb', mib, `raise it to ${mib}, for the length of this response`)]
        : NONE),
      warned('response_scanning.action'),
    ]
  },
  a2a_body: message,
  a2a_response: message,
  a2a_card: message,
  a2a_stream: message,
  shield_oversize: shieldRemedies,
  media_policy: mediaRemedies,
  core_response: responseExemptions,
  // an exemption does not apply to credentials in a stream of lines
  response_scan: (facts) => [...responseExemptions(facts), warned('response_scanning.action')],
  sse_stream: (facts) => [...responseExemptions(facts), warned('response_scanning.sse_streaming.action')],
}

function message(facts: Facts): Proposals {
  return [...accepted(facts), warned('a2a_scanning.action')]
}

function blocklist({config: {api_allowlist, mode, fetch_proxy}, finding, target}: Facts): Proposals {
  if (target === undefined) return NONE
  const list = fetch_proxy.monitoring.blocklist
  const entry = list.find((one) => finding.detail.endsWith(` matches ${one}`))
  const removal = entry === undefined ? NONE : [without(`${MONITORING}.blocklist`, list, entry)]
  // exempting one host is less than removing a pattern
  const caution = 'in strict mode it would also become a host that may be reached'
  return mode === 'strict' ? removal : [add('api_allowlist', api_allowlist, target.host, caution), ...removal]
}

function addresses({config, finding, target, judged}: Facts): Proposals {
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
function wallet({config, finding, target}: Facts): Proposals {
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

function urlCredential({config: {dlp, canary_tokens}, finding, target, builtIn}: Facts): Proposals {
  const {rule = ''} = finding
  // a host name that holds the credential will be another one tomorrow
  if (target === undefined || finding.inHost === true) return NONE
  const own = dlp.patterns.find(({name}) => name === rule)
  const says = `exempt "${target.host}" from the pattern ${JSON.stringify(rule)}`
  if (own !== undefined) {
    const exempt = {...own, exempt_domains: [...own.exempt_domains, target.host]}
    return [
      set(
        'dlp.patterns',
        dlp.patterns.map((one) => patternValue(one === own ? exempt : one)),
        says,
      ),
    ]
  }
  const known = builtIn(rule)
  if (known !== undefined) {
    const entry = {name: rule, regex: known.regex, severity: known.severity, exempt_domains: [target.host]}
    return [set('dlp.patterns', [...dlp.patterns.map(patternValue), entry], says)]
  }
  const canary = canary_tokens.tokens.find(({name}) => rule === `Canary Token (${name})`)
  if (canary !== undefined) {
    const rest = canary_tokens.tokens.filter((one) => one !== canary).map(({name, value}) => ({name, value}))
    return [{...set('canary_tokens.tokens', rest, `remove the token ${JSON.stringify(canary.name)}`), hidden: true}]
  }
  if (rule === 'Environment Variable Leak') {
    const caution = 'then no value of the environment is detected; better start the firewall without the variable'
    return [set('dlp.scan_env', false, 'set dlp.scan_env to false', caution)]
  }
  return NONE
}

function patternValue({
  name,
  regex,
  severity,
  validator,
  exempt_domains,
  action,
}: EffectiveConfig['dlp']['patterns'][number]) {
  return {
    name,
    regex,
    severity,
    exempt_domains,
    ...(validator !== undefined && {validator}),
    ...(action !== undefined && {action}),
  }
}

/** Accepts every rule of the finding at its place: accepting one alone would not change the verdict. */
function accepted({config, finding, target}: Facts): Proposals {
  if (target === undefined) return NONE
  const rules = finding.matches?.map(({pattern_name}) => pattern_name) ?? [finding.rule ?? finding.layer]
  const [path = ''] = target.canonical.split(/[?#]/)
  const literal = path.replace(/[*?[\]\\]/g, '?')
  const entries = rules.map((rule) => ({rule, path: literal, reason: 'why it is accepted there'}))
  const named = rules.map((rule) => JSON.stringify(rule)).join(', ')
  return [set('suppress', [...config.suppress, ...entries], `accept ${named} at ${path}, with a reason`)]
}

function responseExemptions(facts: Facts): Proposals {
  const {config, target} = facts
  if (target === undefined) return NONE
  return [
    ...accepted(facts),
    add(
      'response_scanning.exempt_domains',
      config.response_scanning.exempt_domains,
      target.host,
      'injected instructions in responses of this host are no longer enforced',
    ),
  ]
}

function redaction(facts: Facts): Proposals {
  const {config, finding, subject} = facts
  const size = subject.content?.bytes.length ?? 0
  const {limits} = config.redaction
  const code = finding.detail.slice(finding.detail.lastIndexOf(' ') + 1)
  switch (code) {
    case 'body_too_large':
      return [
        set('redaction.limits.max_body_bytes', size, `raise it to ${size}, the length of this body`),
        NO_REDACTION,
      ]
    case 'redaction_overflow': {
      const twice = limits.max_redactions_per_request * 2
      return [set('redaction.limits.max_redactions_per_request', twice, `raise it to ${twice}`), NO_REDACTION]
    }
    case 'json_depth_exceeded': {
      const deeper = Math.min(limits.max_depth * 2, 256)
      return [set('redaction.limits.max_depth', deeper, `raise it to ${deeper}`), NO_REDACTION]
    }
    case 'secret_in_numeric_scalar':
      return keepingClass(finding.rule ?? '', config)
    default:
      return [...unparseable(facts), NO_REDACTION]
  }
}

/** Accepts a body that is not JSON, for the one host and type. */
function unparseable({config: {redaction: section}, subject, target}: Facts): Proposals {
  if (target === undefined || subject.content === undefined) return NONE
  const [type = ''] = subject.content.mediaType.split(';')
  const route = {host: target.host, content_types: [type.trim().toLowerCase()]}
  return [
    set(
      'redaction.allowlist_unparseable_routes',
      [...section.allowlist_unparseable_routes.map(plain), route],
      `let ${route.content_types[0] ?? ''} go to ${target.host} as it is`,
      'nothing is replaced in such bodies',
    ),
  ]
}

function plain(route: EffectiveConfig['redaction']['allowlist_unparseable_routes'][number]) {
  const {host, methods, path_prefixes, path_suffixes, content_types} = route
  return {host, methods, path_prefixes, path_suffixes, content_types}
}
