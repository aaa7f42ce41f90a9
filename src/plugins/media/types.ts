// Media types by name: the kind of each, under one spelling for all the names that servers use.
import {trimOws} from '../../lib/ows.js'

export type Kind = 'image' | 'audio' | 'video'

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['image/apng', 'image/png'],
  ['image/vnd.mozilla.apng', 'image/png'],
  ['image/x-ms-bmp', 'image/bmp'],
  ['image/x-bmp', 'image/bmp'],
  ['image/vnd.microsoft.icon', 'image/x-icon'],
  ['image/ico', 'image/x-icon'],
  ['image/heif', 'image/heic'],
  // containers with nothing but audio and video
  ['application/ogg', 'audio/ogg'],
  ['application/mp4', 'video/mp4'],
  ['application/x-matroska', 'video/webm'],
  ['application/vnd.rn-realmedia', 'video/vnd.rn-realmedia'],
])

/** Types that state nothing about the content. */
const GENERIC = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/binary',
  'application/unknown',
])

const TEXTUAL = /^(?:text\/|application\/(?:json|javascript|xml|yaml|x-ndjson)$)|\+(?:json|xml)$/

/** Lower case, without parameters. */
export function canonicalType(declared: string): string {
  const end = declared.indexOf(';')
  const bare = trimOws(end < 0 ? declared : declared.slice(0, end)).toLowerCase()
  return ALIASES.get(bare) ?? bare
}

export function kindOf(type: string): Kind | undefined {
  if (type.startsWith('image/')) return 'image'
  if (type.startsWith('audio/')) return 'audio'
  return type.startsWith('video/') ? 'video' : undefined
}

/** A document that browsers show as an image. */
export function isDrawing(type: string): boolean {
  return type === 'image/svg+xml'
}

export function isGeneric(type: string): boolean {
  return GENERIC.has(type)
}

export function isTextual(type: string): boolean {
  return TEXTUAL.test(type)
}

/** A declared type in a message: the sender chose it, so it is escaped. */
export function shownType(type: string): string {
  return type.replace(/[^!#-~]+/g, '?').slice(0, 100)
}
