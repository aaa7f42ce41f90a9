// The rules of a document's own style sheets that keep texts from being seen, and which elements they are about. Of the
// cascade only what decides about that: a rule that shows what another one hides counts where it is certain to apply, and is
// the stronger of the two.
import {keyOf, matchesSelector, parseSelectors} from './css-selectors.js'
import type {Ancestors, Compound, Selector, StyledElement} from './css-selectors.js'
import {effectsOf, type Effect, type Group} from './css-visibility.js'

export interface HidingRules {
  readonly size: number
  readonly hasVariables: boolean
  /** `inline`: what its own style says. */
  hides(element: StyledElement, inline: readonly Effect[], ancestor: Ancestors): boolean
  /** A text of declarations with every value that its variables may have. */
  resolved(declarations: string): readonly string[]
}

interface Rule {
  readonly selector: Selector
  readonly group: Group
  readonly weight: number
  readonly isImportant: boolean
}

/** Rules about one name that are compared one by one. Where there are more, every element of that name counts as hidden. */
const MAX_RULES_OF_NAME = 16
/** Rules about any name. */
const MAX_RULES_OF_ALL = 64
const MAX_SHOWING = 4_096
/** Where there are more, the rest shows nothing. */
const MAX_SHOWING_OF_NAME = 64

export function readHidingRules(sheets: readonly string[]): HidingRules {
  const collected = new Collected()
  for (const sheet of sheets) readSheet(sheet, collected)
  const hiding = new ByKey()
  const showing = new ByKey()
  let size = 0
  const {result: result} = collected.settled()
  for (const [text, effect, order] of result) {
    if (!effect.hides) continue
    for (const rule of rulesOf(text, effect, order)) {
      const last = rule.selector.compounds.at(-1)
      if (!last || isAnything(rule.selector)) continue
      keep(hiding, last, rule)
      size++
    }
  }
  let left = size === 0 ? 0 : MAX_SHOWING
  for (const [text, effect, order] of left === 0 ? [] : result) {
    if (effect.hides || --left < 0) continue
    for (const rule of rulesOf(text, effect, order)) {
      const last = rule.selector.compounds.at(-1)
      if (!last || !rule.selector.isExact) continue
      const known = showing.of(keyOf(last))
      if (known.length < MAX_SHOWING_OF_NAME) known.push(rule)
    }
  }

  return {
    size,
    hasVariables: collected.hasVariables,
    resolved: (declarations) => collected.resolved(declarations),
    hides(element, inline, ancestor) {
      if (size === 0) return false
      const isShown = ({group, weight}: Rule): boolean =>
        showing.some(element, (rule) => rule.group === group && rule.weight > weight && fits(rule))
      const fits = ({selector}: Rule): boolean => matchesSelector(selector, element, ancestor)
      return hiding.some(element, (rule) => {
        if (!fits(rule)) return false
        if (!rule.isImportant && inline.some((own) => own.group === rule.group && !own.hides)) return false
        return !isShown(rule)
      })
    },
  }
}

/** Rules by the name that an element needs for them. */
class ByKey {
  readonly #rules = new Map<string, Rule[]>()
  #hasAttributes = false

  of(key: string): Rule[] {
    const known = this.#rules.get(key) ?? []
    this.#rules.set(key, known)
    if (key.startsWith('[')) this.#hasAttributes = true
    return known
  }

  some({name, id, classes, attributes}: StyledElement, test: (rule: Rule) => boolean): boolean {
    const has = (key: string): boolean => this.#rules.get(key)?.some(test) ?? false
    if ((id !== '' && has(`#${id}`)) || has(name) || has('')) return true
    for (const each of classes) if (has(`.${each}`)) return true
    return this.#hasAttributes && attributes.some((each) => has(`[${each}]`))
  }
}

function* rulesOf(text: string, {group, isImportant}: Effect, order: number): Generator<Rule, undefined> {
  for (const selector of parseSelectors(text)) {
    const weight = (isImportant ? 1e15 : 0) + selector.specificity * 1e6 + Math.min(order, 999_999)
    yield {selector, group, isImportant, weight}
  }
}

/** A rule about everything there is says nothing about one text. */
function isAnything({compounds}: Selector): boolean {
  const [only, second] = compounds
  return second === undefined && only !== undefined && keyOf(only) === '' && only.nots.length === 0
}

function keep(hiding: ByKey, last: Compound, rule: Rule): void {
  const key = keyOf(last)
  const known = hiding.of(key)
  const max = key === '' ? MAX_RULES_OF_ALL : MAX_RULES_OF_NAME
  if (known.length < max) known.push(rule)
  else if (known.length === max && key !== '') {
    known.unshift({
      selector: {compounds: [keyPart(last)], isExact: false, specificity: 0},
      group: 'other',
      isImportant: true,
      weight: Infinity,
    })
  }
}

function keyPart({name, ids: [id], classes: [first], attributes: [attribute]}: Compound): Compound {
  const nothing: Compound = {name: '', ids: [], classes: [], attributes: [], nots: []}
  if (id !== undefined) return {...nothing, ids: [id]}
  if (first !== undefined) return {...nothing, classes: [first]}
  return name !== '' || attribute === undefined
    ? {...nothing, name}
    : {...nothing, attributes: [{...attribute, operator: ''}]}
}

const MAX_VALUES = 4
/** Variables in values of variables. */
const MAX_ROUNDS = 3

/** What the sheets say, the last of the same selector; an important one stays. */
class Collected {
  readonly #effects = new Map<string, readonly [selector: string, effect: Effect, order: number]>()
  readonly #later: (() => void)[] = []
  readonly #variables = new Map<string, string[]>()
  #order = 0

  /** `isSure`: it applies wherever the page is displayed. */
  add(selector: string, block: string, isSure: boolean): void {
    for (const [, name = '', value = ''] of block.includes('--')
      ? block.matchAll(/(?:^|[;\s])(--[\w-]{1,64})\s*:\s*([^;]{1,256})/g)
      : []) {
      const values = this.#variables.get(name) ?? []
      if (values.length < MAX_VALUES && !values.includes(value.trim())) values.push(value.trim())
      this.#variables.set(name, values)
    }
    // a variable may be given its value further down
    if (block.includes('var(')) this.#later.push(() => this.#put(selector, this.resolved(block), isSure))
    else this.#put(selector, [block], isSure)
  }

  settled(): {readonly result: Iterable<readonly [string, Effect, number]>} {
    for (const put of this.#later.splice(0)) put()
    return {result: [...this.#effects.values()]}
  }

  get hasVariables(): boolean {
    return this.#variables.size > 0
  }

  resolved(block: string): readonly string[] {
    if (!block.includes('var(')) return [block]
    const texts = Array.from({length: MAX_VALUES}, (_, i) => {
      let text = block
      for (let round = 0; round < MAX_ROUNDS && text.includes('var('); round++) {
        text = text.replace(VARIABLE, (_all, name: string, otherwise = '') => {
          const values = this.#variables.get(name)
          return values?.[i] ?? values?.[0] ?? String(otherwise)
        })
      }
      return text
    })
    return [...new Set(texts)]
  }

  #put(selector: string, blocks: readonly string[], isSure: boolean): void {
    for (const effect of blocks.flatMap((block) => effectsOf(block))) {
      // what may not apply undoes nothing
      if (!effect.hides && (!isSure || blocks.length > 1)) continue
      const key = `${effect.group} ${selector}`
      const known = this.#effects.get(key)
      if (known?.[1].isImportant === true && !effect.isImportant) continue
      this.#effects.delete(key)
      this.#effects.set(key, [selector, effect, this.#order++])
    }
  }
}

const VARIABLE = /var\(\s*(--[\w-]{1,64})\s*(?:,([^()]{0,256}))?\)/g

interface Block {
  /** Of the rule that it is in, or is; undefined outside of every rule. */
  readonly selector: string | undefined
  /** It holds for whoever looks at the page on a screen. */
  readonly holds: boolean
  readonly isSure: boolean
  declarations: string
}

/** Conditions under which a rule holds for whoever looks at the page on a screen. */
const ALWAYS = /^@(?:layer|supports|media\s+(?:all|screen|only\s+screen))\s*(?:\([^)]*\)\s*)?[^,()]*$/i
const MAX_DEPTH = 16
/** Characters of the selector of a nested rule. */
const MAX_SELECTOR = 4_096

function readSheet(sheet: string, into: Collected): void {
  const text = sheet.replace(/\/\*[^]*?(?:\*\/|$)/g, ' ')
  const open: Block[] = []
  const close = (): void => {
    const block = open.pop()
    if (block?.selector !== undefined && block.holds && block.declarations !== '')
      into.add(block.selector, block.declarations, block.isSure)
  }
  let from = 0
  for (let next = nextMark(text, 0); next < text.length; next = nextMark(text, from)) {
    const piece = text.slice(from, next).trim()
    from = next + 1
    const inside = open.at(-1)
    if (text[next] === '{') {
      const holds = inside?.holds ?? true
      if (open.length >= MAX_DEPTH) open.push({selector: undefined, holds: false, isSure: false, declarations: ''})
      else if (piece.startsWith('@')) {
        open.push({selector: inside?.selector, holds: holds && ALWAYS.test(piece), isSure: false, declarations: ''})
      } else {
        open.push({
          selector: within(piece, inside?.selector),
          holds,
          isSure: inside?.isSure ?? true,
          declarations: '',
        })
      }
      continue
    }
    if (inside && piece !== '') inside.declarations += `${piece};`
    if (text[next] === '}') close()
  }
  const inside = open.at(-1)
  if (inside) inside.declarations += text.slice(from)
  while (open.length > 0) close()
}

/** A rule inside of another one is about what is inside of what that one is about. */
function within(prelude: string, outer: string | undefined): string {
  const own = prelude.replace(/\s+/g, ' ')
  if (outer === undefined) return own
  const parent = outer.includes(',') ? `:is(${outer})` : outer
  const parts = own.split('&')
  if (own.length + parts.length * parent.length > MAX_SELECTOR) return ''
  return parts.length > 1 ? parts.join(parent) : `${parent} ${own}`
}

/** The next brace or semicolon that stands in no string; the end of the text where there is none. */
function nextMark(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x7b || c === 0x7d || c === 0x3b) return at
    if (c === 0x5c) at++
    else if (c === 0x22 || c === 0x27) at = stringEnd(text, at, c)
  }
  return text.length
}

/** A line end ends a string that is not closed. */
function stringEnd(text: string, from: number, quote: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === quote || c === 0x0a) return at
    if (c === 0x5c) at++
  }
  return text.length
}
