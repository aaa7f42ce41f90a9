// The protection of a configuration, part by part, as `check` prints it: an operator who sees only "valid" does not
// notice that half of the protection is off.
import type {EffectiveConfig} from '../plugins/effective-config.js'

export interface Protection {
  readonly name: string
  readonly on: boolean
  /** The action on findings, or the setting that turned it off. */
  readonly note: string
}

interface Part {
  readonly name: string
  /** The setting that turns it off. */
  readonly by: string
  on(config: EffectiveConfig): boolean
  note(config: EffectiveConfig): string
}

const PARTS: readonly Part[] = [
  {
    name: 'enforcement',
    by: 'enforce, or mode: audit',
    on: ({enforce, mode}) => enforce && mode !== 'audit',
    note: ({mode}) => mode,
  },
  {
    name: 'forward proxy',
    by: 'forward_proxy.enabled',
    on: ({forward_proxy}) => forward_proxy.enabled,
    note: ({forward_proxy}) => (forward_proxy.sni_verification ? 'TLS names verified' : 'TLS names not verified'),
  },
  {
    name: 'blocklist',
    by: 'fetch_proxy.monitoring.blocklist',
    on: ({fetch_proxy}) => fetch_proxy.monitoring.blocklist.length > 0,
    note: ({fetch_proxy}) => `${fetch_proxy.monitoring.blocklist.length} entries`,
  },
  {
    name: 'internal networks',
    by: 'internal',
    on: ({internal}) => internal.length > 0,
    note: ({internal}) => `${internal.length} ranges refused`,
  },
  {
    name: 'URL entropy',
    by: 'fetch_proxy.monitoring.entropy_threshold',
    on: ({fetch_proxy}) => fetch_proxy.monitoring.entropy_threshold > 0,
    note: ({fetch_proxy}) => `${fetch_proxy.monitoring.entropy_threshold} bits per character`,
  },
  {
    name: 'rate limit',
    by: 'fetch_proxy.monitoring.max_requests_per_minute',
    on: ({fetch_proxy}) => fetch_proxy.monitoring.max_requests_per_minute > 0,
    note: ({fetch_proxy}) => `${fetch_proxy.monitoring.max_requests_per_minute} requests a minute and domain`,
  },
  {
    name: 'credential patterns',
    by: 'dlp.include_defaults',
    on: ({dlp}) => dlp.include_defaults,
    note: ({dlp}) => `built in${dlp.patterns.length > 0 ? ` and ${dlp.patterns.length} own` : ''}`,
  },
  {
    name: 'environment secrets',
    by: 'dlp.scan_env',
    on: ({dlp}) => dlp.scan_env,
    note: ({dlp}) => `values from ${dlp.min_env_secret_length} characters`,
  },
  {
    name: 'request bodies',
    by: 'request_body_scanning.enabled',
    on: ({request_body_scanning: s}) => s.enabled,
    note: ({request_body_scanning: s}) => s.action,
  },
  {
    name: 'request headers',
    by: 'request_body_scanning.scan_headers',
    on: ({request_body_scanning: s}) => s.enabled && s.scan_headers,
    note: ({request_body_scanning: s}) => `${s.header_mode}, ${s.action}`,
  },
  {
    name: 'body entropy',
    by: 'request_body_scanning.content_entropy_enabled',
    on: ({request_body_scanning: s}) => s.enabled && s.content_entropy_enabled && s.content_entropy_threshold > 0,
    note: ({request_body_scanning: s}) => s.content_entropy_action,
  },
  {
    name: 'responses',
    by: 'response_scanning.enabled',
    on: ({response_scanning: s}) => s.enabled,
    note: ({response_scanning: s}) => s.action,
  },
  {
    name: 'injection rules',
    by: 'response_scanning.include_defaults',
    on: ({response_scanning: s}) => s.enabled && s.include_defaults,
    note: ({response_scanning: s}) => `built in${s.patterns.length > 0 ? ` and ${s.patterns.length} own` : ''}`,
  },
  {
    name: 'event streams',
    by: 'response_scanning.sse_streaming.enabled',
    on: ({response_scanning: s}) => s.sse_streaming.enabled,
    note: ({response_scanning: s}) => s.sse_streaming.action,
  },
  {
    name: 'media policy',
    by: 'media_policy.enabled',
    on: ({media_policy}) => media_policy.enabled,
    note: ({media_policy: m}) =>
      [m.strip_images && 'images', m.strip_audio && 'audio', m.strip_video && 'video'].filter(Boolean).join(', ') ||
      'no kind refused',
  },
  {
    name: 'browser shield',
    by: 'browser_shield.enabled',
    on: ({browser_shield}) => browser_shield.enabled,
    note: ({browser_shield}) => browser_shield.strictness,
  },
  {
    name: 'A2A messages',
    by: 'a2a_scanning.enabled',
    on: ({a2a_scanning}) => a2a_scanning.enabled,
    note: ({a2a_scanning}) => a2a_scanning.action,
  },
  {
    name: 'redaction',
    by: 'redaction.enabled',
    on: ({redaction}) => redaction.enabled,
    note: ({redaction}) => `profile ${redaction.default_profile}`,
  },
  {
    name: 'cross-request',
    by: 'cross_request_detection.enabled',
    on: ({cross_request_detection: s}) => s.enabled,
    note: ({cross_request_detection: s}) => s.action,
  },
  {
    name: 'seed phrases',
    by: 'seed_phrase_detection.enabled',
    on: ({seed_phrase_detection: s}) => s.enabled,
    note: ({seed_phrase_detection: s}) => `from ${s.min_words} words`,
  },
  {
    name: 'wallet addresses',
    by: 'address_protection.enabled',
    on: ({address_protection: s}) => s.enabled,
    note: ({address_protection: s}) => s.action,
  },
  {
    name: 'receipts',
    by: 'flight_recorder.enabled or flight_recorder.signing_key_path',
    on: ({flight_recorder: s}) => s.enabled && s.signing_key_path !== '',
    note: ({flight_recorder: s}) => `${s.require_receipts ? 'required, ' : ''}in ${s.dir}`,
  },
  {
    name: 'contract lock',
    by: 'learn_lock.enabled',
    on: ({learn_lock}) => learn_lock.enabled,
    note: ({learn_lock}) => learn_lock.mode || 'shadow',
  },
  {
    name: 'captures',
    by: 'learn.enabled',
    on: ({learn}) => learn.enabled,
    note: ({learn}) => learn.capture_dir,
  },
]

export function protections(
  config: EffectiveConfig,
  plugins: readonly {readonly name: string; readonly digest: string}[] = [],
): readonly Protection[] {
  const own = plugins.map(({name, digest}) => ({
    name: `plugin ${name}`,
    on: true,
    note: `sha256 ${digest.slice(0, 16)}`,
  }))
  const parts = PARTS.map((part) => {
    const on = part.on(config)
    return {name: part.name, on, note: on ? part.note(config) : part.by}
  })
  return [...parts, ...own]
}
