// Credential detection over text: bodies, headers, messages, responses (scanning §5.1). Looks at one view after the other,
// in reporting order; a view that only shows again what an earlier one showed at the same place reports nothing.
import type {DecodeBudget} from '../../lib/encoded-runs.js'
import type {Span} from '../../lib/rewritten.js'
import type {Gate} from './gate.js'
import {withoutSeparators, type Needle} from './known-values.js'
import {MAX_TRIES, nextMatch, type Budget} from './match.js'
import type {Severity} from './patterns.js'
import type {Rule} from './rules.js'
import {CLEAN_TEXT, type TextMatch, type TextOptions, type TextVerdict} from './text-types.js'
import {textViews, type TextEncoding, type TextView} from './text-views.js'

/** Linear in the text: nothing that fits in it can make the scan superlinear (scanning §4.3). */
export function textBudget(length: number): DecodeBudget {
  return {attempts: 512 + (length >> 6), bytes: 4 * length + 65_536}
}

interface Finds {
  readonly matches: TextMatch[]
  readonly informational: TextMatch[]
  /** Rule → places already reported. */
  readonly places: Map<string, Span[]>
  readonly reported: Set<string>
  readonly all: boolean
}

export function scanText(text: string, options: TextOptions, gate: Gate): TextVerdict {
  const budget = textBudget(text.length)
  const compact = options.patternsOnly ? undefined : withoutSeparators(text)
  return scanViews(textViews(text, budget), {length: text.length, compact, budget}, options, gate)
}

export interface Scan {
  /** Of all that is looked at, in UTF-16 units; the tries are linear in it. */
  readonly length: number
  /** The text without separators, for known values; looked at together with the first view. */
  readonly compact: string | undefined
  readonly budget: DecodeBudget
}

export function scanViews(views: Iterable<TextView>, scan: Scan, options: TextOptions, gate: Gate): TextVerdict {
  const {budget} = scan
  const tries: Budget = {tries: MAX_TRIES + (scan.length >> 4)}
  const finds: Finds = {
    matches: [],
    informational: [],
    places: new Map(),
    reported: new Set(),
    all: options.all === true,
  }
  let {compact} = scan
  for (const view of views) {
    const found = gate.candidates([view.text], compact)
    for (const rule of found.rules) {
      if (!applies(rule, view, options)) continue
      if (!collectRule(rule, view, tries, finds)) return verdictOf(finds, true)
    }
    if (!options.patternsOnly) {
      for (const needle of found.needles) collectNeedle(needle, view, compact, finds)
    }
    compact = undefined
    // an enforced find decides; what else the text hides would change nothing
    if (finds.matches.length > 0 && !finds.all) break
  }
  return verdictOf(finds, budget.attempts < 0 || budget.bytes < 0)
}

function applies(rule: Rule, view: TextView, options: TextOptions): boolean {
  if (rule.core) return true
  if (view.coreOnly) return false
  if (options.surface === 'cookie' && rule.name === CREDENTIAL_IN_URL) return false
  return options.host === undefined || rule.exempt?.match(options.host) === undefined
}

const CREDENTIAL_IN_URL = 'Credential in URL'

/** False when the tries ran out: more decoys than any text has by chance. */
function collectRule(rule: Rule, view: TextView, tries: Budget, finds: Finds): boolean {
  for (let from = 0; ;) {
    const hit = nextMatch(rule, view, from, tries)
    if (hit === 'none') return true
    if (hit === 'exhausted') return false
    const end = rule.joinable ? tokenEnd(view.text, hit.end) : hit.end
    if (view.accepts?.(rule, hit.start, end) === false) {
      from = hit.start + 1
      if (--tries.tries < 0) return false
      continue
    }
    from = Math.max(end, hit.start + 1)
    const {severity, core, warn} = rule
    const encoded = view.encodingOf(hit.start, end)
    const added = add(finds, rule.name, {severity, encoded, core, warn}, view.place(hit.start, end))
    if (added && !finds.all) return true
  }
}

/** Expressions stop where they are decided; a place covers the token to its end. */
function tokenEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && /[A-Za-z0-9_-]/.test(text.charAt(at))) at++
  return at
}

interface Kind {
  readonly severity: Severity
  readonly encoded: TextEncoding
  readonly core?: boolean
  readonly warn?: boolean
}

function add(finds: Finds, rule: string, kind: Kind, place: Span): boolean {
  const places = finds.places.get(rule) ?? []
  if (places.some((other) => other.start < place.end && place.start < other.end)) return false
  places.push(place)
  finds.places.set(rule, places)
  const key = `${kind.encoded}:${rule}`
  if (!finds.all && finds.reported.has(key)) return false
  finds.reported.add(key)
  const match: TextMatch = {
    rule,
    severity: kind.severity,
    encoded: kind.encoded,
    ...(kind.core === true && {core: true as const}),
    ...(kind.warn === true && {warn: true as const}),
    start: place.start,
    end: place.end,
  }
  ;(kind.warn === true ? finds.informational : finds.matches).push(match)
  return true
}

const NEEDLE_ENCODING: Readonly<Record<string, TextEncoding>> = {
  base64: 'base64',
  hex: 'hex',
  base32: 'base32',
  percent: 'url',
  split: 'split',
}
const NOWHERE: Span = {start: -1, end: -1}

function collectNeedle(needle: Needle, view: TextView, compact: string | undefined, finds: Finds): void {
  const {source, encoding, text} = needle
  const lower = (needle.compact ? (compact ?? '') : view.text).toLowerCase()
  const at = lower.indexOf(text)
  if (at < 0) return
  const place = needle.compact ? NOWHERE : view.place(at, at + text.length)
  const rule =
    source.kind === 'canary'
      ? `Canary Token (${source.name})`
      : source.kind === 'environment'
        ? 'Environment Variable Leak'
        : 'Known Secret Leak'
  const hidden = view.encodingOf(at, at + text.length)
  const encoded = source.kind === 'environment' ? 'env' : hidden === '' ? (NEEDLE_ENCODING[encoding] ?? '') : hidden
  if (needle.compact && finds.places.has(rule)) return
  add(finds, rule, {severity: 'critical', encoded}, place)
}

function verdictOf({matches, informational}: Finds, exhausted: boolean): TextVerdict {
  if (matches.length === 0 && informational.length === 0 && !exhausted) return CLEAN_TEXT
  return {
    matches: [...matches.filter(({core}) => core === true), ...matches.filter(({core}) => core !== true)],
    informational,
    exhausted,
  }
}
