// One stream of events: each event by itself, and what it adds to the text before it. Tokens of a model come one by one, so
// the text is joined per choice, and only what needs the new bytes counts as a find.
import type {Exchange, Unit} from '../../core/exchange.js'
import {mayGoOn} from '../../core/hold-back.js'
import type {EventVerdict, Watcher} from '../../core/plugin.js'
import {inTurns} from '../../core/work.js'
import type {Scanners} from './scanners.js'
import {slicesOf} from '../../lib/slices.js'
import {dataOf} from '../../lib/sse.js'
import {injectionsIn} from './body.js'
import type {ResponseScanning} from './config.js'
import {deltasOf} from './deltas.js'
import {finding} from './findings.js'
import type {InjectionMatch, Rulings} from './rulings.js'
import {isRepeated, joint, RunningTexts} from './running-texts.js'
import {streamFindings, type Actions} from './stream-findings.js'

export function watchStream(
  x: Exchange,
  section: ResponseScanning['sse_streaming'],
  rulings: Rulings,
  {dlp, mayJoin}: Pick<Scanners, 'dlp'> & {readonly mayJoin: boolean},
): Watcher {
  const texts = new RunningTexts()

  function* look(text: string, from: number, result: Collected): Generator<undefined, void> {
    const {injectionMatches: matches, exhausted} = yield* injectionsIn(x, text, {source: 'sse'}, rulings)
    result.orders.push(...matches.filter(({end}) => end > from))
    result.isExhausted ||= exhausted
    for (const {text: piece, start} of slicesOf(text, ...SLICES)) {
      const isNew = ({end}: InjectionMatch): boolean => end < 0 || end + start > from
      const verdict = dlp.text(piece, {surface: 'response'})
      result.leaks.push(
        ...verdict.matches.filter((match) => isNew(match) && (match.core || !rulings.isSuppressed(x, match.rule))),
      )
      result.isExhausted ||= verdict.exhausted
      if (dlp.canaries) result.canaries.push(...dlp.canaries(piece).matches.filter(isNew))
      yield
    }
  }

  function* feed(event: Unit): Generator<undefined, EventVerdict> {
    const text = event.bytes.toString('utf8')
    const result: Collected = {orders: [], leaks: [], canaries: [], isExhausted: false}
    yield* look(text, 0, result)
    let open = false
    for (const {key, value, isRaw} of deltasOf(dataOf(text))) {
      const outcome = texts.add(key, [value])
      const whole = joint(outcome, '')
      if (outcome.before.length > 0) {
        yield* look(whole.text, whole.from, result)
        // two events are two lines to whoever prints them: words may be split between them without a space
        const spaced = joint(outcome, ' ')
        if (isRaw) yield* look(spaced.text, spaced.from, result)
      }
      open ||= mayGoOn(whole.text)
    }
    return {findings: streamFindings(actions(), result), open}
  }

  const isClean = (text: string, from: number): boolean => {
    if (!rulings.isQuiet(text, from)) return false
    for (const scan of [dlp.text(text, {surface: 'response'}), dlp.canaries?.(text)]) {
      if (scan && (scan.exhausted || scan.matches.some(({end}) => end < 0 || end > from))) return false
    }
    return true
  }

  /** Every event on lines of its own, then what all of them add to each running text. */
  function* feedAll(events: readonly Unit[]): Generator<undefined, {readonly open: boolean} | undefined> {
    const whole = events.map(({bytes}) => bytes.toString('utf8'))
    if (!isClean(whole.join('\n'), 0)) return undefined
    yield
    const added = addedBy(whole)
    // a text that is forgotten meanwhile would be joined to another beginning
    if (!texts.hasRoomFor(added.keys())) return undefined
    let open = false
    for (const [key, values] of added) {
      const output = {before: texts.before(key), values}
      // with spaces, too: a match at the end of an event is found even where the next event continues without a gap
      for (const between of ['', ' ']) {
        const {text, from} = joint(output, between)
        if (!isClean(text, from)) return undefined
      }
      open ||= mayGoOn(joint(output, '').text)
      yield
    }
    for (const [key, values] of added) if (values.length > 0) texts.add(key, values)
    return {open}
  }

  const addedBy = (whole: readonly string[]): ReadonlyMap<string, readonly string[]> => {
    const added = new Map<string, string[]>()
    for (const text of whole) {
      for (const {key, value} of deltasOf(dataOf(text))) {
        let values = added.get(key)
        if (values === undefined) added.set(key, (values = []))
        if (!isRepeated(value, values.at(-1) ?? texts.before(key).at(-1))) values.push(value)
      }
    }
    return added
  }

  return {
    layer: 'sse_stream',
    maxEventBytes: section.max_event_bytes,

    unreadable: (why) =>
      finding({
        layer: 'sse_stream',
        reason: 'parse_error',
        action: section.action,
        detail: why === 'size' ? `event has more than ${section.max_event_bytes} bytes of data` : 'event is not UTF-8',
        hint: 'response_scanning.sse_streaming decides',
      }),

    feed: (event) => inTurns(x, feed(event)),
    feedAll: (events) => (mayJoin ? inTurns(x, feedAll(events)) : undefined),
  }

  function actions(): Actions {
    const exempt = rulings.isExempt(x)
    const unseen = exempt ? 'warn' : section.action
    // with everything off the floor is left, and it blocks
    const orders = rulings.layer === 'core_response' && !exempt ? 'block' : unseen
    return {layer: 'sse_stream', what: 'event stream', orders, leaks: section.action, unseen}
  }
}

/** Of one event a step looks at no more. */
const SLICES = [65_536, 4_096] as const

interface Collected {
  readonly orders: InjectionMatch[]
  readonly leaks: InjectionMatch[]
  readonly canaries: InjectionMatch[]
  isExhausted: boolean
}
