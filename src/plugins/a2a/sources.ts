// The other plugins as a message asks them. What an operator has accepted at the place of an exchange is said in the log, and
// counts no more; the core floor always counts.
import type {Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {Log} from '../../core/ports.js'
import {eventSubject} from '../../core/render.js'
import {inTurns} from '../../core/work.js'
import type {Services} from '../../core/services/index.js'
import type {TextVerdict} from '../../core/services/dlp.js'
import type {Layer} from './findings.js'
import type {Scanners, TextMatches} from './scan.js'

export interface Sources {
  readonly dlp: Pick<Services['dlp'], 'textSteps' | 'joinedSteps' | 'across' | 'scanUrl'>
  readonly injection: Services['injection']
  readonly urls: Services['destination']['urls']
  readonly suppress: Services['suppress']
  readonly media: Pick<Services['media'], 'enabled' | 'policy'>
  readonly log: Log
}

const SOURCE = {
  a2a_header: 'mcp_input',
  a2a_body: 'mcp_input',
  a2a_response: 'tool_result',
  a2a_card: 'agent_card',
  a2a_stream: 'sse',
} as const satisfies Record<Layer, string>

export function scannersFor(x: Exchange, layer: Layer, sources: Sources): Scanners {
  const {dlp, injection, urls} = sources
  const stands = accepting(x, layer, sources)
  const standing = <T extends {readonly rule: string; readonly core?: boolean}>(matches: readonly T[]): readonly T[] =>
    matches.filter(({rule, core}) => core === true || stands(rule))
  const texts = (verdict: TextVerdict): TextMatches => ({
    ...verdict,
    matches: standing(verdict.matches),
  })
  return {
    isAccepted: (rule) => !stands(rule),
    *credentials(text, key) {
      const options = {surface: 'message' as const, all: key !== '', ...(key !== '' && {key})}
      return texts(yield* dlp.textSteps(text, options))
    },
    *joined(parts, asGiven) {
      return texts(yield* dlp.joinedSteps(parts, {surface: 'message', ...(asGiven && {asGiven})}))
    },
    run: (steps) => inTurns(x, steps),
    across: (parts) => texts(dlp.across(parts, {surface: 'message'})),
    *injections(text) {
      const {matches, exhausted} = yield* injection.steps(text, {source: SOURCE[layer]})
      return {matches: standing(matches), exhausted}
    },
    async layers(raw, resolve) {
      const {finding} = await urls.scan(raw, {purpose: 'check', resolve, signal: x.signal})
      return finding !== undefined && (isFixed(finding) || stands(finding.rule ?? finding.layer)) ? finding : undefined
    },
    named(target) {
      const finding = urls.named(target)
      return finding !== undefined && (isFixed(finding) || stands(finding.layer)) ? finding : undefined
    },
    credential(target) {
      const {match: match} = dlp.scanUrl(target)
      return match !== undefined && (match.label === 'core_dlp' || stands(match.rule)) ? match : undefined
    },
  }
}

/** The core floor, and addresses: those are allowed by their own settings alone. */
function isFixed({layer}: Finding): boolean {
  return layer === 'core_dlp' || layer === 'ssrf' || layer === 'core_ssrf' || layer === 'ssrf_metadata'
}

/** Whether a rule is accepted where this exchange goes; said once for each message. */
function accepting(x: Exchange, layer: Layer, {suppress, log}: Sources): (rule: string) => boolean {
  if (suppress.size === 0) return () => true
  const reported = new Set<string>()
  return (rule) => {
    const entry = suppress.find(rule, x.target?.canonical ?? '')
    if (entry === undefined) return true
    if (!reported.has(rule)) {
      reported.add(rule)
      const reason = entry.reason === '' ? undefined : entry.reason
      log.info(layer, {...eventSubject(x, {layer}), action: 'allow', patterns: [rule], suppressed: true, reason})
    }
    return false
  }
}
