// What bytes are by themselves: every signature, near misses that are none, and documents that a reader would run.
import {describe, expect, test} from 'vitest'
import {isActiveDocument, isPlainText, sniffMedia} from '../../../../src/lib/media/sniff.js'
import {makeGif, makeJpeg, makePng, makeWebp} from '../../../support/images.js'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const bmp = Buffer.concat([latin1('BM'), Buffer.alloc(12), Buffer.from([40, 0, 0, 0]), Buffer.alloc(36)])
const icon = Buffer.concat([Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 9, 0, 0, 0, 22, 0, 0, 0]), bmp])
const packets = Buffer.alloc(3 * 188)
for (let at = 0; at < packets.length; at += 188) packets.writeUInt8(0x47, at)
/** MPEG-1 layer III, 128 kbit/s, 44.1 kHz: frames of 417 bytes. */
const frames = Buffer.alloc(1000)
for (const at of [0, 417, 834]) frames.writeUInt32BE(0xfffb9000, at)
const page = (codec: string): Buffer => latin1(`OggS${'\0'.repeat(24)}${codec}`)

describe('a signature', () => {
  test.each<[string, Buffer]>([
    ['image/png', makePng()],
    ['image/jpeg', makeJpeg()],
    ['image/gif', makeGif()],
    ['image/webp', makeWebp()],
    ['image/bmp', bmp],
    ['image/x-icon', icon],
    ['image/tiff', latin1('II*\0')],
    ['image/tiff', latin1('MM\0*')],
    ['image/avif', latin1('\0\0\0\x1cftypavif')],
    ['image/heic', latin1('\0\0\0\x1cftypheic')],
    ['image/jxl', latin1('\0\0\0\x0cJXL \r\n\x87\n')],
    ['image/jp2', latin1('\0\0\0\x0cjP  \r\n\x87\n')],
    ['image/vnd.adobe.photoshop', latin1('8BPS\0\x01')],
    ['audio/mpeg', latin1('ID3\x04')],
    ['audio/mpeg', frames],
    ['audio/wave', latin1('RIFF....WAVE')],
    ['audio/aiff', latin1('FORM....AIFF')],
    ['audio/flac', latin1('fLaC')],
    ['audio/midi', latin1('MThd\0\0\0\x06')],
    ['audio/basic', latin1('.snd\0\0\0\x18')],
    ['audio/mp4', latin1('\0\0\0\x1cftypM4A ')],
    ['audio/ogg', page('\x01vorbis')],
    ['audio/amr', latin1('#!AMR\n')],
    ['video/ogg', page('\x80theora')],
    ['video/mp4', latin1('\0\0\0\x1cftypisom')],
    ['video/quicktime', latin1('\0\0\0\x14ftypqt  ')],
    ['video/webm', latin1('\x1aE\xdf\xa3')],
    ['video/avi', latin1('RIFF....AVI ')],
    ['video/x-flv', latin1('FLV\x01')],
    ['video/mpeg', latin1('\0\0\x01\xba')],
    ['video/mp2t', packets],
  ])('of %s: %#', (type, bytes) => {
    expect(sniffMedia(bytes)).toBe(type)
  })

  test.each([
    ['nothing', ''],
    ['a text about a car', 'BMW announces a new engine for the next year'],
    ['a message of gRPC', '\0\0\x01\0\x0e\x0a\x05hello and goodbye to all of them'],
    ['a typeface', '\0\x01\0\0\0\x0d\0\x80\0\x03\0\x50DSIG'],
    ['an archive', 'PK\x03\x04\x14\0\0\0'],
    ['a document', '%PDF-1.7\n'],
    ['RIFF of another kind', 'RIFF....ACON'],
    ['one frame of MPEG, and no second one', `\xff\xfb\x90\0${'\0'.repeat(600)}`],
    ['a byte-order mark', '\xff\xfea\0b\0'],
  ])('is not that of %s', (_what, text) => {
    expect(sniffMedia(latin1(text))).toBeUndefined()
  })
})

test.each([
  '<!DOCTYPE html>',
  '  \n<HTML>',
  '\xef\xbb\xbf<svg xmlns="x">',
  '<s:svg>',
  '<?xml version="1.0"?>',
  '<!-- x --><script>',
  '<script>x()',
  '#!/bin/sh',
  '"use strict"; x()',
  'import x from "y"',
  'const a = 1',
  '(function(){})()',
  '\xff\xfe<\0s\0v\0g\0>\0',
])('%s is a document that somebody would run', (text) => {
  expect(isActiveDocument(latin1(text))).toBe(true)
})

test.each(['', 'plain words', '<3 all of you', '<svgx', 'letters', 'constant'])('%s is none', (text) => {
  expect(isActiveDocument(latin1(text))).toBe(false)
})

test('every image has a byte that no text has', () => {
  expect([makePng(), makeJpeg(), makeGif(), makeWebp(), bmp].map(isPlainText)).toEqual(Array(5).fill(false))
  expect(isPlainText(Buffer.from('GIF89a is a format.\r\n\tÜ\u001b[0m\f'))).toBe(true)
})
