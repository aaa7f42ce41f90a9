// Bytes without Node: what the verifier needs where there is no Buffer.

const encoder = new TextEncoder()

/** The text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** An even number of hexadecimal characters, which the caller has checked. */
export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({length: hex.length / 2}, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

export function hexText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** The parts one after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
