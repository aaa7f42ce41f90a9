// Media types and content codings of a message.
import type {Header} from './exchange.js'

const NONE: readonly string[] = []

/** Every type that a reader may use: some take the first field, some the last, some the last of a list. */
export function declaredTypes(headers: readonly Header[]): readonly string[] {
  let types: readonly string[] = NONE
  for (const [name, value] of headers) {
    if (!isContentType(name)) continue
    const listed = value.includes(',') ? value.split(',') : [value]
    types = types === NONE ? listed : [...types, ...listed]
  }
  return types
}

export function isContentType(name: string): boolean {
  return name.length === 12 && name.toLowerCase() === 'content-type'
}

/** `pattern`: `type/subtype`, or `type/*`. */
export function isOfType(mediaType: string, pattern: string): boolean {
  return pattern.endsWith('/*') ? mediaType.startsWith(pattern.slice(0, -1)) : mediaType === pattern
}

export function isContentEncoding(name: string): boolean {
  return name.length === 16 && name.toLowerCase() === 'content-encoding'
}

/** True for any coding but identity, in any of the fields. */
export function isCoded(headers: readonly Header[]): boolean {
  return headers.some(
    ([name, value]) =>
      isContentEncoding(name) && value.split(',').some((part) => !/^[ \t]*(?:identity)?[ \t]*$/i.test(part)),
  )
}
