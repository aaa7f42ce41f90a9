// Credential detection over text: bodies, headers, messages, responses. Looks at one view after the other,
// in reporting order; a view that only shows again what an earlier one showed at the same place reports nothing.
import type {TextEncoding, TextMatch, TextOptions, TextVerdict} from '../../core/services/dlp.js'
import type {DecodeBudget} from '../../lib/text/decoded-run.js'
import type {Span} from '../../lib/text/rewritten.js'
import {atOnce} from '../../lib/slices.js'
import type {Gate, NeedlePlace} from './gate.js'
import {matchBudget, matchesOf, type Budget, type Standing} from './match.js'
import {VENDOR_TOKEN, type Severity} from './patterns.js'
import type {Rule} from './rules.js'
import {namesId} from './signed-token.js'
import {namesHash} from './validators.js'
import {CLEAN_TEXT} from './text-types.js'
import {textViews, type TextView} from './text-views.js'

/**
 * Decoded bytes, linear in the text: nothing that fits in it can make the scan superlinear. A readable piece counts as 64 bytes
 * at least; each run is read in up to four alignments of base64 and in the other alphabets, with and without line ends.
 */
export function textBudget(length: number): DecodeBudget {
  const bytes = 16 * length + 65_536
  return {attempts: bytes / PIECE, bytes}
}

const PIECE = 64

interface Finds {
  readonly matches: TextMatch[]
  readonly informational: TextMatch[]
  /** Rule → places already reported. */
  readonly places: Map<string, Span[]>
  readonly reported: Set<string>
  readonly all: boolean
}

export function scanText(text: string, options: TextOptions, gate: Gate): TextVerdict {
  return atOnce(scanTextSteps(text, options, gate))
}

/** `scanText` in steps: texts that were made to match cost many times what others do. */
export function scanTextSteps(text: string, options: TextOptions, gate: Gate): Generator<undefined, TextVerdict> {
  const budget = textBudget(text.length)
  const compact = options.patternsOnly ? undefined : text
  return viewSteps(textViews(text, budget, gate), {length: text.length, compact, budget}, options, gate)
}

export interface Scan {
  /** Of all inspected texts, in UTF-16 units; the tries are linear in it. */
  readonly length: number
  /** The text in which known values split by separators are looked for. */
  readonly compact: string | undefined
  readonly budget: DecodeBudget
}

export function* viewSteps(
  views: Iterable<TextView | undefined>,
  scan: Scan,
  options: TextOptions,
  gate: Gate,
): Generator<undefined, TextVerdict> {
  const {budget} = scan
  const tries = matchBudget(scan.length)
  const finds: Finds = {
    matches: [],
    informational: [],
    places: new Map(),
    reported: new Set(),
    all: options.all === true,
  }
  const {compact} = scan
  for (const view of views) {
    yield
    if (view === undefined) continue
    for (const {start, end, informational} of view.seeds ?? NO_PHRASES) {
      const kind = {severity: 'critical' as const, encoded: view.encodingOf(start, end), informational}
      add(finds, SEED_PHRASE, kind, view.place(start, end))
    }
    for (const [rule, places] of view.candidates.rules) {
      if (applies(rule, options)) yield* collectRule(rule, view, places, {tries, finds, options})
      if (tries.tries < 0) return verdictOf(finds, true)
    }
    if (!options.patternsOnly) for (const place of view.candidates.needles) collectNeedle(place, view, finds)
    // an enforced find decides; what else the text hides would change nothing
    if (finds.matches.length > 0 && !finds.all) break
  }
  if (compact !== undefined && (finds.matches.length === 0 || finds.all)) {
    for (const place of gate.lookCompact(compact)) collectNeedle(place, AS_GIVEN, finds)
  }
  return verdictOf(finds, budget.attempts < 0 || budget.bytes < 0)
}

const AS_GIVEN: Pick<TextView, 'place' | 'encodingOf'> = {
  place: (start, end) => ({start, end}),
  encodingOf: () => '',
}

function applies(rule: Rule, options: TextOptions): boolean {
  if (rule.core) return true
  if (options.surface === 'cookie' && rule.name === CREDENTIAL_IN_URL) return false
  if (options.credentialsOnly === true && rule.check !== undefined && PERSONAL_NUMBERS.has(rule.check)) return false
  return options.host === undefined || rule.exempt?.match(options.host) === undefined
}

const NO_PHRASES: NonNullable<TextView['seeds']> = []
export const SEED_PHRASE = 'BIP-39 Seed Phrase'
const CREDENTIAL_IN_URL = 'Credential in URL'
const PERSONAL_NUMBERS: ReadonlySet<Rule['check'] & string> = new Set(['luhn', 'iban', 'mod97', 'aba', 'ssn'])

interface Collecting {
  readonly tries: Budget
  readonly finds: Finds
  readonly options: TextOptions
}

/** What the place of the text explains: the parameters of a token endpoint, a digest under the name of one. */
function isExpected(rule: Rule, {tokenRequest, key}: TextOptions): boolean {
  if (tokenRequest === true && rule.name === CREDENTIAL_IN_URL) return true
  if (rule.check === 'vendorToken') return key !== undefined && namesId(key)
  return rule.check === 'notHash' && key !== undefined && namesHash(key)
}

/** Matches of one rule between two pauses. */
const MATCHES = 16

function* collectRule(
  rule: Rule,
  view: TextView,
  places: readonly number[],
  {tries, finds, options}: Collecting,
): Generator<undefined, void> {
  let count = 0
  let done = 0
  // values that were joined are one token, however many of them hold a secret: its end is looked for once
  let token: Span = {start: 0, end: -1}
  for (const match of matchesIn(rule, view, places, tries)) {
    if (match === undefined || ++count % MATCHES === 0) yield
    if (match === undefined || match.start < done) continue
    const isInside = match.end >= token.start && match.end <= token.end
    if (rule.joinable && !isInside) token = {start: match.end, end: tokenEnd(view.text, match.end)}
    const end = rule.joinable ? token.end : match.end
    const isRefused =
      view.accepts?.(rule, match.start, end) === false ||
      (view.isJoint !== undefined && !(yield* view.isJoint(rule, match.start, end)))
    if (isRefused) {
      if (--tries.tries < 0) return
      continue
    }
    done = end
    // a token that has a name is reported by it alone
    if (rule.check === 'vendorToken' && isReported(finds, view.place(match.start, end))) continue
    const {severity, core, warn} = rule
    const encoded = view.encodingOf(match.start, end)
    const informational = match.informational || isExpected(rule, options)
    const kind = {severity, encoded, core, warn, informational}
    const added = add(finds, rule.name, kind, view.place(match.start, end))
    if (added && !informational && !finds.all) return
  }
}

function isReported({places, matches, all}: Finds, {start, end}: Span): boolean {
  if (!all && matches.some(({rule}) => rule !== VENDOR_TOKEN)) return true
  for (const [rule, own] of places) {
    if (!rule.startsWith(VENDOR_TOKEN) && own.some((place) => place.start < end && start < place.end)) return true
  }
  return false
}

/** Places of a rule between two pauses: most may be in vain. */
const PLACES = 512

/** `matchesOf` with pauses, which are undefined. An expression that only an engine can follow is searched in one go. */
function* matchesIn(
  rule: Rule,
  view: TextView,
  places: readonly number[],
  tries: Budget,
): Generator<Standing | undefined, undefined> {
  if (rule.walk === undefined || places.length <= PLACES) return yield* matchesOf(rule, view, places, tries)
  for (let from = 0; from < places.length && tries.tries >= 0; from += PLACES) {
    yield* matchesOf(rule, view, places.slice(from, from + PLACES), tries)
    yield
  }
  return undefined
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
  readonly informational?: boolean
}

function add(finds: Finds, rule: string, kind: Kind, place: Span): boolean {
  // what is only reported hides nothing that is enforced: a weak match may stand where an encoded text holds a whole one
  const isWeak = kind.warn === true || kind.informational === true
  const name = isWeak ? `${rule} (reported)` : rule
  const isKnown = (known: string): boolean =>
    finds.places.get(known)?.some((other) => other.start < place.end && place.start < other.end) === true
  if (isKnown(rule) || (isWeak && isKnown(name))) return false
  const places = finds.places.get(name) ?? []
  places.push(place)
  finds.places.set(name, places)
  const key = `${kind.encoded}:${name}`
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
  ;(isWeak ? finds.informational : finds.matches).push(match)
  return true
}

const NEEDLE_ENCODING: Readonly<Record<string, TextEncoding>> = {
  base64: 'base64',
  hex: 'hex',
  base32: 'base32',
  percent: 'url',
  split: 'split',
}
function collectNeedle(
  {needle, start, end}: NeedlePlace,
  view: Pick<TextView, 'place' | 'encodingOf'>,
  finds: Finds,
): void {
  const {source, encoding} = needle
  const rule =
    source.kind === 'canary'
      ? `Canary Token (${source.name})`
      : source.kind === 'environment'
        ? 'Environment Variable Leak'
        : 'Known Secret Leak'
  const hidden = start < 0 ? '' : view.encodingOf(start, end)
  const encoded = source.kind === 'environment' ? 'env' : hidden === '' ? (NEEDLE_ENCODING[encoding] ?? '') : hidden
  add(finds, rule, {severity: 'critical', encoded}, start < 0 ? {start, end} : view.place(start, end))
}

function verdictOf({matches, informational}: Finds, exhausted: boolean): TextVerdict {
  if (matches.length === 0 && informational.length === 0 && !exhausted) return CLEAN_TEXT
  return {
    matches: [...matches.filter(({core}) => core === true), ...matches.filter(({core}) => core !== true)],
    informational,
    exhausted,
  }
}
