// One self-contained page: no network, no build step, nothing but what stands in it. Its policy lets exactly one style and
// its own scripts run, by their hashes, and refuses every sink that turns text into markup.
import {hash} from 'node:crypto'
import {printableJson} from '../terminal.js'
import {BEHAVIOUR} from './behaviour.js'
import {html, markupText, type Html} from './markup.js'
import {THEME} from './theme.js'

function source(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`
}

function policy(scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(source).join(' ')}`,
    `style-src ${source(THEME)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

export interface PageScript {
  readonly text: string
  /** So that another script finds it. */
  readonly id?: string
}

export interface Page {
  readonly title: string
  /** Stands inside <main>. Without JavaScript everything is there, only filter, sort and copy are not. */
  readonly body: Html
  /** Fixed texts that run after that of every page; nothing from traffic may be in them. */
  readonly scripts?: readonly PageScript[]
  /** Values for those scripts, as JSON in an element that does not run. */
  readonly data?: {readonly id: string; readonly value: unknown}
}

/** The whole document. */
export function pageText({title, body, scripts = [], data}: Page): string {
  const all: readonly PageScript[] = [{text: BEHAVIOUR}, ...scripts]
  for (const {text} of all) {
    if (/<\/?script|<!--/i.test(text)) throw new Error('a script of a page holds text that would end its element')
  }
  // a title is escapable text: references in it mean what they mean elsewhere
  const head = markupText(html`<title>${title}</title>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(all.map(({text}) => text))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${head}
<style>${THEME}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<main id="content">
${markupText(body)}
</main>
<p id="said" class="sr" role="status"></p>
${data === undefined ? '' : dataElement(data)}${all.map(scriptElement).join('\n')}
</body>
</html>
`
}

function scriptElement({text, id}: PageScript): string {
  if (id !== undefined && !ID.test(id)) throw new Error('an id of lower-case letters is wanted')
  return `<script${id === undefined ? '' : ` id="${id}"`}>${text}</script>`
}

const ID = /^[a-z]+$/

/** No `<` is left that could end the element or begin a comment, and nothing that reorders text. */
function dataElement({id, value}: {readonly id: string; readonly value: unknown}): string {
  if (!ID.test(id)) throw new Error('an id of lower-case letters is wanted')
  const text = printableJson(JSON.stringify(value)).replaceAll('<', '\\u003c')
  return `<script type="application/json" id="${id}">${text}</script>\n`
}
