// Escapes of mail: quoted-printable and encoded words. A reading apart from other escapes, since `card=4111` of a form is one
// to it: what is undone here must hide nothing from those who look at the text without it.
import {isUtf8} from 'node:buffer'
import {readingsOf} from '../body/readings.js'
import {createRewriter, type Rewritten} from './rewritten.js'

// a line of a program may end in `=` as well: a soft line end stands inside a word. Every alternative begins with the sign, which
// is rare enough to look for
const ESCAPE =
  /=(?:(?<=\S=)\r?\n(?=\S)|[0-9A-F]{2}(?:=[0-9A-F]{2})+|(?<=[A-Za-z]=)[2-7][0-9A-F](?=[A-Za-z_])|\?[\w-]{1,40}\?[BbQq]\?[^?\s]{0,1000}\?=(?:\s{1,4}(?==\?))?)/g
const WORD = /^=\?([^?]*)\?([BbQq])\?([^?]*)\?=/

/** undefined where there is nothing to undo. */
export function withoutMailEscapes(text: string): Rewritten | undefined {
  if (!text.includes('=')) return undefined
  const rewriter = createRewriter(text)
  for (const {index, 0: escape} of text.matchAll(ESCAPE)) {
    const by = meaning(escape)
    if (by !== undefined) rewriter.replace(index, index + escape.length, by, 'mail')
  }
  const done = rewriter.done()
  return done.edits.length === 0 ? undefined : done
}

function meaning(escape: string): string | undefined {
  const word = WORD.exec(escape)
  if (word === null) return quoted(escape.replace(/[^0-9A-F]/g, ''))
  const [, charset = '', encoding = '', content = ''] = word
  // a false character set must not hide the words: every reading stands on a line
  if (/^b$/i.test(encoding)) return readingsOf(Buffer.from(content, 'base64'), `charset=${charset}`).texts.join('\n')
  return content
    .replaceAll('_', ' ')
    .replace(/(?:=[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'))
}

/** Bytes that nobody would escape are the beginning of a value. */
function quoted(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
