// A page while it is being read: every event of the reader becomes the changes that this place needs.
import {Edits} from './markup/edits.js'
import type {HidingRules} from './markup/css-rules.js'
import type {StyledElement} from './markup/css-selectors.js'
import type {HtmlElement, HtmlEvents, HtmlPosition, HtmlTag, Place, ReaderState} from './markup/html-reader.js'
import {hidingOf, isPixel, isPrefetch, styledElement} from './hidden.js'
import type {Removals} from './removals.js'
import {bareTag, Region} from './region.js'
import {isTrapComment, type Rules} from './rules.js'
import {neutraliseScript, scriptSteps} from './script.js'
import {neutraliseUrls} from './urls.js'
import {neutraliseValue, quoted} from './values.js'

export interface PageOptions {
  readonly rules: Rules
  readonly removals: Removals
  readonly hiding: HidingRules | undefined
  /** Content of `noscript`, and documents in attributes, as they may stay. */
  readonly nested: (kind: 'noscript' | 'srcdoc', source: string) => Generator<undefined, string>
}

const HTML = 'http://www.w3.org/1999/xhtml'
const RAW = new Set(['script', 'style', 'noscript'])
/** Scripts that run; others are data. */
const RUNS = /^\s*(?:module|(?:text|application)\/(?:x-)?(?:java|ecma)script|)\s*(?:;.*)?$/i
const CODE = new Set(['script', 'style', 'template'])

export class Page implements HtmlEvents {
  readonly edits = new Edits()
  /** Where scripts of ours may stand: before everything that runs. */
  injectAt = 0
  nonce = ''
  readonly #source: string
  readonly #position: HtmlPosition
  readonly #options: PageOptions
  /** At most two: one that is hidden for sure, inside one that may be. */
  readonly #regions: Region[] = []
  readonly #gone = new WeakMap<HtmlElement['attrs'], HtmlTag>()
  readonly #frames: Place[] = []
  readonly #pending: Generator<undefined, void>[] = []
  readonly #hasUrls: boolean
  #next: Region | undefined
  #removal: {readonly state: ReaderState | undefined; readonly from: number} | undefined
  #raw: {readonly name: string; readonly from: number; readonly runs: boolean} | undefined
  #hasHead = false

  constructor(source: string, position: HtmlPosition, options: PageOptions) {
    this.#source = source
    this.#position = position
    this.#options = options
    const {probing, tracking, trackingDomains} = options.rules
    this.#hasUrls = (probing && /extension:\/\//i.test(source)) || (tracking && trackingDomains.size > 0)
    if (source.startsWith('\ufeff')) this.injectAt = 1
    if (source.startsWith('\xef\xbb\xbf')) this.injectAt = 3
  }

  startTag(tag: HtmlTag, place: Place, attribute: (name: string) => Place | undefined): void {
    const {rules, removals: matches} = this.#options
    const {tagName, attrs} = tag
    const from = this.edits.count
    for (const region of this.#regions) region.tag(tag, place, this.#source)
    if (rules.tracking && attrs.length > 0 && isTracker(tagName, attrs, rules)) {
      matches.add('tracking', sizeOf(place))
      this.#removal = {state: this.#position.state(), from}
      return
    }
    for (const {name, value} of attrs) {
      const at = attribute(name)
      if (name === 'srcdoc' && tagName === 'iframe') {
        const write = (safe: string): string => (at ? `${name}=${quoted(safe)}` : bareTag(tag, place, this.#source))
        this.#later(at ?? place, value, this.#options.nested('srcdoc', value), write)
        continue
      }
      const safe =
        name === 'ping' && rules.tracking && rules.strictness === 'aggressive'
          ? ''
          : neutraliseValue(name, value, rules, matches)
      if (safe === value) continue
      if (at) this.edits.replace(at.startOffset, at.endOffset, `${name}=${quoted(safe)}`)
      else this.edits.replace(place.startOffset, place.endOffset, bareTag(tag, place, this.#source))
      if (name === 'ping') matches.add('tracking', value.length)
    }
    if (tagName === 'script' && this.nonce === '') this.nonce = attrs.find(({name}) => name === 'nonce')?.value ?? ''
    if (!rules.traps || this.#regions.some((region) => region.start.hiding === 'hidden')) return
    const hiding = hidingOf(tagName, attrs, this.#options.hiding, (at) => this.#ancestor(at))
    if (hiding === undefined || (hiding === 'maybe' && this.#regions.length > 0)) return
    this.#next = new Region({hiding, tag, place, state: this.#position.state(), from})
  }

  started(tag: HtmlTag, place: Place, element: HtmlElement | undefined): void {
    const removal = this.#removal
    if (removal) {
      this.#removal = undefined
      // a picture ends the head of a page and decides about frames: where it does, an empty one stays
      if (removal.state && this.#position.isAt(removal.state)) this.edits.cut(place.startOffset, place.endOffset)
      else this.edits.replace(place.startOffset, place.endOffset, bareTag(tag, place, this.#source))
    }
    const region = this.#next
    this.#next = undefined
    this.#settle(place)
    if (region && region.open > 0) this.#regions.push(region)
    if (!element) {
      if (tag.tagName === 'frameset') this.#frames.push(place)
      return
    }
    if (element.namespaceURI === HTML && RAW.has(tag.tagName)) {
      const type = tag.attrs.find(({name}) => name === 'type')?.value ?? ''
      this.#raw = {name: tag.tagName, from: place.endOffset, runs: RUNS.test(type)}
    }
    if (!this.#hasHead) this.#findHead(tag, place)
  }

  endTag(tag: HtmlTag, place: Place): void {
    if (this.#raw?.name === tag.tagName) this.#rawText(place.startOffset)
    for (const region of this.#regions) region.endTag(place, this.#source)
  }

  ended(tag: HtmlTag, place: Place): void {
    this.#settle(place, tag)
  }

  text(chars: string, place: Place): void {
    this.#settle(place)
    const parent = this.#position.innermost
    const isCode = parent !== undefined && CODE.has(parent.tagName)
    const last = this.#regions.at(-1)
    for (const region of this.#regions) region.text(chars, place, isCode, region === last)
    if (this.#raw) return
    if (parent?.tagName === 'script' && parent.namespaceURI !== HTML) {
      const safe = neutraliseScript(chars, this.#options.rules, this.#options.removals)
      if (safe !== chars) this.edits.replace(place.startOffset, place.endOffset, quoted(safe).slice(1, -1))
    } else if (this.#hasUrls && chars.includes('//')) this.#plain(place)
  }

  comment(data: string, place: Place): void {
    for (const region of this.#regions) region.remove(place)
    if (isTrapComment(data, this.#options.rules)) {
      this.#options.removals.add('hidden_traps', sizeOf(place))
      this.edits.cut(place.startOffset, place.endOffset)
    } else if (this.#hasUrls && data.includes('//')) this.#plain(place, true)
  }

  doctype(place: Place): void {
    if (!this.#hasHead) this.injectAt = place.endOffset
  }

  opened(element: HtmlElement): void {
    if (this.#next?.isMadeBy(element)) this.#next.open++
    for (const region of this.#regions) if (region.isMadeBy(element)) region.open++
    const tag = this.#gone.get(element.attrs)
    if (!tag || this.#regions.some((region) => region.isMadeBy(element))) return
    // a tag that styles text continues behind the end of its parent, and hides what is there as well
    const at = {startOffset: this.#source.length, endOffset: this.#source.length}
    const region = new Region({hiding: 'hidden', tag, place: at, state: undefined, from: this.edits.count})
    region.open++
    this.#regions.push(region)
  }

  closed(element: HtmlElement): void {
    for (const region of this.#regions) if (region.isMadeBy(element)) region.open--
  }

  /** What is long is changed in steps of its own, once the page is read. */
  #later({startOffset, endOffset}: Place, content: string, steps: Generator<undefined, string>, write = asIs): void {
    const change = this.edits.reserve(startOffset, endOffset)
    this.#pending.push(
      (function* () {
        const safe = yield* steps
        if (safe !== content) change(write(safe))
      })(),
    )
  }

  /** Before `done`: what was left for later, and where the source is read whole the raw text that it ends in. */
  *finish(isWhole: boolean): Generator<undefined, void> {
    if (isWhole && this.#raw) this.#rawText(this.#source.length)
    for (const steps of this.#pending) {
      yield* steps
      yield
    }
  }

  /** The page, at the end of its source; whatever is open still ends here. `scripts`: what it gets besides. */
  *done(scripts = ''): Generator<undefined, string> {
    const {length} = this.#source
    for (let region = this.#regions.pop(); region; region = this.#regions.pop()) {
      this.#finish(region, length)
    }
    if (scripts !== '' && !this.#source.startsWith(scripts, this.injectAt)) {
      this.edits.replace(this.injectAt, this.injectAt, scripts)
    }
    // a page that has begun may have no frames any more, and must not be allowed some because what it began with is gone
    if (!this.edits.isEmpty)
      for (const {startOffset, endOffset} of this.#frames) this.edits.replace(startOffset, endOffset, '<frame>')
    return yield* this.edits.apply(this.#source)
  }

  /** Ends the regions whose elements are closed: at this end tag, or before this token. */
  #settle(place: Place, endTag?: HtmlTag): void {
    for (let i = this.#regions.length - 1; i >= 0; i--) {
      const region = this.#regions[i]
      if (!region || region.open > 0) continue
      this.#regions.splice(i, 1)
      if (endTag?.tagName === region.start.tag.tagName) this.#finish(region, place.endOffset, true)
      else this.#finish(region, place.startOffset)
    }
  }

  #finish(region: Region, end: number, isOwnEnd = false): void {
    if (!region.isTrap) return
    const {start} = region
    this.#options.removals.add('hidden_traps', Math.max(0, end - start.place.startOffset))
    this.edits.forget(start.from, end)
    if (isOwnEnd && start.state && this.#position.isAt(start.state)) {
      this.edits.cut(start.place.startOffset, end)
      return
    }
    if (start.place.startOffset < this.#source.length) {
      const {startOffset, endOffset} = start.place
      this.edits.replace(startOffset, endOffset, bareTag(start.tag, start.place, this.#source, true))
    }
    this.edits.add(region.bare, end)
    this.#gone.set(start.tag.attrs, start.tag)
  }

  #rawText(end: number): void {
    const raw = this.#raw
    this.#raw = undefined
    if (!raw || end <= raw.from) return
    const content = this.#source.slice(raw.from, end)
    const steps = raw.name === 'noscript' ? this.#options.nested('noscript', content) : this.#code(raw, content)
    this.#later({startOffset: raw.from, endOffset: end}, content, steps)
  }

  *#code({name, runs}: {readonly name: string; readonly runs: boolean}, content: string): Generator<undefined, string> {
    const {rules, removals: matches} = this.#options
    if (name !== 'style' && runs) return yield* scriptSteps(content, rules, matches)
    return neutraliseUrls(content, name === 'style' ? 'css' : 'script', rules, matches)
  }

  /** `whole`: a comment could end elsewhere by a change inside. */
  #plain({startOffset, endOffset}: Place, whole = false): void {
    const text = this.#source.slice(startOffset, endOffset)
    const safe = neutraliseUrls(text, 'plain', this.#options.rules, this.#options.removals)
    if (safe === text) return
    if (whole) this.edits.cut(startOffset, endOffset)
    else this.edits.replace(startOffset, endOffset, safe)
  }

  #ancestor(at: number): StyledElement | undefined {
    const element = this.#position.ancestor(this.#position.depth - 1 - at)
    return element && styledElement(element.tagName, element.attrs)
  }

  /** Right behind `<head>`, else `<html>`; behind a declaration of the character set, which has to come early. */
  #findHead({tagName, attrs}: HtmlTag, {startOffset, endOffset}: Place): void {
    if (tagName === 'html') this.injectAt = endOffset
    else if (tagName === 'head') this.injectAt = endOffset
    else {
      this.#hasHead = true
      const isCharset = attrs.some(({name, value}) => name === 'charset' || /^content-type$/i.test(value))
      if (tagName === 'meta' && isCharset && this.#source.slice(this.injectAt, startOffset).trim() === '')
        this.injectAt = endOffset
    }
  }
}

function asIs(safe: string): string {
  return safe
}

function isTracker(tagName: string, attrs: HtmlTag['attrs'], {strictness}: Rules): boolean {
  if (tagName === 'img' || tagName === 'image') return isPixel(attrs)
  return tagName === 'link' && isPrefetch(attrs, strictness === 'aggressive')
}

function sizeOf({startOffset, endOffset}: Place): number {
  return endOffset - startOffset
}
