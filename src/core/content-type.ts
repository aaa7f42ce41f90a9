// The declared media types of a message.
import type {Header} from './exchange.js'

/** Every type that a reader may use: some take the first field, some the last, some the last of a list. */
export function declaredTypes(headers: readonly Header[]): readonly string[] {
  const types: string[] = []
  for (const [name, value] of headers) if (isContentType(name)) types.push(...value.split(','))
  return types
}

export function isContentType(name: string): boolean {
  return name.length === 12 && name.toLowerCase() === 'content-type'
}
