// What an operator's expression costs on texts made to hold it up, measured when it is loaded. RE2 never
// backtracks, but an expression with many open repetitions keeps so many beginnings in mind that random letters cost a hundred
// times what prose does, and no run reports it.
import type {EngineName, Matcher} from './engine.js'

/** Characters that one scan gives to expressions that are slow; a longer text is refused, not passed unread. */
export const SLOW_CHARACTERS = 262_144

/** Milliseconds that only grow. */
type Now = () => number

export interface Costs {
  /** What 64 KiB of the first text that holds it up cost, in milliseconds; undefined where none does. */
  slowness(matcher: Matcher): number | undefined
}

/** For the operator. */
export function slowWarning(name: string, ms: number): string {
  return (
    `${JSON.stringify(name)} is slow on texts that are made for it (${Math.round(ms)} ms for 64 KiB): a scan gives it ` +
    `${SLOW_CHARACTERS / 1024} KiB and refuses what is longer; repeat less in it, or repeat narrower classes`
  )
}

/** More than this many times its own prose, where that is felt at all; or whatever its prose costs. */
const TIMES_PROSE = 8
const FELT_MS = 6.5
const UNBEARABLE_MS = 130
const SAMPLE: Readonly<Record<EngineName, number>> = {re2: 16_384, re2js: 4096}
const REPETITIONS = 3
const MAX_FINDS = 64

/** `beginnings`: texts that other expressions are found by. */
export function createCosts(engine: EngineName, beginnings: readonly string[], now: Now): Costs {
  const length = SAMPLE[engine]
  const scale = 65_536 / length
  let texts: ReturnType<typeof samples> | undefined

  const time = (matcher: Matcher, text: string): number => {
    const start = now()
    let at = 0
    for (let finds = 0; finds < MAX_FINDS && at <= text.length; finds++) {
      const span = matcher.exec(text, at)
      if (span === undefined) break
      at = Math.max(span.end, span.start + 1)
    }
    return (now() - start) * scale
  }
  /** The least of several: what else the machine does is not the expression's. Each text is another, or it is remembered. */
  const least = (matcher: Matcher, kind: readonly string[]): number => {
    let result = Infinity
    for (const text of kind) {
      result = Math.min(result, time(matcher, text))
      if (result <= FELT_MS) break
    }
    return result
  }

  return {
    slowness(matcher) {
      texts ??= samples(length, beginnings)
      const {prose, hostile} = texts
      time(matcher, prose[0] ?? '')
      const usual = least(matcher, prose)
      for (const kind of [prose, ...hostile]) {
        const cost = kind === prose ? usual : least(matcher, kind)
        if (cost > UNBEARABLE_MS || (cost > FELT_MS && cost > TIMES_PROSE * usual)) return cost
      }
      return undefined
    },
  }
}

const WORDS =
  'the of and a to in is it was for on that by with as are from at this be have or an not they which one you'
const DIGITS = '0123456789'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const ALPHABETS = [
  `${UPPER}${LOWER}${DIGITS}+/`,
  '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  `${DIGITS}abcdef`,
  UPPER + DIGITS,
  'ab',
  `${LOWER} .,;:-_/`,
]

function samples(
  length: number,
  beginnings: readonly string[],
): {readonly prose: readonly string[]; readonly hostile: readonly (readonly string[])[]} {
  const next = generator()
  const filled = (piece: () => string): readonly string[] =>
    Array.from({length: REPETITIONS}, () => {
      let text = ''
      while (text.length < length) text += piece()
      return text.slice(0, length)
    })
  const oneOf = (list: ArrayLike<string>): string => list[next() % list.length] ?? ''
  const words = WORDS.split(' ')
  const cut = beginnings.flatMap((text) => Array.from(text, (_, i) => text.slice(0, i + 1)))
  return {
    prose: filled(() => `${oneOf(words)} `),
    hostile: [
      ...ALPHABETS.map((alphabet) => filled(() => oneOf(alphabet))),
      filled(() => oneOf(['.', '-', '_', '/', ' ', '\u200b', 'a'])),
      ...(cut.length === 0 ? [] : [filled(() => oneOf(cut) + oneOf(['', '', '\u200b', ' ']))]),
      // what the others are made of, behind every beginning
      ...(cut.length === 0 ? [] : [filled(() => oneOf(beginnings) + oneOf(UPPER) + oneOf(LOWER) + oneOf(DIGITS))]),
    ],
  }
}

/** The same numbers at every start: what is slow once is slow again (xorshift of 32 bits). */
function generator(): () => number {
  let state = 0x9e3779b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
