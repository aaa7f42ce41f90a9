// An HTML source read by the rules of the standard, tag by tag, with the place of every token in the source and the state
// of the reader around it. It builds no tree: whoever edits a page wants spans, and to know that a cut between two places
// with the same state changes nothing about how the rest is read.
import {
  html,
  Parser,
  Tokenizer,
  type ParserOptions,
  type Token,
  type TreeAdapter,
  type TreeAdapterTypeMap,
} from 'parse5'

export interface HtmlAttribute {
  /** Lower case. */
  readonly name: string
  /** With character references resolved. */
  readonly value: string
}

export interface HtmlTag {
  readonly tagName: string
  /** The first of every name, as a client sees them. The same array on every element made from this tag. */
  readonly attrs: readonly HtmlAttribute[]
  readonly selfClosing: boolean
}

/** Half-open, in UTF-16 units of the source. */
export interface Place {
  readonly startOffset: number
  readonly endOffset: number
}

export interface HtmlElement {
  readonly tagName: string
  readonly namespaceURI: string
  readonly attrs: readonly HtmlAttribute[]
}

/** Called in source order. Places of attributes run from the first letter of the name to the end of the value. */
export interface HtmlEvents {
  /** Before the tag takes effect. */
  startTag(tag: HtmlTag, place: Place, attribute: (name: string) => Place | undefined): void
  /** After it; `element` is what it made, undefined where it made nothing. */
  started(tag: HtmlTag, place: Place, element: HtmlElement | undefined): void
  endTag(tag: HtmlTag, place: Place): void
  ended(tag: HtmlTag, place: Place): void
  /** One run of text; raw text and the text of a script too. */
  text(chars: string, place: Place): void
  comment(data: string, place: Place): void
  doctype(place: Place): void
  /** An element, possibly made anew from an earlier tag, is open or closed. */
  opened(element: HtmlElement): void
  closed(element: HtmlElement): void
}

/** What the reader remembers at one place. */
export interface ReaderState {
  readonly values: readonly unknown[]
}

export interface HtmlPosition {
  /** undefined where too much is open to be compared. */
  state(): ReaderState | undefined
  isAt(state: ReaderState): boolean
  /** The innermost open element; undefined before the first. */
  readonly innermost: HtmlElement | undefined
  /** From the outermost to the innermost. */
  readonly depth: number
  ancestor(at: number): HtmlElement | undefined
}

export interface ReadHtmlOptions {
  /** Content of an element that clients without scripts read as markup: no document around it, `noscript` is no raw text. */
  readonly withoutScripts?: boolean
  /** Characters between two pauses; the result does not depend on it. */
  readonly step?: number
}

/** Comparing more than this would not be linear in the source. */
const MAX_STATE = 256
/** Of that, tags that style text and outlive their parents. */
const MAX_FORMATTING = 64

interface Node extends HtmlElement {
  readonly namespaceURI: html.NS
  readonly attrs: Token.Attribute[]
  parent: Node | null
}

type Nodes = TreeAdapterTypeMap<Node, Node, Node, Node, Node, Node, Node, Node, Node, Node>

function node(tagName: string, namespaceURI = html.NS.HTML, attrs: Token.Attribute[] = []): Node {
  return {tagName, namespaceURI, attrs, parent: null}
}

/** Between a parser, its adapter and whoever listens. */
interface ElementEvents {
  events: HtmlEvents | undefined
  /** The element made last. */
  made: Node | undefined
}

/** The parser asks about names, parents and the mode of the document; children are nobody's business here. */
function adapterFor(observed: ElementEvents): TreeAdapter<Nodes> {
  const nothing = (): void => {}
  const none = (): string => ''
  const join = (parent: Node, child: Node): void => void (child.parent = parent)
  const isKind =
    (name: string) =>
    (n: Node): n is Node =>
      n.tagName === name
  let mode = html.DOCUMENT_MODE.NO_QUIRKS
  return {
    adoptAttributes: nothing,
    appendChild: join,
    insertBefore: join,
    detachNode: (n) => void (n.parent = null),
    createCommentNode: () => node('#comment'),
    createTextNode: () => node('#text'),
    createDocument: () => node('#document'),
    createDocumentFragment: () => node('#fragment'),
    createElement(tagName, namespaceURI, attrs) {
      const element = node(tagName, namespaceURI, attrs)
      observed.made = element
      return element
    },
    getAttrList: (n) => n.attrs,
    getChildNodes: () => [],
    getFirstChild: () => null,
    getCommentNodeContent: none,
    getDocumentMode: () => mode,
    getDocumentTypeNodeName: none,
    getDocumentTypeNodePublicId: none,
    getDocumentTypeNodeSystemId: none,
    getNamespaceURI: (n) => n.namespaceURI,
    getNodeSourceCodeLocation: () => null,
    getParentNode: (n) => n.parent,
    getTagName: (n) => n.tagName,
    getTextNodeContent: none,
    getTemplateContent: (n) => n,
    insertText: nothing,
    insertTextBefore: nothing,
    isCommentNode: isKind('#comment'),
    isDocumentTypeNode: isKind('#doctype'),
    isElementNode: (n): n is Node => !n.tagName.startsWith('#'),
    isTextNode: isKind('#text'),
    setDocumentMode: (_document, to) => void (mode = to),
    setDocumentType: nothing,
    setNodeSourceCodeLocation: nothing,
    updateNodeSourceCodeLocation: nothing,
    setTemplateContent: nothing,
    onItemPush: (n) => observed.events?.opened(n),
    onItemPop: (n) => observed.events?.closed(n),
  }
}

/** Elements made anew from earlier tags carry the attributes of those. */
function madeBy({made}: ElementEvents, token: Token.TagToken): Node | undefined {
  return made?.attrs === token.attrs ? made : undefined
}

const NOWHERE: Place = {startOffset: 0, endOffset: 0}

class Reader extends Parser<Nodes> implements HtmlPosition {
  elementEvents: ElementEvents = {events: undefined, made: undefined}

  constructor(options?: ParserOptions<Nodes>, document?: Node, fragmentContext: Node | null = null) {
    super(options, document, fragmentContext)
    // places of tokens without those of tree nodes, which cost more than everything else together
    this.tokenizer = new Tokenizer({sourceCodeLocationInfo: true}, this)
  }

  get innermost(): HtmlElement | undefined {
    const {depth} = this
    return depth === 0 ? undefined : this.openElements.current
  }

  get depth(): number {
    return this.openElements.stackTop + 1
  }

  ancestor(at: number): HtmlElement | undefined {
    return this.openElements.items[at]
  }

  state(): ReaderState | undefined {
    const {openElements, activeFormattingElements: formatting} = this
    if (openElements.stackTop >= MAX_STATE || this.tmplInsertionModeStack.length > MAX_STATE) return undefined
    const values: unknown[] = [
      this.insertionMode,
      this.originalInsertionMode,
      this.headElement,
      this.formElement,
      this.framesetOk,
      this.fosterParentingEnabled,
      this.tokenizer.state,
      this.tokenizer.inForeignNode,
      ...this.tmplInsertionModeStack,
      ...openElements.items.slice(0, openElements.stackTop + 1),
    ]
    let entry = formatting.newest
    for (let i = 0; entry !== null; i++, entry = entry.older) {
      if (i >= MAX_FORMATTING) return undefined
      values.push(entry)
    }
    return {values}
  }

  isAt({values}: ReaderState): boolean {
    const now = this.state()
    return now?.values.length === values.length && now.values.every((value, i) => value === values[i])
  }

  override onStartTag(token: Token.TagToken): void {
    const place = token.location ?? NOWHERE
    const attributes = token.location?.attrs
    const find = (name: string): Place | undefined =>
      attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined
    this.elementEvents.made = undefined
    this.elementEvents.events?.startTag(token, place, find)
    super.onStartTag(token)
    const made = madeBy(this.elementEvents, token)
    this.elementEvents.events?.started(token, place, made)
  }

  override onEndTag(token: Token.TagToken): void {
    const place = token.location ?? NOWHERE
    this.elementEvents.events?.endTag(token, place)
    super.onEndTag(token)
    this.elementEvents.events?.ended(token, place)
  }

  override onCharacter(token: Token.CharacterToken): void {
    super.onCharacter(token)
    this.elementEvents.events?.text(token.chars, token.location ?? NOWHERE)
  }

  override onWhitespaceCharacter(token: Token.CharacterToken): void {
    super.onWhitespaceCharacter(token)
    this.elementEvents.events?.text(token.chars, token.location ?? NOWHERE)
  }

  override onNullCharacter(token: Token.CharacterToken): void {
    super.onNullCharacter(token)
    this.elementEvents.events?.text('', token.location ?? NOWHERE)
  }

  override onComment(token: Token.CommentToken): void {
    super.onComment(token)
    this.elementEvents.events?.comment(token.data, token.location ?? NOWHERE)
  }

  override onDoctype(token: Token.DoctypeToken): void {
    super.onDoctype(token)
    this.elementEvents.events?.doctype(token.location ?? NOWHERE)
  }

  /** Nothing is kept of a text; what it does to the state is done by the caller. */
  override _insertCharacters(): void {}
}

/** Characters read between two pauses. */
const STEP = 16_384

/**
 * Reads a whole source in steps. False where content read without scripts ends inside a tag, a comment or a raw text: what follows
 * it in another reading of the same bytes would be read differently.
 */
export function* readHtml(
  source: string,
  makeEvents: (position: HtmlPosition) => HtmlEvents,
  {withoutScripts = false, step = STEP}: ReadHtmlOptions = {},
): Generator<undefined, boolean> {
  const observed: ElementEvents = {events: undefined, made: undefined}
  const options: ParserOptions<Nodes> = {treeAdapter: adapterFor(observed), scriptingEnabled: !withoutScripts}
  const reader = withoutScripts ? Reader.getFragmentParser<Nodes>(node('body'), options) : new Reader(options)
  if (!(reader instanceof Reader)) throw new Error('a parser of another kind')
  let isWhole = true
  if (withoutScripts) {
    // inside an element there are no frames to be allowed
    reader.framesetOk = false
    reader.onParseError = ({code}) => {
      if (code.startsWith('eof-')) isWhole = false
    }
  }
  reader.elementEvents = observed
  observed.events = makeEvents(reader)
  for (let from = 0; ; from += step) {
    const isLast = from + step >= source.length
    reader.tokenizer.write(isLast && from === 0 ? source : source.slice(from, from + step), isLast)
    if (isLast) break
    yield
  }
  return isWhole
}
