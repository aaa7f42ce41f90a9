// Which elements no reader sees: by their own attributes, by their inline style, by the style sheets of the document
// (scanning §11).
import {hidesText, readDeclarations, type Declarations} from '../../lib/markup/css-visibility.js'
import type {HidingRules, StyledElement} from '../../lib/markup/css-rules.js'

interface Attribute {
  readonly name: string
  readonly value: string
}

/** `maybe`: hidden from some readers only; its words decide. */
export type Hiding = 'hidden' | 'maybe' | undefined

/** Not texts of the page, or the page itself, which many hide until their scripts have run. */
const NEVER = new Set(
  (
    'html head body frameset script style template title meta link base noscript area br col embed hr img image input ' +
    'param source track wbr'
  ).split(' '),
)
/** Presentation attributes of SVG that are properties of CSS. */
const PROPERTIES = new Set(['display', 'visibility', 'opacity', 'fill-opacity', 'font-size'])

export function hidingOf(
  name: string,
  attrs: readonly Attribute[],
  rules: HidingRules | undefined,
  ancestor: (at: number) => StyledElement | undefined,
): Hiding {
  if (attrs.length === 0 && rules === undefined) return undefined
  if (NEVER.has(name)) return undefined
  let isAria = false
  let style: Map<string, string> | undefined
  let [id, classes] = ['', '']
  for (const attr of attrs) {
    const {value} = attr
    switch (attr.name) {
      case 'hidden':
        return 'hidden'
      case 'aria-hidden':
        isAria = value.trim().toLowerCase() === 'true'
        break
      case 'style':
        style = new Map([...(style ?? []), ...readDeclarations(value)])
        break
      case 'class':
        classes = value
        break
      case 'id':
        id = value
        break
      default:
        if (PROPERTIES.has(attr.name)) style = new Map([[attr.name, value.trim().toLowerCase()], ...(style ?? [])])
    }
  }
  if (style !== undefined && hidesText(style satisfies Declarations)) return 'hidden'
  if (rules !== undefined && rules.size > 0 && rules.hides(styled(name, id, classes), ancestor)) return 'hidden'
  return isAria ? 'maybe' : undefined
}

export function styled(name: string, id: string, classes: string): StyledElement {
  return {name: name.toLowerCase(), id, classes: new Set(classes.split(/\s+/).filter((part) => part !== ''))}
}

/** An element as style sheets see it. */
export function styledElement(name: string, attrs: readonly Attribute[]): StyledElement {
  const value = (wanted: string): string => attrs.find((attr) => attr.name === wanted)?.value ?? ''
  return styled(name, value('id'), value('class'))
}

/** Attributes that are read to somebody. */
const SPEAKING = new Set([
  'alt',
  'title',
  'aria-label',
  'aria-description',
  'placeholder',
  'summary',
  'content',
  'value',
])

export function speaks(attrs: readonly Attribute[]): boolean {
  return attrs.some(({name, value}) => SPEAKING.has(name) && value.trim() !== '')
}

/** One picture of at most one point, which nobody is meant to see. */
export function isPixel(attrs: readonly Attribute[]): boolean {
  let [width, height]: (string | undefined)[] = []
  for (const {name, value} of attrs) {
    if (name === 'width') width = value
    else if (name === 'height') height = value
    else if (name === 'style') {
      const style = readDeclarations(value)
      width ??= style.get('width')
      height ??= style.get('height')
    }
  }
  return isPoint(width) && isPoint(height)
}

function isPoint(value: string | undefined): boolean {
  return value !== undefined && /^\s*\+?0*[01](?:\.\d*)?\s*(?:px)?\s*$/i.test(value) && Number.parseFloat(value) <= 1
}

export function isPrefetch(attrs: readonly Attribute[], isAggressive: boolean): boolean {
  const rel = attrs.find(({name}) => name === 'rel')?.value ?? ''
  const kinds = isAggressive ? /^(?:prefetch|prerender|dns-prefetch|preconnect)$/i : /^(?:prefetch|prerender)$/i
  return rel.split(/\s+/).some((kind) => kinds.test(kind))
}
