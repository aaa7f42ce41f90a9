// The one door to the YAML parser. Deep nesting can abort the whole process when the library recurses over its tree, and
// no handler catches that, so the open nodes are counted token by token while the text is parsed, before any recursion.
// What comes out is a plain tree with source offsets.
import {Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, type CST} from 'yaml'

export type YamlFaultKind = 'syntax' | 'depth' | 'size'

export class YamlFault extends Error {
  readonly kind: YamlFaultKind
  readonly offset: number
  readonly line: number
  readonly column: number
  constructor(
    kind: YamlFaultKind,
    at: {readonly offset: number; readonly line: number; readonly column: number},
    message: string,
  ) {
    super(message)
    this.name = 'YamlFault'
    this.kind = kind
    this.offset = at.offset
    this.line = at.line
    this.column = at.column
  }
}

interface Place {
  readonly offset: number
  readonly anchor: string | undefined
  /** `!!str`, `!!seq` or `!!map` as written, '!' for any other spelling of any tag. */
  readonly tag: YamlTag | undefined
}

export type YamlTag = '!!str' | '!!seq' | '!!map' | '!'

export type YamlNode =
  | (Place & {readonly kind: 'scalar'; readonly isPlain: boolean; readonly text: string})
  | (Place & {readonly kind: 'seq'; readonly items: readonly YamlNode[]})
  | (Place & {readonly kind: 'map'; readonly entries: readonly {readonly key: YamlNode; readonly value: YamlNode}[]})
  | (Place & {readonly kind: 'alias'; readonly name: string})

export interface YamlStream {
  readonly documents: readonly YamlNode[]
  /** A `%` line or a byte order mark stood before a document. */
  readonly hasPrologue: boolean
  /** First thing that is no YAML; the documents are then not to be used. */
  readonly fault: YamlFault | undefined
  place(offset: number): {readonly line: number; readonly column: number}
}

export interface YamlLimits {
  readonly maxCharacters: number
  /** Open nodes, the document and the innermost scalar included: more than the deepest tree that the caller accepts. */
  readonly maxNesting: number
}

const KEPT_TAGS: readonly string[] = ['!!str', '!!seq', '!!map']

/** Parses a stream without interpreting anything: every scalar is text. Throws YamlFault for size and nesting only. */
export function parseYamlStream(text: string, limits: YamlLimits): YamlStream {
  const lines = new LineCounter()
  const tokens = guardedTokens(text, limits, lines)
  const hasPrologue = tokens.some((t) => t.type === 'byte-order-mark' || t.type === 'directive')
  for (const token of tokens) spoilTags(token)
  const composer = new Composer({version: '1.2', schema: 'failsafe', uniqueKeys: false, logLevel: 'silent'})
  const documents = withoutStackTraces(() => [...composer.compose(tokens, false, text.length)])
  const place = (offset: number) => position(lines, offset)
  const errors = documents.flatMap((d) => d.errors).concat(composer.streamInfo().errors)
  // a tag that does not resolve is a parse error only for the library; which tags are legal is the caller's question
  const error = errors.find((e) => e.code !== 'TAG_RESOLVE_FAILED')
  const fault = error && new YamlFault('syntax', {offset: error.pos[0], ...place(error.pos[0])}, error.message)
  return {documents: fault ? [] : documents.map((d) => toNode(d.contents)), hasPrologue, fault, place}
}

/**
 * The library makes an error of every fault, and a hostile text has 100,000 of them. A stack trace for each would be half
 * of the work; nothing reads them.
 */
function withoutStackTraces<T>(work: () => T): T {
  const {stackTraceLimit} = Error
  Error.stackTraceLimit = 0
  try {
    return work()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function position(lines: LineCounter, offset: number): {readonly line: number; readonly column: number} {
  const {line, col} = lines.linePos(offset)
  return {line: Math.max(line, 1), column: Math.max(col, 1)}
}

/** Lexes and parses token by token, refusing what is too large or too deep. */
function guardedTokens(text: string, limits: YamlLimits, lines: LineCounter): CST.Token[] {
  if (text.length > limits.maxCharacters) {
    const start = {offset: 0, line: 1, column: 1}
    throw new YamlFault('size', start, `the text has more than ${limits.maxCharacters} characters`)
  }
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens: CST.Token[] = []
  let offset = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    // the nodes that are open: an exact measure, whatever indentation, brackets and errors made them nest
    if (parser.stack.length > limits.maxNesting) {
      throw new YamlFault('depth', {offset, ...position(lines, offset)}, 'the text is nested too deeply')
    }
    offset = parser.offset
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/**
 * The library expands shorthand and verbatim tags to one name. What may stand in a document is a question of spelling,
 * so every tag but the three kept ones is replaced by a local tag before the tree is made.
 */
function spoilTags(token: CST.Token): void {
  switch (token.type) {
    case 'document':
      spoil(token.start)
      if (token.value) spoilTags(token.value)
      return
    case 'block-map':
    case 'flow-collection':
    case 'block-seq':
      for (const item of token.items) {
        spoil(item.start)
        if (item.key) spoilTags(item.key)
        if (item.sep) spoil(item.sep)
        if (item.value) spoilTags(item.value)
      }
      return
    default:
  }
}

function spoil(props: readonly CST.SourceToken[]): void {
  for (const prop of props) if (prop.type === 'tag' && !KEPT_TAGS.includes(prop.source)) prop.source = '!other'
}

const TAGS: Readonly<Record<string, YamlTag>> = {
  'tag:yaml.org,2002:str': '!!str',
  'tag:yaml.org,2002:seq': '!!seq',
  'tag:yaml.org,2002:map': '!!map',
}

function toNode(node: unknown, offset = 0): YamlNode {
  if (isAlias(node)) {
    const at = node.range?.[0] ?? offset
    return {kind: 'alias', name: node.source, offset: at, anchor: undefined, tag: undefined}
  }
  if (isScalar(node)) {
    const text = typeof node.value === 'string' ? node.value : ''
    return {kind: 'scalar', isPlain: node.type === undefined || node.type === 'PLAIN', text, ...placeOf(node, offset)}
  }
  const place = placeOf(isMap(node) || isSeq(node) ? node : {}, offset)
  if (isSeq(node)) return {kind: 'seq', items: node.items.map((item) => toNode(item, place.offset)), ...place}
  if (isMap(node)) {
    const entries = node.items.map((pair) => {
      const key = toNode(pair.key, place.offset)
      return {key, value: toNode(pair.value, key.offset)}
    })
    return {kind: 'map', entries, ...place}
  }
  // a value that is not written at all
  return {kind: 'scalar', isPlain: true, text: '', ...place}
}

function placeOf(
  node: {anchor?: string | undefined; tag?: string | undefined; range?: readonly number[] | null | undefined},
  offset: number,
): Place {
  return {
    offset: node.range?.[0] ?? offset,
    anchor: node.anchor,
    tag: node.tag === undefined ? undefined : (TAGS[node.tag] ?? '!'),
  }
}
