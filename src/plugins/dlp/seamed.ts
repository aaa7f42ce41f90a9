// Texts put together from pieces, which know where: there alone is a missing boundary manufactured.

export interface Seamed {
  readonly text: string
  readonly seams: ReadonlySet<number>
}

/** Separators behind which a token may go on. */
const NOISE = new Set('./ \t\r\n+,;|')

/** Texts one after the other. */
export function join(texts: readonly string[]): Seamed {
  const seams = new Set<number>()
  let at = 0
  for (const text of texts) {
    if (at > 0) seams.add(at)
    at += text.length
  }
  return {text: texts.join(''), seams}
}

/** Separators deleted. */
export function withoutNoise(text: string, before?: ReadonlySet<number>, noise: ReadonlySet<string> = NOISE): Seamed {
  let out = ''
  let from = 0
  const seams = new Set<number>()
  for (let i = 0; i <= text.length; i++) {
    if (before?.has(i)) seams.add(out.length + (i - from))
    if (i < text.length && !noise.has(text.charAt(i))) continue
    out += text.slice(from, i)
    from = i + 1
    if (i < text.length) seams.add(out.length)
  }
  return {text: out, seams}
}
