// What was found in a message, as one finding: the strongest kind gives the reason, and the text names rules
// and fields, never what matched.
import type {Action, Finding} from '../../core/decision.js'
import type {FindingClass, Reason} from '../../core/reasons.js'
import {scannerFinding} from '../../core/scanner-finding.js'
import {UNSEEN, type Finds, type UrlFind} from './scan.js'

/** Headers before those of the request scan; bodies behind its bodies, answers before theirs. */
const ORDER = {a2a_header: 195, a2a_body: 265, a2a_response: 305, a2a_card: 305, a2a_stream: 315} as const
export type Layer = keyof typeof ORDER

type Parts = Pick<Finding, 'detail'> & Partial<Pick<Finding, 'hint' | 'rule' | 'matches' | 'view' | 'class'>>

export function finding(layer: Layer, reason: Reason, action: Action, parts: Parts): Finding {
  return scannerFinding({plugin: 'a2a', layer, reason, action, order: ORDER[layer], ...parts})
}

const HINT = 'a2a_scanning.action decides; a known rule can be accepted with suppress'

export function findingsOf(layer: Layer, finds: Finds, action: 'warn' | 'block'): readonly Finding[] {
  const findings: Finding[] = []
  const {credentials, injections, urls, problems, reported, smuggled} = finds
  if (reported.size > 0) {
    findings.push(
      finding(layer, 'dlp_match', 'allow', {
        detail: `report-only: ${[...reported.keys()].join(', ')}`,
        matches: published(reported),
      }),
    )
  }
  if (finds.isEmpty) return findings
  const parts = [
    ...(urls.length > 0 ? [`${urls.length} URL/SSRF finding(s)`] : []),
    ...(injections.size > 0 ? [`injection: ${[...injections].join(', ')}`] : []),
    ...(credentials.size > 0 ? [`DLP: ${[...credentials.keys()].join(', ')}`] : []),
    ...problems.values(),
  ]
  const orders = [...injections, ...(smuggled?.rules ?? [])].map((rule) => [rule, 'high'] as const)
  const others = [...urls.map(({finding: {layer: label}}) => label), ...problems.keys()]
  const matches = published([...credentials, ...orders, ...others.map((rule) => [rule, 'high'] as const)])
  findings.push(
    finding(layer, reasonOf(finds), isAlwaysBlocked(finds) ? 'block' : action, {
      detail: `a2a: ${parts.join('; ')}`,
      hint: HINT,
      rule: matches[0]?.pattern_name ?? '',
      matches,
      class: classOf(finds),
      ...viewOf(urls),
    }),
  )
  return findings
}

function published(rules: Iterable<readonly [string, string]>): NonNullable<Finding['matches']> {
  return [...new Map(rules)].map(([pattern_name, severity]) => ({pattern_name, severity}))
}

function reasonOf({credentials, injections, urls, problems, smuggled}: Finds): Reason {
  if (credentials.size > 0) return 'dlp_match'
  if (injections.size > 0 || smuggled !== undefined) return 'prompt_injection'
  const refused = problems.has('a2a_raw_media') ? 'media_policy' : 'parse_error'
  return (urls.find(isInternal) ?? urls[0])?.finding.reason ?? refused
}

function isInternal({finding: {reason}}: UrlFind): boolean {
  return reason === 'ssrf_metadata' || reason === 'ssrf_private_ip'
}

function isAlwaysBlocked({urls, problems, smuggled}: Finds): boolean {
  return (
    urls.some((one) => isInternal(one) && !one.isMentioned) ||
    smuggled?.isTainted === true ||
    [...problems.keys()].some((problem) => UNSEEN.has(problem))
  )
}

/** Where nothing but misconfiguration or a lame resolver was found, it stays that: no evidence of an attack. */
function classOf({credentials, injections, urls, problems}: Finds): FindingClass {
  if (credentials.size + injections.size + problems.size > 0) return 'threat'
  const classes = new Set(urls.map(({finding}) => finding.class ?? 'threat'))
  const [only = 'threat'] = classes
  return classes.size === 1 ? only : 'threat'
}

/** The field of the first such URL; names that could be anything are left out. */
function viewOf(urls: readonly UrlFind[]): {readonly view?: string} {
  const path = urls[0]?.path.map((name) => (/^[A-Za-z_-]{1,32}$/.test(name) ? name : '*'))
  return path === undefined || path.length === 0 ? {} : {view: `in ${path.slice(-8).join('.')}`}
}
