// The declared media types of a message.
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
