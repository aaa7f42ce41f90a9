// Cleaning an image of a known format; the others have no surgery.
import type {CleanResult} from './cleaned.js'
import {cleanGif} from './gif.js'
import {cleanJpeg} from './jpeg.js'
import {cleanPng} from './png.js'
import {cleanWebp} from './webp.js'

const SURGERY: ReadonlyMap<string, (bytes: Buffer) => CleanResult> = new Map([
  ['image/png', cleanPng],
  ['image/jpeg', cleanJpeg],
  ['image/gif', cleanGif],
  ['image/webp', cleanWebp],
])

export function hasSurgery(type: string): boolean {
  return SURGERY.has(type)
}

/** undefined: there is no surgery for this type. */
export function cleanImage(type: string, bytes: Buffer): CleanResult | undefined {
  return SURGERY.get(type)?.(bytes)
}
