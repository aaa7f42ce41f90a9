// A recorded decision as text: the decision, its layer, and the setting of that layer.
import {markdownList, markdownText} from '../../lib/markdown-text.js'
import {printable} from '../../lib/terminal.js'
import {shortId, type RecordedDecision} from './recorded.js'

/** Settings of layers that judging the URL again cannot show. `''`: no setting changes it. */
const SETTINGS: Readonly<Record<string, string>> = {
  body_dlp: 'an entry of suppress for this rule and place, or request_body_scanning.action',
  header_dlp: 'an entry of suppress for this rule and place, or request_body_scanning.header_mode',
  body_prompt_injection: 'request_body_scanning.prompt_injection',
  request_body: 'request_body_scanning.max_body_bytes, where the body was too large',
  response_scan: 'an entry of suppress for this rule and place, or response_scanning.exempt_domains',
  core_response: '',
  cross_request: 'cross_request_detection',
  contract: 'the active contract: pipelock learn observe, compile and promote',
  ratelimit: 'fetch_proxy.monitoring.max_requests_per_minute',
  databudget: 'fetch_proxy.monitoring.max_data_per_minute',
  response_size: 'fetch_proxy.max_response_mb',
  max_tunnel_seconds: 'forward_proxy.max_tunnel_seconds',
  sni_mismatch: 'forward_proxy.sni_verification; better: a client that names the host of its CONNECT',
  browser_guard: 'allowed_hosts, where the Host was a name of this firewall',
  media_policy: 'media_policy',
  shield_oversize: 'browser_shield.oversize_action',
  redaction: 'redaction',
  receipts: 'flight_recorder.require_receipts; better: make its directory writable',
  dns: '',
  http_head: '',
  method: '',
  target: '',
  first_bytes: '',
  tls_authority_mismatch: '',
  connection_limit: '',
}

/** The decision that ended the exchange: a refusal where there is one. */
export function decisive(decisions: readonly RecordedDecision[]): RecordedDecision | undefined {
  return decisions.findLast(({verdict}) => verdict === 'block') ?? decisions.at(-1)
}

/** The setting of a recorded layer; undefined where judging the URL again gives more detail. */
export function settingOf({layer, verdict}: RecordedDecision): string | undefined {
  if (verdict === 'allow' || !Object.hasOwn(SETTINGS, layer)) return undefined
  return SETTINGS[layer] || 'no setting changes it'
}

export function recordedLines(decisions: readonly RecordedDecision[]): readonly string[] {
  const last = decisive(decisions)
  if (!last) return []
  const setting = settingOf(last)
  const row = (name: string, value: string): string[] =>
    value === '' ? [] : [`  ${name.padEnd(10)} ${printable(value)}`]
  return [
    printable(
      `${shortId(last)}: ${last.verdict.toUpperCase()}${last.layer === '' ? '' : ` (${last.layer})`}, ${last.time}`,
    ),
    ...row('agent', last.agent),
    ...row('request', `${last.method} ${last.target} (${last.transport})`),
    ...row('rule', last.severity === '' ? last.pattern : `${last.pattern} (${last.severity})`),
    ...row('contract', last.contractRule),
    ...row('setting', setting ?? ''),
    ...row('exchange', last.actionId),
    ...decisions.flatMap(({verdict, layer, target, file, line}) =>
      row(
        'receipt',
        `${verdict}${layer === '' ? '' : ` by ${layer}`}, ${file}:${line}${target === last.target ? '' : `, ${target}`}`,
      ),
    ),
    '  Signatures were not checked: pipelock verify-receipt does.',
  ]
}

/** The same, to be laid out at a terminal. */
export function recordedMarkdown(decisions: readonly RecordedDecision[]): string {
  const [title = '', ...facts] = recordedLines(decisions)
  return `## ${markdownText(title)}\n\n${markdownList(facts.map((line) => line.trim().replace(/ {2,}/g, ' ')))}`
}
