// Globs over one text, each in the dialect of the place where it stands, all matched by one loop. Matching takes at most the
// length of the glob times that of the text and uses no regular expression: an agent chooses its own name, and other texts
// come from outside, too.

export interface GlobOptions {
  readonly dialect: GlobDialect
  /** `*`, `?` and sets also match `/`. */
  readonly crosses: boolean
}

/**
 * `name`: `*` and `?` alone. `shell`: also sets as `[a-z]`, `[!a-z]` and `[^a-z]`, in which a bracket that comes first stands
 * for itself. `selector`: also sets as `[a-z]` and `[^a-z]`, and `\`, which makes a character stand for itself; what is
 * ambiguous is no glob.
 */
export type GlobDialect = 'name' | 'shell' | 'selector'

type Range = readonly [from: number, to: number]
/** One character, by its code point. */
interface One {
  readonly negated: boolean
  readonly ranges: readonly Range[]
  readonly matchesSlash: boolean
}
type Part = 'run' | One
interface ParsedSet {
  readonly negated: boolean
  readonly ranges: readonly Range[]
  readonly end: number
}

const [BANG, STAR, DASH, SLASH, QUESTION] = [0x21, 0x2a, 0x2d, 0x2f, 0x3f]
const [OPEN, BACKSLASH, CLOSE, CARET] = [0x5b, 0x5c, 0x5d, 0x5e]
const UNCLOSED = 'has a "[" without a "]"'
const BACKWARDS = 'has a range that runs backwards'

/** What is wrong with a glob; undefined when it can be compiled. */
export function checkGlob(pattern: string, dialect: GlobDialect): string | undefined {
  const parts = partsOf(pattern, {dialect, crosses: true})
  return typeof parts === 'string' ? parts : undefined
}

/** Whether a whole text matches. Throws for a glob that `checkGlob` refuses. */
export function compileGlob(pattern: string, options: GlobOptions): (text: string) => boolean {
  const parts = partsOf(pattern, options)
  if (typeof parts === 'string') throw new Error(`pattern ${JSON.stringify(pattern)} ${parts}`)
  return (text) => matches(parts, pointsOf(text), options.crosses)
}

function partsOf(pattern: string, {dialect, crosses}: GlobOptions): readonly Part[] | string {
  const points = pointsOf(pattern)
  const parts: Part[] = []
  for (let i = 0; i < points.length; i++) {
    let point = points[i] ?? 0
    if (point === STAR) {
      if (parts.at(-1) !== 'run') parts.push('run')
    } else if (point === QUESTION) parts.push({negated: true, ranges: [], matchesSlash: crosses})
    else if (point === OPEN && dialect !== 'name') {
      const set = dialect === 'shell' ? shellSet(points, i + 1) : selectorSet(points, i + 1)
      if (typeof set === 'string') return set
      const {negated, ranges, end} = set
      parts.push({negated, ranges, matchesSlash: crosses || (dialect === 'selector' && !negated)})
      i = end
    } else {
      if (point === BACKSLASH && dialect === 'selector') {
        point = points[++i] ?? -1
        if (point < 0) return 'ends in "\\"'
      }
      parts.push({negated: false, ranges: [[point, point]], matchesSlash: true})
    }
  }
  return parts
}

function shellSet(points: readonly number[], start: number): ParsedSet | string {
  const negated = points[start] === BANG || points[start] === CARET
  const from = negated ? start + 1 : start
  const end = points.indexOf(CLOSE, from + 1)
  if (end < 0) return UNCLOSED
  const ranges: Range[] = []
  for (let i = from; i < end; i++) {
    const low = points[i] ?? 0
    const isRange = points[i + 1] === DASH && i + 2 < end
    const high = isRange ? (points[i + 2] ?? 0) : low
    if (high < low) return BACKWARDS
    ranges.push([low, high])
    if (isRange) i += 2
  }
  return {negated, ranges, end}
}

function selectorSet(points: readonly number[], start: number): ParsedSet | string {
  const negated = points[start] === CARET
  let i = negated ? start + 1 : start
  const one = (): number => {
    const escaped = points[i] === BACKSLASH
    if (!escaped && (points[i] === CLOSE || points[i] === DASH)) return -1
    if (escaped) i++
    return points[i++] ?? -1
  }
  const ranges: Range[] = []
  while (i < points.length && points[i] !== CLOSE) {
    const low = one()
    let high = low
    if (points[i] === DASH) {
      i++
      high = one()
    }
    if (low < 0 || high < 0) return 'has a set in which "-" or "]" has no "\\" before it'
    if (high < low) return BACKWARDS
    ranges.push([low, high])
  }
  if (i >= points.length) return UNCLOSED
  return ranges.length === 0 ? 'has an empty set' : {negated, ranges, end: i}
}

function matches(parts: readonly Part[], text: readonly number[], crosses: boolean): boolean {
  let [p, t, run, mark] = [0, 0, -1, 0]
  while (t < text.length) {
    const part = parts[p]
    if (part === 'run') {
      run = p++
      mark = t
    } else if (part !== undefined && isOne(part, text[t] ?? 0)) {
      p++
      t++
    } else if (run !== -1 && (crosses || text[mark] !== SLASH)) {
      // only the last run can be at fault: what stands before it has its match already
      p = run + 1
      t = ++mark
    } else return false
  }
  while (parts[p] === 'run') p++
  return p === parts.length
}

function isOne({negated, ranges, matchesSlash}: One, point: number): boolean {
  if (point === SLASH && !matchesSlash) return false
  return ranges.some(([low, high]) => point >= low && point <= high) !== negated
}

function pointsOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}
