// The one door to the YAML parser. Deep nesting can abort the whole process inside the parser, and no handler catches
// that, so the lexer's tokens are counted before the parser sees them: brackets for flow collections, columns of
// indicators for block collections. What comes out is a plain tree with source offsets.
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type CST,
  type Document,
  type ParsedNode,
} from 'yaml'

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
  /** Open brackets plus open columns of block indicators. Never below the depth that the caller accepts. */
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
  const documents: Document.Parsed<ParsedNode>[] = [...composer.compose(tokens, false, text.length)]
  const place = (offset: number) => position(lines, offset)
  const errors = documents.flatMap((d) => d.errors).concat(composer.streamInfo().errors)
  // a tag that does not resolve is a parse error only for the library; which tags are legal is the caller's question
  const error = errors.find((e) => e.code !== 'TAG_RESOLVE_FAILED')
  const fault = error && new YamlFault('syntax', {offset: error.pos[0], ...place(error.pos[0])}, error.message)
  return {documents: fault ? [] : documents.map((d) => toNode(d.contents)), hasPrologue, fault, place}
}

function position(lines: LineCounter, offset: number): {readonly line: number; readonly column: number} {
  const {line, col} = lines.linePos(offset)
  return {line: Math.max(line, 1), column: Math.max(col, 1)}
}

/** Lexes and parses, refusing what is too large or too deep before the parser can recurse into it. */
function guardedTokens(text: string, limits: YamlLimits, lines: LineCounter): CST.Token[] {
  if (text.length > limits.maxCharacters) {
    const start = {offset: 0, line: 1, column: 1}
    throw new YamlFault('size', start, `the text has more than ${limits.maxCharacters} characters`)
  }
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const depth = new NestingGauge()
  const tokens: CST.Token[] = []
  let offset = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (depth.add(lexeme) > limits.maxNesting) {
      throw new YamlFault('depth', {offset, ...position(lines, offset)}, 'the text is nested too deeply')
    }
    tokens.push(...parser.next(lexeme))
    offset = parser.offset
  }
  tokens.push(...parser.end())
  return tokens
}

const NEXT_IS_SCALAR = '\x1f'
const DOCUMENT = '\x02'
const FLOW_ERROR_END = '\x18'

/** Bounds the depth of the tree from the lexemes: a column that opens a block, or an open bracket, is at most two levels. */
class NestingGauge {
  private flow = 0
  private column = 0
  private atScalar = false
  private afterContent = false
  private readonly columns: number[] = []

  /** The nesting after this lexeme. */
  add(lexeme: string): number {
    if (this.atScalar) {
      this.atScalar = false
      this.content(lexeme)
    } else {
      this.token(lexeme)
    }
    return this.flow + this.columns.length
  }

  private token(lexeme: string): void {
    switch (lexeme) {
      case NEXT_IS_SCALAR:
        this.atScalar = true
        return
      case DOCUMENT:
      case FLOW_ERROR_END:
        this.flow = 0
        return
      case '[':
      case '{':
        this.content(lexeme)
        this.flow++
        return
      case ']':
      case '}':
        this.flow = Math.max(0, this.flow - 1)
        this.content(lexeme)
        return
      case '-':
      case '?':
        this.open()
        this.afterContent = false
        break
      case ':':
        if (!this.afterContent) this.open()
        this.afterContent = false
        break
      default:
        // the rest is space, line breaks, comments, directives, or the start of a node
        if (!/^[ \t\r\n#%,]|^$|^(?:---|\.\.\.)$/.test(lexeme)) {
          this.content(lexeme)
          return
        }
        if (/[\r\n]/.test(lexeme)) this.afterContent = false
    }
    this.advance(lexeme)
  }

  private content(lexeme: string): void {
    this.open()
    this.afterContent = true
    this.advance(lexeme)
  }

  private open(): void {
    if (this.flow > 0) return
    while (this.columns.length > 0 && (this.columns.at(-1) ?? 0) > this.column) this.columns.pop()
    if (this.columns.at(-1) !== this.column) this.columns.push(this.column)
  }

  private advance(lexeme: string): void {
    const end = Math.max(lexeme.lastIndexOf('\n'), lexeme.lastIndexOf('\r'))
    this.column = end === -1 ? this.column + lexeme.length : lexeme.length - end - 1
  }
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
