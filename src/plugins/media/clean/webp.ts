// WebP without metadata, colour profile and chunks that no decoder knows, in the file and inside its frames. Pixel data stays byte for byte; sizes and flags follow.
import {Buffer} from 'node:buffer'
import {BOMB, Cutter, isBomb, MAX_PARTS, refused, TOO_MANY, type CleanResult} from './cleaned.js'

const IN_FILE = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF'])
const IN_FRAME = new Set(['VP8 ', 'VP8L', 'ALPH'])
const FRAME_HEADER = 16
/** ICC profile, Exif and XMP of the flags of VP8X. */
const METADATA_FLAGS = 0x2c

interface Chunk {
  readonly type: string
  readonly start: number
  readonly dataStart: number
  readonly dataEnd: number
  /** With its padding. */
  readonly end: number
}

export function cleanWebp(bytes: Buffer): CleanResult {
  if (bytes.length < 20 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return refused('no WebP header')
  const size = bytes.readUInt32LE(4) + 8
  if (size > bytes.length) return refused('no end')
  if (size < bytes.length) return refused('data after the end')
  const chunks = chunksOf(bytes, 12, bytes.length)
  if (!chunks) return refused('a chunk is longer than the image')
  if (chunks.length > MAX_PARTS) return refused(TOO_MANY)
  const [first] = chunks
  if (!first || !/^VP8[ LX]$/.test(first.type)) return refused('no picture')
  const cutter = new Cutter(bytes)
  let hasPicture = false
  for (const chunk of chunks) {
    const {type, start, dataStart, dataEnd, end} = chunk
    if (type === 'VP8X') {
      if (dataEnd - dataStart < 10) return refused('a VP8X chunk that is too short')
      if (isBomb(1 + bytes.readUIntLE(dataStart + 4, 3), 1 + bytes.readUIntLE(dataStart + 7, 3))) return refused(BOMB)
    } else if (type === 'ANMF') {
      const frame = cleanFrame(bytes, chunk)
      if (typeof frame === 'string') return refused(frame)
      if (frame) cutter.replace(start, end, frame)
      hasPicture = true
    } else if (type === 'VP8 ' || type === 'VP8L') hasPicture = true
    else if (!IN_FILE.has(type)) cutter.cut(start, end)
  }
  if (!hasPicture) return refused('no picture')
  const result = cutter.done()
  if (result.bytes === bytes) return result
  result.bytes.writeUInt32LE(result.bytes.length - 8, 4)
  if (first.type === 'VP8X')
    result.bytes.writeUInt8(bytes.readUInt8(first.dataStart) & ~METADATA_FLAGS, first.dataStart)
  return result
}

/** A frame without chunks that are none of its picture; undefined: it has none. */
function cleanFrame(bytes: Buffer, {start, dataStart, dataEnd, end}: Chunk): Buffer | string | undefined {
  const from = dataStart + FRAME_HEADER
  const chunks = from > dataEnd ? undefined : chunksOf(bytes, from, dataEnd)
  if (!chunks) return 'a frame is longer than the image'
  if (chunks.length > MAX_PARTS) return TOO_MANY
  if (chunks.every(({type}) => IN_FRAME.has(type))) return undefined
  const kept = chunks.filter(({type}) => IN_FRAME.has(type)).map((one) => bytes.subarray(one.start, one.end))
  const frame = Buffer.concat([bytes.subarray(start, from), ...kept])
  frame.writeUInt32LE(frame.length - (dataStart - start), 4)
  return end - dataEnd === 1 && frame.length % 2 === 1 ? Buffer.concat([frame, Buffer.alloc(1)]) : frame
}

function chunksOf(bytes: Buffer, from: number, to: number): readonly Chunk[] | undefined {
  const chunks: Chunk[] = []
  for (let at = from; at < to && chunks.length <= MAX_PARTS;) {
    if (at + 8 > to) return undefined
    const size = bytes.readUInt32LE(at + 4)
    const dataEnd = at + 8 + size
    if (dataEnd > to) return undefined
    // the last padding byte is left out by some writers
    const end = Math.min(dataEnd + (size % 2), to)
    chunks.push({type: bytes.toString('latin1', at, at + 4), start: at, dataStart: at + 8, dataEnd, end})
    at = end
  }
  return chunks
}
