// Small pictures made here: PNG files of drawn shapes, as ordinary pages and APIs carry them.
import {crc32, deflateSync} from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** A PNG of `size` × `size` pixels: circles over a gradient, with a little noise as a camera has it. */
export function picture(random, size) {
  const circles = Array.from({length: 4}, () => ({
    x: random.int(size),
    y: random.int(size),
    r: 2 + random.int(size / 2),
    colour: [random.int(256), random.int(256), random.int(256)],
  }))
  const rows = []
  for (let y = 0; y < size; y++) {
    rows.push(0)
    for (let x = 0; x < size; x++) {
      const match = circles.find((c) => (x - c.x) ** 2 + (y - c.y) ** 2 < c.r ** 2)
      const base = match ? match.colour : [(x * 255) / size, (y * 255) / size, 128]
      rows.push(...base.map((v) => Math.min(255, Math.floor(v) + random.int(4))))
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size)
  head.writeUInt32BE(size, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
