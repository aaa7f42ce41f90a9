// What texts a request body holds: by its declared type, by what it looks like, and always as a whole. A
// type is a claim of the client; it may add readings, it never takes the plain one away. What a declared structure cannot
// be read as is refused, since a peer would read something that was not inspected.
import {BodyTexts, type BodyText} from './body-texts.js'
import {transferSteps} from './transfer-encoding.js'
import {fieldsOf, hasMalformedEscape} from '../../lib/body/form.js'
import {boundaryOf, MultipartFault, parameters, readMultipart, type Part} from '../../lib/body/multipart.js'
import {readPktLines} from '../../lib/body/pkt-lines.js'
import {utf8Steps} from '../../lib/body/utf8.js'
import {readingSteps} from '../../lib/body/readings.js'
import {JsonFault} from '../../lib/json/reader.js'
import {plainNumber, takeJsonTexts} from '../../lib/json/texts.js'
import type {Items} from '../../lib/long-lists.js'
import {trimOws} from '../../lib/ows.js'

export interface Extraction {
  /** Other views of what the texts are taken from: the source of a form, another character set. */
  readonly wholes: readonly string[]
  /** Sources of structures whose every string is one of the texts. */
  readonly structures: readonly string[]
  /** In wire order, a name before its value. */
  readonly texts: Items<BodyText>
  /** Every text stands in one of the structures as it is, in quotes or as a number. */
  readonly isVerbatim: boolean
  /** A declared character set in which some reader may see a text that none of these is. */
  readonly unread: string | undefined
}

export interface Unreadable {
  /** What is wrong, for people; holds nothing of the body. */
  readonly problem: string
}

export interface BodyForm {
  readonly mediaType: string
  readonly contentType: string
  /** Every Content-Type that was sent, where that is more: readers take another one of several. */
  readonly declared?: string
}

const MAX_DEPTH = 64
/** Bodies inside bodies: a part that is JSON, a multipart in a part. */
const MAX_NESTING = 3
const MAX_PARTS = 100
/** Between longer parts others have a turn. */
const LONG_PART = 4_096
/** Of a form between two pauses. */
const FIELDS = 2_048
const MAX_FILE_NAME = 256

function isJsonType(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType === 'text/json' || mediaType.endsWith('+json')
}

class Extractor {
  readonly wholes: string[] = []
  readonly structures: string[] = []
  readonly texts = new BodyTexts()
  /** Texts that are no JSON, or written otherwise than they are read. */
  #isRead = false
  unread: string | undefined
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get isVerbatim(): boolean {
    return !this.#isRead && this.wholes.length === 0 && this.structures.length > 0
  }

  /** Inside parts nobody promises anything: what cannot be read as declared is read as it is. */
  *body(bytes: Buffer, form: BodyForm, nesting: number, key: string): Generator<undefined, void> {
    const {mediaType, contentType} = form
    const declared = nesting === 0
    if (mediaType.startsWith('multipart/') && nesting < MAX_NESTING) {
      const boundary = boundaryOf(contentType)
      const isForm = mediaType === 'multipart/form-data' && declared
      if (boundary === undefined) {
        if (isForm) throw new MultipartFault('boundary', 'it names no usable boundary')
      } else if (yield* this.#multipart(bytes, boundary, nesting, isForm)) return
    }
    const {texts, unread} = yield* readingSteps(bytes, form.declared ?? contentType)
    this.unread ??= unread
    const [first = '', ...others] = texts
    this.wholes.push(...others)
    if (isJsonType(mediaType) && declared) {
      const fault = yield* this.#json(first, key, false)
      if (fault !== undefined) throw fault
      this.structures.push(first)
    } else if (mediaType === 'application/x-www-form-urlencoded' && declared) {
      // clients send JSON under the type of a form; there a percent sign is only a percent sign
      const isJson = looksLikeJson(first) && (yield* this.#json(first, key, true)) === undefined
      yield
      if (!isJson && (yield* hasMalformedEscape(first))) throw new FormFault()
      yield
      yield* this.#form(first)
      this.wholes.push(first)
    } else yield* this.#sniff(bytes, first, nesting, key)
  }

  /** The fault, or undefined when all texts were taken. */
  *#json(text: string, key: string, sequence: boolean): Generator<undefined, JsonFault | undefined> {
    const before = this.texts.length
    this.#isRead ||= text.includes('\\')
    try {
      yield* takeJsonTexts(text, {maxDepth: MAX_DEPTH, sequence}, (result) => {
        if (result.role === 'word') return
        const under = result.under === '' ? key : result.under
        this.texts.push({text: result.text, key: under, isName: result.role === 'key'})
        const plain = result.role === 'number' ? plainNumber(result.text) : undefined
        if (plain === undefined) return
        this.#isRead = true
        this.texts.push({text: plain, key: under, isName: false})
      })
      return undefined
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error
      // the texts in front of a fault are read otherwise
      this.texts.cut(before)
      return error
    }
  }

  *#form(text: string): Generator<undefined, void> {
    this.#isRead = true
    let count = 0
    for (const {name, value, deep} of fieldsOf(text)) {
      if (++count % FIELDS === 0) yield
      if (name !== '') this.texts.push({text: name, key: '', isName: true})
      this.texts.push({text: value, key: name, isName: false})
      if (deep === undefined) continue
      if (deep.name !== name) this.texts.push({text: deep.name, key: '', isName: true})
      if (deep.value !== value) this.texts.push({text: deep.value, key: name, isName: false})
    }
  }

  /** What a body looks like that does not say what it is, or says something without a structure. */
  *#sniff(bytes: Buffer, text: string, nesting: number, key: string): Generator<undefined, void> {
    if (looksLikeJson(text)) {
      const fault = yield* this.#json(text, key, true)
      // beyond the depth a peer may still read what was not inspected
      if (fault?.kind === 'depth') throw fault
      if (fault === undefined) return void this.structures.push(text)
    }
    this.#isRead = true
    const boundary = /^\s*--([^\s]{1,70})\r\n/.exec(text.slice(0, 80))?.[1]
    if (boundary !== undefined && nesting < MAX_NESTING) {
      if (yield* this.#multipart(bytes, boundary, nesting, false)) return
    }
    const lines = readPktLines(bytes)
    if (lines !== undefined) {
      for (const line of lines) this.texts.push({text: line, key, isName: false})
      this.wholes.push(text)
    } else if (looksLikeForm(text)) {
      yield* this.#form(text)
      this.wholes.push(text)
    } else this.texts.push({text, key, isName: false})
  }

  /** False where it is none, and need not be. */
  *#multipart(bytes: Buffer, boundary: string, nesting: number, required: boolean): Generator<undefined, boolean> {
    let parts: readonly Part[]
    let outside: readonly Buffer[]
    try {
      const limits = {maxParts: MAX_PARTS, maxPartBytes: this.#maxBytes, maxHeadBytes: 16_384, maxHeaders: 32}
      ;({parts, outside} = readMultipart(bytes, boundary, limits))
    } catch (error) {
      if (error instanceof MultipartFault && !required) return false
      throw error
    }
    this.#isRead = true
    // chosen by the sender, and sent with every delimiter
    this.texts.push({text: boundary, key: 'boundary', isName: true})
    for (const part of parts) {
      yield* this.#part(part, nesting, required)
      if (part.body.length > LONG_PART) yield
    }
    for (const range of outside) {
      const text = range.toString('utf8').trim()
      if (text !== '') this.texts.push({text, key: '', isName: false})
    }
    return true
  }

  *#part({headers, body}: Part, nesting: number, strict: boolean): Generator<undefined, void> {
    let name = ''
    let contentType = ''
    const encodings: string[] = []
    for (const header of headers) {
      if (header.name === 'content-transfer-encoding') {
        encodings.push(header.value)
        continue
      }
      this.texts.push({text: header.value, key: header.name, isName: true})
      if (header.name === 'content-type') contentType = header.value
      if (header.name !== 'content-disposition' && header.name !== 'content-type') continue
      for (const [key, value] of parameters(header.value)) {
        this.texts.push({text: value, key, isName: true})
        if (key === 'name') name = value
        if (/^filename\*?(?:\d+\*?)?$/.test(key) && Buffer.byteLength(value) > MAX_FILE_NAME && strict) {
          throw new MultipartFault('name', `a file name has more than ${MAX_FILE_NAME} bytes`)
        }
      }
    }
    const mediaType = trimOws(contentType.split(';', 1)[0] ?? '').toLowerCase()
    const decoded: Buffer[] = []
    for (const encoding of encodings) {
      const bytes = yield* transferSteps(body, encoding)
      if (bytes !== undefined) decoded.push(bytes)
    }
    for (const bytes of decoded) yield* this.body(bytes, {mediaType, contentType}, nesting + 1, name)
    // a peer that does not undo the encoding reads it as it is
    if (decoded.length > 0) this.texts.push({text: yield* utf8Steps(body), key: name, isName: true, isWrapping: true})
    else yield* this.body(body, {mediaType, contentType}, nesting + 1, name)
  }
}

class FormFault extends Error {}

function looksLikeJson(text: string): boolean {
  return /^[\s\ufeff]*[[{"]/.test(text.slice(0, 256))
}

function looksLikeForm(text: string): boolean {
  return text.length < 1_000_000 && /^[^\s=&<>{}]{1,256}=[^\s<>{}]*$/.test(text.trimEnd())
}

/** All texts of a body, or why they cannot be had, in steps: there may be many. `maxBytes` bounds each part. */
export function* extract(
  bytes: Buffer,
  form: BodyForm,
  maxBytes: number,
): Generator<undefined, Extraction | Unreadable> {
  const extractor = new Extractor(maxBytes)
  try {
    yield* extractor.body(bytes, form, 0, '')
  } catch (error) {
    if (error instanceof JsonFault) {
      const what = error.kind === 'depth' ? `nested deeper than ${MAX_DEPTH} levels` : `no valid JSON (${error.kind})`
      return {problem: `request body is ${what}`}
    }
    if (error instanceof MultipartFault) return {problem: `request body is no valid multipart form: ${error.message}`}
    if (error instanceof FormFault) return {problem: 'request body is no valid form: a percent sign begins no escape'}
    throw error
  }
  return extractor
}
