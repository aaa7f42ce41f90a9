// Content-Transfer-Encoding of MIME parts (RFC 2045 §6.7, §6.8), read as leniently as the laxest peer reads it. Linear.

/** undefined for encodings that leave the bytes as they are. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer | undefined {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      // the decoder skips what is outside the alphabet, line ends too, but stops at padding: parts are joined behind it
      return Buffer.concat(
        bytes
          .toString('latin1')
          .split(/=+/)
          .map((run) => Buffer.from(run, 'base64')),
      )
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes)
    default:
      return undefined
  }
}

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
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
