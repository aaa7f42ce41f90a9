// JPEG without the segments that are about the picture and not of it. Tables, frames and
// scans stay byte for byte; pictures behind the picture (multi-picture format) are cut off.
import {Buffer} from 'node:buffer'
import {BOMB, Cutter, isBomb, MAX_PARTS, refused, TOO_MANY, type CleanResult} from './cleaned.js'

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda

const APP0 = 0xe0
const APP14 = 0xee

/** APP1 to APP13, APP15, comments, and what is reserved: decoders of this format know nothing of it. */
function isMetadata(marker: number): boolean {
  return marker > 0xef || marker < 0xc0 || (marker > APP0 && marker !== APP14)
}

/** APP0 (JFIF) and APP14 (Adobe) say how colours are to be read; behind that, thumbnails and anything else fit in. */
const JFIF_BYTES = 14
const ADOBE_BYTES = 12

/** What stays of such a segment: the same buffer, less of it, or nothing. */
function trimmed(marker: number, data: Buffer): Buffer | undefined {
  const name = data.toString('latin1', 0, 5)
  if (marker === APP14) return name === 'Adobe' ? data.subarray(0, ADOBE_BYTES) : undefined
  if (name !== 'JFIF\0') return name === 'JFXX\0' || data.length > JFIF_BYTES ? undefined : data
  if (data.length < JFIF_BYTES || (data.length === JFIF_BYTES && data.readUInt16BE(12) === 0)) return data
  // no thumbnail, of no width and no height
  return Buffer.concat([data.subarray(0, JFIF_BYTES - 2), Buffer.alloc(2)])
}

function isStandalone(marker: number): boolean {
  return marker === SOI || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)
}

/** Start of frame: every one but DHT, JPG and DAC, which share its range. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

export function cleanJpeg(bytes: Buffer): CleanResult {
  const cutter = new Cutter(bytes)
  const end = walk(bytes, 0, (start, stop, by) => (by ? cutter.replace(start, stop, by) : cutter.cut(start, stop)))
  if (typeof end === 'string') return refused(end)
  for (let at = end; at < bytes.length;) {
    let start = at
    // pictures of one file are aligned with zeros
    while (bytes[start] === 0) start++
    const next = start === bytes.length ? start : walk(bytes, start, () => {})
    if (typeof next === 'string') return refused('data after the end')
    cutter.cut(at, next)
    at = next
  }
  return cutter.done()
}

/** Where the picture that begins there ends, or why it is none. */
function walk(bytes: Buffer, from: number, change: (start: number, end: number, by?: Buffer) => void): number | string {
  if (bytes[from] !== 0xff || bytes[from + 1] !== SOI) return 'no SOI marker'
  let hasScan = false
  for (let at = from + 2, parts = 0; ; parts++) {
    if (parts > MAX_PARTS) return TOO_MANY
    const start = at
    if (bytes[at] !== 0xff) return at < bytes.length ? 'a marker is missing' : 'no EOI marker'
    // any number of fill bytes
    while (bytes[at] === 0xff) at++
    const marker = bytes[at++]
    if (marker === undefined) return 'no EOI marker'
    if (marker === EOI) return hasScan ? at : 'no SOS marker'
    if (marker === 0x00) return 'a marker is missing'
    if (isStandalone(marker)) continue
    if (at + 2 > bytes.length) return 'no EOI marker'
    const length = bytes.readUInt16BE(at)
    if (length < 2 || at + length > bytes.length) return 'a segment is longer than the image'
    if (isFrame(marker)) {
      if (length < 8) return 'a frame header is too short'
      if (isBomb(bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 3))) return BOMB
    }
    const data = bytes.subarray(at + 2, at + length)
    at += length
    if (isMetadata(marker)) change(start, at)
    else if (marker === APP0 || marker === APP14) {
      const left = trimmed(marker, data)
      if (left === undefined) change(start, at)
      else if (left.length < data.length || left.compare(data) !== 0) change(start, at, segment(marker, left))
    }
    if (marker === SOS) {
      hasScan = true
      at = endOfScan(bytes, at)
    }
  }
}

/** The next marker that is no restart; 0xFF00 is a stuffed byte. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1]
    if (next === 0x00 || (next !== undefined && next >= 0xd0 && next <= 0xd7)) at += 2
    else if (next === 0xff) at++
    else return at
  }
  return bytes.length
}

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([head, data])
}
