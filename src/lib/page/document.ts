// One self-contained page: no network, no build step, nothing but what stands in it. Its policy lets exactly one style and
// one script run, by their hashes, and refuses every sink that turns text into markup.
import {hash} from 'node:crypto'
import {BEHAVIOUR} from './behaviour.js'
import {html, markupText, type Html} from './markup.js'
import {THEME} from './theme.js'

function source(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`
}

const POLICY = [
  "default-src 'none'",
  `script-src ${source(BEHAVIOUR)}`,
  `style-src ${source(THEME)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** The whole document. `body` stands inside <main>. Without JavaScript everything is there, only filter, sort and copy are not. */
export function pageText(page: {readonly title: string; readonly body: Html}): string {
  // a title is escapable text: references in it mean what they mean elsewhere
  const title = markupText(html`<title>${page.title}</title>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${title}
<style>${THEME}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<main id="content">
${markupText(page.body)}
</main>
<p id="said" class="sr" role="status"></p>
<script>${BEHAVIOUR}</script>
</body>
</html>
`
}
