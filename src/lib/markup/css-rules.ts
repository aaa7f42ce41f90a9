// The rules of a document's own style sheets that keep texts from being seen, and which elements they are about. No layout
// and no full cascade: a later rule with the same selector counts, other rules do not undo one that hides (scanning §11).
import {hidesText, readDeclarations} from './css-visibility.js'

export interface StyledElement {
  readonly name: string
  readonly id: string
  readonly classes: ReadonlySet<string>
}

export interface HidingRules {
  readonly size: number
  /** `ancestor(0)` is the parent, undefined behind the outermost. */
  hides(element: StyledElement, ancestor: (at: number) => StyledElement | undefined): boolean
}

/** One compound of a selector; every part has to match. */
interface Compound {
  readonly name: string
  readonly id: string
  readonly classes: readonly string[]
}

/** The compound of the element itself last. */
type Selector = readonly Compound[]

/** Rules about one name that are compared one by one. Where there are more, every element of that name counts as hidden. */
const MAX_RULES_OF_NAME = 16
const MAX_ANCESTORS = 16
/** Conditions under which a rule holds for whoever looks at the page on a screen. */
const ALWAYS = /^@(?:layer|supports|media\s+(?:all|screen|only\s+screen))\s*(?:\([^)]*\)\s*)?[^,()]*$/i
const WHOLE = /^[\w#.*\s>+~\x80-\u{10ffff}-]+$/u

export function readHidingRules(sheets: readonly string[]): HidingRules {
  const bySelector = new Map<string, boolean>()
  for (const sheet of sheets) readSheet(sheet, bySelector)
  const byKey = new Map<string, Selector[]>()
  let size = 0
  for (const [text, hides] of bySelector) {
    if (!hides) continue
    const selector = parseSelector(text)
    const last = selector?.at(-1)
    if (!selector || !last) continue
    const key = keyOf(last)
    if (key === '') continue
    const known = byKey.get(key) ?? []
    if (known.length < MAX_RULES_OF_NAME) known.push(selector)
    else if (known.length === MAX_RULES_OF_NAME) known.unshift([{...NOTHING, ...keyPart(last)}])
    byKey.set(key, known)
    size++
  }
  return {
    size,
    hides(element, ancestor) {
      if (size === 0) return false
      const tries = (key: string): boolean =>
        byKey.get(key)?.some((selector) => matchesSelector(selector, element, ancestor)) ?? false
      if (element.id !== '' && tries(`#${element.id}`)) return true
      for (const name of element.classes) if (tries(`.${name}`)) return true
      return tries(element.name)
    },
  }
}

const NOTHING: Compound = {name: '', id: '', classes: []}

function keyPart({name, id, classes: [first]}: Compound): Partial<Compound> {
  return id !== '' ? {id} : first !== undefined ? {classes: [first]} : {name}
}

/** The name that an element has to have for a compound to match; "" where any element may. */
function keyOf({name, id, classes: [first]}: Compound): string {
  return id !== '' ? `#${id}` : first !== undefined ? `.${first}` : name
}

function matchesSelector(
  selector: Selector,
  element: StyledElement,
  ancestor: (at: number) => StyledElement | undefined,
): boolean {
  let at = selector.length - 1
  if (!matches(selector[at], element)) return false
  for (let up = 0; at > 0 && up < MAX_ANCESTORS; up++) {
    const above = ancestor(up)
    if (!above) return false
    if (matches(selector[at - 1], above)) at--
  }
  return at === 0
}

function matches(compound: Compound | undefined, {name, id, classes}: StyledElement): boolean {
  return (
    compound !== undefined &&
    (compound.name === '' || compound.name === name) &&
    (compound.id === '' || compound.id === id) &&
    compound.classes.every((each) => classes.has(each))
  )
}

function readSheet(sheet: string, into: Map<string, boolean>): void {
  const text = sheet.replace(/\/\*[^]*?(?:\*\/|$)/g, ' ')
  const open: boolean[] = []
  let from = 0
  for (let at = 0; at < text.length;) {
    const next = nextMark(text, at)
    if (next < 0) break
    const mark = text[next]
    if (mark === '{') {
      const prelude = text.slice(from, next).trim()
      if (prelude.startsWith('@')) {
        open.push(ALWAYS.test(prelude) && (open.at(-1) ?? true))
        at = from = next + 1
        continue
      }
      const end = blockEnd(text, next + 1)
      if (open.at(-1) ?? true) addRule(prelude, text.slice(next + 1, end), into)
      at = from = end + 1
    } else {
      if (mark === '}') open.pop()
      at = from = next + 1
    }
  }
}

function nextMark(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x7b || c === 0x7d || c === 0x3b) return at
  }
  return -1
}

function blockEnd(text: string, from: number): number {
  const end = text.indexOf('}', from)
  return end < 0 ? text.length : end
}

function addRule(selectors: string, block: string, into: Map<string, boolean>): void {
  const style = readDeclarations(block)
  const hides = hidesText(style)
  const shows = style.has('display') || style.has('visibility') || style.has('opacity')
  if (!hides && !shows) return
  for (const part of selectors.split(',')) {
    const selector = part.trim().replace(/\s+/g, ' ')
    if (hides) into.set(selector, true)
    else if (into.has(selector)) into.set(selector, false)
  }
}

/** undefined where it has parts that a source cannot tell (states, positions among siblings). */
function parseSelector(text: string): Selector | undefined {
  if (!WHOLE.test(text)) return undefined
  const parts = text.split(/\s*[>\s]\s*/)
  if (parts.some((part) => /[+~]/.test(part))) return undefined
  return parts.map((part) => {
    const [name = ''] = /^[^.#]*/.exec(part) ?? []
    return {
      name: name === '*' ? '' : name.toLowerCase(),
      id: /#([^.#]+)/.exec(part)?.[1] ?? '',
      classes: [...part.matchAll(/\.([^.#]+)/g)].map((match) => match[1] ?? ''),
    }
  })
}
