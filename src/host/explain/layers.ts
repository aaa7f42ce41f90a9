// The layers in their fixed order, and the setting that switches each one off. The labels are those of findings.
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import type {Surface} from './judge.js'

export type LayerState = 'clean' | 'fired' | 'rewrote' | 'off' | 'not reached' | 'not inspected'

export interface Layer {
  readonly label: string
  /** What the layer detects. */
  readonly about: string
  /** The setting that switches it off. */
  off?(config: EffectiveConfig): string | undefined
  /** Why an enabled layer is skipped for a question. */
  skipped?(question: {readonly lookedUp: boolean; readonly mediaType: string}): string | undefined
}

const counters = (): string => 'counts the requests of a running firewall'
const bodies = ({request_body_scanning}: EffectiveConfig): string | undefined =>
  request_body_scanning.enabled ? undefined : 'request_body_scanning.enabled: false'

const agents = ({a2a_scanning}: EffectiveConfig): string | undefined =>
  a2a_scanning.enabled ? undefined : 'a2a_scanning.enabled: false'

const shield = ({browser_shield}: EffectiveConfig): string | undefined =>
  browser_shield.enabled ? undefined : 'browser_shield.enabled: false'
const SHIELDED =
  /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|(?:text|application)\/(?:x-)?(?:java|ecma)script)/i

export const LAYERS: Readonly<Record<Surface, readonly Layer[]>> = {
  url: [
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
    {
      label: 'entropy',
      about: 'path and query parts that look random',
      off: ({fetch_proxy: {monitoring}}) =>
        monitoring.entropy_threshold > 0 ? undefined : 'fetch_proxy.monitoring.entropy_threshold: 0',
    },
    {
      label: 'subdomain_entropy',
      about: 'host names that look like data',
      off: ({fetch_proxy: {monitoring}}) =>
        monitoring.subdomain_entropy_threshold > 0
          ? undefined
          : 'fetch_proxy.monitoring.subdomain_entropy_threshold: 0',
    },
    {
      label: 'ssrf',
      about: 'addresses of the host',
      skipped: ({lookedUp}) => (lookedUp ? undefined : 'names are not resolved; --resolve does'),
    },
    {
      label: 'dns',
      about: 'names that lead to no address',
      skipped: ({lookedUp}) => (lookedUp ? undefined : 'names are not resolved; --resolve does'),
    },
    {label: 'ssrf_metadata', about: 'services that hand out credentials of the cloud'},
    {
      label: 'ratelimit',
      about: 'requests a minute',
      off: ({fetch_proxy: {monitoring}}) =>
        monitoring.max_requests_per_minute > 0 ? undefined : 'fetch_proxy.monitoring.max_requests_per_minute: 0',
      skipped: counters,
    },
    {label: 'length', about: 'fetch_proxy.monitoring.max_url_length'},
    {
      label: 'databudget',
      about: 'bytes a minute',
      off: ({fetch_proxy: {monitoring}}) =>
        monitoring.max_data_per_minute > 0 ? undefined : 'fetch_proxy.monitoring.max_data_per_minute: 0',
      skipped: counters,
    },
  ],
  request: [
    {
      label: 'redaction',
      about: 'replaces sensitive texts',
      off: ({redaction}) => (redaction.enabled ? undefined : 'redaction.enabled: false'),
    },
    {label: 'header_dlp', about: 'credentials in headers', off: bodies, skipped: () => 'no headers were given'},
    {label: 'request_body', about: 'whether the body can be read whole', off: bodies},
    {label: 'body_dlp', about: 'credentials: whole, encoded, cut over several fields', off: bodies},
    {label: 'body_prompt_injection', about: 'injected instructions', off: bodies},
    {
      label: 'body_entropy',
      about: 'values that look random',
      off: (config) =>
        bodies(config) ??
        (config.request_body_scanning.content_entropy_enabled
          ? undefined
          : 'request_body_scanning.content_entropy_enabled: false'),
    },
    {
      label: 'cross_request',
      about: 'a secret in pieces, and opaque content, over the requests of one client',
      off: ({cross_request_detection: {enabled}}) => (enabled ? undefined : 'cross_request_detection.enabled: false'),
      skipped: () => 'joins the requests of a running firewall',
    },
    {label: 'a2a_body', about: 'a message to another agent, field by field', off: agents},
  ],
  response: [
    {label: 'response_size', about: 'fetch_proxy.max_response_mb'},
    {label: 'a2a_response', about: 'a message of another agent, field by field', off: agents},
    {
      label: 'a2a_stream',
      about: 'messages of another agent, over the events of a stream',
      off: agents,
      skipped: ({mediaType}) => (mediaType.startsWith('text/event-stream') ? undefined : 'it is not an event stream'),
    },
    {
      label: 'a2a_card',
      about: 'agent cards: how another agent describes itself',
      off: (config) =>
        agents(config) ?? (config.a2a_scanning.scan_agent_cards ? undefined : 'a2a_scanning.scan_agent_cards: false'),
    },
    {
      label: 'browser_shield',
      about: 'removed from pages, SVG and scripts: probes, tracking, hidden texts, active content',
      off: shield,
      skipped: ({mediaType}) => (SHIELDED.test(mediaType) ? undefined : 'it is not a page, SVG or script'),
    },
    {label: 'shield_oversize', about: 'pages too long to rewrite', off: shield},
    {
      label: 'media_policy',
      about: 'images, audio and video: which may pass; removes metadata of images',
      off: ({media_policy}) => (media_policy.enabled ? undefined : 'media_policy.enabled: false'),
    },
    {
      label: 'core_response',
      about: 'the eight rules of the core floor, where response_scanning is off',
      off: ({response_scanning}) =>
        response_scanning.enabled ? 'response_scanning is on: response_scan looks for them' : undefined,
    },
    {
      label: 'response_scan',
      about: 'injected instructions, over every pass',
      off: ({response_scanning}) => (response_scanning.enabled ? undefined : 'response_scanning.enabled: false'),
    },
    {
      label: 'sse_stream',
      about: 'injected instructions and credentials, over the events of a stream',
      off: ({response_scanning: {sse_streaming}}) =>
        sse_streaming.enabled ? undefined : 'response_scanning.sse_streaming.enabled: false',
      skipped: ({mediaType}) => (mediaType.startsWith('text/event-stream') ? undefined : 'it is not an event stream'),
    },
  ],
}
