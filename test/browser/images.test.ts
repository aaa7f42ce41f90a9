// Images before and after their metadata is taken out, decoded by a real browser: the same pixels.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {cleanImage} from '../../src/plugins/media/clean/clean.js'
import {findChromium, startBrowser} from '../support/browser.js'
import {
  anmf,
  gifBlock,
  gifFrame,
  GIF_LOOP,
  jpegSegment,
  makeGif,
  makeJpeg,
  makePng,
  makeWebp,
} from '../support/images.js'
import {pngChunk, vp8l, vp8x, webpChunk} from '../support/images.js'

const chromium = findChromium()

const IMAGES: Readonly<Record<string, {readonly type: string; readonly bytes: Buffer}>> = {
  png: {type: 'image/png', bytes: makePng([pngChunk('tEXt', 'a\0b'), pngChunk('prVt', 'x')])},
  jpeg: {
    type: 'image/jpeg',
    bytes: Buffer.concat([makeJpeg({beside: [jpegSegment(0xe1, 'x'), jpegSegment(0xfe, 'x')]}), makeJpeg()]),
  },
  gif: {type: 'image/gif', bytes: makeGif([GIF_LOOP, gifBlock(0xfe, 'x'), gifFrame(), gifBlock(1, Buffer.alloc(12))])},
  webp: {type: 'image/webp', bytes: makeWebp([vp8x(0x0c), vp8l(), webpChunk('EXIF', 'x'), webpChunk('XMP ', 'x')])},
  animation: {
    type: 'image/webp',
    bytes: makeWebp([vp8x(2), webpChunk('ANIM', Buffer.alloc(6)), anmf([vp8l(), webpChunk('odd ', 'x')])]),
  },
}

const PIXELS = `async (sources) => {
  const read = async (source) => {
    const image = new Image()
    image.src = source
    await image.decode()
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d')
    canvas.drawImage(image, 0, 0)
    return [image.naturalWidth, ...canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight).data]
  }
  return Promise.all(sources.map(read))
}`

test.runIf(chromium)('pixels are the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipelock-images-'))
  const browser = await startBrowser(chromium ?? '')
  try {
    writeFileSync(join(folder, 'page.html'), '<!doctype html><title>images</title>')
    const {page} = await browser.open(join(folder, 'page.html'))
    for (const [name, {type, bytes}] of Object.entries(IMAGES)) {
      const result = cleanImage(type, bytes)
      if (!result?.ok) throw new Error(`${name}: ${result?.why ?? 'no surgery'}`)
      expect([name, result.removed > 0]).toEqual([name, true])
      const sources = [bytes, result.bytes].map((one) => `data:${type};base64,${one.toString('base64')}`)
      const [before, after] = await page.evaluate<number[][]>(`(${PIXELS})(${JSON.stringify(sources)})`)
      expect([name, new Set(before).size > 2]).toEqual([name, true])
      expect([name, after]).toEqual([name, before])
    }
  } finally {
    await browser.close()
    rmSync(folder, {recursive: true, force: true})
  }
})
