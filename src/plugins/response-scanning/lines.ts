// A stream of JSON values, by what they add to the texts before them: every string of a line continues the last, and so does
// every member of the same name. What a line holds by itself is found when it is inspected as a body.
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {mayGoOn} from '../../core/hold-back.js'
import type {EventVerdict, Watcher} from '../../core/plugin.js'
import {inTurns} from '../../core/work.js'
import type {Scanners} from './scanners.js'
import {slicesOf} from '../../lib/slices.js'
import {injectionsIn} from './body.js'
import {ALL, namedTexts, RAW} from './named-texts.js'
import type {InjectionMatch, Rulings} from './rulings.js'
import {firstOf, joint, RunningTexts, seams, TAIL, type Continued} from './running-texts.js'
import {streamFindings, type Actions} from './stream-findings.js'

/** Characters that are inspected again for one name, and for all names of one piece. */
const [NAME_TAIL, NAME_TAILS] = [512, 8_192]
/** The same for all strings in a row: neighbours. */
const ROW_TAIL = 1_024
/** Members in which models are heard word by word: what may be the beginning of a match waits. */
const SPOKEN = /^(?:content|delta|output|response|text|thinking|token)$/

export interface Lines {
  readonly maxBytes: number
  /** What a longer line means. */
  readonly over: Finding
  readonly action: Actions
  /** Whether credentials are looked for. */
  readonly leaks: boolean
}

export function watchLines(x: Exchange, lines: Lines, rulings: Rulings, {dlp}: Pick<Scanners, 'dlp'>): Watcher {
  const texts = new RunningTexts()

  function* injections(result: Continued, between: string): Generator<undefined, readonly InjectionMatch[]> {
    const {text, from} = joint(result, between)
    const {injectionMatches: matches, exhausted} = yield* injectionsIn(x, text, {source: 'sse'}, rulings)
    isExhausted ||= exhausted
    return matches.filter(({end}) => end > from)
  }

  function* secrets(
    result: Continued,
  ): Generator<undefined, {readonly leaks: readonly InjectionMatch[]; readonly canaries: readonly InjectionMatch[]}> {
    // line ends mean nothing inside of a credential
    const {text, from} = joint(result, '\n')
    const leaks: InjectionMatch[] = []
    const canaries: InjectionMatch[] = []
    for (const slice of slicesOf(text)) {
      const isNew = (match: InjectionMatch): boolean =>
        (match.end < 0 || match.end + slice.start > from) && (match.rule !== SEED_PHRASE || isInOne(slice.text, match))
      const verdict = lines.leaks ? dlp.text(slice.text, {surface: 'response'}) : undefined
      if (verdict) {
        leaks.push(
          ...verdict.matches.filter((match) => isNew(match) && (match.core || !rulings.isSuppressed(x, match.rule))),
        )
        isExhausted ||= verdict.exhausted
      }
      if (dlp.canaries) canaries.push(...dlp.canaries(slice.text).matches.filter(isNew))
      yield
    }
    return {leaks, canaries}
  }

  let isExhausted = false

  function* look({bytes}: Unit): Generator<undefined, EventVerdict> {
    const orders: InjectionMatch[] = []
    const leaks: InjectionMatch[] = []
    const canaries: InjectionMatch[] = []
    isExhausted = false
    let open = false
    const named = yield* namedTexts(bytes.toString('utf8'))
    const keep = Math.min(NAME_TAIL, Math.floor(NAME_TAILS / Math.max(1, named.size)))
    for (const [name, values] of named) {
      const isRow = name === ALL || name === RAW
      const result = texts.add(name, values, name === ALL ? ROW_TAIL : isRow || SPOKEN.test(name) ? TAIL : keep)
      if (result.values.length === 0) continue
      // of a row the piece itself has told the rest
      const joined = isRow ? firstOf(result) : seams(result)
      if (isRow ? result.before.length > 0 : result.before.length + values.length > 1) {
        orders.push(...(yield* injections(joined, '')))
        // words that come with their own spaces need no others
        if (!joined.values.some(isSpaced)) orders.push(...(yield* injections(joined, ' ')))
      }
      if (isRow || result.before.length + values.length > 1) {
        const results = yield* secrets(isRow ? result : joined)
        leaks.push(...results.leaks)
        canaries.push(...results.canaries)
      }
      if (name === RAW || SPOKEN.test(name)) open ||= mayGoOn(joint(result, '').text)
    }
    return {findings: streamFindings(lines.action, {orders, leaks, canaries, isExhausted}), open}
  }

  return {
    layer: rulings.layer,
    maxEventBytes: lines.maxBytes,
    unreadable: () => lines.over,
    feed: (unit) => inTurns(x, look(unit)),
  }
}

const SEED_PHRASE = 'BIP-39 Seed Phrase'

/** States and kinds of events are words of the list too, and one of sixteen rows of them has a checksum. */
function isInOne(text: string, {start, end}: InjectionMatch): boolean {
  return start >= 0 && !text.slice(start, end).includes('\n')
}

function isSpaced(value: string): boolean {
  return /^\s|\s$/.test(value)
}
