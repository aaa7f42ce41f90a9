// Which pipeline a content takes, by its declared type and, where that says nothing, by its first bytes (scanning §11); and
// its bytes as a text whose places are those of the bytes, so that what is not changed stays as it came.
import {Buffer} from 'node:buffer'
import {charsetOf, decodeText} from '../../lib/charset.js'

export type Pipeline = 'html' | 'xhtml' | 'svg' | 'js'

const SCRIPT = /^(?:text|application)\/(?:x-)?(?:java|ecma)script$/
/** Says nothing: browsers look at the bytes (WHATWG MIME Sniffing §5.1). */
const UNKNOWN = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/unknown',
  'unknown/unknown',
])

/** `sniff`: only the bytes can tell. */
export function declaredPipeline(mediaType: string): Pipeline | 'sniff' | undefined {
  if (mediaType === 'text/html') return 'html'
  if (mediaType === 'application/xhtml+xml') return 'xhtml'
  if (mediaType === 'image/svg+xml') return 'svg'
  if (SCRIPT.test(mediaType)) return 'js'
  return UNKNOWN.has(mediaType) ? 'sniff' : undefined
}

const SNIFFED = 1_024
const HTML = /^(?:<!--|<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>])/i

export function pipelineOf(mediaType: string, bytes: Buffer): Pipeline | undefined {
  const declared = declaredPipeline(mediaType)
  if (declared !== 'sniff') return declared
  const wide = wideOf(bytes, '')
  const {text} = readingOf(bytes.subarray(0, SNIFFED), wide ?? '')
  const start = text.replace(/^(?:\ufeff|\xef\xbb\xbf)?[\t\n\f\r ]*/, '')
  if (/^<svg[\s>]/i.test(start) || (/^<(?:\?xml|!--|!doctype svg)/i.test(start) && /<(?:\w+:)?svg[\s>]/i.test(start)))
    return 'svg'
  return HTML.test(start) ? 'html' : undefined
}

export interface Reading {
  readonly text: string
  /** Bytes per unit of the text; undefined where they have no fixed relation. */
  readonly unit: 1 | 2 | undefined
  /** The bytes of a changed text. */
  bytes(text: string): Buffer
}

/** `charset`: what the content type declares. */
export function readingOf(bytes: Buffer, charset: string): Reading {
  const wide = wideOf(bytes, charset)
  if (wide !== undefined) return wideReading(bytes, wide === 'utf-16le')
  // letters of these are ASCII bytes: no place in the bytes means anything before they are decoded
  const stateful = statefulCharset(bytes, charset)
  if (stateful !== undefined) {
    return {
      unit: undefined,
      text: decodeText(bytes, `text/html; charset=${stateful}`, false),
      // a mark tells every browser, whatever is declared
      bytes: (text) => Buffer.from(`\ufeff${text}`, 'utf8'),
    }
  }
  return {unit: 1, text: bytes.toString('latin1'), bytes: (text) => Buffer.from(text, 'latin1')}
}

/** A mark outranks what is declared (WHATWG Encoding §6). */
function wideOf(bytes: Buffer, charset: string): 'utf-16le' | 'utf-16be' | undefined {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0xef && b === 0xbb && bytes[2] === 0xbf) return undefined
  // the beginning of markup, two bytes a letter
  if (a === 0x3c && b === 0) return 'utf-16le'
  if (a === 0 && b === 0x3c) return 'utf-16be'
  const label = charset.toLowerCase()
  if (/^(?:utf-16be|unicodefffe)$/.test(label)) return 'utf-16be'
  return /^(?:utf-16(?:le)?|unicode|ucs-2|iso-10646-ucs-2|unicodefeff|csunicode)$/.test(label) ? 'utf-16le' : undefined
}

function wideReading(bytes: Buffer, little: boolean): Reading {
  const whole = bytes.subarray(0, bytes.length & ~1)
  const rest = bytes.subarray(whole.length)
  const turned = little ? whole : Buffer.from(whole).swap16()
  return {
    unit: 2,
    text: turned.toString('utf16le'),
    bytes(text) {
      const out = Buffer.from(text, 'utf16le')
      return Buffer.concat([little ? out : out.swap16(), rest])
    },
  }
}

function statefulCharset(bytes: Buffer, charset: string): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return undefined
  const head = bytes.toString('latin1', 0, SNIFFED)
  const declared = charset === '' ? (/charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1] ?? '') : charset
  return /^(?:iso-2022-jp|csiso2022jp)$/i.test(declared) ? 'iso-2022-jp' : undefined
}

export function charsetOfType(contentType: string): string {
  return charsetOf(contentType) ?? ''
}
