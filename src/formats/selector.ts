// Selects the contract of an agent: an exact name precedes a glob, a glob precedes the default, and within a class the
// manifest's order decides. Globs are matched by a hand-written loop: an agent chooses its own name, and must not be
// able to make a regular-expression engine slow.

/** The target of a manifest selector; exactly one member is set in a valid manifest. */
export interface SelectorTarget {
  readonly agent?: string | undefined
  readonly agent_glob?: string | undefined
  readonly default?: boolean | undefined
}

/** A function from agent name to the value of its selector; undefined where no selector matches. */
export function selectorIndex<T>(entries: readonly (readonly [SelectorTarget, T])[]): (agent: string) => T | undefined {
  const exact = new Map<string, T>()
  const globs: (readonly [Glob, T])[] = []
  let otherwise: T | undefined
  for (const [target, bound] of entries) {
    if (target.agent) {
      if (!exact.has(target.agent)) exact.set(target.agent, bound)
    } else if (target.agent_glob) {
      const glob = parseGlob(target.agent_glob)
      if (glob) globs.push([glob, bound])
    } else if (target.default) {
      otherwise ??= bound
    }
  }
  return (agent) => exact.get(agent) ?? globs.find(([glob]) => matchesGlob(glob, agent))?.[1] ?? otherwise
}

type Range = readonly [from: number, to: number]
type Part = {readonly any: true} | {readonly negated: boolean; readonly ranges: readonly Range[]}
export type Glob = readonly Part[]

const SLASH = 47

/**
 * `*` any run without `/`, `?` one character other than `/`, `[…]` a class (`^` negates), `\` escapes the next one.
 * undefined when malformed.
 */
export function parseGlob(text: string): Glob | undefined {
  const parts: Part[] = []
  const points = [...text]
  for (let i = 0; i < points.length; i++) {
    const c = points[i] ?? ''
    if (c === '*') {
      if (!isAny(parts.at(-1))) parts.push({any: true})
    } else if (c === '?') {
      parts.push({negated: true, ranges: []})
    } else if (c === '[') {
      const parsed = parseClass(points, i + 1)
      if (!parsed) return undefined
      parts.push(parsed.part)
      i = parsed.end
    } else {
      const literal = c === '\\' ? points[++i] : c
      if (literal === undefined) return undefined
      const code = literal.codePointAt(0) ?? 0
      parts.push({negated: false, ranges: [[code, code]]})
    }
  }
  return parts
}

function parseClass(points: readonly string[], start: number): {readonly part: Part; readonly end: number} | undefined {
  let i = start
  const negated = points[i] === '^'
  if (negated) i++
  const ranges: Range[] = []
  const one = (): number | undefined => {
    const c = points[i] === '\\' ? points[++i] : points[i] === ']' || points[i] === '-' ? undefined : points[i]
    i++
    return c?.codePointAt(0)
  }
  while (i < points.length && points[i] !== ']') {
    const from = one()
    if (from === undefined) return undefined
    let to: number | undefined = from
    if (points[i] === '-') {
      i++
      to = one()
    }
    if (to === undefined || to < from) return undefined
    ranges.push([from, to])
  }
  return points[i] === ']' && ranges.length > 0 ? {part: {negated, ranges}, end: i} : undefined
}

function isAny(part: Part | undefined): boolean {
  return part !== undefined && 'any' in part
}

/**
 * Whole-text match in time proportional to pattern length times text length: after a failure only the last `*` is
 * extended.
 */
export function matchesGlob(glob: Glob, text: string): boolean {
  const codes = Array.from(text, (c) => c.codePointAt(0) ?? 0)
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < codes.length) {
    const part = glob[p]
    const code = codes[t] ?? 0
    if (part && 'any' in part) {
      star = p++
      resume = t
    } else if (part && one(part, code)) {
      p++
      t++
    } else if (star >= 0 && codes[resume] !== SLASH) {
      p = star + 1
      t = ++resume
    } else {
      return false
    }
  }
  while (isAny(glob[p])) p++
  return p === glob.length
}

function one(part: Exclude<Part, {readonly any: true}>, code: number): boolean {
  const listed = part.ranges.some(([from, to]) => code >= from && code <= to)
  return part.negated ? !listed && code !== SLASH : listed
}
