// Strict decoding of signed documents: bytes → tree → typed value. The order of checks decides the reported code and is
// part of the format. Trailing text is checked last, so a fault inside the document is reported before text behind it.
import {decodeUtf8, JsonFault, readJson, type JsonFaultKind, type JsonValue} from '../../lib/json/reader.js'
import {PipelockError, type ErrorCode} from '../../core/errors.js'
import type {Type} from './schema.js'

export const MAX_DOCUMENT_DEPTH = 64
export const MAX_CONTRACT_BYTES = 8 * 1024 * 1024
/** Limit for rosters, manifests, tombstones and every other signed document. */
export const MAX_DOCUMENT_BYTES = 1024 * 1024

const CODES: Readonly<Record<JsonFaultKind, ErrorCode>> = {
  utf8: 'invalid_utf8',
  empty: 'empty_payload',
  syntax: 'malformed_json',
  depth: 'nesting_too_deep',
  surrogate: 'invalid_utf8',
  number: 'float_not_allowed',
  duplicate: 'duplicate_key',
  trailing: 'trailing_tokens',
}

export interface DecodeOptions {
  readonly maxBytes: number
  /** Name of the document in messages. */
  readonly name: string
}

/** Text of a document within its size limit. */
export function documentText(bytes: Uint8Array, options: DecodeOptions): string {
  if (bytes.length > options.maxBytes) {
    throw new PipelockError('payload_too_large', `the ${options.name} is larger than ${options.maxBytes} bytes`)
  }
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    throw coded(error)
  }
}

export function decodeJson<T>(bytes: Uint8Array, schema: Type<T>, options: DecodeOptions): T {
  const text = documentText(bytes, options)
  const trimmed = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  if (trimmed === '' || trimmed === 'null') throw new PipelockError('empty_payload', `the ${options.name} is empty`)
  let trailing = -1
  const tree = readTree(text, (offset) => {
    trailing = offset
  })
  const value = schema.read(tree, options.name)
  if (trailing >= 0)
    throw new PipelockError('trailing_tokens', `text follows the ${options.name} at offset ${trailing}`)
  return value
}

function readTree(text: string, onTrailing: (offset: number) => void): JsonValue {
  try {
    return readJson(text, {maxDepth: MAX_DOCUMENT_DEPTH, integersOnly: true, nfcNames: true, onTrailing})
  } catch (error) {
    throw coded(error)
  }
}

function coded(error: unknown): unknown {
  if (!(error instanceof JsonFault)) return error
  return new PipelockError(CODES[error.kind], `${error.message} (at offset ${error.offset})`)
}
