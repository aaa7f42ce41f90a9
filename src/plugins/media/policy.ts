// What the policy says of a declared type and of a content: nothing, because it is no media; refused, and why; or handed on
// without what it carries besides its pixels (scanning §10). The stricter of what is said and what is there holds.
import {cleanImage, hasSurgery} from '../../lib/media/clean.js'
import {isActiveDocument, isPlainText, sniffMedia} from '../../lib/media/sniff.js'
import type {MediaSection} from './config.js'
import {canonicalType, isGeneric, isTextual, kindOf, shownType, type Kind} from './types.js'

export type Rule = 'audio' | 'video' | 'images' | 'type' | 'size' | 'mismatch' | 'parse'

export interface Refusal {
  readonly rule: Rule
  /** Without the prefix `media_policy: `. */
  readonly why: string
}

export type ContentVerdict =
  | {readonly kind: 'none'}
  | {readonly kind: 'refused'; readonly type: string; readonly refusal: Refusal}
  | {
      readonly kind: 'media'
      readonly type: string
      /** The same buffer where nothing was taken out. */
      readonly bytes: Buffer
      readonly removed: number
      readonly removedBytes: number
    }

export interface MediaPolicy {
  readonly maxImageBytes: number
  /** What is refused for what it says that it is, before a byte of it is read. */
  declared(type: string): Refusal | undefined
  /** The size of an image, before it is read. */
  size(bytes: number): Refusal | undefined
  content(declared: string, bytes: Buffer): ContentVerdict
  /** What can be told of a content from its first bytes, where the rest of it is not held. */
  beginning(declared: string, bytes: Buffer): ContentVerdict
}

const NONE: ContentVerdict = {kind: 'none'}

export function createMediaPolicy(section: MediaSection): MediaPolicy {
  const allowed = new Set(section.allowed_image_types)
  const stripped: Readonly<Record<Kind, boolean>> = {
    image: section.strip_images,
    audio: section.strip_audio,
    video: section.strip_video,
  }
  const {max_image_bytes: maxImageBytes, strip_image_metadata: cleans} = section

  const declared = (raw: string): Refusal | undefined => {
    const type = canonicalType(raw)
    const kind = kindOf(type)
    if (kind === undefined) return undefined
    if (stripped[kind]) return STRIPPED[kind]
    if (kind !== 'image' || allowed.has(type)) return undefined
    return {rule: 'type', why: `image type "${shownType(type)}" not in allowed list`}
  }

  const size = (bytes: number): Refusal | undefined =>
    bytes > maxImageBytes ? {rule: 'size', why: `image size ${bytes} exceeds limit ${maxImageBytes}`} : undefined

  /** Everything but size and surgery. */
  const beginning = (raw: string, bytes: Buffer): ContentVerdict => {
    if (bytes.length === 0) return NONE
    const said = canonicalType(raw)
    const isSaid = kindOf(said) !== undefined
    const found = sniffMedia(bytes)
    const refuse = (refusal: Refusal): ContentVerdict => ({kind: 'refused', type: found ?? said, refusal})
    if (found === undefined) {
      if (!isSaid) return NONE
      const refusal = declared(said)
      if (refusal) return refuse(refusal)
      if (hasSurgery(said)) return refuse({rule: 'parse', why: `image parse error: content is no ${said}`})
      if (isActiveDocument(bytes)) return refuse({rule: 'mismatch', why: `a document declared as ${shownType(said)}`})
      return media(said, bytes)
    }
    if (!isSaid && !isGeneric(said)) {
      // a text may begin with the letters of a signature
      if (isTextual(said) && isPlainText(bytes)) return NONE
      return refuse({rule: 'mismatch', why: `${found} declared as ${shownType(said)}`})
    }
    const refusal = (isSaid ? declared(said) : undefined) ?? declared(found)
    return refusal ? refuse(refusal) : media(found, bytes)
  }

  return {
    maxImageBytes,
    declared,
    size,
    beginning,
    content(raw, bytes) {
      const verdict = beginning(raw, bytes)
      if (verdict.kind !== 'media' || kindOf(verdict.type) !== 'image') return verdict
      const tooLarge = size(bytes.length)
      if (tooLarge) return {kind: 'refused', type: verdict.type, refusal: tooLarge}
      const cleaned = cleans ? cleanImage(verdict.type, bytes) : undefined
      if (!cleaned) return verdict
      if (cleaned.ok) return {...verdict, ...cleaned}
      return {
        kind: 'refused',
        type: verdict.type,
        refusal: {rule: 'parse', why: `image parse error: ${cleaned.why}`},
      }
    },
  }
}

const STRIPPED: Readonly<Record<Kind, Refusal>> = {
  audio: {rule: 'audio', why: 'audio stripped'},
  video: {rule: 'video', why: 'video stripped'},
  image: {rule: 'images', why: 'images stripped'},
}

function media(type: string, bytes: Buffer): ContentVerdict {
  return {kind: 'media', type, bytes, removed: 0, removedBytes: 0}
}
