// Shell patterns over one text: `*`, `?`, `[a-z]`, `[!a-z]`. Compiled once; matching is linear in the text for every star
// and never uses a regular expression, since the texts come from outside.

export interface GlobOptions {
  /** `*`, `?` and sets also match `/`. */
  readonly crosses: boolean
}

type Token =
  | {readonly kind: 'star'}
  | {readonly kind: 'any'}
  | {readonly kind: 'char'; readonly char: string}
  | {readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[]}

/** What is wrong with a pattern; undefined when it can be compiled. */
export function checkGlob(pattern: string): string | undefined {
  const tokens = tokensOf(pattern)
  return typeof tokens === 'string' ? tokens : undefined
}

/** Throws for a pattern that `checkGlob` refuses. */
export function compileGlob(pattern: string, {crosses}: GlobOptions): (text: string) => boolean {
  const tokens = tokensOf(pattern)
  if (typeof tokens === 'string') throw new Error(`pattern ${JSON.stringify(pattern)} ${tokens}`)
  return (text) => matches(tokens, text, crosses)
}

function tokensOf(pattern: string): readonly Token[] | string {
  const tokens: Token[] = []
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? ''
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({kind: 'star'})
    } else if (char === '?') tokens.push({kind: 'any'})
    else if (char === '[') {
      const negated = pattern[i + 1] === '!' || pattern[i + 1] === '^'
      const from = i + (negated ? 2 : 1)
      // a bracket that comes first stands for itself
      const end = pattern.indexOf(']', from + 1)
      if (end < 0) return 'has a "[" without a "]"'
      const ranges = rangesOf(pattern.slice(from, end))
      if (!ranges) return 'has a range that runs backwards'
      tokens.push({kind: 'set', negated, ranges})
      i = end
    } else tokens.push({kind: 'char', char})
  }
  return tokens
}

function rangesOf(text: string): readonly (readonly [number, number])[] | undefined {
  const ranges: (readonly [number, number])[] = []
  for (let i = 0; i < text.length; i++) {
    const low = text.charCodeAt(i)
    if (text[i + 1] !== '-' || i + 2 >= text.length) {
      ranges.push([low, low])
      continue
    }
    const high = text.charCodeAt(i + 2)
    if (high < low) return undefined
    ranges.push([low, high])
    i += 2
  }
  return ranges
}

function matches(tokens: readonly Token[], text: string, crosses: boolean): boolean {
  let [t, n, star, mark] = [0, 0, -1, 0]
  while (n < text.length) {
    const token = tokens[t]
    if (token?.kind === 'star') {
      star = t++
      mark = n
    } else if (token && isOne(token, text, n, crosses)) {
      t++
      n++
    } else if (star !== -1 && (crosses || text[mark] !== '/')) {
      // only the last star can be at fault: what stands before it has its match already
      t = star + 1
      n = ++mark
    } else return false
  }
  while (tokens[t]?.kind === 'star') t++
  return t === tokens.length
}

function isOne(token: Token, text: string, at: number, crosses: boolean): boolean {
  if (token.kind === 'char') return token.char === text[at]
  if (!crosses && text[at] === '/') return false
  if (token.kind !== 'set') return token.kind === 'any'
  const code = text.charCodeAt(at)
  return token.ranges.some(([low, high]) => code >= low && code <= high) !== token.negated
}
