// A second strict JSON reader, independent of the product's: it works on bytes, keeps members in order with their
// positions, and shares no code with src. Two readers that agree on every mutant are hard to fool in the same way.

export type Fault = 'malformed' | 'duplicate' | 'depth'

export class SecondFault extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault)
    this.fault = fault
  }
}

export interface Span {
  readonly from: number
  readonly to: number
}
export interface Member {
  readonly name: string
  readonly nameSpan: Span
  readonly value: Node
}
export type Node = Span &
  (
    | {readonly type: 'object'; readonly members: readonly Member[]}
    | {readonly type: 'list'; readonly items: readonly Node[]}
    | {readonly type: 'string'; readonly text: string}
    | {readonly type: 'number'; readonly token: string}
    | {readonly type: 'word'; readonly word: 'true' | 'false' | 'null'}
  )

const SHORT = new Map([...'"\\/bfnrt'].map((c, i) => [c.charCodeAt(0), '"\\/\b\f\n\r\t'[i] as string]))
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/** One value with white space around it; `nfcNames` compares names as writer J will write them. */
export function secondJson(bytes: Uint8Array, nfcNames = false, maxDepth = 128): Node {
  let at = 0
  let depth = 0
  const bad = (): never => {
    throw new SecondFault('malformed')
  }
  const peek = (): number => bytes[at] ?? -1
  const blank = (): void => {
    while ([0x20, 0x09, 0x0a, 0x0d].includes(peek())) at++
  }
  const take = (c: string): void => {
    if (peek() !== c.charCodeAt(0)) bad()
    at++
  }
  /** One character of UTF-8, by the table of well-formed sequences (Unicode, D92). */
  const character = (): string => {
    const first = peek()
    const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1
    if (more < 0) bad()
    let code = more === 0 ? first : first & (0x3f >> more)
    for (let i = 1; i <= more; i++) {
      const next = bytes[at + i] ?? -1
      if (next < 0x80 || next > 0xbf) bad()
      code = code * 64 + (next & 0x3f)
    }
    const least = [0, 0x80, 0x800, 0x10000][more] as number
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) bad()
    at += more + 1
    return String.fromCodePoint(code)
  }
  const unit = (): number => {
    const digits = Buffer.from(bytes.subarray(at, at + 4)).toString('latin1')
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) bad()
    at += 4
    return parseInt(digits, 16)
  }
  const string = (): string => {
    take('"')
    let text = ''
    for (;;) {
      const c = peek()
      if (c < 0x20) bad()
      if (c === 0x22) break
      if (c !== 0x5c) {
        text += character()
        continue
      }
      at++
      const letter = peek()
      at++
      if (letter !== 0x75) {
        text += SHORT.get(letter) ?? bad()
        continue
      }
      const high = unit()
      if (high >= 0xdc00 && high <= 0xdfff) bad()
      if (high < 0xd800 || high > 0xdbff) {
        text += String.fromCharCode(high)
        continue
      }
      take('\\')
      take('u')
      const low = unit()
      if (low < 0xdc00 || low > 0xdfff) bad()
      text += String.fromCharCode(high, low)
    }
    at++
    return text
  }
  const value = (): Node => {
    const from = at
    const c = peek()
    if (c === 0x22) {
      const text = string()
      return {type: 'string', text, from, to: at}
    }
    if (c === 0x7b || c === 0x5b) {
      if (++depth > maxDepth) throw new SecondFault('depth')
      at++
      blank()
      const node = c === 0x7b ? object(from) : list(from)
      depth--
      return node
    }
    let end = at
    while (/[-+.0-9A-Za-z]/.test(String.fromCharCode(bytes[end] ?? 0))) end++
    const token = Buffer.from(bytes.subarray(at, end)).toString('latin1')
    at = end
    if (token === 'true' || token === 'false' || token === 'null') return {type: 'word', word: token, from, to: at}
    if (!NUMBER.test(token)) bad()
    return {type: 'number', token, from, to: at}
  }
  const object = (from: number): Node => {
    const members: Member[] = []
    const names = new Set<string>()
    while (peek() !== 0x7d) {
      if (members.length > 0) {
        take(',')
        blank()
      }
      const start = at
      const raw = string()
      const name = nfcNames ? raw.normalize('NFC') : raw
      const nameSpan = {from: start, to: at}
      if (names.has(name)) throw new SecondFault('duplicate')
      names.add(name)
      blank()
      take(':')
      blank()
      members.push({name, nameSpan, value: value()})
      blank()
    }
    at++
    return {type: 'object', members, from, to: at}
  }
  const list = (from: number): Node => {
    const items: Node[] = []
    while (peek() !== 0x5d) {
      if (items.length > 0) {
        take(',')
        blank()
      }
      items.push(value())
      blank()
    }
    at++
    return {type: 'list', items, from, to: at}
  }
  blank()
  const root = value()
  blank()
  if (at !== bytes.length) bad()
  return root
}
