// The media policy on a JSON-RPC message of an MCP server: every block with data, blob or raw, resources, and any
// string that proves to be media. All other bytes of the message stay unchanged, unknown members included.
import type {
  MediaPolicy,
  MediaRefusal,
  MediaRule,
  MediaVerdict,
  MessageExposure,
  MessageVerdict,
} from '../../core/services/media.js'
import {base64Bytes, readBase64} from '../../lib/base64.js'
import {applyPatches, patchesOf, type TextPatch} from '../../lib/json/edit.js'
import {placeJson, type PlacedJson} from '../../lib/json/places.js'
import {JsonFault} from '../../lib/json/reader.js'
import {sniffMedia} from '../../lib/media/sniff.js'
import {editDataUris, noteOf} from './data-uris.js'
import {canonicalType, kindOf} from './types.js'

type Placed<Kind extends PlacedJson['kind']> = PlacedJson & {readonly kind: Kind}

/** Position of an object: a content block, the resource in one, or anywhere else. */
type Position = 'block' | 'resource' | 'elsewhere'

const MAX_DEPTH = 64
const FIELDS = new Set(['data', 'blob', 'raw'])
/** A refused kind is replaced by a note; any other violation fails the message. */
const STRIPS: ReadonlySet<MediaRule> = new Set(['audio', 'video', 'images'])

export function judgeMessage(source: string, policy: MediaPolicy): MessageVerdict {
  let root: PlacedJson
  try {
    root = placeJson(source, MAX_DEPTH)
  } catch (error) {
    if (error instanceof JsonFault) return {kind: 'unreadable', fault: error.kind}
    throw error
  }
  const work = new Message(source, policy)
  work.visit(root, '', 'elsewhere')
  const {exposures, reason} = work
  if (reason !== undefined) return {kind: 'blocked', reason: `media_policy: ${reason}`, exposures}
  return {kind: 'pass', text: work.patches.length === 0 ? source : applyPatches(source, work.patches), exposures}
}

class Message {
  readonly patches: TextPatch[] = []
  readonly exposures: MessageExposure[] = []
  /** Why the whole message is refused: the first reason counts. */
  reason: string | undefined
  readonly #source: string
  readonly #policy: MediaPolicy

  constructor(source: string, policy: MediaPolicy) {
    this.#source = source
    this.#policy = policy
  }

  visit(node: PlacedJson, place: string, position: Position): void {
    if (node.kind === 'string') this.#leaf(node, place)
    else if (node.kind === 'array') node.items.forEach((item, i) => this.visit(item, `${place}[${i}]`, position))
    else if (node.kind === 'object') this.#object(node, place, position)
  }

  #object(node: Placed<'object'>, place: string, position: Position): void {
    const hint = hintOf(node)
    const mark = this.patches.length
    for (const {name, value} of node.members) {
      const at = place === '' ? name : `${place}.${name}`
      if (FIELDS.has(name) && value.kind === 'string' && position !== 'elsewhere') {
        const stripped = this.#field(value, at, hint)
        if (!stripped) continue
        // with the block removed, patches inside it are void
        this.patches.length = mark
        return this.#strip(node, stripped, position)
      }
      this.visit(value, at, positionOf(name, position))
    }
  }

  /** A member that holds media by definition. Returns the refusal that removes its block. */
  #field(value: Placed<'string'>, place: string, hint: string): MediaRefusal | undefined {
    const isHinted = kindOf(hint) !== undefined
    const tooLarge = this.#sizeOf(value.text)
    const bytes = tooLarge ? undefined : readBase64(value.text)
    if (tooLarge) return this.#refuse(place, tooLarge.type, tooLarge.bytes, tooLarge.refusal)
    if (!bytes) {
      if (isHinted || beginsAsMedia(value.text)) {
        this.#refuse(place, hint, 0, {rule: 'parse', why: `invalid base64 in ${place}`})
      }
      return undefined
    }
    if (bytes.length === 0) return undefined
    const verdict = this.#policy.content('', bytes)
    if (verdict.kind === 'none') {
      if (isHinted) this.#refuse(place, hint, bytes.length, {rule: 'mismatch', why: `unsupported media in ${place}`})
      return undefined
    }
    if (verdict.kind === 'refused') return this.#refuse(place, verdict.type, bytes.length, verdict.refusal)
    this.#expose(place, verdict, bytes.length)
    if (verdict.bytes !== bytes) this.#put(value, verdict.bytes.toString('base64'))
    return undefined
  }

  /** Any other string: media only where its bytes prove it, or a data URI declares it. */
  #leaf(value: Placed<'string'>, place: string): void {
    const {text} = value
    if (text.length >= 24 && beginsAsMedia(text)) {
      // some readers skip characters outside base64
      const bytes = readBase64(text) ?? Buffer.from(text, 'base64')
      const verdict = this.#policy.content('', bytes)
      if (verdict.kind === 'none') return
      this.#expose(place, verdict, bytes.length)
      if (verdict.kind === 'refused') this.#put(value, noteOf(verdict.refusal.why))
      else if (verdict.bytes !== bytes) this.#put(value, verdict.bytes.toString('base64'))
      return
    }
    if (!text.includes('data:') && !/data:/i.test(text)) return
    const edits = editDataUris(text, this.#policy)
    for (const {verdict, bytes} of edits) this.#expose(place, verdict, bytes)
    this.patches.push(...patchesOf(this.#source.slice(value.start, value.end), value.start, edits))
  }

  /** Determined from its length, before the whole is decoded. */
  #sizeOf(text: string): {readonly type: string; readonly bytes: number; readonly refusal: MediaRefusal} | undefined {
    const bytes = base64Bytes(text)
    const refusal = this.#policy.size(bytes)
    const type = refusal ? sniffed(text) : undefined
    if (!refusal || type === undefined || kindOf(type) !== 'image') return undefined
    return {type, bytes, refusal: this.#policy.declared(type) ?? refusal}
  }

  #refuse(place: string, type: string, bytes: number, refusal: MediaRefusal): MediaRefusal | undefined {
    this.exposures.push({place, type, bytes, removed: 0, removedBytes: 0, refused: `media_policy: ${refusal.why}`})
    if (STRIPS.has(refusal.rule)) return refusal
    this.reason ??= refusal.why
    return undefined
  }

  #expose(place: string, verdict: Exclude<MediaVerdict, {kind: 'none'}>, bytes: number): void {
    const {type} = verdict
    if (verdict.kind === 'media') {
      this.exposures.push({place, type, bytes, removed: verdict.removed, removedBytes: verdict.removedBytes})
    } else {
      const refused = `media_policy: ${verdict.refusal.why}`
      this.exposures.push({place, type, bytes, removed: 0, removedBytes: 0, refused})
    }
  }

  #put({start, end}: Placed<'string'>, text: string): void {
    this.patches.push({start: start + 1, end: end - 1, text})
  }

  /** Puts a note in place of the removed object, in the form of its position. */
  #strip(node: Placed<'object'>, {why}: MediaRefusal, position: Position): void {
    const text = noteOf(why)
    const uri = node.members.find(({name}) => name === 'uri')?.value
    const kept = uri ? `"uri":${this.#source.slice(uri.start, uri.end)},"mimeType":"text/plain"` : undefined
    const rest = position === 'resource' ? (kept ?? '"uri":"","mimeType":"text/plain"') : '"type":"text"'
    this.patches.push({start: node.start, end: node.end, text: `{${rest},"text":"${text}"}`})
  }
}

/** `content` of results and messages, `contents` of read resources, `resource` of a block. */
function positionOf(name: string, around: Position): Position {
  if (name === 'content') return 'block'
  if (name === 'contents' || (name === 'resource' && around === 'block')) return 'resource'
  return 'elsewhere'
}

function hintOf({members}: Placed<'object'>): string {
  const text = (name: string): string => {
    const value = members.find((member) => member.name === name)?.value
    return value?.kind === 'string' ? canonicalType(value.text) : ''
  }
  const type = text('type')
  const byType = type === 'audio' || type === 'video' || type === 'image' ? `${type}/unknown` : ''
  const types = [text('mimeType'), text('mediaType')].filter((one) => one !== '')
  return types.find((one) => kindOf(one) !== undefined) ?? (byType || (types[0] ?? ''))
}

const HEAD_CHARS = 2_000

function sniffed(text: string): string | undefined {
  const head = text.slice(0, HEAD_CHARS)
  const bytes = /^[A-Za-z0-9+/_\s-]{16}/.test(head) ? Buffer.from(head, 'base64') : undefined
  return bytes && sniffMedia(bytes)
}

function beginsAsMedia(text: string): boolean {
  return sniffed(text) !== undefined
}
