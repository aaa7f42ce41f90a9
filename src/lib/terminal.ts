// Text from traffic, files or the network is shown quoted and escaped: control characters move the cursor, bidirectional
// ones reorder what a reader believes to see.

const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/** What composes with a character before it stands behind that one; all else that is not NFC is so by itself. */
const CLUSTER = /[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]+|[^\u0000-\u007f]/gu
/** More marks on one character than any language has. To bring a run of them into its form costs the square of its length. */
const ENDLESS = /\p{M}{31,}/gu

/**
 * Replaces control, invisible and bidirectional characters by \xNN or \u{…}, and what is not in normal form C: two names
 * that differ in nothing else look the same.
 */
export function printable(text: string): string {
  return shownApart(text.toWellFormed(), inBraces).replace(UNSAFE, (c) => {
    const code = c.codePointAt(0) ?? 0
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : inBraces(c)
  })
}

const inBraces = (c: string): string => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`

/** A text whose normal form it is not itself gets escapes for what the form would change. */
function shownApart(given: string, escape: (c: string) => string): string {
  const escaped = (part: string): string => part.replace(/[^\u0000-\u007f]/gu, escape)
  const text = given.replace(ENDLESS, escaped)
  if (text.normalize('NFC') === text) return text
  const shown = text.replace(CLUSTER, (part) => (part.normalize('NFC') === part ? part : escaped(part)))
  // scripts to come may compose in other ways
  return shown.normalize('NFC') === shown ? shown : escaped(shown)
}

/** As printable, and in ASCII only: a look-alike of another script cannot stand for a familiar name. */
export function plainText(text: string): string {
  return printable(text).replace(/[^\u0020-\u007e]/gu, inBraces)
}

/** The text in double quotes, escaped, cut to `max` characters. */
export function quoted(text: string, max = 200): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text
  return `"${printable(cut).replace(/"/g, '\\"')}"`
}

/** A JSON text with the same meaning, but safe to show: what `printable` escapes stands as \\uXXXX. */
export function printableJson(json: string): string {
  return shownApart(json, inUnits).replace(UNSAFE, (c) => {
    if (c === '\n') return c // white space between members; inside strings it is escaped already
    return inUnits(c)
  })
}

const inUnits = (c: string): string =>
  Array.from({length: c.length}, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')

/** Whether text for a terminal may be coloured. FORCE_COLOR wins, as in Node; see https://no-color.org for the other. */
export function hasColour(env: Readonly<Record<string, string | undefined>>): boolean {
  const {FORCE_COLOR: forced, NO_COLOR: refused, TERM: term} = env
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return (refused === undefined || refused === '') && term !== 'dumb'
}

/** True where questions may be menus: the terminal can move its cursor, and colours are not refused. */
export function hasMenus({NO_COLOR: refused, TERM: term}: Readonly<Record<string, string | undefined>>): boolean {
  return (refused === undefined || refused === '') && term !== 'dumb'
}
