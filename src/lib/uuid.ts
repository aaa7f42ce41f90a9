// UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then randomness.

/** `random` must have at least 10 bytes. */
export function uuidv7(unixMs: number, random: Uint8Array): string {
  const bytes = Buffer.allocUnsafe(16)
  bytes.writeUIntBE(unixMs, 0, 6)
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
