// Images that decoders really decode, built byte by byte: small images in four formats, with arbitrary data beside
// their pixels. Every maker takes the parts that a test adds, in the places where the format allows them.
import {crc32, deflateSync} from 'node:zlib'

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
const u32 = (n: number): Buffer => Buffer.from([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255])
const le16 = (n: number): Buffer => Buffer.from([n & 255, n >> 8])
const le24 = (n: number): Buffer => Buffer.from([n & 255, (n >> 8) & 255, n >> 16])
const le32 = (n: number): Buffer => Buffer.from([n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24])

export function pngChunk(type: string, data: string | Buffer = ''): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(data)])
  return Buffer.concat([u32(body.length - 4), body, u32(crc32(body))])
}

export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

export function ihdr(width = 4, height = 3): Buffer {
  return pngChunk('IHDR', Buffer.concat([u32(width), u32(height), Buffer.from([8, 2, 0, 0, 0])]))
}

/** The pixels of a 4 × 3 image, each of another colour. */
export function idat(): Buffer {
  const rows = [0, 1, 2].map((y) =>
    Buffer.concat([Buffer.alloc(1), ...[0, 1, 2, 3].map((x) => Buffer.from([x * 60, y * 80, (x + y) * 40]))]),
  )
  return pngChunk('IDAT', deflateSync(Buffer.concat(rows)))
}

export function makePng(beside: readonly Buffer[] = []): Buffer {
  return Buffer.concat([PNG_SIGNATURE, ihdr(), ...beside, idat(), pngChunk('IEND')])
}

/** A deflated profile that no colour management accepts: only its name matters. */
export function iccChunk(name: string): Buffer {
  return pngChunk('iCCP', Buffer.concat([Buffer.from(`${name}\0\0`, 'latin1'), deflateSync('profile')]))
}

export function jpegSegment(marker: number, data: string | Buffer = ''): Buffer {
  const body = Buffer.from(data)
  return Buffer.concat([Buffer.from([0xff, marker]), u16(body.length + 2), body])
}

const JFIF = jpegSegment(
  0xe0,
  Buffer.concat([Buffer.from('JFIF\0\x01\x02\0', 'latin1'), u16(1), u16(1), Buffer.alloc(2)]),
)

/** Bits of a scan, with a zero behind every 0xFF. */
function scanBytes(bits: string): Buffer {
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1').match(/.{8}/g) ?? []
  return Buffer.from(bytes.flatMap((byte) => (byte === '11111111' ? [255, 0] : [Number.parseInt(byte, 2)])))
}

export interface JpegParts {
  readonly beside?: readonly Buffer[]
  readonly width?: number
  readonly height?: number
  /** Behind the frame header, before the scan. */
  readonly late?: readonly Buffer[]
}

/** A grey 32 × 8 image of four blocks, two and two between restart markers, with stuffed bytes in its scan. */
export function makeJpeg({beside = [], width = 32, height = 8, late = []}: JpegParts = {}): Buffer {
  const frame = Buffer.concat([Buffer.from([8]), u16(height), u16(width), Buffer.from([1, 1, 0x11, 0])])
  // code 0: no difference; code 10: a difference of eight bits
  const dc = Buffer.from([0x00, 1, 1, ...Array<number>(14).fill(0), 0, 8])
  const ac = Buffer.from([0x10, 1, ...Array<number>(15).fill(0), 0])
  const up = `10${'1'.repeat(8)}0`
  const none = '00'
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    JFIF,
    ...beside,
    jpegSegment(0xdb, Buffer.concat([Buffer.alloc(1), Buffer.alloc(64, 2)])),
    jpegSegment(0xdd, u16(2)),
    jpegSegment(0xc0, frame),
    jpegSegment(0xc4, dc),
    jpegSegment(0xc4, ac),
    ...late,
    jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    scanBytes(`${up}${up}`),
    Buffer.from([0xff, 0xd0]),
    scanBytes(`${none}${up}`),
    Buffer.from([0xff, 0xd9]),
  ])
}

export function gifBlock(label: number, ...blocks: readonly (string | Buffer)[]): Buffer {
  const parts = blocks.map((block) => Buffer.concat([Buffer.from([Buffer.from(block).length]), Buffer.from(block)]))
  return Buffer.concat([Buffer.from([0x21, label]), ...parts, Buffer.alloc(1)])
}

export const GIF_LOOP = gifBlock(0xff, 'NETSCAPE2.0', Buffer.from([1, 0, 0]))
export const GIF_CONTROL = gifBlock(0xf9, Buffer.from([4, 10, 0, 0]))

/** A 4 × 4 frame of four colours: every code is written as it is, the table is cleared before it grows. */
export function gifFrame(): Buffer {
  const pixels = Buffer.from(Array.from({length: 16}, (_, i) => i % 4))
  const data = Buffer.concat([Buffer.from([0x80]), pixels, Buffer.from([0x81])])
  return Buffer.concat([
    Buffer.from([0x2c]),
    le16(0),
    le16(0),
    le16(4),
    le16(4),
    Buffer.from([0, 7, data.length]),
    data,
    Buffer.alloc(1),
  ])
}

export function makeGif(beside: readonly Buffer[] = [gifFrame()], {width = 4, height = 4} = {}): Buffer {
  const palette = Buffer.from([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, ...Array<number>(372).fill(9)])
  const screen = Buffer.concat([le16(width), le16(height), Buffer.from([0xf6, 0, 0])])
  return Buffer.concat([Buffer.from('GIF89a'), screen, palette, ...beside, Buffer.from([0x3b])])
}

export function webpChunk(type: string, data: string | Buffer = ''): Buffer {
  const body = Buffer.from(data)
  return Buffer.concat([Buffer.from(type, 'latin1'), le32(body.length), body, Buffer.alloc(body.length % 2)])
}

/** A lossless image of one colour: five prefix codes of one symbol each, and no bit of data after them. */
export function vp8l(width = 5, height = 3): Buffer {
  const bits: number[] = []
  const put = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1)
  }
  put(width - 1, 14)
  put(height - 1, 14)
  put(0, 4) // no alpha, version 0
  put(0, 3) // no transform, no colour cache, one group of codes
  for (const symbol of [200, 40, 90, 255]) {
    put(0b101, 3) // simple, one symbol, of eight bits
    put(symbol, 8)
  }
  put(0b0001, 4) // distances: simple, one symbol, of one bit: 0
  const bytes = Array.from({length: Math.ceil(bits.length / 8)}, (_, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, bit) => sum | ((bits[8 * i + bit] ?? 0) << bit), 0),
  )
  return webpChunk('VP8L', Buffer.from([0x2f, ...bytes]))
}

export function vp8x(flags: number, width = 5, height = 3): Buffer {
  return webpChunk('VP8X', Buffer.concat([Buffer.from([flags, 0, 0, 0]), le24(width - 1), le24(height - 1)]))
}

export function anmf(chunks: readonly Buffer[]): Buffer {
  const header = Buffer.concat([le24(0), le24(0), le24(4), le24(2), le24(100), Buffer.alloc(1)])
  return webpChunk('ANMF', Buffer.concat([header, ...chunks]))
}

export function makeWebp(chunks: readonly Buffer[] = [vp8l()]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks])
  return Buffer.concat([Buffer.from('RIFF'), le32(body.length), body])
}
