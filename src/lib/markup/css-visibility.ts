// Which declarations of CSS keep a text from being seen: not drawn, drawn with nothing, without size, outside the window,
// cut off, or in the colour of its ground. Values that only a layout could tell are taken as visible.

export type Declarations = ReadonlyMap<string, string>

/** Longer lists are read up to here; a browser reads on, so whoever hides behind it hides from nobody but itself. */
const MAX_DECLARATIONS = 200
const ESCAPE = /\\(?:([0-9a-f]{1,6})[ \t\n\r\f]?|([^\n\r\f0-9a-f]))/gi

/** Names and values in lower case, the last of each name; comments and escapes resolved. `important` is filled. */
export function readDeclarations(text: string, important?: Set<string>): Declarations {
  const results = new Map<string, string>()
  let plain = text.includes('/*') ? text.replace(/\/\*[^]*?(?:\*\/|$)/g, ' ') : text
  if (plain.includes('\\')) plain = unescapeCss(plain)
  let count = 0
  for (const part of plain.split(';')) {
    const colon = part.indexOf(':')
    if (colon < 0) continue
    if (++count > MAX_DECLARATIONS) break
    const name = part.slice(0, colon).trim().toLowerCase()
    const given = part
      .slice(colon + 1)
      .trim()
      .toLowerCase()
    const value = given.replace(/!\s*important$/, '').trim()
    if (name === '' || value === '') continue
    if (value.length < given.length) important?.add(name)
    else if (important?.has(name) === true) continue
    results.set(name, value)
  }
  return results
}

export function unescapeCss(text: string): string {
  return text.replace(ESCAPE, (_all, hex: string | undefined, other: string | undefined) =>
    hex === undefined ? (other ?? '') : String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff)),
  )
}

/** Properties that undo each other; `other` are those that are never undone here. */
export type Group = 'display' | 'visibility' | 'opacity' | 'other'

export interface Effect {
  readonly group: Group
  /** False: it shows what another declaration of the group hides. */
  readonly hides: boolean
  readonly isImportant: boolean
}

const GROUPS = ['display', 'visibility', 'opacity'] as const
/** What is not valid undoes nothing. */
const SHOWS: Readonly<Record<(typeof GROUPS)[number], RegExp>> = {
  display:
    /^(?:inline-|inline |block )?(?:block|inline|flex|grid|table|flow-root|list-item|contents|ruby|table-[a-z-]{3,12})$/,
  visibility: /^visible$/,
  opacity: /^(?:0?\.\d*[1-9]\d*|1(?:\.0*)?|[1-9]\d?%|100%)$/,
}

/** What declarations do to the text of an element, one group after the other. */
export function effectsOf(text: string): readonly Effect[] {
  const important = new Set<string>()
  const style = new Map(readDeclarations(text, important))
  const effects: Effect[] = []
  for (const group of GROUPS) {
    const value = style.get(group)
    if (value === undefined) continue
    style.delete(group)
    const hides = hidesText(new Map([[group, value]]))
    if (hides || SHOWS[group].test(value)) effects.push({group, hides, isImportant: important.has(group)})
  }
  return hidesText(style) ? [...effects, {group: 'other', hides: true, isImportant: false}] : effects
}

/** Whether the properties, as of one element, hide its text. */
export function hidesText(style: Declarations): boolean {
  const is = (name: string, ...values: string[]): boolean => values.includes(style.get(name) ?? '')
  if (is('display', 'none') || is('visibility', 'hidden', 'collapse') || is('content-visibility', 'hidden')) return true
  if (isNothing(style.get('opacity'), 0.05) || isNothing(style.get('fill-opacity'), 0.05)) return true
  if (/opacity\(\s*(?:0*\.?0+%?|)\s*\)/.test(style.get('filter') ?? '')) return true
  return isTiny(style) || isOutside(style) || isCutOff(style) || isInvisibleInk(style)
}

function isNothing(value: string | undefined, below: number): boolean {
  if (value === undefined) return false
  const number = Number.parseFloat(value)
  return value.endsWith('%') ? number / 100 <= below : number <= below
}

/** Pixels of a length; undefined where it is none, or of a unit that depends on something else. */
function pixels(value: string | undefined): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(px|pt|em|rem|ex|ch|vw|vh|cm|mm|in|%)?$/.exec(value ?? '')
  if (!match) return undefined
  const number = Number(match[1])
  switch (match[2]) {
    case undefined:
    case 'px':
      return number
    case 'pt':
      return number * 1.33
    case 'cm':
      return number * 37.8
    case 'mm':
      return number * 3.78
    case 'in':
      return number * 96
    case '%':
    case 'vw':
    case 'vh':
      return number * 10
    default:
      return number * 16
  }
}

function isTiny(style: Declarations): boolean {
  const size = style.get('font-size') ?? fontSize(style.get('font'))
  if (size !== undefined && (pixels(size) ?? 99) <= 1) return true
  const scale = /scale(?:x|y|3d)?\(\s*(-?[\d.]+)/.exec(`${style.get('transform') ?? ''} `)?.[1] ?? style.get('scale')
  if (scale !== undefined && Math.abs(Number.parseFloat(scale)) <= 0.01) return true
  const clips = [style.get('overflow'), style.get('overflow-x'), style.get('overflow-y')].some(
    (value) => value !== undefined && /hidden|clip|scroll|auto/.test(value),
  )
  if (!clips) return false
  return ['width', 'height', 'max-width', 'max-height'].some((name) => (pixels(style.get(name)) ?? 99) <= 1)
}

function fontSize(font: string | undefined): string | undefined {
  return font === undefined ? undefined : /(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%)?)(?:\/\S+)?\s+\S/.exec(font)?.[1]
}

const FAR = -500

function isOutside(style: Declarations): boolean {
  const far = (value: string | undefined): boolean => {
    const at = pixels(value)
    return at !== undefined && (at <= FAR || at >= 9_000)
  }
  if (far(style.get('text-indent')) || (pixels(style.get('letter-spacing')) ?? 0) <= -16) return true
  if (['margin-left', 'margin-top', 'margin-right'].some((name) => (pixels(style.get(name)) ?? 0) <= FAR)) return true
  const position = style.get('position')
  if (position !== undefined && position !== 'static') {
    if (['left', 'right', 'top', 'bottom', 'inset'].some((name) => far((style.get(name) ?? '').split(/\s/)[0])))
      return true
  }
  const moves = `${style.get('transform') ?? ''} ${style.get('translate') ?? ''}`
  for (const value of moves.match(/[+-]?[\d.]+(?:px|pt|em|rem|vw|vh|%)/g) ?? []) {
    const at = pixels(value)
    if (at !== undefined && (at <= FAR || at >= 9_000)) return true
  }
  return false
}

function isCutOff(style: Declarations): boolean {
  const clip = style.get('clip') ?? ''
  if (clip.startsWith('rect(')) {
    const edges = clip
      .slice(5, -1)
      .split(/[\s,]+/)
      .map((edge) => pixels(edge))
    const [top, right, bottom, left] = edges
    if (top !== undefined && bottom !== undefined && bottom - top <= 1) return true
    if (right !== undefined && left !== undefined && right - left <= 1) return true
  }
  const path = style.get('clip-path') ?? ''
  if (/^circle\(\s*0/.test(path) || /^polygon\(\s*0[^,]*,\s*0[^,]*,\s*0[^,)]*\)/.test(path)) return true
  const inset = /^inset\(\s*([\d.]+)%/.exec(path)?.[1]
  return inset !== undefined && Number(inset) >= 50
}

function isInvisibleInk(style: Declarations): boolean {
  const ink = style.get('-webkit-text-fill-color') ?? style.get('color')
  // letters that show the background through are still drawn
  if (ink === undefined || [style.get('background-clip'), style.get('-webkit-background-clip')].includes('text'))
    return false
  const colour = colourOf(ink)
  if (colour === 'transparent') return true
  const ground = style.get('background-color') ?? style.get('background')
  if (ground === undefined) return false
  return colour === colourOf(ground) && !/url\(|gradient/.test(ground)
}

const NAMED: Readonly<Record<string, string>> = {white: '#ffffff', black: '#000000', red: '#ff0000', gray: '#808080'}

/** One spelling per colour that has several; other spellings as they are. */
function colourOf(value: string): string {
  const call = /^(?:rgb|hsl)a?\(([^()]*)\)$/.exec(value)
  if (call) {
    const parts = (call[1] ?? '').split(/[\s,/]+/).filter((part) => part !== '')
    if (parts.length === 4 && isNothing(parts[3], 0.05)) return 'transparent'
    if (value.startsWith('rgb') && parts.slice(0, 3).every((part) => /^\d{1,3}$/.test(part)))
      return `#${parts
        .slice(0, 3)
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join('')}`
  }
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])([0-9a-f])?$/.exec(value)
  if (short) return short[4] === '0' ? 'transparent' : `#${[1, 2, 3].map((i) => (short[i] ?? '').repeat(2)).join('')}`
  if (/^#[0-9a-f]{6}00$/.test(value)) return 'transparent'
  return Object.hasOwn(NAMED, value) ? (NAMED[value] ?? value) : value
}
