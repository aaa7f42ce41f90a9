// The strict YAML subset of signed documents: what a reader of YAML could take for something else is
// refused, with one code per reason and the first offending node in document order deciding. The result is a JSON tree.
import type {JsonObject, JsonValue} from '../json/reader.js'
import {readBlockYaml} from './block-reader.js'
import {parseYamlStream, YamlFault, type YamlNode, type YamlStream} from './document.js'
import {isNullText, plainScalar} from './plain-scalar.js'

export type StrictYamlKind =
  | 'merge_key'
  | 'syntax'
  | 'empty'
  | 'multi_doc'
  | 'alias_or_anchor'
  | 'custom_tag'
  | 'duplicate_key'
  | 'number'
  | 'timestamp'
  | 'surrogate'
  | 'depth'
  | 'size'

export class StrictYamlFault extends Error {
  readonly kind: StrictYamlKind
  readonly line: number
  readonly column: number
  constructor(kind: StrictYamlKind, at: {readonly line: number; readonly column: number}, message: string) {
    super(message)
    this.name = 'StrictYamlFault'
    this.kind = kind
    this.line = at.line
    this.column = at.column
  }
}

export interface StrictYamlOptions {
  readonly maxCharacters: number
  /** Deepest nesting of containers accepted, the outermost one counted as 1. */
  readonly maxDepth: number
}

const START = {line: 1, column: 1}
/** Control characters that YAML has in no place. */
const NOT_YAML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** The one document of the text. Throws StrictYamlFault. */
export function parseStrictYaml(text: string, options: StrictYamlOptions): JsonValue {
  // searched in the text, strings included: some reader would merge what another takes for a string
  if (text.includes('<<:')) throw new StrictYamlFault('merge_key', START, 'the sequence "<<:" stands in the text')
  if (text.startsWith('\ufeff'))
    throw new StrictYamlFault('syntax', START, 'a byte order mark stands before the document')
  if (NOT_YAML.test(text)) throw new StrictYamlFault('syntax', START, 'a control character stands in the text')
  const plain = text.length <= options.maxCharacters ? readBlockYaml(text, options.maxDepth) : undefined
  return plain ?? parseStrictYamlFully(text, options)
}

/** The full reader: every form of the subset, and every fault. */
export function parseStrictYamlFully(text: string, options: StrictYamlOptions): JsonValue {
  const stream = parse(text, options)
  const root = soleDocument(stream)
  return new Walk(stream, options.maxDepth).value(root, 0)
}

function parse(text: string, options: StrictYamlOptions): YamlStream {
  try {
    // document and scalar are open nodes too; the exact limit is the walk's
    return parseYamlStream(text, {maxCharacters: options.maxCharacters, maxNesting: options.maxDepth + 16})
  } catch (error) {
    if (error instanceof YamlFault && error.kind !== 'syntax')
      throw new StrictYamlFault(error.kind, error, error.message)
    throw error
  }
}

/** Rules 1 to 4 in their order; they look at the whole file before any node. */
function soleDocument(stream: YamlStream): YamlNode {
  const {documents, fault} = stream
  const merge = firstOf(documents, mergeKey)
  if (merge) throw new StrictYamlFault('merge_key', stream.place(merge.offset), 'a mapping has the merge key <<')
  if (fault) throw new StrictYamlFault('syntax', fault, fault.message)
  if (stream.hasPrologue)
    throw new StrictYamlFault('syntax', START, 'a directive or a byte order mark stands before a document')
  const [first, second] = documents
  if (first === undefined || isNull(first)) throw new StrictYamlFault('empty', START, 'there is no document')
  if (second !== undefined) {
    throw new StrictYamlFault('multi_doc', stream.place(second.offset), 'there is more than one document')
  }
  return first
}

function firstOf<T>(nodes: readonly YamlNode[], find: (node: YamlNode) => T | undefined): T | undefined {
  for (const node of nodes) {
    const result = find(node)
    if (result !== undefined) return result
  }
  return undefined
}

function mergeKey(node: YamlNode): YamlNode | undefined {
  if (node.kind === 'seq') return firstOf(node.items, mergeKey)
  if (node.kind !== 'map') return undefined
  for (const {key, value} of node.entries) {
    if (key.kind === 'scalar' && key.isPlain && key.tag === undefined && key.text === '<<') return key
    const result = mergeKey(key) ?? mergeKey(value)
    if (result) return result
  }
  return undefined
}

function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.isPlain && node.tag === undefined && isNullText(node.text)
}

/** Rules 5 to 9 in document order: key before value, tag and anchor of a container before its children. */
class Walk {
  private readonly stream: YamlStream
  private readonly maxDepth: number

  constructor(stream: YamlStream, maxDepth: number) {
    this.stream = stream
    this.maxDepth = maxDepth
  }

  value(node: YamlNode, depth: number): JsonValue {
    this.props(node)
    switch (node.kind) {
      case 'scalar':
        return this.scalar(node)
      case 'seq':
        this.enter(node, depth)
        return node.items.map((item) => this.value(item, depth + 1))
      case 'map':
        this.enter(node, depth)
        return this.map(node.entries, depth + 1)
      case 'alias':
        return this.fail('alias_or_anchor', node, 'an alias stands here')
    }
  }

  private map(entries: readonly {readonly key: YamlNode; readonly value: YamlNode}[], depth: number): JsonObject {
    const result = Object.create(null) as JsonObject
    for (const {key, value} of entries) {
      const name = this.key(key, result)
      result[name] = this.value(value, depth)
    }
    return result
  }

  private key(node: YamlNode, observed: JsonObject): string {
    this.props(node)
    if (node.kind === 'alias') return this.fail('alias_or_anchor', node, 'an alias stands here')
    if (node.kind !== 'scalar') return this.fail('syntax', node, 'a key must be a string')
    const name = node.text.normalize('NFC')
    if (name in observed) this.fail('duplicate_key', node, `duplicate key ${JSON.stringify(name.slice(0, 80))}`)
    if (typeof this.scalar(node, 'syntax') !== 'string') this.fail('syntax', node, 'a key must be a string')
    return name
  }

  private props(node: YamlNode): void {
    if (node.anchor !== undefined) this.fail('alias_or_anchor', node, 'an anchor stands here')
    if (node.tag === undefined) return
    const fitting = {scalar: '!!str', seq: '!!seq', map: '!!map', alias: undefined}[node.kind]
    if (node.tag !== fitting)
      this.fail('custom_tag', node, 'only the tags !!str, !!seq and !!map may stand, on nodes of their kind')
  }

  private enter(node: YamlNode, depth: number): void {
    if (depth >= this.maxDepth) this.fail('depth', node, `more than ${this.maxDepth} nested containers`)
  }

  /** A scalar by its text; `refused` replaces the faults of plain text that is neither string nor accepted. */
  private scalar(node: YamlNode & {kind: 'scalar'}, refused?: StrictYamlKind): JsonValue {
    const {text} = node
    if (!text.isWellFormed()) this.fail('surrogate', node, 'an unpaired surrogate stands in a string')
    if (!node.isPlain || node.tag !== undefined) return text
    const scalar = plainScalar(text)
    switch (scalar.kind) {
      case 'value':
        return scalar.value
      case 'number':
        return this.fail(refused ?? 'number', node, `${text.slice(0, 40)} is no 64-bit integer; use a decimal string`)
      case 'timestamp':
        return this.fail(refused ?? 'timestamp', node, 'a date must be quoted')
    }
  }

  private fail(kind: StrictYamlKind, node: YamlNode, message: string): never {
    throw new StrictYamlFault(kind, this.stream.place(node.offset), message)
  }
}
