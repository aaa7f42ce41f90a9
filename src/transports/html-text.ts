// The readable text of an HTML document: headings, paragraphs, lists, code and tables with line breaks;
// navigation, forms, advertisements and everything hidden left out. What no reader sees comes beside it, for those who
// must look at it. Deterministic; refuses documents beyond its bounds.
import {defaultTreeAdapter, parse, type DefaultTreeAdapterTypes as Tree} from 'parse5'

export interface Readable {
  readonly title: string
  readonly content: string
  /** Comments, scripts, styles, templates, hidden elements and describing attributes, one per line. */
  readonly hidden: string
}

export interface TextBounds {
  readonly maxNodes: number
  readonly maxDepth: number
}

const TEXT_BOUNDS: TextBounds = {maxNodes: 200_000, maxDepth: 512}

class OutOfBounds extends Error {}

const DROPPED = new Set(
  (
    'script style noscript template head nav aside form button select option input textarea label iframe frame object ' +
    'embed svg canvas audio video map dialog menu datalist'
  ).split(' '),
)
const BLOCKS = new Set(
  (
    'address article blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 ' +
    'header hgroup hr html li main ol p pre section summary table tbody thead tfoot tr caption ul'
  ).split(' '),
)
const SPACED = new Set('p h1 h2 h3 h4 h5 h6 pre blockquote table ul ol dl figure'.split(' '))
const CHROME =
  /(?:^|[\s_-])(?:ads?|advert(?:isement)?|banner|breadcrumbs?|cookie|newsletter|popup|promo|share|sidebar|social|sponsor(?:ed)?)(?:$|[\s_-])/i
const CHROME_ROLES = new Set([
  'navigation',
  'banner',
  'search',
  'complementary',
  'contentinfo',
  'menu',
  'menubar',
  'alert',
  'dialog',
])
/** Below this a main region is taken for an empty shell. */
const MIN_MAIN_TEXT = 80
/** A block whose text is mostly links leads elsewhere instead of saying something. */
const LINK_SHARE = 0.75
const MIN_LINKS = 4

/** undefined when the document is beyond the bounds. */
export function readableText(html: string, bounds: TextBounds = TEXT_BOUNDS): Readable | undefined {
  try {
    const document = parseBounded(html, bounds)
    const body = find(document, (e) => e.tagName === 'body') ?? document
    const title = find(document, (e) => e.tagName === 'title')
    const strict = contentOf(body, true)
    return {
      title: title ? collapse(rawText(title)).trim() : '',
      content: strict === '' ? contentOf(body, false) : strict,
      hidden: hiddenText(document),
    }
  } catch (error) {
    if (error instanceof OutOfBounds) return undefined
    throw error
  }
}

function parseBounded(html: string, {maxNodes, maxDepth}: TextBounds): Tree.Document {
  let nodes = 0
  const count = (): void => {
    if (++nodes > maxNodes) throw new OutOfBounds()
  }
  const document = parse(html, {
    treeAdapter: {
      ...defaultTreeAdapter,
      createElement(...args) {
        count()
        return defaultTreeAdapter.createElement(...args)
      },
      createCommentNode(data) {
        count()
        return defaultTreeAdapter.createCommentNode(data)
      },
    },
  })
  // depth before recursion: everything below may call itself
  const stack: {readonly node: Tree.Node; readonly depth: number}[] = [{node: document, depth: 0}]
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.depth > maxDepth) throw new OutOfBounds()
    for (const child of childrenOf(top.node)) stack.push({node: child, depth: top.depth + 1})
  }
  return document
}

function contentOf(body: Tree.ParentNode, strict: boolean): string {
  const main = find(body, (e) => e.tagName === 'main' || e.tagName === 'article' || attribute(e, 'role') === 'main')
  if (main) {
    const text = render(main, strict)
    if (text.length >= MIN_MAIN_TEXT) return text
  }
  return render(body, strict)
}

/** Bodies that no reader sees as text. */
const UNSEEN = new Set(['script', 'style', 'template', 'noscript'])
/** Attributes that speak to machines and to some readers only. */
const SPEAKING = /^(?:alt|title|aria-label|aria-description|placeholder|summary|data-.*)$/

function hiddenText(document: Tree.Document): string {
  const parts: string[] = []
  const keep = (text: string): void => {
    const trimmed = text.trim()
    if (trimmed !== '') parts.push(trimmed)
  }
  const visit = (node: Tree.Node, kept: boolean): void => {
    if (node.nodeName === '#comment' && 'data' in node) return keep(node.data)
    if (isElement(node)) {
      for (const {name, value} of node.attrs) {
        if (SPEAKING.test(name) || (name === 'content' && node.tagName === 'meta')) keep(value)
      }
      // once: hidden elements in hidden elements would otherwise multiply the text by their depth
      if (!kept && (UNSEEN.has(node.tagName) || isHidden(node))) {
        keep(rawText(node))
        kept = true
      }
    }
    for (const child of childrenOf(node)) visit(child, kept)
  }
  visit(document, false)
  return parts.join('\n')
}

function childrenOf(node: Tree.Node): readonly Tree.ChildNode[] {
  // the text of a template lies beside its children
  if ('content' in node) return [...node.childNodes, ...node.content.childNodes]
  return 'childNodes' in node ? node.childNodes : []
}

function isElement(node: Tree.Node): node is Tree.Element {
  return 'tagName' in node
}

function isText(node: Tree.Node): node is Tree.TextNode {
  return node.nodeName === '#text'
}

function attribute(element: Tree.Element, name: string): string {
  return element.attrs.find((a) => a.name === name)?.value ?? ''
}

function find(node: Tree.Node, test: (element: Tree.Element) => boolean): Tree.Element | undefined {
  for (const child of childrenOf(node)) {
    if (!isElement(child)) continue
    if (test(child)) return child
    const inside = find(child, test)
    if (inside) return inside
  }
  return undefined
}

function rawText(node: Tree.Node): string {
  if (isText(node)) return node.value
  return childrenOf(node).map(rawText).join('')
}

function collapse(text: string): string {
  return text.replace(/[\t\n\f\r ]+/g, ' ')
}

function isHidden(element: Tree.Element): boolean {
  for (const {name, value} of element.attrs) {
    if (name === 'hidden' || (name === 'aria-hidden' && value.trim().toLowerCase() === 'true')) return true
    if (name === 'style' && /(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(value)) return true
  }
  return false
}

function isChrome(element: Tree.Element, parentTag: string): boolean {
  if (DROPPED.has(element.tagName) || isHidden(element)) return true
  if (element.tagName === 'footer' && parentTag === 'body') return true
  if (CHROME_ROLES.has(attribute(element, 'role').toLowerCase())) return true
  return element.tagName !== 'body' && element.tagName !== 'main' && element.tagName !== 'article'
    ? CHROME.test(attribute(element, 'class')) || CHROME.test(attribute(element, 'id'))
    : false
}

interface Links {
  text: number
  linked: number
  links: number
}

function measure(node: Tree.Node, inLink: boolean, into: Links): Links {
  if (isText(node)) {
    const {length} = node.value.trim()
    into.text += length
    if (inLink) into.linked += length
    return into
  }
  const link = isElement(node) && node.tagName === 'a'
  if (link) into.links++
  for (const child of childrenOf(node)) measure(child, inLink || link, into)
  return into
}

function isLinkList(element: Tree.Element): boolean {
  if (element.tagName !== 'ul' && element.tagName !== 'ol') return false
  const {text, linked, links} = measure(element, false, {text: 0, linked: 0, links: 0})
  return links >= MIN_LINKS && linked > text * LINK_SHARE
}

function render(root: Tree.ParentNode, strict: boolean): string {
  let out = ''
  const breakLine = (blank: boolean): void => {
    out = out.replace(/ +$/, '')
    if (out === '') return
    if (!out.endsWith('\n')) out += '\n'
    if (blank && !out.endsWith('\n\n')) out += '\n'
  }
  const visit = (node: Tree.Node, parentTag: string, pre: boolean): void => {
    if (isText(node)) {
      if (pre) out += node.value
      else {
        const text = collapse(node.value)
        out += text.startsWith(' ') && (out === '' || /[\s]$/.test(out)) ? text.slice(1) : text
      }
      return
    }
    if (!isElement(node)) return
    const {tagName} = node
    if (tagName === 'br') return breakLine(false)
    if (strict ? isChrome(node, parentTag) || isLinkList(node) : DROPPED.has(tagName) || isHidden(node)) return
    const block = BLOCKS.has(tagName)
    if (block) breakLine(SPACED.has(tagName))
    if (tagName === 'li') out += '- '
    for (const child of node.childNodes) visit(child, tagName, pre || tagName === 'pre')
    if (tagName === 'td' || tagName === 'th') out = `${out.replace(/ +$/, '')}\t`
    if (block) breakLine(SPACED.has(tagName))
  }
  for (const child of root.childNodes) visit(child, isElement(root) ? root.tagName : '', false)
  return out
    .replace(/[\t ]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
