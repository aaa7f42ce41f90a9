// The learned classifier as a rule among the others: its windows are matches, and what the rules already name is not named
// twice.
import type {InjectionOptions, InjectionSource} from '../../core/services/injection.js'
import {shortThreshold, type Classifier} from './classifier/classifier.js'
import {originalSpan} from './matching-text.js'
import {isQuotedOnly} from './quoted.js'
import type {Judgement, Match} from './passes.js'

export const LEARNED = 'Learned Injection'

/** Reported after all rules. */
const PHRASE: Match['phrase'] = {rule: LEARNED, order: Number.MAX_SAFE_INTEGER, core: false, mentionable: true}

const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{2}|[\p{L}\p{N}\p{M}]+/gu
/** Longer texts have more than two windows. */
const MOST_SHORT_WORDS = 80
/** Longer ones are not counted. */
const MOST_SHORT_LETTERS = 1600

/** A text with so few words that only one or two windows are judged. */
export function isShort(text: string): boolean {
  return text.length <= MOST_SHORT_LETTERS && (text.match(WORDS)?.length ?? 0) <= MOST_SHORT_WORDS
}

/** The lower threshold of short texts counts for whole ones: an event of a stream is a part of a longer text. */
function thresholdOf({thresholds}: Classifier, text: string, source: InjectionSource, isWhole: boolean): number {
  const isBody = isWhole && source !== 'sse'
  return isBody && isShort(text) ? shortThreshold(thresholds.threshold) : thresholds.threshold
}

/** Data that a model reads: an instruction to it is out of place there. */
const DATA: ReadonlySet<InjectionSource> = new Set(['http_response', 'sse', 'tool_result'])
/** Texts that address the model by their nature; the score is only reported. */
const ADDRESSED: ReadonlySet<InjectionSource> = new Set(['tool_description', 'agent_card'])

export function isClassified({source}: InjectionOptions): boolean {
  return DATA.has(source) || ADDRESSED.has(source)
}

/** Adds the windows of a reading that score at least the report threshold. */
export function judgeLearned(
  classifier: Classifier,
  {views: {primary}, reading, as, options}: Pick<Judgement, 'views' | 'reading' | 'as' | 'options'>,
  matches: Match[],
): void {
  const windows = classifier.windows(primary.text)
  if (windows.length === 0) return
  const threshold = thresholdOf(classifier, primary.text, options.source, as === undefined)
  for (const {score, start, end, worst} of windows) {
    const place = originalSpan(primary, start, end)
    const window = primary.text.slice(worst.start, worst.end)
    const isEnforced = score >= threshold && DATA.has(options.source) && saysEnough(window)
    matches.push({
      phrase: PHRASE,
      pass: as ?? 'primary',
      informational: !isEnforced || isMention(classifier, window, options),
      ...reading.place(place.start, place.end),
      text: '',
      learned: {score, features: () => classifier.strongest(window)},
    })
  }
}

const LEAST_WORDS = 6
/** Of a script that does not part words. */
const LEAST_LETTERS = 60

/** What bytes of a table decode to repeats a few letters; a sentence of six words has more. */
const LEAST_VARIETY = 10

/** The label of a button says too little to weigh: "Ignore all" is one. */
function saysEnough(window: string): boolean {
  if (window.length < LEAST_LETTERS && (window.match(WORDS)?.length ?? 0) < LEAST_WORDS) return false
  return new Set(window.toLowerCase()).size >= LEAST_VARIETY
}

/** An article about attacks: without what it quotes, nothing in it reads like an attack. */
function isMention(
  classifier: Classifier,
  window: string,
  {source, hidden, withoutMentions}: InjectionOptions,
): boolean {
  if (source !== 'http_response' || hidden === true || withoutMentions === true) return false
  return isQuotedOnly(window, (rest) => classifier.score(rest) < classifier.thresholds.report_threshold)
}

/** Windows around what a rule enforces say nothing new. */
export function withoutNamed(matches: readonly Match[], isInformational: (match: Match) => boolean): readonly Match[] {
  const named = matches.filter((match) => match.learned === undefined && !isInformational(match))
  if (named.length === 0) return matches
  return matches.filter(
    ({learned, start, end}) => learned === undefined || !named.some((match) => match.start < end && start < match.end),
  )
}
