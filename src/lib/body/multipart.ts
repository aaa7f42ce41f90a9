// A whole multipart body taken apart (RFC 2046, section 5.1, RFC 7578). Every byte is in exactly one range: preamble, a part's head,
// a part's content, epilogue, so nothing is left unseen whatever another parser makes of it. What parsers disagree on is a
// fault: a missing end, head lines without a colon, other line ends, a delimiter that is the beginning of a longer word.
import {trimOws} from '../ows.js'

export type MultipartFaultKind = 'boundary' | 'parts' | 'size' | 'name' | 'syntax'

export class MultipartFault extends Error {
  readonly kind: MultipartFaultKind
  constructor(kind: MultipartFaultKind, message: string) {
    super(message)
    this.name = 'MultipartFault'
    this.kind = kind
  }
}

export interface PartHeader {
  readonly name: string
  /** As UTF-8, invalid sequences replaced; folded lines joined with one space. */
  readonly value: string
}

export interface Part {
  readonly headers: readonly PartHeader[]
  readonly body: Buffer
}

export interface Multipart {
  readonly parts: readonly Part[]
  /** What stands before the first and behind the last delimiter. */
  readonly outside: readonly Buffer[]
}

export interface MultipartLimits {
  readonly maxParts: number
  readonly maxPartBytes: number
  readonly maxHeadBytes: number
  readonly maxHeaders: number
}

const CR = 13
const LF = 10
const DASH = 45
const NO_BYTES = Buffer.alloc(0)

/** Characters of RFC 2046, section 5.1.1, and no more than it allows. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/

/** The boundary of a Content-Type; undefined where there is none, two, or one that no sender may choose. */
export function boundaryOf(contentType: string): string | undefined {
  const results = parameters(contentType).filter(([name]) => name === 'boundary')
  const value = results.length === 1 ? results[0]?.[1] : undefined
  return value !== undefined && BOUNDARY.test(value) ? value : undefined
}

/** Parameters of a header value such as Content-Disposition, names in lower case, values unquoted and as received. */
export function parameters(value: string): readonly (readonly [name: string, value: string])[] {
  const results: [string, string][] = []
  for (const [, name = '', quoted, plain] of value.matchAll(PARAMETER)) {
    results.push([name.toLowerCase(), quoted === undefined ? trimOws(plain ?? '') : quoted.replace(/\\(.)/gs, '$1')])
  }
  return results
}

const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/gs

/** Throws MultipartFault. */
export function readMultipart(body: Buffer, boundary: string, limits: MultipartLimits): Multipart {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const parts: Part[] = []
  let line = nextDelimiter(body, delimiter, 0)
  if (line === undefined) throw new MultipartFault('syntax', 'no part begins')
  const preamble = body.subarray(0, line.from)
  while (!line.last) {
    if (parts.length >= limits.maxParts) throw new MultipartFault('parts', `more than ${limits.maxParts} parts`)
    const next = nextDelimiter(body, delimiter, line.to)
    if (next === undefined) throw new MultipartFault('syntax', 'the last part has no end')
    parts.push(readPart(body.subarray(line.to, next.from), limits))
    line = next
  }
  return {parts, outside: [preamble, body.subarray(line.to)]}
}

interface Delimiter {
  /** Where the content before it ends: the line end in front belongs to the delimiter. */
  readonly from: number
  readonly to: number
  readonly last: boolean
}

function nextDelimiter(body: Buffer, delimiter: Buffer, start: number): Delimiter | undefined {
  for (let at = body.indexOf(delimiter, start); at >= 0; at = body.indexOf(delimiter, at + 1)) {
    // the first one may open the body; directly behind another one its line end is that one's
    if (at > start && body[at - 1] !== LF) continue
    let to = at + delimiter.length
    const last = body[to] === DASH && body[to + 1] === DASH
    if (last) to += 2
    while (body[to] === 0x20 || body[to] === 9) to++
    const from = at > start ? (body[at - 2] === CR && at - 2 >= start ? at - 2 : at - 1) : at
    const bareLf = at > start && body[at - 2] !== CR
    if (body[to] === CR && body[to + 1] === LF) to += 2
    else if (!(last && to >= body.length)) {
      // parsers that compare only the beginning see a delimiter here, others content
      throw new MultipartFault('syntax', 'a delimiter is followed by other text')
    }
    if (bareLf) throw new MultipartFault('syntax', 'a delimiter stands behind a bare line feed')
    return {from, to, last}
  }
  return undefined
}

function readPart(bytes: Buffer, limits: MultipartLimits): Part {
  const [head, body] = splitPart(bytes)
  if (body.length > limits.maxPartBytes) {
    throw new MultipartFault('size', `a part has more than ${limits.maxPartBytes} bytes`)
  }
  if (head.length > limits.maxHeadBytes) {
    throw new MultipartFault('size', `the head of a part has more than ${limits.maxHeadBytes} bytes`)
  }
  const headers: PartHeader[] = []
  if (head.length > 0) {
    for (const text of head
      .toString('utf8')
      .replace(/\r\n[ \t]+/g, ' ')
      .split('\r\n')) {
      if (/[\r\n\0]/.test(text)) throw new MultipartFault('syntax', 'a control character stands in the head of a part')
      const colon = text.indexOf(':')
      if (colon < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text.slice(0, colon))) {
        throw new MultipartFault('syntax', 'a line in the head of a part is no header')
      }
      headers.push({name: text.slice(0, colon).toLowerCase(), value: trimOws(text.slice(colon + 1))})
    }
  }
  if (headers.length > limits.maxHeaders) {
    throw new MultipartFault('parts', `a part has more than ${limits.maxHeaders} headers`)
  }
  return {headers, body}
}

function splitPart(bytes: Buffer): readonly [head: Buffer, body: Buffer] {
  if (bytes[0] === CR && bytes[1] === LF) return [NO_BYTES, bytes.subarray(2)]
  const end = bytes.indexOf('\r\n\r\n')
  if (end >= 0) return [bytes.subarray(0, end), bytes.subarray(end + 4)]
  throw new MultipartFault('syntax', 'the head of a part has no end')
}
