import {describe, expect, test} from 'vitest'
import {sections as core} from '../../../../src/core/config.js'
import {sections as a2a} from '../../../../src/plugins/a2a/config.js'
import {sections as bodies} from '../../../../src/plugins/request-scanning/config.js'
import {sections as contract} from '../../../../src/plugins/contract/config.js'
import {sections as crossRequest} from '../../../../src/plugins/cross-request/config.js'
import {sections as destination} from '../../../../src/plugins/destination/config.js'
import {sections as dlp} from '../../../../src/plugins/dlp/config.js'
import type {EffectiveConfig} from '../../../../src/plugins/effective-config.js'
import {sections as learn} from '../../../../src/plugins/learn/config.js'
import {sections as logging} from '../../../../src/plugins/logging/config.js'
import {sections as media} from '../../../../src/plugins/media/config.js'
import {sections as metrics} from '../../../../src/plugins/metrics/config.js'
import {sections as proxy} from '../../../../src/plugins/proxy/config.js'
import {sections as recorder} from '../../../../src/plugins/recorder/config.js'
import {sections as redaction} from '../../../../src/plugins/redaction/config.js'
import {sections as responses} from '../../../../src/plugins/response-scanning/config.js'
import {sections as shield} from '../../../../src/plugins/shield/config.js'
import {sections as suppress} from '../../../../src/plugins/suppress/config.js'
import {readTree} from '../../../../src/host/config/tree.js'
import {validateTree} from '../../../../src/host/config/validate.js'
import {linesOfFiles} from '../../../../src/host/config/file-lines.js'
import {compare, type Compared} from '../../../../src/host/config/weaker.js'

const schemas = {
  ...core,
  ...a2a,
  ...bodies,
  ...contract,
  ...crossRequest,
  ...destination,
  ...dlp,
  ...learn,
  ...logging,
  ...media,
  ...metrics,
  ...proxy,
  ...recorder,
  ...redaction,
  ...responses,
  ...shield,
  ...suppress,
}

function config(text: string): EffectiveConfig {
  const {config, problems} = validateTree(readTree(text), schemas)
  expect(problems).toEqual([])
  return config as unknown as EffectiveConfig
}

function compared(before: EffectiveConfig, after: EffectiveConfig): Compared {
  const lines = {running: linesOfFiles(before, schemas), next: linesOfFiles(after, schemas)}
  return compare(before, after, {schemas, rules: {dlp: ['JWT'], injection: ['Role Override']}, lines})
}

const REDACTING =
  'redaction: {enabled: true, strict_reload: true, default_profile: p, profiles: {p: {classes: [email, jwt]}}}\n'
const pattern = (name: string, regex: string) => `{name: ${name}, regex: "${regex}", severity: high}`

function lock(mode: string, signatures: number): string {
  const place = `store_dir: /srv/store, roster_path: /srv/roster.json, pinned_root_fingerprint: 'sha256:${'a'.repeat(64)}'`
  const environment = `environment: {id: e, tenant: '', deployment_id: ''}`
  return `learn_lock: {enabled: true, mode: ${mode}, ${place}, ${environment}, minimum_signatures: ${signatures}}\n`
}

const WALLETS = 'request_body_scanning: {enabled: true}\naddress_protection: '

describe('weaker policies', () => {
  const table: readonly (readonly [name: string, before: string, after: string, fields: readonly string[]])[] = [
    ['nothing changed', 'mode: strict\n', 'mode: strict\n', []],
    ['mode lowered', 'mode: strict\n', 'mode: audit\n', ['mode']],
    ['mode raised', 'mode: audit\n', 'mode: strict\n', []],
    ['enforcement off', '', 'enforce: false\n', ['enforce']],
    [
      'pages rewritten less',
      'browser_shield: {enabled: true, tracking_domains: [t.example]}\n',
      'browser_shield: {enabled: true, strictness: minimal, oversize_action: warn, strip_hidden_traps: false, ' +
        'max_shield_bytes: 1000, exempt_domains: [e.example]}\n',
      [
        'browser_shield.strictness',
        'browser_shield.oversize_action',
        'browser_shield.strip_hidden_traps',
        'browser_shield.max_shield_bytes',
        'browser_shield.exempt_domains',
        'browser_shield.tracking_domains',
      ],
    ],
    [
      'pages not rewritten any more',
      'browser_shield: {enabled: true}\n',
      'browser_shield: {enabled: false}\n',
      ['browser_shield.enabled'],
    ],
    [
      'agents looked at less',
      'a2a_scanning: {enabled: true}\n',
      'a2a_scanning: {enabled: true, action: warn, scan_agent_cards: false, detect_card_drift: false, scan_raw_parts: false, session_smuggling_detection: false, max_raw_size: 9000000}\n',
      [
        'a2a_scanning.action',
        'a2a_scanning.scan_agent_cards',
        'a2a_scanning.detect_card_drift',
        'a2a_scanning.scan_raw_parts',
        'a2a_scanning.session_smuggling_detection',
        'a2a_scanning.max_raw_size',
      ],
    ],
    ['agents not looked at', 'a2a_scanning: {enabled: true}\n', '', ['a2a_scanning.enabled']],
    ['built-in patterns off', '', 'dlp: {include_defaults: false}\n', ['dlp.include_defaults']],
    ['pattern removed', `dlp: {patterns: [${pattern('a', 'aaaa')}]}\n`, '', ['dlp.patterns']],
    [
      'expression replaced under the same name',
      `dlp: {patterns: [${pattern('a', 'aaaa')}]}\n`,
      `dlp: {patterns: [${pattern('a', 'bbbb')}]}\n`,
      ['dlp.patterns[a].regex'],
    ],
    ['pattern added', '', `dlp: {patterns: [${pattern('a', 'aaaa')}]}\n`, []],
    ['internal ranges emptied', '', 'internal: []\n', ['internal']],
    ['range of our own removed', 'internal: [10.0.0.0/8, 198.51.0.0/16]\n', 'internal: [10.0.0.0/8]\n', ['internal']],
    [
      'entropy off',
      '',
      'fetch_proxy: {monitoring: {entropy_threshold: 0, subdomain_entropy_threshold: 0}}\n',
      ['fetch_proxy.monitoring.entropy_threshold', 'fetch_proxy.monitoring.subdomain_entropy_threshold'],
    ],
    ...(
      [
        ['body scanning off', 'enabled: true', 'enabled: false', ['enabled']],
        ['header scanning off', 'enabled: true', 'enabled: true, scan_headers: false', ['scan_headers']],
        ['body action lowered', 'enabled: true, action: block', 'enabled: true', ['action']],
        [
          'entropy action lowered',
          'enabled: true, content_entropy_action: block',
          'enabled: true',
          ['content_entropy_action'],
        ],
        ['fewer headers', 'enabled: true, header_mode: all', 'enabled: true', ['header_mode']],
        [
          'a header less',
          'enabled: true, sensitive_headers: [A, B]',
          'enabled: true, sensitive_headers: [b]',
          ['sensitive_headers'],
        ],
        [
          'a header ignored',
          'enabled: true, ignore_headers: []',
          'enabled: true, ignore_headers: [A]',
          ['ignore_headers'],
        ],
        [
          'content entropy off',
          'enabled: true',
          'enabled: true, content_entropy_threshold: 0',
          ['content_entropy_threshold'],
        ],
        [
          'a much longer body',
          'enabled: true, max_body_bytes: 10',
          'enabled: true, max_body_bytes: 20',
          ['max_body_bytes'],
        ],
        ['body scanning was off', 'enabled: false', 'enabled: false, scan_headers: false', []],
        ['stricter bodies', 'enabled: true', 'enabled: true, action: block, header_mode: all, max_body_bytes: 10', []],
      ] as const
    ).map(([name, before, after, fields]) => {
      const section = (text: string): string => `request_body_scanning: {${text}}\n`
      return [name, section(before), section(after), fields.map((field) => `request_body_scanning.${field}`)] as const
    }),
    [
      'built-in rules for answers off',
      '',
      'response_scanning: {include_defaults: false}\n',
      ['response_scanning.include_defaults'],
    ],
    [
      'mentions allowed',
      'response_scanning: {mentions: false}\n',
      'response_scanning: {enabled: true}\n',
      ['response_scanning.mentions'],
    ],
    [
      'a pattern for answers changed',
      'response_scanning: {patterns: [{name: A, regex: aaa}, {name: B, regex: bbb}]}\n',
      'response_scanning: {patterns: [{name: B, regex: bbbb}]}\n',
      ['response_scanning.patterns', 'response_scanning.patterns[B].regex'],
    ],
    [
      'an exception for a rule',
      '',
      'response_scanning: {core_observe_exceptions: [{host: a.example, pattern: Hidden Instruction, reason: r, owner: o, expires: 2030-01-31}]}\n',
      ['response_scanning.core_observe_exceptions'],
    ],
    ['response scanning off', '', 'response_scanning: {enabled: false}\n', ['response_scanning.enabled']],
    [
      'findings in answers only warn',
      'response_scanning: {action: block}\n',
      'response_scanning: {sse_streaming: {action: warn}}\n',
      ['response_scanning.action', 'response_scanning.sse_streaming.action'],
    ],
    [
      'streams unscanned, a host exempt',
      '',
      'response_scanning: {exempt_domains: [a.example], sse_streaming: {enabled: false}}\n',
      ['response_scanning.sse_streaming.enabled', 'response_scanning.exempt_domains'],
    ],
    ['media policy off', '', 'media_policy: {enabled: false, strip_audio: false}\n', ['media_policy.enabled']],
    [
      'media passes',
      'media_policy: {strip_images: true}\n',
      'media_policy: {strip_audio: false, strip_video: false, strip_image_metadata: false, log_media_exposure: false, allowed_image_types: [image/png, image/webp], max_image_bytes: 10485760}\n',
      [
        ...['strip_images', 'strip_audio', 'strip_video', 'strip_image_metadata', 'log_media_exposure'],
        ...['allowed_image_types', 'max_image_bytes'],
      ].map((key) => `media_policy.${key}`),
    ],
    ['less media passes', '', 'media_policy: {strip_images: true, allowed_image_types: [image/png]}\n', []],
    ['suppression added', '', 'suppress: [{rule: DAN, path: a.example/}]\n', ['suppress']],
    ['suppression removed', 'suppress: [{rule: DAN, path: a.example/}]\n', '', []],
    ['forward proxy off', '', 'forward_proxy: {enabled: false}\n', ['forward_proxy.enabled']],
    ['contract lock from live to shadow', lock('live', 1), lock('shadow', 1), ['learn_lock.mode']],
    ['contract lock from shadow to live', lock('shadow', 1), lock('live', 1), []],
    [
      'an observation of each machine, not of each hour',
      'learn: {sessions: {machine: a}}\n',
      'learn: {sessions: {per: machine, machine: b}}\n',
      ['learn.sessions.per'],
    ],
    ['parameter names no longer locked', 'learn: {parameters: lock}\n', '', ['learn.parameters']],
    ['parameter names locked', '', 'learn: {parameters: lock}\n', []],
    ['an observation of each hour again', 'learn: {sessions: {per: machine}}\n', '', []],
    ['fewer signatures', lock('live', 2), lock('live', 1), ['learn_lock.minimum_signatures']],
    ['environment scan off', '', 'dlp: {scan_env: false}\n', ['dlp.scan_env']],
    ['joining of requests off', 'cross_request_detection: {enabled: true}\n', '', ['cross_request_detection.enabled']],
    [
      'a larger budget for one more host',
      'cross_request_detection: {enabled: true, action: block}\n',
      'cross_request_detection: {enabled: true, entropy_budget: {bits_per_window: 8192, exempt_domains: [a.example]}}\n',
      [
        'cross_request_detection.action',
        'cross_request_detection.entropy_budget.bits_per_window',
        'cross_request_detection.entropy_budget.exempt_domains',
      ],
    ],
    ['redaction off', REDACTING, '', ['redaction.enabled']],
    [
      'a class no longer redacted',
      REDACTING,
      REDACTING.replace('email, jwt', 'email'),
      ['redaction.profiles.p.classes'],
    ],
    [
      'another profile, though it replaces no less',
      REDACTING,
      REDACTING.replace('p, profiles: {p:', 'q, profiles: {q:'),
      ['redaction.default_profile', 'redaction.profiles'],
    ],
    [
      'a host for bodies that are no JSON',
      REDACTING,
      REDACTING.replace('enabled: true', 'enabled: true, allowlist_unparseable: [a.example]'),
      ['redaction.allowlist_unparseable'],
    ],
    ['SNI check off', '', 'forward_proxy: {sni_verification: false}\n', ['forward_proxy.sni_verification']],
    ['trusted name added', '', 'trusted_domains: [a.example]\n', ['trusted_domains']],
    ['trusted name removed', 'trusted_domains: [a.example]\n', '', []],
    ['network added', '', 'ssrf: {ip_allowlist: [10.0.0.0/24]}\n', ['ssrf.ip_allowlist']],
    ['part of an allowed network', 'ssrf: {ip_allowlist: [10.0.0.0/8]}\n', 'ssrf: {ip_allowlist: [10.1.0.0/16]}\n', []],
    [
      'network around an allowed one',
      'ssrf: {ip_allowlist: [10.1.0.0/16]}\n',
      'ssrf: {ip_allowlist: [10.0.0.0/8]}\n',
      ['ssrf.ip_allowlist'],
    ],
    [
      'limit doubled',
      '',
      'fetch_proxy: {monitoring: {max_url_length: 4096}}\n',
      ['fetch_proxy.monitoring.max_url_length'],
    ],
    [
      'limit raised a little',
      '',
      'fetch_proxy: {monitoring: {max_url_length: 2049}}\n',
      ['fetch_proxy.monitoring.max_url_length'],
    ],
    [
      'limit removed',
      '',
      'fetch_proxy: {monitoring: {max_requests_per_minute: 0}}\n',
      ['fetch_proxy.monitoring.max_requests_per_minute'],
    ],
    ['limit set', 'fetch_proxy: {monitoring: {max_requests_per_minute: 0}}\n', '', []],
    [
      'parameters that are not scored',
      'fetch_proxy: {monitoring: {entropy_length_aware: true}}\n',
      'fetch_proxy: {monitoring: {entropy_exempt_keys: [{host: a.example, keys: [sig, tag]}]}}\n',
      ['fetch_proxy.monitoring.entropy_length_aware', 'fetch_proxy.monitoring.entropy_exempt_keys'],
    ],
    [
      'keys may go to their issuers',
      'request_body_scanning: {enabled: true}\n',
      'request_body_scanning: {enabled: true, credential_audience: true}\n',
      ['request_body_scanning.credential_audience'],
    ],
    ['seed phrases off', '', 'seed_phrase_detection: {enabled: false}\n', ['seed_phrase_detection.enabled']],
    ['seed phrases longer', '', 'seed_phrase_detection: {min_words: 24}\n', ['seed_phrase_detection.min_words']],
    ['seed phrases shorter', 'seed_phrase_detection: {min_words: 24}\n', '', []],
    ['canaries off', '', 'canary_tokens: {enabled: false}\n', ['canary_tokens.enabled']],
    [
      'a canary removed, one renamed',
      'canary_tokens: {tokens: [{name: a, value: aaaaaaaa}, {name: b, value: bbbbbbbb}]}\n',
      'canary_tokens: {tokens: [{name: c, value: bbbbbbbb}]}\n',
      ['canary_tokens.tokens'],
    ],
    [
      'a pattern made report-only, and exempted',
      'dlp: {patterns: [{name: A, regex: aaaa, severity: low}]}\n',
      'dlp: {patterns: [{name: A, regex: aaaa, severity: low, action: warn, exempt_domains: [a.example]}]}\n',
      ['dlp.patterns[A].action', 'dlp.patterns[A].exempt_domains'],
    ],
    ['environment values longer', '', 'dlp: {min_env_secret_length: 20}\n', ['dlp.min_env_secret_length']],
    ['wallets off', `${WALLETS}{enabled: true}\n`, `${WALLETS}{enabled: false}\n`, ['address_protection.enabled']],
    ['wallets that were off', '', `${WALLETS}{enabled: false, action: warn}\n`, []],
    [
      'wallets loosened',
      `${WALLETS}{enabled: true, unknown_action: block}\n`,
      `${WALLETS}{enabled: true, action: warn, unknown_action: warn, prefix_length: 6, chains: {btc: false},
        allowed_addresses: {eth: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed']}}\n`,
      [
        'address_protection.action',
        'address_protection.unknown_action',
        'address_protection.prefix_length',
        'address_protection.allowed_addresses.eth',
        'address_protection.chains.btc',
      ],
    ],
    [
      'wallets tightened',
      `${WALLETS}{enabled: true, action: warn}\n`,
      `${WALLETS}{enabled: true, action: block}\n`,
      [],
    ],
  ]
  test.each(table)('%s', (_name, before, after, fields) => {
    const {weaker} = compared(config(before), config(after))
    expect(weaker.map((n) => n.field).sort()).toEqual([...fields].sort())
  })
})

describe('keys that need a restart', () => {
  test('keep their running value and are named', () => {
    const running = config('fetch_proxy: {listen: "127.0.0.1:1"}\nmetrics_listen: "127.0.0.1:2"\n')
    const next = config('fetch_proxy: {listen: "127.0.0.1:3", timeout_seconds: 5}\n')
    const {config: kept, ignored} = compared(running, next)
    expect(ignored.map((n) => n.field).sort()).toEqual(['fetch_proxy.listen', 'metrics_listen'])
    expect(kept.fetch_proxy.listen).toBe('127.0.0.1:1')
    expect(kept.metrics_listen).toBe('127.0.0.1:2')
    expect(kept.fetch_proxy.timeout_seconds).toBe(5)
  })

  test('do not include the lock mode', () => {
    const {config: kept, ignored} = compared(config(''), config('learn_lock: {mode: live, minimum_signatures: 2}\n'))
    expect(ignored).toEqual([])
    expect(kept.learn_lock).toMatchObject({mode: 'live', minimum_signatures: 2})
  })
})

test('a reload does not turn the forward proxy on', () => {
  const off = config('forward_proxy: {enabled: false}\n')
  const message = 'forward_proxy.enabled cannot be turned on by a reload; restart'
  expect(compared(off, config('')).refused).toEqual([message])
  for (const [running, next] of [
    [config(''), off],
    [off, off],
    [config(''), config('')],
  ] as const)
    expect(compared(running, next).refused).toEqual([])
})
