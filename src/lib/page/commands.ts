// Command lines on a page, ready to be copied into a shell. What is copied is what is seen: a word with anything but
// printable ASCII is written by its bytes, so that no invisible character rides along into a terminal.
import {html, type Html} from './markup.js'

/** One word of a POSIX shell; bytes beyond printable ASCII in the form that bash, zsh and ksh know. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text) && !text.startsWith('-')) return text
  if (/^[ -~]*$/.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`
  let out = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const plain = byte > 0x1f && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
    out += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `$'${out}'`
}

/** A command with what it does; the page adds a button that copies it. */
export function command(does: string, text: string, shape: 'line' | 'tall' = 'line'): Html {
  // a block that scrolls must be reachable by keys
  const code =
    shape === 'tall'
      ? html`<code tabindex="0" role="region" aria-label="${does}">${lines(text)}</code>`
      : html`<code>${lines(text)}</code>`
  return html`<p class="does">${does}</p>
    <div class="cmd${shape === 'tall' ? ' tall' : ''}" data-label="${does}">${code}</div>`
}

/** Line feeds of our own layout stay line feeds; those inside values were written by their bytes before. */
function lines(text: string): Html {
  return html`${text.split('\n').map((line, i) => (i === 0 ? html`${line}` : html` ${line}`))}`
}
