// Opaque content in bodies: values that look random and are nothing known. One linear pass over the texts;
// a finding says how much and under which kind of name, never the value.
import {isUtf8} from 'node:buffer'
import {fieldReadings, encodedRuns} from '../../lib/decode.js'
import {entropySteps} from '../../lib/entropy.js'
import type {Items} from '../../lib/long-lists.js'
import {isStructuredValue} from '../../lib/structured-value.js'
import type {BodyText} from './body-texts.js'

export interface EntropySettings {
  /** Bits per character, strictly above it is a find; 0: never. */
  readonly threshold: number
  /** Code points. */
  readonly minLength: number
}

/** Ends a value token. */
const BREAKS = new Uint8Array(128)
for (let c = 0; c <= 0x20; c++) BREAKS[c] = 1
for (const character of '"\'`<>,;()[]{}\x7f') BREAKS[character.charCodeAt(0)] = 1

const MAX_EXEMPT = 1_024
const EXEMPT_WORDS = new Set('cursor signature sig digest hash nonce checksum verifier etag id ids uuid'.split(' '))
const TOKEN_WORDS = new Set(['page', 'next', 'continuation'])

/** Names of values that are opaque in ordinary traffic: cursors, signatures, digests, identifiers. */
export function isOpaqueName(name: string): boolean {
  if (name === '' || name.length > 128) return false
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[_\-. ]+/)
  if (words.some((word) => EXEMPT_WORDS.has(word))) return true
  return words.includes('token') && words.some((word) => TOKEN_WORDS.has(word))
}

/** Characters between two pauses; a text counts as a few more than it has. */
const PAUSE_AFTER = 32_768

/** The first value above the threshold, as its entropy. */
export function* findOpaqueSteps(
  texts: Items<BodyText>,
  settings: EntropySettings,
): Generator<undefined, number | undefined> {
  let work = 0
  if (settings.threshold <= 0) return undefined
  for (const {text, key, isWrapping} of texts) {
    work += text.length + 16
    if (work > PAUSE_AFTER) {
      work = 0
      yield
    }
    if (text.length < settings.minLength || isWrapping) continue
    const exempt = isOpaqueName(key)
    if (exempt && text.length <= MAX_EXEMPT) continue
    const result = yield* scoreText(text, settings, exempt)
    if (result !== undefined) return result
  }
  return undefined
}

function* scoreText(
  text: string,
  settings: EntropySettings,
  exempt: boolean,
): Generator<undefined, number | undefined> {
  let start = -1
  for (let i = 0; i <= text.length; i++) {
    if (i % PAUSE_AFTER === PAUSE_AFTER - 1) yield
    const c = i < text.length ? text.charCodeAt(i) : 0x20
    // what is no text at all cannot be a token: U+FFFD stands for bytes that are none
    const ends = c < 128 ? BREAKS[c] === 1 : c === 0xfffd || isWideSpace(c) || isUnspaced(c)
    if (!ends) {
      if (start < 0) start = i
      continue
    }
    if (start >= 0 && i - start >= settings.minLength) {
      const token = text.slice(start, i)
      const isSpared = (exempt && !hasMore(token, MAX_EXEMPT)) || isDataUri(text, start)
      const result = isSpared ? undefined : yield* scoreToken(token, settings)
      if (result !== undefined) return result
    }
    start = -1
  }
  return undefined
}

/** The content of a `data:` URI follows its comma. */
function isDataUri(text: string, start: number): boolean {
  return text[start - 1] === ',' && /data:[^\s,]*,$/i.test(text.slice(Math.max(0, start - 128), start))
}

function isWideSpace(c: number): boolean {
  return (c >= 0x80 && c <= 0xa0) || c === 0x1680 || (c >= 0x2000 && c <= 0x200a) || c === 0x2028 || c === 0x3000
}

/**
 * Scripts that write without spaces: a sentence is one run, and with thousands of characters to choose from ordinary words
 * look random. Thai to Khmer, kana, ideographs, Hangul, and their punctuation.
 */
function isUnspaced(c: number): boolean {
  return (
    (c >= 0x0e00 && c <= 0x0fff) ||
    (c >= 0x1000 && c <= 0x109f) ||
    (c >= 0x1780 && c <= 0x17ff) ||
    (c >= 0x3001 && c <= 0x9fff) ||
    (c >= 0xac00 && c <= 0xd7a3) ||
    (c >= 0xff00 && c <= 0xffef)
  )
}

/** With a pause between the passes over a long token. */
function* scoreToken(token: string, settings: EntropySettings): Generator<undefined, number | undefined> {
  const {threshold, minLength} = settings
  const isLong = token.length > PAUSE_AFTER
  if (ABSOLUTE_URI.test(token)) return WEB_URL.test(token) ? undefined : yield* scoreUri(token, settings)
  if (isLong) yield
  // `next=https://…`: links with tokens are everyday content, whatever stands in front of them
  const link = token.search(LINK)
  if (link > 0) return yield* scoreToken(token.slice(0, link), settings)
  if (isLong) yield
  if (!hasMore(token, minLength - 1) || isStructuredValue(token) || INTEGRITY.test(token)) return undefined
  if (isLong) yield
  // a digest in a longer name (an image, a package): the rest is scored as values of their own
  const parts = token.includes(':') || token.includes('@') ? token.split(/[:@]/) : []
  if (parts.some((part) => DIGEST.test(part))) {
    for (const part of parts) {
      const result = yield* scoreToken(part, settings)
      if (result !== undefined) return result
    }
    return undefined
  }
  const own = yield* entropySteps(token)
  if (own > threshold) return own
  // hexadecimal digits never look random themselves
  const runs = function* (): Generator<string | undefined, undefined> {
    yield token
    yield* encodedRuns(token, minLength)
  }
  for (const run of runs()) {
    if (isLong) yield
    for (const reading of run === undefined ? NONE : fieldReadings(run)) {
      if (isLong) yield
      for (const printable of reading === undefined ? NONE : printableRuns(reading.bytes, minLength)) {
        if (printable === undefined) {
          yield
          continue
        }
        const inner = yield* entropySteps(printable)
        if (inner > threshold && !isStructuredValue(printable)) return inner
      }
    }
  }
  return undefined
}

/** Digests as browsers and package managers write them, of exactly their length. */
const INTEGRITY = /^(?:sha256-[\w+/-]{43}=|sha384-[\w+/-]{64}|sha512-[\w+/-]{86}==)$/
const DIGEST = /^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/

const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\/(?:[^@:/?#\s]*@)?[^@/?#\s]*(?:[/?#]|$)/
const WEB_URL = /^(?:https?|wss?):/i
const LINK = /(?<![A-Za-z0-9+.-])(?:https?|wss?):\/\/(?:[^@:/?#\s]*@)?[^@/?#\s]*(?:[/?#]|$)/i

/** A URI is not scored as a whole; its labels, segments and values are, each as a value of its own. */
function* scoreUri(uri: string, settings: EntropySettings): Generator<undefined, number | undefined> {
  for (const part of uri.slice(uri.indexOf('://') + 3).split(/[./?#&=:@]/)) {
    if (part.length < settings.minLength) continue
    const result = yield* scoreToken(part, settings)
    if (result !== undefined) return result
  }
  return undefined
}

const NONE: readonly undefined[] = []

/** undefined is a pause. */
function* printableRuns(bytes: Buffer, minLength: number): Generator<string | undefined, undefined> {
  const isText = bytes.length <= 65_536 && isUtf8(bytes)
  let start = -1
  for (let i = 0; i <= bytes.length; i++) {
    const c = bytes[i] ?? 0
    if (i % PAUSE_AFTER === PAUSE_AFTER - 1) yield
    if ((c >= 0x20 && c < 0x7f) || (c >= 0x80 && isText)) {
      if (start < 0) start = i
      continue
    }
    if (start >= 0 && i - start >= minLength) yield bytes.toString('utf8', start, i)
    start = -1
  }
  return undefined
}

/** Whether a text has more code points. */
function hasMore(text: string, count: number): boolean {
  // each has one unit or two: a token of megabytes is not counted
  if (text.length <= count) return false
  if (text.length > 2 * count) return true
  let pairs = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 0xd800 && c < 0xdc00) pairs++
  }
  return text.length - pairs > count
}
