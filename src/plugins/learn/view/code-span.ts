// Values from traffic and from candidates in the markdown of reviews: inside a code span every byte beyond a
// small set is written %XX, so no path can close a span, start a table cell or forge a line.

/** The value with its unsafe bytes escaped. */
export function spanText(value: string): string {
  if (/^[A-Za-z0-9._~/*%:-]*$/.test(value)) return value
  let out = ''
  for (const byte of Buffer.from(value, 'utf8')) {
    const c = String.fromCharCode(byte)
    out += byte < 128 && /[A-Za-z0-9._~/*%:-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

/** The value as a code span. */
export function spanQuote(value: string): string {
  return `\`${spanText(value)}\``
}

/**
 * A word that may stand outside a code span: an id, a class, a figure. Anything else goes into one, since a candidate of
 * somebody else can hold any text there: a mention, a link, a heading that forges the verdict.
 */
export function wordText(value: string): string {
  const isWord = /^(?:[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*)?$/.test(value) && !/^www\./i.test(value)
  return isWord ? value : `\`${spanText(value)}\``
}

/** Host with brackets around IPv6, and the port when it is not the default one. */
export function spanHost(host: string, port: number | undefined): string {
  const name = host.includes(':') ? `[${spanText(host)}]` : spanText(host)
  return port === undefined ? name : `${name}:${port}`
}

/** Two decimals, computed in integers, a half rounded to the even neighbour; 0 of 0 is 0.00. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '0.00'
  const [scaled, divisor] = [BigInt(part) * 10_000n, BigInt(whole)]
  let hundredths = scaled / divisor
  const rest = (scaled % divisor) * 2n
  if (rest > divisor || (rest === divisor && hundredths % 2n === 1n)) hundredths++
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`
}
