// Selectors of CSS as far as the source of a page can tell them: names, identifiers, classes, attributes, `:not()`, `:is()`,
// children and descendants. States and positions among siblings are not known.
import {unescapeCss} from './css-visibility.js'

export interface StyledElement {
  readonly name: string
  readonly id: string
  readonly classes: ReadonlySet<string>
  /** Names, in lower case. */
  readonly attributes: readonly string[]
  attribute(name: string): string | undefined
}

/** `ancestor(0)` is the parent, undefined behind the outermost. */
export type Ancestors = (at: number) => StyledElement | undefined

interface AttributeTest {
  readonly name: string
  readonly operator: string
  readonly value: string
}

/** One compound; every part has to match, and none of `nots`. */
export interface Compound {
  readonly name: string
  readonly ids: readonly string[]
  readonly classes: readonly string[]
  readonly attributes: readonly AttributeTest[]
  readonly nots: readonly Compound[]
}

export interface Selector {
  /** That of the element itself last. */
  readonly compounds: readonly Compound[]
  /** False where it may match less than it says: the siblings of the element are not inspected. */
  readonly isExact: boolean
  readonly specificity: number
}

const MAX_ANCESTORS = 16
const MAX_PARTS = 16
/** Of `:is()`, for all selectors of a rule together. */
const MAX_ALTERNATIVES = 64

export function matchesSelector({compounds}: Selector, element: StyledElement, ancestor: Ancestors): boolean {
  let at = compounds.length - 1
  if (!matches(compounds[at], element)) return false
  for (let up = 0; at > 0 && up < MAX_ANCESTORS; up++) {
    const above = ancestor(up)
    if (!above) return false
    if (matches(compounds[at - 1], above)) at--
  }
  return at === 0
}

function matches(compound: Compound | undefined, element: StyledElement): boolean {
  return (
    compound !== undefined &&
    (compound.name === '' || compound.name === element.name) &&
    compound.ids.every((id) => id === element.id) &&
    compound.classes.every((each) => element.classes.has(each)) &&
    compound.attributes.every((test) => holds(test, element.attribute(test.name))) &&
    !compound.nots.some((not) => matches(not, element))
  )
}

function holds({operator, value}: AttributeTest, given: string | undefined): boolean {
  if (given === undefined) return false
  switch (operator) {
    case '':
      return true
    case '=':
      return given === value
    case '^=':
      return value !== '' && given.startsWith(value)
    case '$=':
      return value !== '' && given.endsWith(value)
    case '*=':
      return value !== '' && given.includes(value)
    case '~=':
      return given.split(/\s+/).includes(value)
    default:
      return given === value || given.startsWith(`${value}-`)
  }
}

/** The name that an element has to have for a compound to match; "" where any element may. */
export function keyOf({name, ids: [id], classes: [first], attributes: [attribute]}: Compound): string {
  if (id !== undefined) return `#${id}`
  if (first !== undefined) return `.${first}`
  return name !== '' ? name : attribute !== undefined ? `[${attribute.name}]` : ''
}

const ALTERNATIVES = /:(?:is|where)\(([^()]*)\)/i

/** Selectors of a rule; those that cannot be told are left out. */
export function parseSelectors(text: string): readonly Selector[] {
  const left = splitList(text)
  const results: Selector[] = []
  const max = left.length + MAX_ALTERNATIVES
  // grows by what its members stand for
  for (const one of left) {
    const alternatives = ALTERNATIVES.exec(one)
    if (!alternatives) {
      const selector = parseSelector(one)
      if (selector) results.push(selector)
      continue
    }
    const [all, list = ''] = alternatives
    const before = one.slice(0, alternatives.index)
    const after = one.slice(alternatives.index + all.length)
    const isBehind = /[^\s>+~]$/.test(before)
    for (const each of splitList(list)) {
      if (left.length < max && (!isBehind || /^[.#[:]/.test(each))) left.push(before + each + after)
    }
  }
  return results
}

/** At commas that stand in no brackets. */
function splitList(text: string): string[] {
  if (!/[[(]/.test(text)) return text.split(',').map((one) => one.trim())
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const c = text[at]
    if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    else if (c === ',' && depth <= 0) {
      parts.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  return [...parts, text.slice(from).trim()]
}

// every escape can be read in one way only
const IDENT = '(?:\\\\(?:[0-9a-f]{6}|[0-9a-f]{1,5}(?![0-9a-f]))[ \\t\\n]?|\\\\[^\\n0-9a-f]|[\\w\\x80-\\u{10ffff}-])+'
const PART = new RegExp(
  `(${IDENT}|\\*)|#(${IDENT})|\\.(${IDENT})|\\[\\s*(${IDENT})\\s*(?:([~|^$*]?=)\\s*(?:"([^"]*)"|'([^']*)'|(${IDENT}))\\s*(?:[is]\\s*)?)?\\]|:not\\(([^()]*)\\)`,
  'iuy',
)
const COMBINATOR = /\s*([>+~\s])\s*/y

function parseSelector(text: string): Selector | undefined {
  const compounds: Compound[] = []
  let isExact = true
  let specificity = 0
  for (let at = 0; ;) {
    const part = parseCompound(text, at)
    if (!part || compounds.length >= MAX_PARTS) return undefined
    compounds.push(part.compound)
    specificity += part.specificity
    if (part.end >= text.length) break
    COMBINATOR.lastIndex = part.end
    const combinator = COMBINATOR.exec(text)
    if (!combinator) return undefined
    at = COMBINATOR.lastIndex
    if (combinator[1] === '+' || combinator[1] === '~') {
      compounds.length = 0
      isExact = false
    }
  }
  return {compounds, isExact, specificity}
}

interface Parsed {
  readonly compound: Compound
  readonly end: number
  readonly specificity: number
}

function parseCompound(text: string, from: number): Parsed | undefined {
  let name = ''
  const ids: string[] = []
  const classes: string[] = []
  const attributes: AttributeTest[] = []
  const nots: Compound[] = []
  let at = from
  for (;;) {
    PART.lastIndex = at
    const match = PART.exec(text)
    if (!match) break
    const [all, tag, id, one, attribute, operator = '', double, single, bare, not] = match
    if (tag !== undefined) {
      if (at !== from) return undefined
      name = tag === '*' ? '' : unescapeCss(tag).toLowerCase()
    } else if (id !== undefined) ids.push(unescapeCss(id))
    else if (one !== undefined) classes.push(unescapeCss(one))
    else if (attribute !== undefined) {
      const value = unescapeCss(double ?? single ?? bare ?? '')
      attributes.push({name: unescapeCss(attribute).toLowerCase(), operator, value})
    } else {
      const inner = parseCompound((not ?? '').trim(), 0)
      if (!inner || inner.end < (not ?? '').trim().length) return undefined
      nots.push(inner.compound)
    }
    at += all.length
  }
  if (at === from) return undefined
  const specificity = ids.length * 10_000 + (classes.length + attributes.length + nots.length) * 100 + (name ? 1 : 0)
  return {compound: {name, ids, classes, attributes, nots}, end: at, specificity}
}
