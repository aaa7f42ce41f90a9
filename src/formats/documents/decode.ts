// Decoding of a signed document from JSON or from a strict subset of YAML. Both meet at the same schema, so one
// document has one hash in either notation.
import {parseStrictYaml, StrictYamlFault, type StrictYamlKind} from '../../lib/yaml/strict.js'
import type {JsonValue} from '../../lib/json/reader.js'
import {PipelockError, type ErrorCode} from '../../core/errors.js'
import {decodeJson, documentText, MAX_DOCUMENT_DEPTH, type DecodeOptions} from './strict-json.js'
import type {Type} from './schema.js'

const YAML_CODES: Readonly<Record<StrictYamlKind, ErrorCode>> = {
  merge_key: 'yaml_merge_key',
  syntax: 'yaml_syntax',
  empty: 'empty_payload',
  multi_doc: 'yaml_multi_doc',
  alias_or_anchor: 'yaml_alias_or_anchor',
  custom_tag: 'yaml_custom_tag',
  duplicate_key: 'yaml_duplicate_key',
  number: 'float_not_allowed',
  timestamp: 'invalid_field',
  surrogate: 'invalid_utf8',
  depth: 'nesting_too_deep',
  size: 'payload_too_large',
}

export type DocumentFormat = 'json' | 'yaml'

/** A file whose name ends in `.json` is JSON, any other is YAML. */
export function formatOfPath(path: string): DocumentFormat {
  return path.toLowerCase().endsWith('.json') ? 'json' : 'yaml'
}

export function decodeDocument<T>(
  bytes: Uint8Array,
  format: DocumentFormat,
  schema: Type<T>,
  options: DecodeOptions,
): T {
  if (format === 'json') return decodeJson(bytes, schema, options)
  return schema.read(readYamlTree(documentText(bytes, options), options), options.name)
}

function readYamlTree(text: string, options: DecodeOptions): JsonValue {
  try {
    return parseStrictYaml(text, {maxCharacters: options.maxBytes, maxDepth: MAX_DOCUMENT_DEPTH})
  } catch (error) {
    if (!(error instanceof StrictYamlFault)) throw error
    throw new PipelockError(YAML_CODES[error.kind], `${error.message} (line ${error.line}, column ${error.column})`)
  }
}
