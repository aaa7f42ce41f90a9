// GIF without comments, texts and the data of applications. Palettes, frames, their timing
// and the number of loops stay byte for byte.
import {BOMB, Cutter, isBomb, refused, type CleanResult} from './cleaned.js'

const IMAGE = 0x2c
const EXTENSION = 0x21
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9
const APPLICATION = 0xff

/** A loop count, and nothing that could hold more than one. */
const LOOP = /^\x0b(?:NETSCAPE2\.0|ANIMEXTS1\.0)\x03\x01[^]{2}\x00$/

export function cleanGif(bytes: Buffer): CleanResult {
  if (!/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6)) || bytes.length < 13) return refused('no GIF header')
  if (isBomb(bytes.readUInt16LE(6), bytes.readUInt16LE(8))) return refused(BOMB)
  const cutter = new Cutter(bytes)
  let hasFrame = false
  for (let at = 13 + paletteBytes(bytes[10]); ;) {
    const start = at
    const kind = bytes[at]
    if (kind === undefined) return refused('no trailer')
    if (kind === TRAILER) {
      if (!hasFrame) return refused('no frame')
      return at + 1 === bytes.length ? cutter.done() : refused('data after the end')
    }
    if (kind === EXTENSION) {
      const label = bytes[at + 1]
      const end = endOfBlocks(bytes, at + 2)
      if (end === undefined) return refused('a block is longer than the image')
      at = end
      const isControl = label === GRAPHIC_CONTROL && end - start === 8 && bytes[start + 2] === 4
      const isLoop = label === APPLICATION && end - start <= 32 && LOOP.test(bytes.toString('latin1', start + 2, end))
      if (!isControl && !isLoop) cutter.cut(start, end)
      continue
    }
    if (kind !== IMAGE) return refused('an unknown block')
    if (at + 10 > bytes.length) return refused('no trailer')
    if (isBomb(bytes.readUInt16LE(at + 5), bytes.readUInt16LE(at + 7))) return refused(BOMB)
    // descriptor, palette, code size
    const end = endOfBlocks(bytes, at + 10 + paletteBytes(bytes[at + 9]) + 1)
    if (end === undefined) return refused('a block is longer than the image')
    hasFrame = true
    at = end
  }
}

function paletteBytes(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)
}

function endOfBlocks(bytes: Buffer, from: number): number | undefined {
  let at = from
  for (;;) {
    const length = bytes[at]
    if (length === undefined) return undefined
    at += 1 + length
    if (length === 0) return at
  }
}
