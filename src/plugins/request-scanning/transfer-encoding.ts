// Content-Transfer-Encoding of MIME parts (RFC 2045, sections 6.7 and 6.8), read as leniently as the laxest peer reads it. Linear.
import {atOnce} from '../../lib/slices.js'

/** undefined for encodings that leave the bytes as they are. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer | undefined {
  return atOnce(transferSteps(bytes, encoding))
}

/** `decodeTransfer` in steps. */
export function* transferSteps(bytes: Buffer, encoding: string): Generator<undefined, Buffer | undefined> {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return yield* decodeBase64(bytes)
    case 'quoted-printable':
      return yield* decodeQuotedPrintable(bytes)
    default:
      return undefined
  }
}

/** Bytes, and runs of base64, between two pauses. */
const STEP_BYTES = 131_072
const STEP_RUNS = 8_192

/** The decoder skips what is outside the alphabet, line ends too, but stops at padding: runs are joined behind it. */
function* decodeBase64(bytes: Buffer): Generator<undefined, Buffer> {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let count = 0
  for (let from = 0; from < bytes.length;) {
    const padding = bytes.indexOf(PADDING, from)
    const end = padding < 0 ? bytes.length : padding
    if (end > from) length += out.write(bytes.toString('latin1', from, end), length, 'base64')
    from = end + 1
    if (++count % STEP_RUNS === 0) yield
  }
  return out.subarray(0, length)
}

const PADDING = 0x3d

function* decodeQuotedPrintable(bytes: Buffer): Generator<undefined, Buffer> {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  let pause = STEP_BYTES
  for (let i = 0; i < bytes.length; i++) {
    if (i >= pause) {
      pause = i + STEP_BYTES
      yield
    }
    const c = bytes[i] ?? 0
    if (c !== 0x3d) {
      out[length++] = c
      continue
    }
    // a soft line break, white space before it included
    let end = i + 1
    while (bytes[end] === 0x20 || bytes[end] === 9) end++
    if (bytes[end] === 13 && bytes[end + 1] === 10) i = end + 1
    else if (bytes[end] === 10) i = end
    else if (end >= bytes.length) i = end
    else {
      const high = hexDigit(bytes[i + 1])
      const low = hexDigit(bytes[i + 2])
      if (high < 0 || low < 0) out[length++] = c
      else {
        out[length++] = high * 16 + low
        i += 2
      }
    }
  }
  return out.subarray(0, length)
}

function hexDigit(c = 0): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  const lower = c | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
