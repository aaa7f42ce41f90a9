// Bytes of a document as text: the declared character set, else the byte-order mark, else what the document says of
// itself, else UTF-8 with replacement characters. Never throws.
import {trimOws} from './ows.js'

const PRESCAN_BYTES = 1_024

export function decodeText(bytes: Buffer, contentType: string, isHtml: boolean): string {
  return (
    decodeAs(bytes, charsetOf(contentType)) ??
    decodeAs(bytes, byteOrderMark(bytes)) ??
    decodeAs(bytes, isHtml ? metaCharset(bytes) : undefined) ??
    new TextDecoder('utf-8').decode(bytes)
  )
}

/** Media type without parameters, lower case. */
export function mediaType(contentType: string): string {
  return trimOws(contentType.split(';', 1)[0] ?? '').toLowerCase()
}

/** Pictures, sound, films and fonts hold no text that a model is given to read; what is XML does (scanning §7.1). */
export function isTextType(mediaType: string): boolean {
  return !/^(?:image|audio|video|font)\//.test(mediaType) || mediaType.endsWith('+xml')
}

/** The declared character set, as written. */
export function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([A-Za-z0-9._:-]+)/i.exec(contentType)?.[1]
}

export function byteOrderMark(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return undefined
}

function metaCharset(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, Math.min(PRESCAN_BYTES, bytes.length))
  return /<meta[^>]{0,256}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)/i.exec(head)?.[1]
}

function decodeAs(bytes: Buffer, label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return undefined // a label that nobody knows
  }
}
