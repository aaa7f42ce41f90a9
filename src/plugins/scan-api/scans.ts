// One scan: the text of a request under the rules that hold for traffic. A result never holds what matched.
import type {CredentialSeverity, DlpScanner, TextMatch} from '../../core/services/dlp.js'
import type {InjectionScanner} from '../../core/services/injection.js'
import type {ContentScanner} from '../../core/services/scanning.js'
import type {UrlScanResult} from '../../core/services/destination.js'
import type {Steps} from '../../core/work.js'
import {slicesOf, SMALL} from '../../lib/slices.js'

export interface ScanFinding {
  readonly scanner: 'url' | 'dlp' | 'prompt_injection'
  readonly rule_id: string
  readonly severity: CredentialSeverity
  /** Names of rules only. */
  readonly message: string
  readonly evidence?: {readonly encoding: string}
}

const SSRF_LABELS: ReadonlySet<string> = new Set(['ssrf', 'ssrf_metadata', 'core_ssrf'])
const CREDENTIAL_LABELS: ReadonlySet<string> = new Set(['dlp', 'core_dlp'])

export function urlFindings({allowed, scanner, reason}: UrlScanResult): readonly ScanFinding[] {
  if (allowed) return []
  const finding = (rule_id: string, severity: CredentialSeverity): readonly ScanFinding[] => [
    {scanner: 'url', rule_id, severity, message: reason ?? 'refused'},
  ]
  if (SSRF_LABELS.has(scanner)) return finding('SSRF-Private-IP', 'high')
  if (CREDENTIAL_LABELS.has(scanner)) return finding('DLP-URL-Exfil', 'critical')
  return finding(scanner === 'blocklist' ? 'BLOCK-Domain' : `URL-${scanner}`, 'medium')
}

export function* credentialFindings(
  dlp: DlpScanner,
  text: string,
  withEvidence: boolean,
): Steps<readonly ScanFinding[]> {
  const byRule = new Map<string, ScanFinding>()
  for (const slice of slicesOf(text)) {
    const {matches, exhausted} = yield* dlp.textSteps(slice.text, {surface: 'message', all: true})
    for (const match of matches) {
      const key = withEvidence ? `${match.rule} ${match.encoded}` : match.rule
      if (!byRule.has(key)) byRule.set(key, credential(match, withEvidence))
    }
    if (exhausted) byRule.set('', unread('dlp', 'DLP'))
    yield
  }
  return [...byRule.values()]
}

function credential({rule, severity, encoded}: TextMatch, withEvidence: boolean): ScanFinding {
  const evidence = {encoding: encoded === '' ? 'plaintext' : encoded}
  return {...credentialOf({rule, severity}), ...(withEvidence && {evidence})}
}

function credentialOf({rule, severity}: Pick<TextMatch, 'rule' | 'severity'>): ScanFinding {
  return {scanner: 'dlp', rule_id: `DLP-${rule}`, severity, message: `Secret-like token detected (${rule})`}
}

/** Nothing is a mention: the caller does not say where the content stands. */
export function* injectionFindings(injection: InjectionScanner, content: string): Steps<readonly ScanFinding[]> {
  const byRule = new Map<string, ScanFinding>()
  for (const slice of slicesOf(content, ...SMALL)) {
    const {matches, exhausted} = yield* injection.steps(slice.text, {source: 'tool_result', withoutMentions: true})
    for (const {rule} of matches) byRule.set(rule, instruction(rule))
    if (exhausted) byRule.set('', unread('prompt_injection', 'INJ'))
    yield
  }
  return [...byRule.values()]
}

function instruction(rule: string): ScanFinding {
  return {
    scanner: 'prompt_injection',
    rule_id: `INJ-${rule}`,
    severity: 'high',
    message: `Prompt injection detected (${rule})`,
  }
}

/** As a JSON body with the name of the tool beside the arguments would be scanned. */
export function* toolCallFindings(
  content: ContentScanner,
  {toolName, arguments: json}: {readonly toolName: string; readonly arguments: string},
): Steps<readonly ScanFinding[]> {
  const body = Buffer.from(`[${JSON.stringify(toolName)}${json === '' ? '' : `,${json}`}]`)
  const {credentials, injections, unreadable} = yield* content(body, 'application/json')
  return [
    ...unique(credentials.map(({rule}) => rule)).map((name) =>
      credentialOf(credentials.find(({rule}) => rule === name) ?? {rule: name, severity: 'critical'}),
    ),
    ...unique(injections.map(({rule}) => rule)).map(instruction),
    ...(unreadable ? [unread('dlp', 'DLP')] : []),
  ]
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}

/** Some of the text was not read, so it counts as a match. */
function unread(scanner: ScanFinding['scanner'], prefix: string): ScanFinding {
  return {
    scanner,
    rule_id: `${prefix}-decode_budget_exceeded`,
    severity: 'high',
    message: 'Holds more encoded content than can be scanned',
  }
}
