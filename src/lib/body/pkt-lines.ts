// The lines of git's wire protocol: four hexadecimal digits of length in front of each, and nothing that ends them. Read as
// one text, lengths and words run into each other.

/** undefined where the bytes are none; what follows them (a pack) is the last text. */
export function readPktLines(bytes: Buffer): readonly string[] | undefined {
  const lines: string[] = []
  let at = 0
  while (at < bytes.length) {
    const digits = bytes.toString('latin1', at, at + 4)
    if (!/^[0-9a-f]{4}$/.test(digits)) break
    const length = Number.parseInt(digits, 16)
    // a flush, or another mark without content
    if (length < 4) {
      at += 4
      continue
    }
    if (at + length > bytes.length) return undefined
    lines.push(bytes.toString('utf8', at + 4, at + length))
    at += length
  }
  if (lines.length === 0) return undefined
  if (at === bytes.length) return lines
  return bytes.toString('latin1', at, at + 4) === 'PACK' ? [...lines, bytes.toString('utf8', at)] : undefined
}
