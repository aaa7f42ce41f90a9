// Escapes of mail: quoted-printable and encoded words. A reading apart from other escapes, since `card=4111` of a form is one
// to it: what is undone here must hide nothing from those who look at the text without it.
import {isUtf8} from 'node:buffer'
import {wideSteps} from '../body/wide-text.js'
import {charsetNamed, decoderOf} from '../charset.js'
import {atOnce} from '../slices.js'
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
  // a decoder costs more than the words that one is for
  const readers = new Map<string, Reader>()
  const readerOf = (charset: string): Reader => {
    const reader = readers.get(charset) ?? createReader(charset)
    readers.set(charset, reader)
    return reader
  }
  for (const {index, 0: escape} of text.matchAll(ESCAPE)) {
    const by = meaning(escape, readerOf)
    if (by !== undefined) rewriter.replace(index, index + escape.length, by, 'mail')
  }
  const done = rewriter.done()
  return done.edits.length === 0 ? undefined : done
}

type Reader = (bytes: Buffer) => string

function meaning(escape: string, readerOf: (charset: string) => Reader): string | undefined {
  const word = WORD.exec(escape)
  if (word === null) return quoted(escape.replace(/[^0-9A-F]/g, ''))
  const [, charset = '', encoding = '', content = ''] = word
  if (/^b$/i.test(encoding)) return readerOf(charset)(Buffer.from(content, 'base64'))
  return content
    .replaceAll('_', ' ')
    .replace(/(?:=[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'))
}

/** Bytes that nobody would escape are the beginning of a value. */
function quoted(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** A false character set must not hide the words: each reading stands on a line, UTF-8 always one of them. */
function createReader(charset: string): Reader {
  const named = charsetNamed(charset.toLowerCase())
  const others: Reader[] = []
  if (named.kind === 'wide') {
    for (const little of named.order === undefined ? [true, false] : [named.order === 'little']) {
      others.push((bytes) => atOnce(wideSteps(bytes, {size: named.size, little})))
    }
  } else if (named.kind === 'decoder') {
    const decoder = decoderOf(named.label)
    if (decoder !== undefined) others.push((bytes) => decoder.decode(bytes))
  }
  return (bytes) => [...new Set([bytes.toString('utf8'), ...others.map((other) => other(bytes))])].join('\n')
}
