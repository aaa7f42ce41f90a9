// The pipelines of XML: drawings, and pages written as XML. Elements nest, so what goes goes as a whole. A
// document ends where it has its first fault: there browsers stop too, and whoever reads on would read something else.
import {Edits} from './markup/edits.js'
import {readDeclarations} from './markup/css-visibility.js'
import {readHidingRules, type HidingRules} from './markup/css-rules.js'
import {readXml, resolved, type XmlAttribute, type XmlEvents, type XmlTag} from './markup/xml-reader.js'
import {withoutReferences} from './css.js'
import {drawingValue, forbidden} from './drawing.js'
import {hidingOf, isPixel, isPrefetch, speaks, styledElement} from './hidden.js'
import type {Category, Removals} from './removals.js'
import type {HtmlOptions} from './html.js'
import {isTrapComment, INSTRUCTION_WORDS, type Rules} from './rules.js'
import {neutraliseScript} from './script.js'
import {neutraliseUrls} from './urls.js'
import {neutraliseValue, quoted} from './values.js'

export type XmlKind = 'svg' | 'xhtml'

/** The document as it may be handed on; the same text where nothing has to change. */
export function* shieldXml(source: string, kind: XmlKind, options: XmlOptions): Generator<undefined, string> {
  if (source.trim() === '') return source
  const {traps, strictness} = options.rules
  const hasHiding = kind === 'svg' || (traps && strictness !== 'minimal')
  const hiding = hasHiding ? readHidingRules(yield* sheetsOf(source)) : undefined
  yield
  const page = new XmlPage(source, kind, hiding, options)
  const end = yield* readXml(source, page)
  yield
  return yield* page.done(end, options.isPartial ?? false)
}

export interface XmlOptions extends HtmlOptions {
  /** More follows: what is not finished at its end is no fault. */
  readonly isPartial?: boolean
}

interface Open {
  readonly tag: XmlTag
  readonly from: number
  readonly goes: Category | 'hidden' | 'maybe' | undefined
  hasText: boolean
  hasWords: boolean
}

class XmlPage implements XmlEvents {
  readonly #source: string
  readonly #kind: XmlKind
  readonly #rules: Rules
  readonly #counts: Removals
  readonly #injected: HtmlOptions['injected']
  readonly #hiding: HidingRules | undefined
  readonly #edits = new Edits()
  readonly #open: Open[] = []
  readonly #entities = new Set<string>()
  #injectAt = -1
  #nonce = ''

  constructor(
    source: string,
    kind: XmlKind,
    hiding: HidingRules | undefined,
    {rules, removals: matches, injected}: HtmlOptions,
  ) {
    this.#source = source
    this.#kind = kind
    this.#rules = rules
    this.#counts = matches
    this.#injected = kind === 'xhtml' ? injected : undefined
    this.#hiding = hiding
  }

  start(tag: XmlTag): void {
    const from = this.#edits.count
    const {local, attrs} = tag
    if (
      this.#kind === 'xhtml' &&
      this.#injectAt < 0 &&
      (local === 'head' || (local !== 'html' && this.#open.length > 0))
    )
      this.#injectAt = local === 'head' ? tag.end : tag.start
    if (local === 'script' && this.#nonce === '') this.#nonce = attrs.find(({name}) => name === 'nonce')?.value ?? ''
    for (const attr of attrs) this.#attribute(attr)
    const speaking = speaks(attrs)
    const goes = this.#goes(tag)
    this.#open.push({tag, from, goes, hasText: speaking, hasWords: false})
  }

  #goes({local, attrs, ...tag}: XmlTag): Open['goes'] {
    const {tracking, traps, strictness} = this.#rules
    if (this.#kind === 'svg') {
      const category = forbidden({local, attrs, ...tag})
      if (category) return category
    } else if (tracking) {
      if (local === 'img' && isPixel(attrs)) return 'tracking'
      if (local === 'link' && isPrefetch(attrs, strictness === 'aggressive')) return 'tracking'
    }
    if (this.#kind === 'xhtml' && !traps) return undefined
    // never drawn
    if (this.#kind === 'svg' && traps && (local === 'metadata' || local === 'desc')) return 'maybe'
    if (this.#kind === 'svg' && isWithoutInk(local, attrs)) return 'hidden'
    return hidingOf(local, attrs, this.#hiding, (at) => {
      const above = this.#open.at(-1 - at)?.tag
      return above && styledElement(above.local, above.attrs)
    })
  }

  end(_tag: XmlTag, _start: number, end: number): void {
    const open = this.#open.pop()
    if (!open || this.#finish(open, end)) return
    const parent = this.#open.at(-1)
    if (!parent) return
    parent.hasText ||= open.hasText
    parent.hasWords ||= open.hasWords
  }

  /** Whether it went. */
  #finish({tag, from, goes, hasText, hasWords}: Open, end: number): boolean {
    if (goes === undefined || (goes === 'hidden' && !hasText) || (goes === 'maybe' && !hasWords)) return false
    const isTrap = goes === 'hidden' || goes === 'maybe'
    const category = !isTrap ? goes : this.#kind === 'svg' && goes === 'hidden' ? 'svg_hidden_text' : 'hidden_traps'
    this.#counts.add(category, end - tag.start)
    this.#edits.forget(from, end)
    this.#edits.cut(tag.start, end)
    return true
  }

  text(start: number, end: number): void {
    const raw = this.#source.slice(start, end)
    const text = resolved(raw)
    const parent = this.#open.at(-1)?.tag.local
    if (parent !== 'script' && parent !== 'style') {
      this.#says(text)
      const safe = this.#withoutEntities(neutraliseUrls(raw, 'plain', this.#rules, this.#counts))
      if (safe !== raw) this.#edits.replace(start, end, safe)
      return
    }
    const safe = this.#withoutEntities(this.#code(parent, text))
    if (safe !== text) this.#edits.replace(start, end, quoted(safe).slice(1, -1))
  }

  cdata(start: number, end: number): void {
    const text = this.#source.slice(start + 9, end - 3)
    const parent = this.#open.at(-1)?.tag.local
    if (parent !== 'script' && parent !== 'style') this.#says(text)
    const safe = this.#code(parent, text)
    if (safe !== text) this.#edits.replace(start + 9, end - 3, safe.replaceAll(']]>', ']] >'))
  }

  #code(parent: string | undefined, text: string): string {
    if (parent === 'script') return neutraliseScript(text, this.#rules, this.#counts)
    const safe = neutraliseUrls(text, parent === 'style' ? 'css' : 'plain', this.#rules, this.#counts)
    return this.#kind === 'svg' && parent === 'style' ? withoutReferences(safe, this.#counts) : safe
  }

  #says(text: string): void {
    if (!/\S/.test(text)) return
    const open = this.#open.at(-1)
    if (!open) return
    open.hasText = true
    open.hasWords ||= INSTRUCTION_WORDS.test(text)
  }

  comment(start: number, end: number): void {
    if (!isTrapComment(this.#source.slice(start + 4, end - 3), this.#rules)) return
    this.#counts.add('hidden_traps', end - start)
    this.#edits.cut(start, end)
  }

  instruction(target: string, start: number, end: number): void {
    if (this.#kind !== 'svg' || target.toLowerCase() === 'xml') return
    this.#counts.add('svg_external_references', end - start)
    this.#edits.cut(start, end)
  }

  /** Declarations can put tags and attributes anywhere in a document, so none of them stays. */
  doctype(start: number, end: number, subset: readonly [number, number] | undefined): void {
    const whole = this.#source.slice(start, end)
    const isExternal = this.#kind === 'svg' && /\b(?:SYSTEM|PUBLIC)\b/i.test(whole) && !PUBLIC_DTD.test(whole)
    if (!subset && !isExternal) return
    const text = subset ? this.#source.slice(...subset) : ''
    for (const [, name = ''] of text.matchAll(/<!ENTITY\s+([^\s%"'<>&;]+)/g)) this.#entities.add(name)
    if (isExternal) this.#edits.cut(start, end)
    else if (subset) this.#edits.replace(...subset, '')
    this.#counts.add(this.#kind === 'svg' ? 'svg_external_references' : 'malformed_markup', text.length || whole.length)
  }

  #withoutEntities(text: string): string {
    if (this.#entities.size === 0 || !text.includes('&')) return text
    return text.replace(/&([^\s;&<]{1,256});/g, (all, name: string) => (this.#entities.has(name) ? '' : all))
  }

  #attribute(attr: XmlAttribute): void {
    const {name, value, start, end} = attr
    let safe: string | undefined = value
    if (this.#kind === 'svg') safe = drawingValue(attr, this.#counts)
    if (safe !== undefined) safe = this.#withoutEntities(neutraliseValue(name, safe, this.#rules, this.#counts))
    if (safe === undefined) this.#edits.replace(start, end, '')
    else if (safe !== value) this.#edits.replace(start, end, `${name}=${quoted(safe)}`)
  }

  *done(end: number, isPartial: boolean): Generator<undefined, string> {
    const {length} = this.#source
    // what goes and is not closed goes up to there
    for (let open = this.#open.pop(); open; open = this.#open.pop()) this.#finish(open, end)
    if (end < length && !isPartial) {
      this.#counts.add('malformed_markup', length - end)
      this.#edits.replace(end, length, '')
    }
    const scripts = this.#injected?.(this.#nonce) ?? ''
    const at = this.#injectAt
    if (scripts !== '' && at >= 0 && !this.#source.startsWith(scripts, at)) this.#edits.replace(at, at, scripts)
    return yield* this.#edits.apply(this.#source)
  }
}

/** A text that is neither filled nor outlined. */
function isWithoutInk(local: string, attrs: readonly XmlAttribute[]): boolean {
  if (local !== 'text' && local !== 'tspan') return false
  const value = (requested: string): string => attrs.find(({name}) => name === requested)?.value ?? ''
  const style = readDeclarations(value('style'))
  const [fill, stroke] = ['fill', 'stroke'].map((name) => style.get(name) ?? value(name).trim().toLowerCase())
  return /^(?:none|transparent)$/.test(fill ?? '') && /^(?:|none|transparent)$/.test(stroke ?? '')
}

/** The definition that drawing programs name, which nobody has to load. */
const PUBLIC_DTD = /(?:"https?:\/\/www\.w3\.org\/[^"]*"|'https?:\/\/www\.w3\.org\/[^']*')\s*(?:\[|>|$)/i

function* sheetsOf(source: string): Generator<undefined, readonly string[]> {
  const sheets: string[] = []
  let from = -1
  yield* readXml(source, {
    start: ({local, end}) => void (from = local === 'style' ? end : from),
    end({local}, start) {
      if (local === 'style' && from >= 0)
        sheets.push(resolved(source.slice(from, start)).replace(/<!\[CDATA\[|\]\]>/g, ''))
      if (local === 'style') from = -1
    },
    text() {},
    cdata() {},
    comment() {},
    instruction() {},
    doctype() {},
  })
  return sheets
}
