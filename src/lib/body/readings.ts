// Bytes as every text that a peer may read in them: UTF-8 always, UTF-16 or UTF-32 where the bytes suggest it, and each
// character set that is declared, by the message or inside a page. A declaration adds a reading and never removes one: who
// writes it chooses it, and most readers of JSON, terminals and many clients ignore it.
import {isAscii, isUtf8} from 'node:buffer'
import {byteOrderMark, charsetNamed, charsetsInside, charsetsOf, decoderOf} from '../charset.js'
import {atOnce} from '../slices.js'
import {PIECE_BYTES, utf8Steps} from './utf8.js'
import {wideOf, wideSteps, type Wide} from './wide-text.js'

export interface Readings {
  /** The likeliest first; never empty. Invalid sequences are U+FFFD. */
  readonly texts: readonly string[]
  /** A declared character set in which some reader may see a text that none of these is, as it was declared. */
  readonly unread?: string
}

/** Each declaration may cost a look at all of it: with more of them nobody means any. */
const MAX_DECLARED = 4
const MAX_SHOWN = 40

/** `contentType`: every field and parameter counts; several fields may be joined by commas. */
export function readingsOf(bytes: Buffer, contentType: string): Readings {
  return atOnce(readingSteps(bytes, contentType))
}

/** `readingsOf` in steps. */
export function* readingSteps(bytes: Buffer, contentType: string): Generator<undefined, Readings> {
  const declared = [...charsetsOf(contentType), ...charsetsInside(bytes, contentType)]
  const isValid = isUtf8(bytes)
  const guessed = wideOf(bytes)
  // letters of ISO 2022 are bytes of ASCII behind an escape
  const isPlain = isValid && !bytes.includes(0x1b)
  // nearly all bodies are this
  if (isPlain && guessed === undefined && declared.every((label) => label === 'utf-8')) {
    return {texts: [yield* plainSteps(bytes, isValid)]}
  }
  const texts: string[] = []
  const add = (text: string): void => {
    if (!texts.includes(text)) texts.push(text)
  }
  const labels = [...new Set(declared)]
  let plain: string | undefined
  if (guessed !== undefined) add(yield* withoutNoise(yield* wideSteps(bytes, guessed)))
  if (isPlain) add((plain = yield* plainSteps(bytes, isValid)))
  let unread: string | undefined
  for (const label of labels.slice(0, MAX_DECLARED)) {
    const charset = charsetNamed(label)
    if (charset.kind === 'wide') for (const wide of widesOf(charset)) add(yield* wideSteps(bytes, wide))
    else if (charset.kind === 'decoder') {
      const decoder = decoderOf(charset.label)
      if (decoder !== undefined) add(yield* decodedSteps(bytes, decoder))
    } else if (charset.kind === 'unknown' || (charset.kind === 'superset' && !isAscii(bytes))) unread ??= label
  }
  add(plain ?? (yield* plainSteps(bytes, isValid)))
  unread ??= labels[MAX_DECLARED]
  return unread === undefined ? {texts} : {texts, unread: unread.replace(/[^!-~]+/g, '?').slice(0, MAX_SHOWN)}
}

function* plainSteps(bytes: Buffer, isValid: boolean): Generator<undefined, string> {
  const text = yield* utf8Steps(byteOrderMark(bytes) === 'utf-8' ? bytes.subarray(3) : bytes)
  return isValid ? text : yield* withoutNoise(text)
}

/** Of other decoders each remembers what a piece ended with. */
function* decodedSteps(bytes: Buffer, decoder: InstanceType<typeof TextDecoder>): Generator<undefined, string> {
  if (bytes.length <= PIECE_BYTES) return decoder.decode(bytes)
  const pieces: string[] = []
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    pieces.push(decoder.decode(bytes.subarray(from, from + PIECE_BYTES), {stream: true}))
    yield
  }
  pieces.push(decoder.decode())
  return pieces.join('')
}

function widesOf({size, order}: {readonly size: 2 | 4; readonly order: 'little' | 'big' | undefined}): readonly Wide[] {
  if (order !== undefined) return [{size, little: order === 'little'}]
  return [
    {size, little: true},
    {size, little: false},
  ]
}

const INVALID = '\ufffd'
/** Share of invalid sequences that makes bytes no text. */
const NOISE_SHARE = 0.1
const MIN_TEXT = 6
/** Shorter bodies are inspected as they are. */
const MIN_NOISE = 1_024
/** Invalid sequences between two pauses. */
const NOISE_STEP = 65_536

/**
 * Of bytes that are mostly no text what could be words: nothing that is looked for stands across an invalid sequence, and
 * between two of them chance leaves a few characters, which would cost more to look at than all real text.
 */
function* withoutNoise(text: string): Generator<undefined, string> {
  if (text.length < MIN_NOISE) return text
  const kept: string[] = []
  let count = 0
  for (let from = 0; from <= text.length;) {
    const result = text.indexOf(INVALID, from)
    const to = result < 0 ? text.length : result
    if (to - from >= MIN_TEXT) kept.push(text.slice(from, to))
    from = to + 1
    if (++count % NOISE_STEP === 0) yield
  }
  return count < text.length * NOISE_SHARE ? text : kept.join(INVALID)
}
