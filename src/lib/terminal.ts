// Text from traffic, files or the network is shown quoted and escaped: control characters move the cursor, bidirectional
// ones reorder what a reader believes to see.

const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/** Replaces control, invisible and bidirectional characters by \xNN or \u{…}. */
export function printable(text: string): string {
  return text.toWellFormed().replace(UNSAFE, (c) => {
    const code = c.codePointAt(0) ?? 0
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** As printable, and in ASCII only: a look-alike of another script cannot stand for a familiar name. */
export function plainText(text: string): string {
  return printable(text).replace(/[^\u0020-\u007e]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The text in double quotes, escaped, cut to `max` characters. */
export function quoted(text: string, max = 200): string {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text
  return `"${printable(cut).replace(/"/g, '\\"')}"`
}

/** A JSON text with the same meaning, but safe to show: what moves a cursor or reorders text stands as \\uXXXX. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (c) => {
    if (c === '\n') return c // white space between members; inside strings it is escaped already
    return Array.from({length: c.length}, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
  })
}
