// One body of an answer, or one part of a page: as text, and where it is JSON as the strings that a reader gets to see
// (scanning §7.1). Places are told in bytes of the body, where it is UTF-8 and nothing was decoded to find them.
import type {Finding, Replacement} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {decodeText} from '../../lib/charset.js'
import {finding} from './findings.js'
import {hiddenMarkup} from './markup.js'
import type {Hit, Rulings} from './rulings.js'

const HTML = /^(?:text\/html|application\/xhtml)/

export function inspectBody(x: Exchange, unit: Unit, rulings: Rulings): readonly Finding[] {
  if (unit.bytes.length === 0) return []
  const isHtml = HTML.test(unit.mediaType)
  const text = unit.part === undefined ? decodeText(unit.bytes, unit.contentType, isHtml) : unit.bytes.toString('utf8')
  const whole = rulings.injections(x, text, {source: 'http_response', hidden: unit.part === 'hidden'})
  let {exhausted} = whole
  /** Hits with the place in `text` that stands for them; -1 where none does. */
  const hits: Hit[] = [...whole.hits]
  if (whole.hasMention && unit.part === undefined && isHtml) {
    // what is quoted inside a comment or a script is no mention: nobody reads it there (scanning §7.5 condition 5)
    const hidden = hiddenMarkup(text)
    if (hidden !== '') {
      const found = rulings.injections(x, hidden, {source: 'http_response', hidden: true})
      exhausted ||= found.exhausted
      hits.push(...found.hits.map(unplaced))
    }
  }
  const found: Finding[] = []
  const action = rulings.action(x)
  const {layer} = rulings
  if (hits.length > 0) {
    const rules = distinct(hits)
    const replace = action === 'strip' ? replacements(hits, text, unit.bytes) : undefined
    found.push(
      finding({
        layer,
        reason: 'prompt_injection',
        action,
        detail: `response contains prompt injection: ${rules.map(({rule}) => rule).join(', ')}`,
        hint: 'response_scanning.action decides; a known text can be accepted with suppress',
        rules,
        ...(replace !== undefined && {replace}),
      }),
    )
  }
  if (exhausted) {
    found.push(
      finding({
        layer,
        reason: 'prompt_injection',
        action,
        detail: 'response holds more encoded content than can be looked at: decode_budget_exceeded',
        rules: [{rule: 'decode_budget_exceeded', severity: 'high'}],
      }),
    )
  }
  return found
}

function unplaced(hit: Hit): Hit {
  return {...hit, start: -1, end: -1}
}

export function distinct(hits: readonly Hit[]): readonly Hit[] {
  const seen = new Map<string, Hit>()
  for (const hit of hits) if (!seen.has(hit.rule)) seen.set(hit.rule, hit)
  return [...seen.values()]
}

/** undefined where one of the hits has no place that can be taken out. */
function replacements(hits: readonly Hit[], text: string, bytes: Buffer): readonly Replacement[] | undefined {
  const same = Buffer.from(text, 'utf8')
  if (!same.equals(bytes)) return undefined
  // offsets in bytes, found in one pass over the sorted places
  const places = [...hits].sort((a, b) => a.start - b.start)
  const made: Replacement[] = []
  let [chars, size] = [0, 0]
  for (const {rule, start, end} of places) {
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
