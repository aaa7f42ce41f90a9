// Bytes as every text that a peer may read in them: UTF-8 always, UTF-16 or UTF-32 where the bytes suggest it, and each
// character set that is declared, by the message or inside a page. A declaration adds a reading and never removes one: who
// writes it chooses it, and most readers of JSON, terminals and many clients ignore it.
import {isUtf8} from 'node:buffer'
import {byteOrderMark, charsetNamed, charsetsInside, charsetsOf, decoderOf} from '../charset.js'
import {decodeWide, wideOf, type Wide} from './wide-text.js'

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
  const texts: string[] = []
  const add = (text: string): void => {
    if (!texts.includes(text)) texts.push(text)
  }
  const labels = [...new Set([...charsetsOf(contentType), ...charsetsInside(bytes, contentType)])]
  const isValid = isUtf8(bytes)
  const guessed = wideOf(bytes)
  const addPlain = (): void => {
    const plain = byteOrderMark(bytes) === 'utf-8' ? bytes.toString('utf8', 3) : bytes.toString('utf8')
    add(isValid ? plain : withoutNoise(plain))
  }
  if (guessed !== undefined) add(withoutNoise(decodeWide(bytes, guessed)))
  // letters of ISO 2022 are bytes of ASCII behind an escape
  if (isValid && !bytes.includes(0x1b)) addPlain()
  let unread: string | undefined
  for (const label of labels.slice(0, MAX_DECLARED)) {
    const charset = charsetNamed(label)
    if (charset.kind === 'wide') for (const wide of widesOf(charset)) add(decodeWide(bytes, wide))
    else if (charset.kind === 'decoder') {
      const decoder = decoderOf(charset.label)
      if (decoder !== undefined) add(decoder.decode(bytes))
    } else if (charset.kind === 'unknown' || (charset.kind === 'superset' && !isAscii(bytes, isValid))) unread ??= label
  }
  addPlain()
  unread ??= labels[MAX_DECLARED]
  return unread === undefined ? {texts} : {texts, unread: unread.replace(/[^!-~]+/g, '?').slice(0, MAX_SHOWN)}
}

function widesOf({size, order}: {readonly size: 2 | 4; readonly order: 'little' | 'big' | undefined}): readonly Wide[] {
  if (order !== undefined) return [{size, little: order === 'little'}]
  return [
    {size, little: true},
    {size, little: false},
  ]
}

function isAscii(bytes: Buffer, isValid: boolean): boolean {
  return isValid && bytes.every((byte) => byte < 0x80)
}

const INVALID = '\ufffd'
/** Share of invalid sequences that makes bytes no text. */
const NOISE_SHARE = 0.1
const MIN_TEXT = 6
/** Shorter bodies are looked at as they are. */
const MIN_NOISE = 1_024

/**
 * Of bytes that are mostly no text what could be words: nothing that is looked for stands across an invalid sequence, and
 * between two of them chance leaves a few characters, which would cost more to look at than all real text.
 */
function withoutNoise(text: string): string {
  if (text.length < MIN_NOISE) return text
  const parts = text.split(INVALID)
  if (parts.length < text.length * NOISE_SHARE) return text
  return parts.filter((part) => part.length >= MIN_TEXT).join(INVALID)
}
