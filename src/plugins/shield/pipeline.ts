// Which pipeline a content takes, by its declared type and, where that says nothing, by its first bytes; and
// its bytes as a text whose places are those of the bytes, so that what is not changed stays as it came.
import {Buffer} from 'node:buffer'
import {wideOf} from '../../lib/body/wide-text.js'
import {byteOrderMark, charsetNamed, charsetsInside, charsetsOf, decoderOf} from '../../lib/charset.js'

export type Pipeline = 'html' | 'xhtml' | 'svg' | 'js'

const SCRIPT = /^(?:text|application)\/(?:x-)?(?:java|ecma)script$/
/** Says nothing: browsers look at the bytes (WHATWG MIME Sniffing, section 5.1). */
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
  const {text} = readingOf(bytes.subarray(0, SNIFFED), wideBy(bytes) ?? 'plain')
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

/** How bytes may be read: two bytes a letter, letters behind escapes, or as they are. */
export type Letters = 'utf-16le' | 'utf-16be' | 'iso-2022-jp' | 'plain'

/** Every way in which a browser or another reader may take the bytes, the likeliest first; as they are is one of them. */
export function lettersOf(bytes: Buffer, contentType: string): readonly Letters[] {
  const own = wideBy(bytes)
  // a mark outranks what is declared (WHATWG Encoding section 6)
  if (own === 'plain') return [own]
  const results = new Set<Letters>(own === undefined ? [] : [own])
  // a page that names a wide set in itself is read by no browser as that (HTML, prescan)
  const inside = charsetsInside(bytes, 'text/html')
    .flatMap(lettersNamed)
    .filter((one) => one === 'iso-2022-jp')
  const declared = [...charsetsOf(contentType).flatMap(lettersNamed), ...inside]
  // letters of ISO 2022 are ASCII bytes: no place in them means anything before they are decoded
  if (declared.includes('iso-2022-jp') && own === undefined) results.add('iso-2022-jp')
  results.add('plain')
  for (const one of declared) results.add(one)
  return [...results]
}

function lettersNamed(label: string): readonly Letters[] {
  const charset = charsetNamed(label)
  if (charset.kind === 'decoder') return /2022-?jp$/.test(charset.label) ? ['iso-2022-jp'] : []
  if (charset.kind !== 'wide' || charset.size !== 2) return []
  return [charset.order === 'big' ? 'utf-16be' : 'utf-16le']
}

export function readingOf(bytes: Buffer, letters: Letters): Reading {
  switch (letters) {
    case 'utf-16le':
    case 'utf-16be':
      return wideReading(bytes, letters === 'utf-16le')
    case 'iso-2022-jp':
      return {
        unit: undefined,
        text: decoderOf(letters)?.decode(bytes) ?? bytes.toString('latin1'),
        // a mark tells every browser, whatever is declared
        bytes: (text) => Buffer.from(`\ufeff${text}`, 'utf8'),
      }
    case 'plain':
      return {unit: 1, text: bytes.toString('latin1'), bytes: (text) => Buffer.from(text, 'latin1')}
  }
}

/** What the bytes themselves say. */
function wideBy(bytes: Buffer): Letters | undefined {
  if (byteOrderMark(bytes) === 'utf-8') return 'plain'
  const wide = wideOf(bytes)
  return wide?.size === 2 ? (wide.little ? 'utf-16le' : 'utf-16be') : undefined
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
