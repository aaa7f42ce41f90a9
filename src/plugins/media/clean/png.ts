// PNG without the chunks that are about the picture and not of it. What decides about
// pixels stays as it is, checksums included; a text in the one name that has to stay is replaced.
import {Buffer} from 'node:buffer'
import {crc32} from 'node:zlib'
import {BOMB, Cutter, isBomb, MAX_PARTS, refused, TOO_MANY, type CleanResult} from './cleaned.js'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const CRITICAL = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND'])

/** Ancillary chunks that change what is seen; decoders do without any other (W3C PNG, section 5.4). */
const RENDERING = new Set([
  'tRNS',
  'cHRM',
  'gAMA',
  'iCCP',
  'sBIT',
  'sRGB',
  'cICP',
  'mDCV',
  'cLLI',
  'bKGD',
  'hIST',
  'pHYs',
  'acTL',
  'fcTL',
  'fdAT',
])
const TYPE = /^[A-Za-z]{4}$/
const PROFILE_NAME = Buffer.from('icc\0', 'latin1')
const MAX_NAME = 79

export function cleanPng(bytes: Buffer): CleanResult {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return refused('no PNG signature')
  const cutter = new Cutter(bytes)
  let hasPixels = false
  for (let at = 8, parts = 0; ; parts++) {
    if (parts > MAX_PARTS) return refused(TOO_MANY)
    if (at + 12 > bytes.length) return refused('no IEND chunk')
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    const end = at + 12 + length
    if (!TYPE.test(type)) return refused('a chunk type that is none')
    if (end > bytes.length) return refused('a chunk is longer than the image')
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return refused('a checksum is wrong')
    if ((at === 8) !== (type === 'IHDR')) return refused('the IHDR chunk is not the first')
    if (type === 'IHDR') {
      if (length !== 13) return refused('an IHDR chunk of another length')
      const [width, height] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)]
      if (width === 0 || height === 0) return refused('no pixels')
      if (isBomb(width, height)) return refused(BOMB)
    } else if (type === 'IEND') {
      if (length !== 0) return refused('an IEND chunk of another length')
      if (!hasPixels) return refused('no IDAT chunk')
      if (end < bytes.length) return refused('data after the end')
      return cutter.done()
    } else if (type === 'IDAT') hasPixels = true
    else if (type === 'iCCP') {
      const anonymous = withoutName(bytes.subarray(at + 8, end - 4))
      if (!anonymous) return refused('an iCCP chunk without name')
      // the name of a colour profile is free text
      if (anonymous !== 'same') cutter.replace(at, end, chunk(type, anonymous))
    } else if (!CRITICAL.has(type) && !RENDERING.has(type)) {
      if (/^[A-Z]/.test(type)) return refused('an unknown critical chunk')
      cutter.cut(at, end)
    }
    at = end
  }
}

function withoutName(data: Buffer): Buffer | 'same' | undefined {
  const end = data.subarray(0, MAX_NAME + 1).indexOf(0)
  if (end < 1) return undefined
  if (data.subarray(0, end + 1).equals(PROFILE_NAME)) return 'same'
  return Buffer.concat([PROFILE_NAME, data.subarray(end + 1)])
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(12 + data.length)
  whole.writeUInt32BE(data.length)
  whole.write(type, 4, 'latin1')
  data.copy(whole, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4)
  return whole
}
