// Commands on a page, each with what it does.
import {html, type Html} from './markup.js'

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
