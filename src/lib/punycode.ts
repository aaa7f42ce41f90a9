// Punycode of host labels (RFC 3492), to tell real internationalised labels from what only looks like one. The answer must
// not depend on the runtime: its parsers disagree about labels that decode to characters no host may hold.

const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700

/** The Unicode text of what stands behind `xn--`, or undefined when it is no punycode. Lower-case input. */
export function decodePunycode(text: string): string | undefined {
  const delimiter = text.lastIndexOf('-')
  const output = delimiter > 0 ? Array.from(text.slice(0, delimiter), (c) => c.charCodeAt(0)) : []
  let n = 128
  let i = 0
  let bias = 72
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < text.length;) {
    const before = i
    let weight = 1
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(text.charCodeAt(at++))
      if (digit === undefined) return undefined
      i += digit * weight
      const threshold = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias
      if (digit < threshold) break
      weight *= BASE - threshold
      if (i > 0x7fffffff || weight > 0x7fffffff) return undefined
    }
    const length = output.length + 1
    bias = adapt(i - before, length, before === 0)
    n += Math.floor(i / length)
    i %= length
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined
    output.splice(i++, 0, n)
  }
  return String.fromCodePoint(...output)
}

function digitOf(code: number): number | undefined {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26
  return undefined
}

function adapt(delta: number, points: number, first: boolean): number {
  let value = first ? Math.floor(delta / DAMP) : delta >> 1
  value += Math.floor(value / points)
  let k = 0
  for (; value > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) value = Math.floor(value / (BASE - T_MIN))
  return k + Math.floor(((BASE - T_MIN + 1) * value) / (value + SKEW))
}

/** True when an `xn--` label stands for text that a host may hold: no control, space or unassigned character, already in lower case and normal form. */
export function isInternationalLabel(label: string): boolean {
  const text = decodePunycode(label.slice('xn--'.length))
  if (text === undefined || text === '' || /^[\0-\x7f]*$/.test(text)) return false
  return !/[\p{C}\p{Z}]/u.test(text) && text === text.normalize('NFKC').toLowerCase().normalize('NFKC')
}
