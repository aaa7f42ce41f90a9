// The hooks of the media policy. A type that is refused by name is refused at the head, before anything is downloaded;
// rules on the content run when it is complete; content that is too long to hold is judged by its beginning.
import type {Exchange, Unit} from '../../core/exchange.js'
import {declaredTypes, isContentType} from '../../core/content-type.js'
import type {Hooks, Rewrite, BodyExtent, Requirement} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import {framingOf} from '../../core/stream-framing.js'
import type {Log} from '../../core/ports.js'
import {besideHost, eventSubject, hidingFinding} from '../../core/render.js'
import type {MediaPolicy, MediaRefusal, MediaVerdict} from '../../core/services/media.js'
import {sniffMedia} from '../../lib/media/sniff.js'
import type {MediaSection} from './config.js'
import {mediaFinding} from './findings.js'
import {canonicalType, isDrawing, kindOf, shownType} from './types.js'

/** Media that an exchange carried; logged when it ends. */
interface Exposure {
  readonly type: string
  /** undefined: as much as was handed on. */
  readonly bytes?: number
  readonly removed?: number
  readonly removedBytes?: number
}

export function mediaHooks(section: MediaSection, policy: MediaPolicy, log: Log): Partial<Hooks> {
  if (!section.enabled) return {}
  const exposures = new WeakMap<Exchange, Exposure>()

  /** A refusal as a finding, with its exposure. */
  const refused = (x: Exchange, declared: string, refusal: MediaRefusal, bytes?: number) => {
    exposures.set(x, {type: canonicalType(declared), ...(bytes !== undefined && {bytes})})
    return mediaFinding(refusal)
  }

  const over = (x: Exchange, declared: string, extent: BodyExtent) => {
    if (isDrawing(canonicalType(declared)) && sniffMedia(extent.beginning) === undefined) return undefined
    if (isHeld(declared)) {
      const refusal = policy.size(extent.bytes)
      return refusal && refused(x, declared, refusal, extent.bytes)
    }
    const verdict = policy.beginning(declared, extent.beginning)
    if (verdict.kind === 'none') return undefined
    if (verdict.kind === 'refused') return refused(x, verdict.type, verdict.refusal, extent.bytes)
    exposures.set(x, {type: verdict.type})
    if (kindOf(verdict.type) !== 'image') return undefined
    // not held, so it cannot be cleaned
    return refused(x, verdict.type, policy.size(extent.bytes) ?? UNHELD, extent.bytes)
  }

  const rewrite = (x: Exchange, unit: Unit): Rewrite => {
    const same = {unit, findings: [], changed: false}
    // a type refused by name was already reported for the head
    if (unit.direction !== 'response' || unit.kind !== 'body' || policy.byName(unit.mediaType)) return same
    if (isDocument(unit)) return same
    const verdict = policy.content(unit.mediaType, unit.bytes)
    const bytes = unit.bytes.length
    switch (verdict.kind) {
      case 'none':
        return same
      case 'refused':
        return {...same, findings: [refused(x, verdict.type, verdict.refusal, bytes)]}
      case 'media':
        exposures.set(x, {type: verdict.type, bytes, ...removedFrom(verdict)})
        if (verdict.bytes === unit.bytes && isTyped(unit, verdict.type)) return same
        return {unit: withType({...unit, bytes: verdict.bytes}, verdict.type), findings: [], changed: true}
    }
  }

  return {
    expects: () => true,

    inspect(x, unit) {
      if (unit.kind !== 'head' || unit.direction !== 'response' || !mayHaveBody(x, unit)) return []
      const types = declaredTypes(unit.headers)
      for (const type of types) {
        // an image may be of another type than it says; of several types nobody knows which a reader takes
        const refusal = types.length > 1 ? policy.declared(type) : policy.byName(type)
        if (refusal) return [refused(x, type, refusal, declaredLength(unit))]
      }
      return []
    },

    requires(x, head): Requirement | undefined {
      const {direction, mediaType} = head
      // events are written anew, and bytes outside UTF-8 are never an event; lines are inspected piece by piece
      if (direction !== 'response' || framingOf(head) || policy.byName(mediaType)) return undefined
      const finding = (extent: BodyExtent) => over(x, mediaType, extent)
      return isHeld(mediaType)
        ? {maxBytes: policy.maxImageBytes, over: finding}
        : {maxBytes: Infinity, beginning: true, over: finding}
    },

    rewrite,

    observe(x, ruling, end) {
      const exposure = exposures.get(x)
      if (!exposure || !section.log_media_exposure) return
      log.warn('media_exposure', {
        ...eventSubject(x, hidingFinding(ruling.decision)),
        ...fieldsOf(x, exposure, ruling, end),
      })
    },
  }
}

/** Images are read whole, to be cleaned; of everything else the beginning says what it is. */
function isHeld(declared: string): boolean {
  const type = canonicalType(declared)
  return kindOf(type) === 'image' && !isDrawing(type)
}

/** SVG is no media to this policy: the shield disarms it, and it is scanned as the text that it is. */
function isDocument({mediaType, bytes}: Unit): boolean {
  return isDrawing(mediaType) && sniffMedia(bytes) === undefined
}

function isTyped({mediaType}: Unit, type: string): boolean {
  return kindOf(canonicalType(mediaType)) !== 'image' || canonicalType(mediaType) === type
}

function withType(unit: Unit, type: string): Unit {
  if (isTyped(unit, type)) return unit
  const headers = unit.headers.map(([name, value]) => [name, isContentType(name) ? type : value] as const)
  return {...unit, headers, mediaType: type, contentType: type}
}

const UNHELD: MediaRefusal = {rule: 'size', why: 'image too large to inspect'}

function fieldsOf(
  x: Exchange,
  exposure: Exposure,
  {decision}: Ruling,
  {responseBytes}: {readonly responseBytes: number},
) {
  const {cause, action} = decision
  const blocked = action === 'block'
  return {
    transport: x.transport,
    content_type: shownType(exposure.type),
    format: exposure.removed === undefined ? undefined : exposure.type.slice('image/'.length),
    size_bytes: exposure.bytes ?? responseBytes,
    metadata_segments_removed: exposure.removed,
    metadata_bytes_removed: exposure.removedBytes,
    blocked,
    block_reason: blocked && cause ? besideHost(cause, hidingFinding(decision), cause.detail) : undefined,
  }
}

function removedFrom({removed, removedBytes, type}: MediaVerdict & {readonly kind: 'media'}): object {
  return kindOf(type) === 'image' ? {removed, removedBytes} : {}
}

/** HEAD, 204 and 304 have no body: nothing is exposed. */
function mayHaveBody({method}: Exchange, {status}: Unit): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304
}

function declaredLength({headers}: Unit): number | undefined {
  const value = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}
