// One body of a response, or one part of a page: as every text that a client may read in it, and where it is JSON as the
// strings that a reader gets to see. Places are told in bytes of the body, where it is UTF-8 and nothing was decoded to find
// them.
import type {Finding, Replacement} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import type {Awaitable} from '../../core/plugin.js'
import {declaredTypes} from '../../core/content-type.js'
import {framingOf} from '../../core/stream-framing.js'
import {inTurns} from '../../core/work.js'
import {readingsOf, readingSteps, type Readings} from '../../lib/body/readings.js'
import {utf8Steps} from '../../lib/body/utf8.js'
import {isMedia, isMediaType, textRuns} from '../../lib/media/binary.js'
import {slicesOf, SMALL} from '../../lib/slices.js'
import {finding, type Layer} from './findings.js'
import {jsonStrings} from './json-strings.js'
import {hiddenMarkup} from './markup.js'
import {lineTexts, streamText} from './stream-text.js'
import type {InjectionMatch, Ruled, Rulings} from './rulings.js'

const NOBODY = ' (no HITL approver)'
const HTML = /^(?:text\/html|application\/xhtml)/
const JSON_TYPE = /[/+]json$/
const LIKE_JSON = /^[\s\ufeff\x1e]*[[{"]/

/** A text with more orders in it is nothing else: it is not stripped, but blocked. */
const MAX_STRIPPED = 1_000

/** Characters that are inspected in well under a millisecond. */
const WITHOUT_PAUSE = 2_048

type InjectionOptions = Parameters<Rulings['injections']>[2]

export function inspectBody(x: Exchange, unit: Unit, rulings: Rulings): Awaitable<readonly Finding[]> {
  if (unit.bytes.length === 0) return []
  return inTurns(x, inspect(x, unit, rulings))
}

function* inspect(x: Exchange, unit: Unit, rulings: Rulings): Generator<undefined, readonly Finding[]> {
  const {texts, unread} = yield* textsOf(unit)
  const {layer} = rulings
  const action = rulings.action(x)
  const looked: Looked[] = []
  for (const text of texts) looked.push(yield* inspectText(x, unit, text, rulings))
  const findings: Finding[] = []
  const matches = looked.flatMap((one) => one.matched)
  if (matches.length > 0) {
    const rules = distinct(matches)
    const replace = action === 'strip' || action === 'ask' ? replacements(texts, looked, unit.bytes) : undefined
    findings.push(
      finding({
        layer,
        reason: 'prompt_injection',
        action,
        detail: `response contains prompt injection: ${names(rules)}${rulings.cannotAsk(x) ? NOBODY : ''}`,
        hint: 'response_scanning.action decides; a known text can be accepted with suppress',
        rules,
        ...(replace !== undefined && {replace}),
      }),
    )
  }
  if (looked.some(({exhausted}) => exhausted)) {
    findings.push(unseen(layer, action, 'more encoded content', 'decode_budget_exceeded'))
  }
  if (looked.some(({tooDeep}) => tooDeep)) findings.push(unseen(layer, action, 'deeper nesting', 'json_depth_exceeded'))
  if (unread !== undefined && rulings.isEnabled) findings.push(unreadCharset(layer, action))
  return findings
}

/**
 * Every text that a client may read in it; none of media that are what they are declared as, whose own policy holds, but what
 * could be words in a font.
 */
function* textsOf(unit: Unit): Generator<undefined, Readings> {
  const {bytes, part, mediaType} = unit
  const types = declaredTypes(unit.headers).join()
  if (part !== undefined) {
    // its text is ours, but it was made of bytes that their reader may read in another way
    const {unread} = readingsOf(NO_BYTES, types)
    return {texts: [yield* utf8Steps(bytes)], ...(unread !== undefined && {unread})}
  }
  if (!isMediaUnit(unit) || !isMedia(mediaType, bytes)) return yield* readingSteps(bytes, types)
  return {texts: mediaType.startsWith('font/') ? [yield* textRuns(bytes)] : []}
}

const NO_BYTES = Buffer.alloc(0)

/** Of several types each client takes another one: then it is a text. */
export function isMediaUnit({mediaType, headers}: Unit): boolean {
  return isMediaType(mediaType) && declaredTypes(headers).length === 1
}

interface Looked {
  /** Hits with the place in the text that stands for them; -1 where none does. */
  readonly matched: readonly InjectionMatch[]
  readonly exhausted: boolean
  readonly tooDeep: boolean
}

function* inspectText(x: Exchange, unit: Unit, text: string, rulings: Rulings): Generator<undefined, Looked> {
  const isPart = unit.part !== undefined
  const isHtml = HTML.test(unit.mediaType)
  const looked = (of: string, options: InjectionOptions) => injectionsIn(x, of, options, rulings)
  const framing = framingOf(unit)
  const isLines = framing === 'lines'
  // of a stream nobody sees all that frames a quotation
  const source = framing === 'lines' || framing === 'messages' ? 'sse' : 'http_response'
  const whole = yield* looked(text, {source, hidden: unit.part === 'hidden'})
  let {exhausted} = whole
  let tooDeep = false
  let matches: readonly InjectionMatch[] = whole.injectionMatches
  if (!isPart && isHtml && whole.hasMention) {
    // what is quoted inside a comment or a script is no mention: nobody reads it there
    const hidden = hiddenMarkup(text)
    if (hidden !== '') {
      const result = yield* looked(hidden, {source: 'http_response', hidden: true})
      exhausted ||= result.exhausted
      matches = [...matches, ...result.injectionMatches.map(unplaced)]
    }
  } else if (unit.mediaType === 'text/event-stream') {
    const existing = yield* looked(yield* streamText(text), {source: 'sse'})
    exhausted ||= existing.exhausted
    matches = [...matches, ...existing.injectionMatches.map(unplaced)]
  } else if (!isHtml && (JSON_TYPE.test(unit.mediaType) || LIKE_JSON.test(text))) {
    const strings = yield* jsonStrings(text)
    if (strings === 'too_deep') tooDeep = true
    else if (strings) {
      const outcome = yield* looked(strings.joined, {source})
      exhausted ||= outcome.exhausted
      // a place across tokens would break the document: only whole strings are taken out
      const placed = outcome.injectionMatches.flatMap((match) =>
        strings.places(match.start, match.end).map((place) => ({...match, ...place})),
      )
      matches = [...matches.map(unplaced), ...placed]
      for (const view of [strings.lists, strings.values]) {
        if (view === '') continue
        const inView = yield* looked(view, {source})
        exhausted ||= inView.exhausted
        matches = [...matches, ...inView.injectionMatches.map(unplaced)]
      }
    }
  }
  if (isLines && isPart) {
    const current = yield* looked(yield* lineTexts(text), {source})
    exhausted ||= current.exhausted
    matches = [...matches, ...current.injectionMatches.map(unplaced)]
  }
  return {matched: matches, exhausted, tooDeep}
}

/** A long text slice by slice. */
export function* injectionsIn(
  x: Exchange,
  text: string,
  options: InjectionOptions,
  rulings: Rulings,
): Generator<undefined, Ruled> {
  if (text.length <= WITHOUT_PAUSE) return yield* rulings.injections(x, text, options)
  const matches: InjectionMatch[] = []
  let exhausted = false
  let hasMention = false
  // one is enough for a verdict; taking out needs them all, up to a bound
  const action = rulings.action(x)
  const most = action === 'strip' || action === 'ask' ? MAX_STRIPPED : 0
  for (const slice of slicesOf(text, ...SMALL)) {
    const ruled = yield* rulings.injections(x, slice.text, options)
    for (const {start, end, ...match} of ruled.injectionMatches) {
      matches.push({...match, start: start < 0 ? start : start + slice.start, end: end < 0 ? end : end + slice.start})
    }
    exhausted ||= ruled.exhausted
    hasMention ||= ruled.hasMention
    yield
    if (matches.length > most) break
  }
  return {injectionMatches: matches, exhausted, hasMention}
}

/** Some of it was not inspected, so it counts as a match. */
function unseen(layer: Rulings['layer'], action: Finding['action'], what: string, rule: string): Finding {
  return finding({
    layer,
    reason: 'prompt_injection',
    action,
    detail: `response holds ${what} than can be inspected: ${rule}`,
    rules: [{rule, severity: 'high'}],
  })
}

/** Some reader sees a text that was not inspected. The name is not repeated: whoever declares it can hide a secret in it. */
export function unreadCharset(layer: Layer, action: Finding['action']): Finding {
  return finding({
    layer,
    reason: 'parse_error',
    action,
    detail: 'response declares a character set that cannot be read',
    hint: 'serve UTF-8; response_scanning.exempt_domains names hosts whose responses are only reported',
    rules: [{rule: 'charset_unreadable', severity: 'high'}],
  })
}

function unplaced(match: InjectionMatch): InjectionMatch {
  return {...match, start: -1, end: -1}
}

export function names(rules: readonly (Pick<InjectionMatch, 'rule'> & Partial<InjectionMatch>)[]): string {
  return rules.map(nameOf).join(', ')
}

/** A score says why: where its window stands, and what in it weighs most. */
function nameOf({rule, learned, start = -1, end = -1}: Pick<InjectionMatch, 'rule'> & Partial<InjectionMatch>): string {
  if (learned === undefined) return rule
  const place = start < 0 ? '' : ` at ${start}-${end}`
  return `${rule} (score ${learned.score.toFixed(2)}${place}: ${learned.features.join(', ')})`
}

export function distinct<T extends {readonly rule: string}>(matches: readonly T[]): readonly T[] {
  const known = new Map<string, T>()
  for (const match of matches) if (!known.has(match.rule)) known.set(match.rule, match)
  return [...known.values()]
}

/**
 * undefined where one of the hits has no place that can be taken out. Places are known where the likeliest text is the bytes
 * as they are: what is put in their place would be other letters in any other.
 */
function replacements(
  texts: readonly string[],
  looked: readonly Looked[],
  bytes: Buffer,
): readonly Replacement[] | undefined {
  const [text = ''] = texts
  const matches = looked.flatMap((one, i) => (i === 0 ? one.matched : one.matched.map(unplaced)))
  if (matches.length > MAX_STRIPPED || !Buffer.from(text, 'utf8').equals(bytes)) return undefined
  const made: Replacement[] = []
  const placed = new Set(matches.flatMap(({rule, start}) => (start < 0 ? [] : [rule])))
  // offsets in bytes, found in one pass over the sorted places
  let [chars, size] = [0, 0]
  for (const {rule, start, end} of [...matches].sort((a, b) => a.start - b.start)) {
    if (start < 0) {
      // the same words may have a place in another view of the text
      if (placed.has(rule)) continue
      return undefined
    }
    size += Buffer.byteLength(text.slice(chars, start))
    chars = start
    made.push({start: size, end: size + Buffer.byteLength(text.slice(start, end)), text: `[REDACTED: ${rule}]`})
  }
  return made
}
