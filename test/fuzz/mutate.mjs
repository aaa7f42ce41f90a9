// Mutations of bytes, all from one seed, so that a run can be repeated.

/** A generator of numbers (mulberry32): `below(n)` is an integer from 0 to n - 1. */
export function randomOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)]}
}

/** Bytes that parsers treat in a way of their own. */
const SIGNS = [...'\r\n\t\0 ,;:=/\\?#@[]{}"\'%&<>+-_.*'].map((sign) => Buffer.from(sign))
const WORDS = [
  ...[
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    '%00',
    '%2e',
    '\\u0000',
    '\ud800',
    '\u00e9',
    '\ufeff',
    '--',
    '[]',
    '{}',
    '""',
    '0x',
    '1e9',
  ],
  ...['-0', '9007199254740993', 'chunked', 'gzip', 'data: ', 'bytes=', 'true', 'null'],
].map((word) => Buffer.from(word))
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff]
const MOST_BYTES = 4096

/** One to four changes of `bytes`; `others` are inputs whose parts may be put in. */
export function mutate(bytes, random, others, words = []) {
  let out = bytes
  for (let i = 1 + random.below(4); i > 0; i--) out = change(out, random, others, words)
  return out.length > MOST_BYTES ? out.subarray(0, MOST_BYTES) : out
}

function change(bytes, random, others, words) {
  const at = random.below(bytes.length + 1)
  const length = random.below(1 + Math.min(32, bytes.length - at))
  const splice = (middle, cut = 0) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + cut)])
  switch (random.below(9)) {
    case 0:
      return splice(Buffer.from([random.below(256)]), 1)
    case 1:
      return splice(Buffer.from([random.pick(NUMBERS)]), 1)
    case 2:
      return splice(random.pick(SIGNS))
    case 3:
      return splice(random.pick(words.length > 0 && random.below(2) === 0 ? words : WORDS))
    case 4:
      return splice(Buffer.alloc(0), length)
    case 5:
      return splice(Buffer.concat(Array(2 + random.below(6)).fill(bytes.subarray(at, at + length))), length)
    case 6: {
      const flipped = Buffer.from(bytes)
      if (flipped.length > 0) flipped[Math.min(at, flipped.length - 1)] ^= 1 << random.below(8)
      return flipped
    }
    case 7: {
      const other = random.pick(others)
      const from = random.below(other.length + 1)
      return splice(other.subarray(from, from + random.below(64)), length)
    }
    default:
      return bytes.subarray(0, at)
  }
}
