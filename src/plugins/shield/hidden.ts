// Which elements no reader sees: by their own attributes, by their inline style, by the style sheets of the document.
import type {HidingRules} from './markup/css-rules.js'
import type {StyledElement} from './markup/css-selectors.js'
import {effectsOf, hidesText, readDeclarations, type Declarations} from './markup/css-visibility.js'

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
/** May be closed without any attribute. */
const CLOSED = new Set(['dialog', 'noembed', 'noframes'])
/** Presentation attributes of SVG that are properties of CSS. */
const PROPERTIES = new Set(['display', 'visibility', 'opacity', 'fill-opacity', 'font-size'])

export function hidingOf(
  name: string,
  attrs: readonly Attribute[],
  rules: HidingRules | undefined,
  ancestor: (at: number) => StyledElement | undefined,
): Hiding {
  if (attrs.length === 0 && rules === undefined && !CLOSED.has(name)) return undefined
  if (NEVER.has(name)) return undefined
  let isAria = false
  let style: Map<string, string> | undefined
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
      default:
        if (PROPERTIES.has(attr.name)) style = new Map([[attr.name, value.trim().toLowerCase()], ...(style ?? [])])
    }
  }
  if (style !== undefined && hidesText(style satisfies Declarations)) return 'hidden'
  if (isHiddenByRules(name, attrs, rules, ancestor)) return 'hidden'
  return isAria || isClosed(name, attrs) ? 'maybe' : undefined
}

function isHiddenByRules(
  name: string,
  attrs: readonly Attribute[],
  rules: HidingRules | undefined,
  ancestor: (at: number) => StyledElement | undefined,
): boolean {
  if (rules === undefined || (rules.size === 0 && !rules.hasVariables)) return false
  const style = attrs.find((attr) => attr.name === 'style')?.value
  if (style?.includes('var(') === true && rules.resolved(style).some((one) => hidesText(readDeclarations(one))))
    return true
  return rules.hides(styledElement(name, attrs), style === undefined ? NOTHING : effectsOf(style), ancestor)
}

const NOTHING: readonly never[] = []

/** Elements that browsers show only when a script or a reader opens them, or never. */
function isClosed(name: string, attrs: readonly Attribute[]): boolean {
  if (name === 'noembed' || name === 'noframes') return true
  if (name === 'dialog') return !attrs.some((attr) => attr.name === 'open')
  return attrs.some((attr) => attr.name === 'popover')
}

/** An element as style sheets see it. */
export function styledElement(name: string, attrs: readonly Attribute[]): StyledElement {
  const attribute = (requested: string): string | undefined => attrs.find((attr) => attr.name === requested)?.value
  const classes = (attribute('class') ?? '').split(/\s+/).filter((part) => part !== '')
  return {
    name: name.toLowerCase(),
    id: attribute('id') ?? '',
    classes: new Set(classes),
    attributes: attrs.map((attr) => attr.name),
    attribute,
  }
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

/** What an element says without any text in it. */
export function spokenBy(attrs: readonly Attribute[]): readonly string[] {
  return attrs.flatMap(({name, value}) => (SPEAKING.has(name) ? [value] : []))
}

/** One picture of at most one point, which nobody is meant to see. */
export function isPixel(attrs: readonly Attribute[]): boolean {
  let [width, height]: (string | undefined)[] = []
  for (const {name, value} of attrs) {
    if (name === 'width') width = dimension(value)
    else if (name === 'height') height = dimension(value)
    else if (name === 'style') {
      const style = readDeclarations(value)
      width ??= style.get('width')
      height ??= style.get('height')
    }
  }
  return isPoint(width) && isPoint(height)
}

/** As attributes are read: a number, whatever stands behind it (HTML, section 2.3.4.4). */
function dimension(value: string): string {
  return /^[\t\n\f\r ]*\+?\d+(?:\.\d*)?(?![\d.%])/.exec(value)?.[0] ?? value
}

function isPoint(value: string | undefined): boolean {
  return value !== undefined && /^\s*\+?0*[01](?:\.\d*)?\s*(?:px)?\s*$/i.test(value) && Number.parseFloat(value) <= 1
}

export function isPrefetch(attrs: readonly Attribute[], isAggressive: boolean): boolean {
  const rel = attrs.find(({name}) => name === 'rel')?.value ?? ''
  const kinds = isAggressive ? /^(?:prefetch|prerender|dns-prefetch|preconnect)$/i : /^(?:prefetch|prerender)$/i
  return rel.split(/\s+/).some((kind) => kinds.test(kind))
}
