// The media policy on a declared type and a content: not media; refused, with a reason; or handed on without metadata.
// The stricter of declared and actual type applies.
import type {MediaPolicy, MediaRefusal, MediaVerdict} from '../../core/services/media.js'
import {cleanImage, hasSurgery} from './clean/clean.js'
import {isActiveDocument, isPlainText, sniffMedia} from '../../lib/media/sniff.js'
import type {MediaSection} from './config.js'
import {canonicalType, isGeneric, isTextual, kindOf, shownType, type Kind} from './types.js'

const NONE: MediaVerdict = {kind: 'none'}

export function createMediaPolicy(section: MediaSection): MediaPolicy {
  const allowed = new Set(section.allowed_image_types)
  const stripped: Readonly<Record<Kind, boolean>> = {
    image: section.strip_images,
    audio: section.strip_audio,
    video: section.strip_video,
  }
  const {max_image_bytes: maxImageBytes, strip_image_metadata: cleans} = section

  const byName = (raw: string): MediaRefusal | undefined => {
    const kind = kindOf(canonicalType(raw))
    return kind !== undefined && stripped[kind] ? STRIPPED[kind] : undefined
  }

  const declared = (raw: string): MediaRefusal | undefined => {
    const type = canonicalType(raw)
    const refusal = byName(type)
    if (refusal || kindOf(type) !== 'image' || allowed.has(type)) return refusal
    return {rule: 'type', why: `image type "${shownType(type)}" not in allowed list`}
  }

  const size = (bytes: number): MediaRefusal | undefined =>
    bytes > maxImageBytes ? {rule: 'size', why: `image size ${bytes} exceeds limit ${maxImageBytes}`} : undefined

  /** Every rule except size and metadata removal. */
  const beginning = (raw: string, bytes: Buffer): MediaVerdict => {
    if (bytes.length === 0) return NONE
    const declaredType = canonicalType(raw)
    const isDeclared = kindOf(declaredType) !== undefined
    const actual = sniffMedia(bytes)
    const refuse = (refusal: MediaRefusal): MediaVerdict => ({kind: 'refused', type: actual ?? declaredType, refusal})
    if (actual === undefined) {
      if (!isDeclared) return NONE
      const refusal = declared(declaredType)
      if (refusal) return refuse(refusal)
      if (hasSurgery(declaredType))
        return refuse({rule: 'parse', why: `image parse error: content is not ${declaredType}`})
      if (isActiveDocument(bytes))
        return refuse({rule: 'mismatch', why: `a document declared as ${shownType(declaredType)}`})
      return media(declaredType, bytes)
    }
    if (!isDeclared && !isGeneric(declaredType)) {
      // a text may begin with the bytes of a signature
      if (isTextual(declaredType) && isPlainText(bytes)) return NONE
      return refuse({rule: 'mismatch', why: `${actual} declared as ${shownType(declaredType)}`})
    }
    // servers give images the name of another type every day: what counts is what it is
    const isCorrected = kindOf(declaredType) === 'image' && kindOf(actual) === 'image'
    const refusal = (isDeclared && !isCorrected ? declared(declaredType) : undefined) ?? declared(actual)
    return refusal ? refuse(refusal) : media(actual, bytes)
  }

  return {
    maxImageBytes,
    declared,
    byName,
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

const STRIPPED: Readonly<Record<Kind, MediaRefusal>> = {
  audio: {rule: 'audio', why: 'audio stripped'},
  video: {rule: 'video', why: 'video stripped'},
  image: {rule: 'images', why: 'images stripped'},
}

function media(type: string, bytes: Buffer): MediaVerdict {
  return {kind: 'media', type, bytes, removed: 0, removedBytes: 0}
}
