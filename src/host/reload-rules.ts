// What a reload may change (proxy §4): keys that keep their old value until a restart, changes that reject the reload, and
// changes that weaken the policy and are therefore announced (and rejected in strict mode).
import {contains, parseAddress, parseRange, type Range} from '../lib/ip.js'
import type {EffectiveConfig} from '../plugins/effective-config.js'
import {agentNotes, crossRequestNotes, mediaNotes, redactionNotes} from './reload-content.js'
import {credentialNotes} from './reload-credentials.js'
import {added, removed} from './reload-lists.js'
import {shieldNotes} from './reload-shield.js'

export interface FieldNote {
  readonly field: string
  readonly message: string
}

export interface Restarted {
  /** The new configuration with the running values of restart-only keys. */
  readonly config: EffectiveConfig
  readonly ignored: readonly FieldNote[]
}

export function keepRestartKeys(running: EffectiveConfig, next: EffectiveConfig): Restarted {
  const ignored: FieldNote[] = []
  const keep = <T>(field: string, old: T, fresh: T): T => {
    if (JSON.stringify(old) !== JSON.stringify(fresh)) ignored.push({field, message: 'takes effect after a restart'})
    return old
  }
  const {mode, minimum_signatures, ...lock} = running.learn_lock
  const {mode: nextMode, minimum_signatures: nextMinimum, ...nextLock} = next.learn_lock
  const config: EffectiveConfig = {
    ...next,
    fetch_proxy: {
      ...next.fetch_proxy,
      listen: keep('fetch_proxy.listen', running.fetch_proxy.listen, next.fetch_proxy.listen),
    },
    metrics_listen: keep('metrics_listen', running.metrics_listen, next.metrics_listen),
    flight_recorder: {
      ...next.flight_recorder,
      signing_key_path: keep(
        'flight_recorder.signing_key_path',
        running.flight_recorder.signing_key_path,
        next.flight_recorder.signing_key_path,
      ),
    },
    learn_lock: {...keep('learn_lock', lock, nextLock), mode: nextMode, minimum_signatures: nextMinimum},
  }
  return {config, ignored}
}

/** Why the reload as a whole is rejected; undefined when it may proceed. */
export function refusal(running: EffectiveConfig, next: EffectiveConfig): string | undefined {
  if (!running.forward_proxy.enabled && next.forward_proxy.enabled) {
    return 'forward_proxy.enabled cannot be turned on by a reload; restart'
  }
  return undefined
}

const RANK = {audit: 0, balanced: 1, strict: 2} as const
const LOCK_RANK = {capture: 0, shadow: 1, live: 2} as const

/** Everything by which the new policy lets through what the running one does not. */
export function downgrades(running: EffectiveConfig, next: EffectiveConfig): readonly FieldNote[] {
  const notes: FieldNote[] = []
  const note = (field: string, message: string): void => void notes.push({field, message})
  const off = (field: string, old: boolean, fresh: boolean): void => {
    if (old && !fresh) note(field, 'turned off')
  }
  if (RANK[next.mode] < RANK[running.mode]) note('mode', `lowered from ${running.mode} to ${next.mode}`)
  off('enforce', running.enforce, next.enforce)
  const lock = running.learn_lock
  const nextLock = next.learn_lock
  if (lock.enabled && LOCK_RANK[nextLock.mode || 'shadow'] < LOCK_RANK[lock.mode || 'shadow']) {
    note('learn_lock.mode', `lowered from ${lock.mode} to ${nextLock.mode || 'shadow'}`)
  }
  if (lock.enabled && nextLock.minimum_signatures < lock.minimum_signatures) {
    note('learn_lock.minimum_signatures', `lowered from ${lock.minimum_signatures} to ${nextLock.minimum_signatures}`)
  }
  const recorder = running.flight_recorder
  off('flight_recorder.enabled', recorder.enabled, next.flight_recorder.enabled)
  off('flight_recorder.require_receipts', recorder.require_receipts, next.flight_recorder.require_receipts)
  off('dlp.scan_env', running.dlp.scan_env, next.dlp.scan_env)
  off('dlp.include_defaults', running.dlp.include_defaults, next.dlp.include_defaults)
  patternDowngrades('dlp.patterns', running.dlp.patterns, next.dlp.patterns, note)
  credentialNotes(running, next, note)
  if (running.dlp.secrets_file !== '' && next.dlp.secrets_file === '') note('dlp.secrets_file', 'removed')
  bodyDowngrades(running.request_body_scanning, next.request_body_scanning, note)
  const [scanning, nextScanning] = [running.response_scanning, next.response_scanning]
  off('response_scanning.enabled', scanning.enabled, nextScanning.enabled)
  off('response_scanning.action', scanning.action !== 'warn', nextScanning.action !== 'warn')
  off('response_scanning.sse_streaming.enabled', scanning.sse_streaming.enabled, nextScanning.sse_streaming.enabled)
  off(
    'response_scanning.sse_streaming.action',
    scanning.sse_streaming.action === 'block',
    nextScanning.sse_streaming.action === 'block',
  )
  added('response_scanning.exempt_domains', scanning.exempt_domains, nextScanning.exempt_domains, note)
  off('response_scanning.include_defaults', scanning.include_defaults, nextScanning.include_defaults)
  if (!scanning.mentions && nextScanning.mentions) note('response_scanning.mentions', 'turned on')
  patternDowngrades('response_scanning.patterns', scanning.patterns, nextScanning.patterns, note)
  added(
    'response_scanning.core_observe_exceptions',
    scanning.core_observe_exceptions.map(nameOfException),
    nextScanning.core_observe_exceptions.map(nameOfException),
    note,
  )
  mediaNotes(running.media_policy, next.media_policy, note)
  const known = new Set(running.suppress.map(({rule, path}) => `${rule} ${path}`))
  for (const {rule, path} of next.suppress)
    if (!known.has(`${rule} ${path}`)) note('suppress', `${rule} at ${path} added`)
  if (running.internal.length > 0 && next.internal.length === 0) note('internal', 'emptied')
  else removed('internal', running.internal, next.internal, note)
  redactionNotes(running.redaction, next.redaction, note)
  crossRequestNotes(running.cross_request_detection, next.cross_request_detection, note)
  agentNotes(running.a2a_scanning, next.a2a_scanning, note)
  shieldNotes(running.browser_shield, next.browser_shield, note)
  off('forward_proxy.enabled', running.forward_proxy.enabled, next.forward_proxy.enabled)
  off('forward_proxy.sni_verification', running.forward_proxy.sni_verification, next.forward_proxy.sni_verification)
  const before = running.fetch_proxy.monitoring
  const after = next.fetch_proxy.monitoring
  off('fetch_proxy.monitoring.entropy_length_aware', before.entropy_length_aware, after.entropy_length_aware)
  const keyNames = ({entropy_exempt_keys}: typeof before): readonly string[] =>
    entropy_exempt_keys.flatMap(({host, keys}) => keys.map((key) => `${key} of ${host}`))
  added('fetch_proxy.monitoring.entropy_exempt_keys', keyNames(before), keyNames(after), note)
  off('fetch_proxy.monitoring.entropy_threshold', before.entropy_threshold > 0, after.entropy_threshold > 0)
  off(
    'fetch_proxy.monitoring.subdomain_entropy_threshold',
    before.subdomain_entropy_threshold > 0,
    after.subdomain_entropy_threshold > 0,
  )
  added('trusted_domains', running.trusted_domains, next.trusted_domains, note)
  added(
    'fetch_proxy.monitoring.subdomain_entropy_exclusions',
    before.subdomain_entropy_exclusions,
    after.subdomain_entropy_exclusions,
    note,
  )
  for (const text of next.ssrf.ip_allowlist) {
    if (!covered(text, running.ssrf.ip_allowlist)) note('ssrf.ip_allowlist', `${text} added`)
  }
  const raised = (field: string, old: number, fresh: number, zeroIsUnlimited: boolean): void => {
    const was = old === 0 && zeroIsUnlimited ? Number.POSITIVE_INFINITY : old
    const is = fresh === 0 && zeroIsUnlimited ? Number.POSITIVE_INFINITY : fresh
    if (is > was && is >= 2 * was)
      note(field, is === Number.POSITIVE_INFINITY ? 'limit removed' : `raised from ${old} to ${fresh}`)
  }
  raised('fetch_proxy.monitoring.max_url_length', before.max_url_length, after.max_url_length, true)
  raised(
    'fetch_proxy.monitoring.max_requests_per_minute',
    before.max_requests_per_minute,
    after.max_requests_per_minute,
    true,
  )
  raised('fetch_proxy.monitoring.max_data_per_minute', before.max_data_per_minute, after.max_data_per_minute, true)
  raised('fetch_proxy.max_response_mb', running.fetch_proxy.max_response_mb, next.fetch_proxy.max_response_mb, false)
  raised(
    'forward_proxy.max_tunnel_seconds',
    running.forward_proxy.max_tunnel_seconds,
    next.forward_proxy.max_tunnel_seconds,
    false,
  )
  return notes
}

type Bodies = EffectiveConfig['request_body_scanning']
type Answers = EffectiveConfig['response_scanning']

/** Everything by which less of a request is looked at, or less is done about it (proxy §4). */
function bodyDowngrades(old: Bodies, fresh: Bodies, note: (field: string, message: string) => void): void {
  if (!old.enabled) return
  const at = (key: keyof Bodies): string => `request_body_scanning.${key}`
  if (!fresh.enabled) return note(at('enabled'), 'turned off')
  if (old.scan_headers && !fresh.scan_headers) note(at('scan_headers'), 'turned off')
  for (const key of ['action', 'content_entropy_action'] as const) {
    if (old[key] === 'block' && fresh[key] === 'warn') note(at(key), 'lowered from block to warn')
  }
  if (!old.credential_audience && fresh.credential_audience) note(at('credential_audience'), 'turned on')
  if (old.header_mode === 'all' && fresh.header_mode === 'sensitive') note(at('header_mode'), 'narrowed to sensitive')
  removed(at('sensitive_headers'), old.sensitive_headers, fresh.sensitive_headers, note)
  added(at('ignore_headers'), old.ignore_headers, fresh.ignore_headers, note)
  const scores = ({content_entropy_enabled: on, content_entropy_threshold: bits}: Bodies): boolean => on && bits > 0
  if (scores(old) && !scores(fresh)) note(at('content_entropy_enabled'), 'turned off')
  if (fresh.max_body_bytes >= 2 * old.max_body_bytes) {
    note(at('max_body_bytes'), `raised from ${old.max_body_bytes} to ${fresh.max_body_bytes}`)
  }
}

interface NamedPattern {
  readonly name: string
  readonly regex: string
}

function patternDowngrades(
  field: string,
  old: readonly NamedPattern[],
  fresh: readonly NamedPattern[],
  note: (field: string, message: string) => void,
): void {
  const patterns = new Map(fresh.map((p) => [p.name, p]))
  for (const {name, regex} of old) {
    const now = patterns.get(name)
    if (!now) note(field, `pattern ${name} removed`)
    else if (now.regex !== regex) note(field, `expression of pattern ${name} replaced`)
  }
}

function nameOfException({pattern, host, expires}: Answers['core_observe_exceptions'][number]): string {
  return `${pattern} on ${host} until ${expires}`
}

/** By addresses, not by text: a part of an allowed network is no new permission. */
function covered(text: string, allowed: readonly string[]): boolean {
  const wanted = parseRange(text)
  if (typeof wanted === 'string') return false
  const base = parseAddress(text.split('/')[0] ?? '')
  return allowed.some((other) => {
    const range: Range | string = parseRange(other)
    return typeof range !== 'string' && base !== undefined && range.prefix <= wanted.prefix && contains(range, base)
  })
}
