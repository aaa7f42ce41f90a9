// One body of an answer, or one part of a page: as text, and where it is JSON as the strings that a reader gets to see
// (scanning §7.1). Places are told in bytes of the body, where it is UTF-8 and nothing was decoded to find them.
import type {Finding, Replacement} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {decodeText} from '../../lib/charset.js'
import {finding} from './findings.js'
import {jsonStrings} from './json-strings.js'
import {hiddenMarkup} from './markup.js'
import {streamText} from './stream-text.js'
import type {Hit, Rulings} from './rulings.js'

const NOBODY = ' (no HITL approver)'
const HTML = /^(?:text\/html|application\/xhtml)/
const JSON_TYPE = /[/+]json$/
const LIKE_JSON = /^[\s\ufeff]*[[{"]/

export function inspectBody(x: Exchange, unit: Unit, rulings: Rulings): readonly Finding[] {
  if (unit.bytes.length === 0) return []
  const isPart = unit.part !== undefined
  const isHtml = HTML.test(unit.mediaType)
  const text = isPart ? unit.bytes.toString('utf8') : decodeText(unit.bytes, unit.contentType, isHtml)
  const whole = rulings.injections(x, text, {source: 'http_response', hidden: unit.part === 'hidden'})
  const action = rulings.action(x)
  let {exhausted} = whole
  let tooDeep = false
  /** Hits with the place in `text` that stands for them; -1 where none does. */
  const hits: Hit[] = [...whole.hits]
  if (!isPart && isHtml && whole.hasMention) {
    // what is quoted inside a comment or a script is no mention: nobody reads it there (scanning §7.5 condition 5)
    const hidden = hiddenMarkup(text)
    if (hidden !== '') {
      const found = rulings.injections(x, hidden, {source: 'http_response', hidden: true})
      exhausted ||= found.exhausted
      hits.push(...found.hits.map(unplaced))
    }
  } else if (unit.mediaType === 'text/event-stream') {
    const found = rulings.injections(x, streamText(text), {source: 'sse'})
    exhausted ||= found.exhausted
    hits.push(...found.hits.map(unplaced))
  } else if (!isHtml && (JSON_TYPE.test(unit.mediaType) || LIKE_JSON.test(text))) {
    const strings = jsonStrings(text)
    if (strings === 'too_deep') tooDeep = true
    else if (strings) {
      const found = rulings.injections(x, strings.joined, {source: 'http_response'})
      exhausted ||= found.exhausted
      // a place across tokens would break the document: only whole strings are taken out
      hits.splice(0, hits.length, ...hits.map(unplaced))
      for (const hit of found.hits)
        hits.push(...strings.places(hit.start, hit.end).map((place) => ({...hit, ...place})))
    }
  }
  const {layer} = rulings
  const found: Finding[] = []
  if (hits.length > 0) {
    const rules = distinct(hits)
    const replace = action === 'strip' || action === 'ask' ? replacements(hits, text, unit.bytes) : undefined
    found.push(
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
  if (exhausted) found.push(unseen(layer, action, 'more encoded content', 'decode_budget_exceeded'))
  if (tooDeep) found.push(unseen(layer, action, 'deeper nesting', 'json_depth_exceeded'))
  return found
}

/** Some of it was not looked at, so it counts as found. */
function unseen(layer: Rulings['layer'], action: Finding['action'], what: string, rule: string): Finding {
  return finding({
    layer,
    reason: 'prompt_injection',
    action,
    detail: `response holds ${what} than can be looked at: ${rule}`,
    rules: [{rule, severity: 'high'}],
  })
}

function unplaced(hit: Hit): Hit {
  return {...hit, start: -1, end: -1}
}

export function names(rules: readonly {readonly rule: string}[]): string {
  return rules.map(({rule}) => rule).join(', ')
}

export function distinct<T extends {readonly rule: string}>(hits: readonly T[]): readonly T[] {
  const seen = new Map<string, T>()
  for (const hit of hits) if (!seen.has(hit.rule)) seen.set(hit.rule, hit)
  return [...seen.values()]
}

/** undefined where one of the hits has no place that can be taken out. */
function replacements(hits: readonly Hit[], text: string, bytes: Buffer): readonly Replacement[] | undefined {
  if (!Buffer.from(text, 'utf8').equals(bytes)) return undefined
  const made: Replacement[] = []
  // offsets in bytes, found in one pass over the sorted places
  let [chars, size] = [0, 0]
  for (const {rule, start, end} of [...hits].sort((a, b) => a.start - b.start)) {
    if (start < 0) {
      // the same words may have a place in another view of the text
      if (hits.some((other) => other.start >= 0 && other.rule === rule)) continue
      return undefined
    }
    size += Buffer.byteLength(text.slice(chars, start))
    chars = start
    made.push({start: size, end: size + Buffer.byteLength(text.slice(start, end)), text: `[REDACTED: ${rule}]`})
  }
  return made
}
