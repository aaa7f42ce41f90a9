// Credential detection over URLs and short texts: the gate decides "clean", candidates are judged exactly on every view in
// reporting order. Built once per policy; holds no state but a memo of what it has found clean.
import type {DlpMatch, DlpScanner, UrlDlpResult, UrlScanOptions, WarnMatch} from '../../core/services/dlp.js'
import type {Target} from '../../core/exchange.js'
import {parseTarget} from '../../core/target.js'
import type {DecodeBudget} from '../../lib/text/decoded-run.js'
import {decodePercent} from '../../lib/decode.js'
import {normaliseForDlp} from '../../lib/text/normalise.js'
import type {RegexEngine} from '../../lib/regex/engine.js'
import {atOnce} from '../../lib/slices.js'
import {isAudience} from './audience.js'
import {createCleanMemo} from './clean-memo.js'
import {FLAG} from './byte-kinds.js'
import {encodedPairs} from './encoded-pairs.js'
import {createGate, placesIn, type Candidates, type Gate, type CandidatePlaces} from './gate.js'
import {needlesOf, withoutSeparators, type KnownValue, type Needle} from './known-values.js'
import {matchBudget, matchesOf, matchRule, type View} from './match.js'
import {isPlaceholder} from './placeholder.js'
import type {Severity} from './patterns.js'
import {createRebuild, hasSigns, isSigned, NOT_REBUILT, type Rebuild} from './rebuilt.js'
import type {Rule} from './rules.js'
import {joinedSteps, openText, scanAcross} from './text-joined.js'
import {scanText, scanTextSteps, SEED_PHRASE} from './text-scan.js'
import {urlParts, type UrlParts} from './url-parts.js'
import {
  codeTexts,
  codeViews,
  combinations,
  decodeBudget,
  decodings,
  gateTexts,
  hostTexts,
  seedTexts,
  urlViews,
  WHOLE_URL,
} from './views.js'

const CLEAN: UrlDlpResult = {match: undefined, warn: []}
/** Escapes in so many rounds are worth a word, where they hide no letter or digit. */
const MANY_ROUNDS = 3
const EXCESSIVE = 'Excessive URL Encoding'
const DEEP: UrlDlpResult = {match: undefined, warn: [{pattern_name: EXCESSIVE, severity: 'medium'}]}
const BOUND = 8192

/** `gate` is given where it also knows seed phrases, and by tests that compare it with one that lets everything through. */
export function createScanner(
  rules: readonly Rule[],
  known: readonly KnownValue[],
  engine: RegexEngine,
  gate: Gate = createGate(rules, needlesOf(known)),
): DlpScanner {
  const clean = createCleanMemo()
  // evidence asks about the URL that was judged a moment ago, and a long one takes long to judge
  let dirty: string | undefined
  const canaries = needlesOf(known.filter(({kind}) => kind === 'canary'))
  const canaryGate = canaries.length === 0 ? undefined : createGate([], canaries)

  const scanUrl = (target: Target, options: UrlScanOptions = {}): UrlDlpResult => {
    const reduced = withoutPublic(target)
    const judged = judgeUrl(reduced?.target ?? target, options)
    const result = reduced === undefined ? judged : {...judged, warn: [...judged.warn, ...reduced.warn]}
    if (isDirty(result)) dirty = target.canonical
    return result
  }

  const judgeUrl = (target: Target, options: UrlScanOptions): UrlDlpResult => {
    if (options.bounded) return scanEnds(target, gate, options)
    const candidates = target.raw === target.canonical ? gate.look(target.canonical) : undefined
    const mayHoldCodes = target.raw !== target.canonical || (gate.sweep.flags & FLAG.codes) !== 0
    // what is escaped may be disguised by what its escapes hide
    const mayBeRebuilt = target.raw !== target.canonical || hasSigns(gate.sweep) || /[%+*,;|!~]/.test(target.canonical)
    const rebuild = mayBeRebuilt ? createRebuild(gate.sweep) : NOT_REBUILT
    const plain = candidates && plainMatch(target, candidates, gate)
    if (plain !== undefined) return {match: plain, warn: []}
    const parts = urlParts(target)
    const budget = decodeBudget(target.raw.length)
    const codes = mayHoldCodes ? codeTexts(parts, budget) : []
    const pairs = encodedPairs(
      parts.pieces.map((value) => value.text),
      gate,
    )
    const decoded: string[] = []
    const texts = gateTexts(parts, budget, pairs, decoded, rebuild)
    // the URL itself was inspected above
    const others = target.raw === target.canonical && candidates === undefined ? texts.slice(1) : texts
    const phrase = seedTexts(parts, decoded).some((text) => gate.seeds.find(text).some((one) => !one.informational))
    const compact = known.length > 0 && !options.patternsOnly ? decodedUrl(parts) : undefined
    const result = gate.candidates(others, compact)
    const coded = codes.length === 0 ? NO_CODES : codesHeld(parts, gate.candidates(codes), gate, budget)
    const open = gate.openRules(parts.pieces.slice(0, 20).map((value) => value.text))
    const ordinary =
      result.rules.length === 0 &&
      result.needles.length === 0 &&
      open.length === 0 &&
      coded === NO_CODES &&
      !phrase &&
      !hasOwnFindings(parts, budget)
    if (ordinary) {
      if (target.raw === target.canonical) clean.add(target.canonical)
      return parts.rounds < MANY_ROUNDS ? CLEAN : DEEP
    }
    const held = {
      rules: [...result.rules, ...coded.rules.filter((rule) => !result.rules.includes(rule))],
      needles: [...result.needles, ...coded.needles.filter((needle) => !result.needles.includes(needle))],
    }
    return judge(
      parts,
      {...held, open, pairs, phrase, codes: coded.views, exhausted: isExhausted(budget), rebuild},
      options,
      gate,
    )
  }

  return {
    patternCount: rules.length,
    knownValues: known.length,
    ruleNames: rules.map(({name}) => name),
    engine: engine.name,
    scanUrl,
    text: (input, options) => scanText(input, options, gate),
    textSteps: (input, options) => scanTextSteps(input, options, gate),
    joined: (parts, options) => atOnce(joinedSteps(parts, options, gate)),
    joinedSteps: (parts, options) => joinedSteps(parts, options, gate),
    across: (parts, options) => scanAcross(parts, options, gate),
    open: (text, options) => openText(text, options, gate),
    isPlaceholder,
    isAudience,
    canaries: canaryGate && ((input) => scanText(input, {surface: 'response'}, canaryGate)),
    isClean(text) {
      if (clean.has(text)) return true
      if (text === dirty) return false
      const {target} = text.startsWith('http') ? parseTarget(text) : NO_TARGET
      if (target !== undefined) {
        if (isDirty(scanUrl(target))) return false
        if (target.canonical === text) return true
      }
      return findInText(text, gate, false).length === 0
    },
    namesIn: (text) => [...new Set(findInText(text, gate, true))].toSorted(),
  }
}

const NO_TARGET = {target: undefined}

const KEY_ID = 'AWS Access Key ID'
const PLAIN_PARAMETER = 'Credential in URL'
const SCOPE = '(?:/|%2f)[0-9]{8}(?:/|%2f)[a-z0-9-]{2,32}(?:/|%2f)[a-z0-9-]{2,32}(?:/|%2f)aws4_request'

/** What everybody has who has the URL: the id of the key that signed it, the token of a drawing in a page. */
const PUBLIC_PARTS: readonly {
  readonly rule: string
  readonly severity: Severity
  readonly beside: RegExp
  readonly part: RegExp
}[] = [
  {
    rule: KEY_ID,
    severity: 'critical',
    beside: /[?&]X-Amz-Signature=[0-9a-f]{64}(?:&|$)/i,
    part: new RegExp(`([?&]X-Amz-Credential=)A[KS]IA[A-Z0-9]{12,20}(?=${SCOPE}(?:&|$))`, 'i'),
  },
  {
    rule: KEY_ID,
    severity: 'critical',
    beside: /[?&]Signature=[A-Za-z0-9+/=%]{20,60}(?:&|$)/,
    part: /([?&]AWSAccessKeyId=)A[KS]IA[A-Z0-9]{12,20}(?=&|$)/,
  },
  {
    rule: PLAIN_PARAMETER,
    severity: 'high',
    beside: /^[^?]*\.svg\?/i,
    part: /([?&]token=)[A-Za-z0-9]{4,16}(?=&|$)/i,
  },
]

interface Reduced {
  readonly target: Target
  readonly warn: readonly WarnMatch[]
}

/** The URL without what is public in it; all else of it is judged. */
function withoutPublic(target: Target): Reduced | undefined {
  const {canonical, raw, query} = target
  if (query === '') return undefined
  for (const {rule, severity, beside, part} of PUBLIC_PARTS) {
    if (!part.test(canonical) || !beside.test(canonical)) continue
    const strip = (text: string): string => text.replace(part, '$1id')
    return {
      target: {...target, canonical: strip(canonical), raw: strip(raw), query: strip(`?${query}`).slice(1)},
      warn: [{pattern_name: rule, severity}],
    }
  }
  return undefined
}

function isDirty({match, warn}: UrlDlpResult): boolean {
  return match !== undefined || warn.some(({pattern_name}) => pattern_name !== EXCESSIVE)
}

/**
 * The ordinary leak: one rule of the floor that stands in the path or the query as written, of a URL whose host could hold
 * nothing. It is the first in reporting order, and no other view could change what is said of it.
 */
function plainMatch(
  {canonical, host, scheme, authority, path}: Target,
  candidates: CandidatePlaces,
  gate: Gate,
): DlpMatch | undefined {
  const [only] = candidates.rules
  if (only === undefined || candidates.rules.size !== 1 || candidates.needles.length > 0) return undefined
  const [rule, places] = only
  if (!rule.core) return undefined
  const pathStart = scheme.length + 3 + authority.length
  const pathEnd = pathStart + path.length
  const view: View = {text: canonical, whole: true, name: WHOLE_URL}
  for (const {start, end, informational} of matchesOf(rule, view, places, matchBudget(canonical.length))) {
    if (informational) continue
    const isApart = start >= pathStart && (end <= pathEnd || start > pathEnd)
    if (!isApart || gate.lookCompact(canonical).length > 0) return undefined
    const near = host.length < MIN_HOST ? undefined : gate.look(host.replaceAll('.', ''))
    return near === undefined && isPlainHost(host) ? ruleMatch(rule, view) : undefined
  }
  return undefined
}

/** Nothing in it could be a token without its hyphens, or be decoded. */
function isPlainHost(host: string): boolean {
  return !host.includes('-') && host.split('.').every((label) => label.length < MIN_LABEL)
}

const MIN_HOST = 8
const MIN_LABEL = 8

function hasOwnFindings(parts: UrlParts, budget: DecodeBudget): boolean {
  return parts.excessive || isExhausted(budget) || hasPassword(parts)
}

function isExhausted(budget: DecodeBudget): boolean {
  return budget.attempts < 0 || budget.bytes < 0
}

function hasPassword({userinfo}: UrlParts): boolean {
  return userinfo !== undefined && userinfo.password.length >= 8 && !isPlaceholder(userinfo.password, 'password')
}

interface LocatedMatch extends Candidates {
  readonly open: readonly Rule[]
  readonly pairs: readonly string[]
  readonly phrase: boolean
  /** Numbers read as characters: for known values, core rules and the signs of issuers. */
  readonly codes: readonly View[]
  /** Not everything could be decoded for the gate, so that it may have missed candidates. */
  readonly exhausted: boolean
  readonly rebuild: Rebuild
}

interface Coded extends Candidates {
  readonly views: readonly View[]
}

const NO_CODES: Coded = {rules: [], needles: [], views: []}

/**
 * What numbers spell, if it is anything: the counters of an ordinary list of parameters read as long runs of digits, and
 * are no reason to look at every other view.
 */
function codesHeld(parts: UrlParts, {rules, needles}: Candidates, gate: Gate, budget: DecodeBudget): Coded {
  const some = rules.filter((rule) => rule.core || isSigned(rule))
  if (some.length === 0 && needles.length === 0) return NO_CODES
  const views = codeViews(parts, budget)
  const asks = createAsks(gate)
  const isHeld =
    views.some((view) => some.some((rule) => asks.result(rule, view) !== 'none')) ||
    views.some(({text}) => needles.some((needle) => holdsNeedle(needle, text)))
  return isHeld ? {rules: some, needles, views} : NO_CODES
}

function judge(parts: UrlParts, result: LocatedMatch, options: UrlScanOptions, gate: Gate): UrlDlpResult {
  const budget = decodeBudget(parts.target.raw.length)
  const {open, pairs} = result
  const asks = createAsks(gate)
  const views = kept(urlViews(parts, budget, pairs, result.rebuild))
  const rules = [...result.rules, ...open.filter((rule) => !result.rules.includes(rule))].sort(
    (a, b) => Number(b.core) - Number(a.core),
  )
  const warn = new Map<string, WarnMatch>()
  if (parts.rounds >= MANY_ROUNDS && !parts.excessive)
    warn.set(EXCESSIVE, {pattern_name: EXCESSIVE, severity: 'medium'})
  let match: DlpMatch | undefined
  const core = rules.filter((rule) => rule.core)
  const others = rules.filter((rule) => !rule.core && rule.exempt?.match(parts.target.host) === undefined)
  for (const group of [core, others]) {
    match ??= firstMatch(group, views, asks, warn)
    match ??= firstMatch(group, result.codes, asks, warn)
    if (open.length > 0 && match === undefined) {
      const some = group.filter((rule) => open.includes(rule))
      if (some.length > 0) match = firstMatch(some, combinations(parts.pieces), asks, warn)
    }
  }
  if (match === undefined && result.phrase) {
    const inHost = gate.seeds.find(parts.rawHost).length > 0
    match = {...dlpMatch(SEED_PHRASE, 'critical'), inHost}
  }
  // every view has to be made before the budget tells whether they were too many
  const all = match === undefined ? [...views] : []
  match ??= ownMatch(parts, result.exhausted || isExhausted(budget))
  if (match === undefined && !options.patternsOnly) match = knownMatch(result.needles, parts, [...all, ...result.codes])
  if (match === undefined && parts.excessive) match = dlpMatch(EXCESSIVE, 'medium')
  if (match !== undefined && !match.inHost) {
    const asked = {rules, needles: result.needles, reported: match.rule}
    if (hostGivesAway(parts, views, asked, asks, gate)) match = {...match, inHost: true}
  }
  return {match: match, warn: [...warn.values()]}
}

/**
 * The whole URL is the first view, so a value in the host is found there: then not even the host may be shown. Every
 * candidate counts, not only the reported one, and one that needs host and path together counts as in the host.
 */
function hostGivesAway(
  parts: UrlParts,
  views: Iterable<View>,
  {rules, needles, reported}: Candidates & {readonly reported: string},
  asks: Asks,
  gate: Gate,
): boolean {
  const {host, raw} = parts.target
  const isRule = (rule: Rule) => (view: View) => asks.result(rule, view) !== 'none'
  const isNeedle =
    (needle: Needle) =>
    ({text}: View) =>
      holdsNeedle(needle, text)
  const near = [host, parts.rawHost, ...hostTexts(parts, decodeBudget(raw.length))]
  if (needles.length > 0 || gate.candidates(near).rules.some((rule) => rules.includes(rule))) {
    const own = [
      {text: host},
      {text: parts.rawHost},
      ...[...views].filter(({inHost, tokensOnly}) => inHost && !tokensOnly),
    ]
    if (rules.some((rule) => own.some(isRule(rule))) || needles.some((needle) => own.some(isNeedle(needle))))
      return true
  }
  const standsApart = (isIn: (view: View) => boolean): boolean =>
    some(views, (view) => !view.whole && !view.inHost && isIn(view))
  const needsBoth = (isIn: (view: View) => boolean): boolean => inWhole(views, isIn) && !standsApart(isIn)
  // the reported rule is mostly found apart at once; of the other candidates most are in no view at all
  const others = rules.filter(({name}) => name !== reported)
  const first = rules.filter(({name}) => name === reported)
  return (
    first.some((rule) => !standsApart(isRule(rule)) && inWhole(views, isRule(rule))) ||
    others.some((rule) => needsBoth(isRule(rule))) ||
    needles.some((needle) => needsBoth(isNeedle(needle)))
  )
}

/** The views of the whole come first, so that no other is made for this question. */
function inWhole(views: Iterable<View>, test: (view: View) => boolean): boolean {
  for (const view of views) {
    if (!view.whole) return false
    if (test(view)) return true
  }
  return false
}

function some(views: Iterable<View>, test: (view: View) => boolean): boolean {
  for (const view of views) if (test(view)) return true
  return false
}

/** Can be read more than once, and makes nothing twice. */
function kept(source: Iterator<View, undefined>): Iterable<View> {
  const made: View[] = []
  return {
    *[Symbol.iterator]() {
      for (let i = 0; ; i++) {
        const view = made[i] ?? source.next().value
        if (view === undefined) return
        made[i] = view
        yield view
      }
    },
  }
}

function holdsNeedle({text, compact}: Needle, within: string): boolean {
  return (compact ? withoutSeparators(within) : within).toLowerCase().includes(text)
}

/** The first rule that stands, by view and then by table order. Report-only rules are collected, they never decide. */
function firstMatch(
  rules: readonly Rule[],
  views: Iterable<View>,
  asks: Asks,
  warn: Map<string, WarnMatch>,
): DlpMatch | undefined {
  if (rules.length === 0) return undefined
  for (const view of views) {
    for (const rule of rules) {
      if ((rule.warn && warn.has(rule.name)) || (view.tokensOnly && !rule.joinable)) continue
      const result = asks.result(rule, view)
      if (result === 'none') continue
      if (result === 'reported') {
        warn.set(rule.name, {pattern_name: rule.name, severity: rule.severity})
        continue
      }
      if (result === 'exhausted') return dlpMatch('decode_budget_exceeded', 'medium')
      if (rule.warn) warn.set(rule.name, {pattern_name: rule.name, severity: rule.severity})
      else return ruleMatch(rule, view)
    }
  }
  return undefined
}

function ruleMatch(rule: Rule, view: View): DlpMatch {
  const label = rule.core ? 'core_dlp' : 'dlp'
  const head = rule.core ? 'core DLP match' : 'DLP match'
  return {
    label,
    rule: rule.name,
    severity: rule.severity,
    reason: `${head}: ${rule.name} (${rule.severity})`,
    inHost: view.inHost === true,
    ...(view.name !== undefined && {view: view.name}),
  }
}

function dlpMatch(rule: string, severity: Severity): DlpMatch {
  return {label: 'dlp', rule, severity, reason: `DLP match: ${rule} (${severity})`, inHost: false}
}

function ownMatch(parts: UrlParts, exhausted: boolean): DlpMatch | undefined {
  if (hasPassword(parts)) return dlpMatch('Credential in URL', 'high')
  return exhausted ? dlpMatch('decode_budget_exceeded', 'medium') : undefined
}

const ENCODED: Readonly<Record<string, string>> = {
  base64: ' (base64-encoded)',
  hex: ' (hex-encoded)',
  base32: ' (base32-encoded)',
  percent: ' (percent-encoded)',
  escaped: ' (escaped)',
  reversed: ' (reversed)',
  split: ' (split)',
}

const KIND_ORDER = ['environment', 'file', 'canary'] as const

function knownMatch(needles: readonly Needle[], parts: UrlParts, views: readonly View[]): DlpMatch | undefined {
  if (needles.length === 0) return undefined
  const texts = views.map((view) => view.text.toLowerCase())
  const compact = compacted(decodedUrl(parts))
  const {canonical} = parts.target
  for (const kind of KIND_ORDER) {
    for (const needle of needles) {
      if (needle.source.kind !== kind) continue
      if (needle.compact) {
        if (!compact.includes(needle.text)) continue
        const end = canonical.indexOf('/', canonical.indexOf('://') + 3)
        const isIn = (part: string): boolean => compacted(decodePercent(part, false).text).includes(needle.text)
        return valueMatch(needle, isIn(canonical.slice(0, end)) || !isIn(canonical.slice(end)))
      }
      const place = texts.findIndex((t) => t.includes(needle.text))
      if (place >= 0) return valueMatch(needle, views[place]?.inHost === true)
    }
  }
  return undefined
}

function compacted(text: string): string {
  return withoutSeparators(text).toLowerCase()
}

function valueMatch({source, encoding}: Needle, inHost: boolean): DlpMatch {
  const suffix = ENCODED[encoding] ?? ''
  if (source.kind === 'canary') {
    const rule = `Canary Token (${source.name})`
    return {label: 'dlp', rule, severity: 'critical', reason: `DLP match: ${rule} (critical)`, inHost}
  }
  const environment = source.kind === 'environment'
  return {
    label: 'dlp',
    rule: environment ? 'Environment Variable Leak' : 'Known Secret Leak',
    severity: 'critical',
    reason: `${environment ? 'environment variable' : 'known secret'} leak detected${suffix}`,
    inHost,
  }
}

function decodedUrl(parts: UrlParts): string {
  return decodePercent(parts.rawUrl ?? parts.target.canonical, false).text
}

/** One pass over the first and last 8 KiB, as written and decoded. */
function scanEnds(target: Target, gate: Gate, options: UrlScanOptions): UrlDlpResult {
  const {raw} = target
  const ends = raw.length <= 2 * BOUND ? [raw] : [raw.slice(0, BOUND), raw.slice(-BOUND)]
  const texts = ends.flatMap((end) => withDecoded(end))
  const result = gate.candidates(texts)
  const asks = createAsks(gate)
  const warn = new Map<string, WarnMatch>()
  const views = texts.map((text) => ({text}))
  const rules = result.rules.filter((rule) => rule.core || rule.exempt?.match(target.host) === undefined)
  let match = firstMatch(rules, views, asks, warn)
  if (match === undefined && !options.patternsOnly) {
    const lower = texts.map((text) => text.toLowerCase())
    const needle = result.needles.find((n) => !n.compact && lower.some((text) => text.includes(n.text)))
    if (needle !== undefined) match = valueMatch(needle, true)
  }
  return {match: match, warn: [...warn.values()]}
}

function withDecoded(text: string): readonly string[] {
  const {line, joined} = normaliseForDlp(text)
  const forms = line === joined ? [line] : [line, joined]
  const decoded = decodePercent(line, false).text
  return decoded === line ? forms : [...forms, normaliseForDlp(decoded).joined]
}

const FIELD_BREAK = /[\s/?&="',;:<>()[\]{}|]+/

/** What is in a text: the first finding, or every one by name. */
function findInText(text: string, gate: Gate, every: boolean): readonly string[] {
  const budget = decodeBudget(text.length)
  const forms = withDecoded(text)
  const texts = [...forms]
  for (const form of forms) {
    for (const field of form.split(FIELD_BREAK)) {
      if (field.length >= 10)
        for (const decoded of decodings(field, budget)) texts.push(normaliseForDlp(decoded).joined)
    }
  }
  const whole = forms.at(-1) ?? ''
  const compact = withoutSeparators(whole)
  const result = gate.candidates(texts, whole)
  const names: string[] = isExhausted(budget) ? ['decode_budget_exceeded'] : []
  const lower = [...texts, compact].map((t) => t.toLowerCase())
  for (const needle of result.needles) {
    if (names.length > 0 && !every) return names
    if (lower.some((t) => t.includes(needle.text))) names.push(valueMatch(needle, true).rule)
  }
  const asks = createAsks(gate)
  const views = texts.map((text) => ({text}))
  for (const rule of result.rules) {
    if (names.length > 0 && !every) return names
    if (views.some((view) => asks.result(rule, view) !== 'none')) names.push(rule.name)
  }
  if (texts.some((t) => gate.seeds.find(t).some(({informational}) => !informational))) names.push(SEED_PHRASE)
  return names
}

/** Questions about rules and views of one scan, which share its tries; what the sweep saw in a view is kept. */
interface Asks {
  result(rule: Rule, view: View): 'hit' | 'reported' | 'none' | 'exhausted'
}

function createAsks(gate: Gate): Asks {
  const tries = matchBudget(0)
  const known = new Map<View, CandidatePlaces | undefined>()
  return {
    result(rule, view) {
      if (!known.has(view)) known.set(view, gate.look(view.text))
      return matchRule(rule, view, placesIn(known.get(view), rule), tries)
    },
  }
}
