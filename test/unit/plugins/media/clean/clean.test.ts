// What is taken out of images, what stays byte for byte, and what is refused: the formats, their lengths and their ends.
import {describe, expect, test} from 'vitest'
import {cleanImage, hasSurgery} from '../../../../../src/plugins/media/clean/clean.js'
import * as make from '../../../../support/images.js'

const SECRET = 'where it was taken'
const {pngChunk, jpegSegment, gifBlock, webpChunk, makePng, makeJpeg, makeGif, makeWebp, vp8l, vp8x, anmf} = make

function cleaned(type: string, bytes: Buffer) {
  const result = cleanImage(`image/${type}`, bytes)
  if (!result?.ok) throw new Error(result?.why ?? 'no surgery')
  return result
}

/** JFIF with a thumbnail of six points, which are a text. */
const thumbnail = (text: string): string => `JFIF\0\x01\x02\0\0\x01\0\x01\x03\x02${text}`

const why = (type: string, bytes: Buffer): string | undefined => {
  const result = cleanImage(`image/${type}`, bytes)
  return result?.ok ? 'clean' : result?.why
}

const frame = make.gifFrame()
const exif = jpegSegment(0xe1, `Exif\0\0${SECRET}`)
const mid = Buffer.concat([make.PNG_SIGNATURE, make.ihdr(), make.idat()])

describe.each<[string, string, Buffer, Buffer, number]>([
  [
    'png',
    'texts, time, Exif, private and unknown chunks',
    makePng(['tEXt', 'iTXt', 'zTXt', 'eXIf', 'tIME', 'prVt', 'sPLT', 'caBX'].map((t) => pngChunk(t, SECRET))),
    makePng(),
    8,
  ],
  [
    'png',
    'what stands behind the pixels',
    Buffer.concat([mid, pngChunk('tEXt', SECRET), pngChunk('IEND')]),
    makePng(),
    1,
  ],
  ['png', 'the name of a colour profile', makePng([make.iccChunk(SECRET)]), makePng([make.iccChunk('icc')]), 1],
  [
    'jpeg',
    'application segments and comments',
    makeJpeg({beside: [exif, ...[0xe2, 0xe3, 0xec, 0xed, 0xef, 0xfe].map((m) => jpegSegment(m, SECRET))]}),
    makeJpeg(),
    7,
  ],
  [
    'jpeg',
    'with fill bytes before them, and behind the frame',
    makeJpeg({beside: [Buffer.from([255, 255]), exif], late: [exif]}),
    makeJpeg(),
    2,
  ],
  [
    'jpeg',
    'reserved segments, and those that only look like the ones that stay',
    makeJpeg({
      beside: [
        ...[0xf0, 0xfd, 0x02, 0xbf, 0xee].map((m) => jpegSegment(m, SECRET)),
        jpegSegment(0xe0, `JFXX\0\x13${SECRET}`),
        jpegSegment(0xe0, SECRET),
      ],
    }),
    makeJpeg(),
    7,
  ],
  [
    'jpeg',
    'what stands behind the fields of JFIF and Adobe',
    makeJpeg({beside: [jpegSegment(0xe0, thumbnail(SECRET)), jpegSegment(0xee, `Adobe\0d\0\0\0\0\x01${SECRET}`)]}),
    makeJpeg({
      beside: [jpegSegment(0xe0, 'JFIF\0\x01\x02\0\0\x01\0\x01\0\0'), jpegSegment(0xee, 'Adobe\0d\0\0\0\0\x01')],
    }),
    2,
  ],
  [
    'jpeg',
    'further pictures, with zeros between',
    Buffer.concat([makeJpeg(), Buffer.alloc(3), makeJpeg({beside: [exif]}), makeJpeg()]),
    makeJpeg(),
    2,
  ],
  ['jpeg', 'zeros at the end', Buffer.concat([makeJpeg(), Buffer.alloc(100)]), makeJpeg(), 1],
  [
    'gif',
    'comments, texts and applications',
    makeGif([
      gifBlock(0xfe, SECRET, SECRET),
      gifBlock(0xff, 'XMP DataXMP', SECRET),
      frame,
      gifBlock(0x01, Buffer.alloc(12), SECRET),
      gifBlock(0x77, SECRET),
    ]),
    makeGif(),
    4,
  ],
  [
    'gif',
    'what only looks like a loop',
    makeGif([gifBlock(0xff, 'NETSCAPE2.0', Buffer.from([1, 0, 0]), SECRET), gifBlock(0xf9, SECRET), frame]),
    makeGif(),
    2,
  ],
  [
    'webp',
    'metadata, profile and unknown chunks, flags with them',
    makeWebp([vp8x(0x2c), ...['ICCP', 'EXIF', 'XMP ', 'odd '].map((t) => webpChunk(t, SECRET)), vp8l()]),
    makeWebp([vp8x(0), vp8l()]),
    4,
  ],
  [
    'webp',
    'what hides inside of a frame',
    makeWebp([vp8x(2), webpChunk('ANIM', Buffer.alloc(6)), anmf([vp8l(), webpChunk('odd ', SECRET)])]),
    makeWebp([vp8x(2), webpChunk('ANIM', Buffer.alloc(6)), anmf([vp8l()])]),
    1,
  ],
])('%s: %s', (type, _what, bytes, expected, removed) => {
  test('is gone, and the rest stands byte for byte', () => {
    const result = cleaned(type, bytes)
    expect(result.bytes.equals(expected)).toBe(true)
    expect(result.bytes.includes(SECRET)).toBe(false)
    expect([result.removed, result.removedBytes]).toEqual([removed, bytes.length - expected.length])
  })

  test('of what is clean nothing is gone', () => {
    const again = cleaned(type, cleaned(type, bytes).bytes)
    expect([again.bytes, again.removed, again.removedBytes]).toEqual([expected, 0, 0])
  })
})

test.each([
  [
    'png',
    makePng(
      ['tRNS', 'gAMA', 'cHRM', 'sRGB', 'sBIT', 'pHYs', 'bKGD', 'hIST', 'cICP', 'acTL', 'fcTL', 'fdAT', 'PLTE'].map(
        (t) => pngChunk(t, 'abc'),
      ),
    ),
  ],
  ['jpeg', makeJpeg({beside: [jpegSegment(0xee, 'Adobe')]})],
  ['gif', makeGif([make.GIF_LOOP, make.GIF_CONTROL, frame, make.GIF_CONTROL, frame])],
  ['webp', makeWebp()],
  ['webp', makeWebp([vp8x(0x10), webpChunk('ALPH', 'abc'), vp8l()])],
])('%s: what decides about pixels stays, in the same buffer', (type, bytes) => {
  expect(cleaned(type, bytes)).toEqual({ok: true, bytes, removed: 0, removedBytes: 0})
  expect(cleaned(type, bytes).bytes).toBe(bytes)
})

const wrongCrc = Buffer.from(makePng())
wrongCrc.writeUInt8(wrongCrc.readUInt8(20) ^ 1, 20)
const longChunk = Buffer.from(makePng())
longChunk.writeUInt32BE(0xffffffff, 33)
const longSegment = Buffer.from(makeJpeg())
longSegment.writeUInt16BE(0xffff, 22)
const shortSegment = Buffer.from(makeJpeg())
shortSegment.writeUInt16BE(1, 22)
const bigRiff = Buffer.from(makeWebp())
bigRiff.writeUInt32LE(0xffffffff, 4)
const bigChunk = Buffer.from(makeWebp())
bigChunk.writeUInt32LE(0xffffffff, 16)
const tail = Buffer.from('x')

test.each<[string, Buffer, string]>([
  ['png', Buffer.from('no picture at all'), 'no PNG signature'],
  ['png', mid, 'no IEND chunk'],
  ['png', Buffer.concat([makePng(), tail]), 'data after the end'],
  ['png', wrongCrc, 'a checksum is wrong'],
  ['png', longChunk, 'a chunk is longer than the image'],
  ['png', Buffer.concat([make.PNG_SIGNATURE, make.idat(), pngChunk('IEND')]), 'the IHDR chunk is not the first'],
  [
    'png',
    Buffer.concat([make.PNG_SIGNATURE, make.ihdr(), make.ihdr(), make.idat()]),
    'the IHDR chunk is not the first',
  ],
  ['png', Buffer.concat([make.PNG_SIGNATURE, make.ihdr(), pngChunk('IEND')]), 'no IDAT chunk'],
  ['png', Buffer.concat([mid, pngChunk('IEND', 'x')]), 'an IEND chunk of another length'],
  ['png', Buffer.concat([make.PNG_SIGNATURE, pngChunk('IHDR', 'x'), make.idat()]), 'an IHDR chunk of another length'],
  ['png', Buffer.concat([make.PNG_SIGNATURE, make.ihdr(0), make.idat()]), 'no pixels'],
  ['png', Buffer.concat([make.PNG_SIGNATURE, make.ihdr(16_385, 16_384), make.idat()]), 'more than 268435456 pixels'],
  ['png', makePng([pngChunk('XxXx')]), 'an unknown critical chunk'],
  ['png', makePng([pngChunk('t\x80Xt')]), 'a chunk type that is none'],
  ['png', makePng([pngChunk('iCCP', 'n'.repeat(80))]), 'an iCCP chunk without name'],
  ['jpeg', Buffer.from('no picture at all'), 'no SOI marker'],
  ['jpeg', makeJpeg().subarray(0, -2), 'no EOI marker'],
  ['jpeg', makeJpeg().subarray(0, 60), 'a segment is longer than the image'],
  ['jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xff]), 'no EOI marker'],
  ['jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xd9]), 'no SOS marker'],
  ['jpeg', Buffer.from([0xff, 0xd8, 0xff, 0x00]), 'a marker is missing'],
  ['jpeg', Buffer.concat([makeJpeg(), tail]), 'data after the end'],
  ['jpeg', Buffer.concat([makeJpeg(), makeJpeg(), tail]), 'data after the end'],
  ['jpeg', longSegment, 'a segment is longer than the image'],
  ['jpeg', shortSegment, 'a segment is longer than the image'],
  ['jpeg', makeJpeg({beside: [tail]}), 'a marker is missing'],
  ['jpeg', makeJpeg({width: 65_535, height: 65_535}), 'more than 268435456 pixels'],
  ['gif', Buffer.from('GIF88a, or what was one'), 'no GIF header'],
  ['gif', makeGif().subarray(0, -1), 'no trailer'],
  ['gif', makeGif().subarray(0, -4), 'a block is longer than the image'],
  ['gif', makeGif().subarray(0, 400), 'no trailer'],
  ['gif', makeGif([]), 'no frame'],
  ['gif', makeGif([tail]), 'an unknown block'],
  ['gif', Buffer.concat([makeGif(), tail]), 'data after the end'],
  ['gif', makeGif([frame], {width: 65_535, height: 65_535}), 'more than 268435456 pixels'],
  ['webp', Buffer.from('RIFF....WAVEfmt ........'), 'no WebP header'],
  ['webp', bigRiff, 'no end'],
  ['webp', bigChunk, 'a chunk is longer than the image'],
  ['webp', Buffer.concat([makeWebp(), tail]), 'data after the end'],
  ['webp', makeWebp([webpChunk('EXIF', SECRET), vp8l()]), 'no picture'],
  ['webp', makeWebp([vp8x(0)]), 'no picture'],
  ['webp', makeWebp([vp8x(0, 2 ** 24, 2 ** 24), vp8l()]), 'more than 268435456 pixels'],
  ['webp', makeWebp([webpChunk('VP8X', 'x'), vp8l()]), 'a VP8X chunk that is too short'],
  ['webp', makeWebp([vp8x(2), webpChunk('ANMF', 'x')]), 'a frame is longer than the image'],
  ['png', makePng(Array<Buffer>(65_536).fill(pngChunk('pHYs'))), 'more than 65536 parts'],
  ['jpeg', makeJpeg({beside: Array<Buffer>(65_536).fill(jpegSegment(0xe0))}), 'more than 65536 parts'],
  ['webp', makeWebp([vp8l(), ...Array<Buffer>(65_536).fill(webpChunk('ALPH'))]), 'more than 65536 parts'],
  [
    'webp',
    makeWebp([vp8x(2), anmf([vp8l(), ...Array<Buffer>(65_536).fill(webpChunk('odd '))])]),
    'more than 65536 parts',
  ],
])('a broken %s is refused: %#', (type, bytes, reason) => {
  expect(why(type, bytes)).toBe(reason)
})

test.each([
  ['png', makePng([make.iccChunk('n')])],
  ['jpeg', makeJpeg({beside: [exif]})],
  ['gif', makeGif()],
  ['webp', makeWebp([vp8x(0), vp8l()])],
])('a %s that is cut off anywhere, or changed anywhere, is refused or stays an image', (type, bytes) => {
  for (let i = 0; i < bytes.length; i++) {
    expect(why(type, bytes.subarray(0, i))).not.toBe('clean')
    for (const bit of [1, 0x80]) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(i) ^ bit, i)
      const result = cleanImage(`image/${type}`, changed)
      if (result?.ok) expect(result.bytes.length + result.removedBytes).toBe(bytes.length)
    }
  }
})

test('other types have no surgery', () => {
  expect([hasSurgery('image/png'), hasSurgery('image/avif'), cleanImage('image/avif', makePng())]).toEqual([
    true,
    false,
    undefined,
  ])
})
