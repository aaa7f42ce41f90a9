// One element that may be hidden, while it is open: what is in it, and what stays of it if it turns out to be a trap. Where
// a cut would change how the rest of the page is read only its bare tags stay.
import {Edits} from './markup/edits.js'
import type {HtmlAttribute, HtmlElement, HtmlTag, Place, ReaderState} from './markup/html-reader.js'
import {speaks, spokenBy, type Hiding} from './hidden.js'
import {INSTRUCTION_WORDS} from './rules.js'

/** Longer than the longest word that is looked for, so that none is missed between two runs of text. */
const OVERLAP = 16

class Words {
  #tail = ''
  events = false

  add(chars: string): void {
    if (this.events) return
    const text = this.#tail + chars
    this.events = INSTRUCTION_WORDS.test(text)
    this.#tail = text.slice(-OVERLAP)
  }
}

export interface RegionStart {
  readonly hiding: Exclude<Hiding, undefined>
  readonly tag: HtmlTag
  readonly place: Place
  /** Of the reader before the tag. */
  readonly state: ReaderState | undefined
  /** Changes before the tag. */
  readonly from: number
}

export class Region {
  readonly start: RegionStart
  /** Elements made from its tag that are open: a tag that styles text can make several. */
  open = 0
  readonly bare = new Edits()
  #hasText = false
  readonly #all = new Words()
  /** Without what is hidden inside and goes anyway. */
  readonly #left = new Words()

  constructor(start: RegionStart) {
    this.start = start
    // a hidden button has a name, which nobody hears; orders in it are for somebody
    for (const text of spokenBy(start.tag.attrs)) {
      this.#all.add(` ${text} `)
      if (INSTRUCTION_WORDS.test(text)) this.#hasText = true
    }
  }

  isMadeBy({attrs}: HtmlElement): boolean {
    return attrs === this.start.tag.attrs
  }

  tag(tag: HtmlTag, place: Place, source: string): void {
    this.bare.replace(place.startOffset, place.endOffset, bareTag(tag, place, source))
    if (speaks(tag.attrs)) this.#hasText = true
    for (const text of spokenBy(tag.attrs)) this.#all.add(` ${text} `)
  }

  endTag(place: Place, source: string): void {
    this.bare.replace(place.startOffset, place.endOffset, `</${nameAt(source, place.startOffset + 2)}>`)
  }

  remove(place: Place): void {
    this.bare.replace(place.startOffset, place.endOffset, '')
  }

  /** `isLeft`: not inside something else that goes. */
  text(chars: string, place: Place, isCode: boolean, isLeft: boolean): void {
    this.remove(place)
    if (isCode) return
    if (!this.#hasText && /\S/.test(chars)) this.#hasText = true
    this.#all.add(chars)
    if (isLeft) this.#left.add(chars)
  }

  /** Hidden elements without a word are everyday furniture: menus to be filled, drawings to be used elsewhere. */
  get isTrap(): boolean {
    return this.start.hiding === 'hidden' ? this.#hasText : this.#all.events || this.#left.events
  }
}

const TAG_NAME = /[^\t\n\f\r />]*/y

/** Attributes by which a tag changes how what follows it is read. */
const STRUCTURAL: Readonly<Record<string, readonly string[]>> = {
  font: ['color', 'face', 'size'],
  'annotation-xml': ['encoding'],
  input: ['type'],
}

export function bareTag(tag: HtmlTag, place: Place, source: string, hidden = false): string {
  const kept = (STRUCTURAL[tag.tagName] ?? []).map((requested) => structural(tag.attrs, requested)).join('')
  return `<${nameAt(source, place.startOffset + 1)}${kept}${hidden ? ' hidden' : ''}${tag.selfClosing ? '/' : ''}>`
}

/** As written: the reader has other names for some. */
function nameAt(source: string, at: number): string {
  TAG_NAME.lastIndex = at
  return TAG_NAME.exec(source)?.[0] ?? ''
}

function structural(attrs: readonly HtmlAttribute[], requested: string): string {
  const attr = attrs.find(({name}) => name === requested)
  if (!attr) return ''
  const value = /^(?:hidden|text\/html|application\/xhtml\+xml)$/i.exec(attr.value)?.[0] ?? ''
  return value === '' ? ` ${requested}` : ` ${requested}="${value}"`
}
