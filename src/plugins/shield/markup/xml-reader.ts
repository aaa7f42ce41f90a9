// An XML source read token by token with places, and no further than its first fault: there every client stops. Nothing is
// loaded or expanded.

export interface XmlAttribute {
  /** As written, with its prefix. */
  readonly name: string
  /** With the predefined and numeric references resolved. */
  readonly value: string
  /** From the first letter of the name to behind the closing quote. */
  readonly start: number
  readonly end: number
}

export interface XmlTag {
  readonly name: string
  /** Without its prefix, in lower case. */
  readonly local: string
  readonly attrs: readonly XmlAttribute[]
  readonly selfClosing: boolean
  readonly start: number
  readonly end: number
}

/** Offsets are half-open, in UTF-16 units of the source. Called in source order. */
export interface XmlEvents {
  start(tag: XmlTag): void
  /** `tag` is the one that it closes; of a tag that closes itself right after its start. */
  end(tag: XmlTag, start: number, end: number): void
  text(start: number, end: number): void
  /** With its marks. */
  cdata(start: number, end: number): void
  comment(start: number, end: number): void
  instruction(target: string, start: number, end: number): void
  /** Places of the brackets of the internal subset, where it has one. */
  doctype(start: number, end: number, subset: readonly [start: number, end: number] | undefined): void
}

const MAX_DEPTH = 4_096
const NAME = /[^\s"'<>/=&?!]+/y
const SPACE = /[ \t\n\r]*/y

/** Characters read between two pauses. */
const STEP = 16_384

/** Reads in steps. Where reading stopped: the length of the source, or the place of its first fault. What is open at the end is none. */
export function* readXml(source: string, events: XmlEvents): Generator<undefined, number> {
  const open: XmlTag[] = []
  let at = source.startsWith('\ufeff') ? 1 : source.startsWith('\xef\xbb\xbf') ? 3 : 0
  let pause = STEP
  while (at < source.length) {
    if (at >= pause) {
      pause = at + STEP
      yield
    }
    const next = source.indexOf('<', at)
    const end = next < 0 ? source.length : next
    if (end > at) events.text(at, end)
    if (next < 0) break
    const read = readMark(source, next, open, events)
    if (read < 0) return next
    at = read
  }
  return source.length
}

/** Behind the mark that begins here; -1: it is faulty. */
function readMark(source: string, at: number, open: XmlTag[], events: XmlEvents): number {
  if (source.startsWith('<!--', at)) {
    const end = source.indexOf('--', at + 4)
    if (end < 0 || source[end + 2] !== '>') return -1
    events.comment(at, end + 3)
    return end + 3
  }
  if (source.startsWith('<![CDATA[', at)) {
    const end = source.indexOf(']]>', at + 9)
    if (end < 0) return -1
    events.cdata(at, end + 3)
    return end + 3
  }
  if (source.startsWith('<?', at)) {
    const end = source.indexOf('?>', at + 2)
    const target = matchAt(NAME, source, at + 2)
    if (end < 0 || target === '') return -1
    events.instruction(target, at, end + 2)
    return end + 2
  }
  if (source.startsWith('<!DOCTYPE', at)) return readDoctype(source, at, events)
  if (source.startsWith('</', at)) {
    const name = matchAt(NAME, source, at + 2)
    const end = at + 2 + name.length + matchAt(SPACE, source, at + 2 + name.length).length
    const tag = open.pop()
    if (!tag || tag.name !== name || source[end] !== '>') return -1
    events.end(tag, at, end + 1)
    return end + 1
  }
  const tag = readTag(source, at)
  if (!tag || open.length >= MAX_DEPTH) return -1
  events.start(tag)
  if (tag.selfClosing) events.end(tag, tag.end, tag.end)
  else open.push(tag)
  return tag.end
}

function readTag(source: string, start: number): XmlTag | undefined {
  const name = matchAt(NAME, source, start + 1)
  if (name === '') return undefined
  const attrs: XmlAttribute[] = []
  const names = new Set<string>()
  let at = start + 1 + name.length
  for (;;) {
    const space = matchAt(SPACE, source, at).length
    at += space
    const selfClosing = source.startsWith('/>', at)
    if (selfClosing || source[at] === '>') {
      const local = name.slice(name.indexOf(':') + 1).toLowerCase()
      return {name, local, attrs, selfClosing, start, end: at + (selfClosing ? 2 : 1)}
    }
    const attribute = matchAt(NAME, source, at)
    if (space === 0 || attribute === '' || names.has(attribute)) return undefined
    names.add(attribute)
    let from = at + attribute.length
    from += matchAt(SPACE, source, from).length
    if (source[from] !== '=') return undefined
    from += 1 + matchAt(SPACE, source, from + 1).length
    const quote = source[from]
    if (quote !== '"' && quote !== "'") return undefined
    const end = source.indexOf(quote, from + 1)
    if (end < 0) return undefined
    const raw = source.slice(from + 1, end)
    if (raw.includes('<')) return undefined
    attrs.push({name: attribute, value: resolved(raw), start: at, end: end + 1})
    at = end + 1
  }
}

function readDoctype(source: string, start: number, events: XmlEvents): number {
  let subset = -1
  let brackets: readonly [number, number] | undefined
  for (let at = start + 9; at < source.length; at++) {
    const c = source[at]
    if (c === '"' || c === "'") at = closing(source, c, at)
    else if (subset >= 0 && source.startsWith('<!--', at)) at = closing(source, '-->', at)
    else if (subset >= 0 && source.startsWith('<?', at)) at = closing(source, '?>', at)
    else if (c === '[' && subset < 0) subset = at
    else if (c === ']' && subset >= 0 && !brackets) brackets = [subset, at + 1]
    else if (c === '>' && (subset < 0 || brackets)) {
      events.doctype(start, at + 1, brackets)
      return at + 1
    }
    if (at < 0) return -1
  }
  return -1
}

/** The last place of the mark behind `at`; -1: there is none. */
function closing(source: string, mark: string, at: number): number {
  const result = source.indexOf(mark, at + 1)
  return result < 0 ? -1 : result + mark.length - 1
}

function matchAt(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? ''
}

const PREDEFINED: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"}
const REFERENCE = /&(?:#(\d+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));/g

/** A raw text with the references that need no declaration resolved. */
export function resolved(raw: string): string {
  if (!raw.includes('&')) return raw
  return raw.replace(REFERENCE, (all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return PREDEFINED[name] ?? all
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}
