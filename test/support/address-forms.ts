// The spellings of an IPv4 address that a resolver, a library or a translating network may read as it.

export type Quad = readonly [number, number, number, number]

const hex = (n: number): string => n.toString(16)

/** Spellings of the bare address. */
export function plainForms([a, b, c, d]: Quad): readonly string[] {
  const n = ((a * 256 + b) * 256 + c) * 256 + d
  return [
    `${a}.${b}.${c}.${d}`,
    String(n),
    `0x${hex(n)}`,
    `0${n.toString(8)}`,
    `${a}.${b * 65_536 + c * 256 + d}`,
    `0x${hex(a)}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    [a, b, c, d].map((part) => `0x${hex(part)}`).join('.'),
    [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.'),
    `${a}.0x${hex(b)}.0${c.toString(8)}.${d}`,
    `${a}.${b}.${c}.${d}.`,
  ]
}

/** Full-width digits and dots: the parser of a URL folds them, the line of a CONNECT must not hold them. */
export function wideForm(quad: Quad): string {
  return [...quad.join('.')].map((c) => encodeURIComponent(String.fromCharCode(c.charCodeAt(0) + 0xfee0))).join('')
}

/** IPv6 addresses that embed it. */
export function embeddedForms([a, b, c, d]: Quad): readonly string[] {
  const [high, low] = [hex(a * 256 + b), hex(c * 256 + d)]
  return [
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::ffff:${high}:${low}]`,
    `[::ffff:0:${high}:${low}]`,
    `[::${a}.${b}.${c}.${d}]`,
    `[64:ff9b::${high}:${low}]`,
    `[64:ff9b:1::${high}:${low}]`,
    `[2002:${high}:${low}::1]`,
    `[2001:0:${high}:${low}::]`,
    `[2001:0:5db8:d822::${hex((a * 256 + b) ^ 0xffff)}:${hex((c * 256 + d) ^ 0xffff)}]`,
    `[2606:4700::5efe:${high}:${low}]`,
    `[2606:4700::200:5efe:${high}:${low}]`,
  ]
}
