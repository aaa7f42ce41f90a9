// One stream of events: each event by itself, and what it adds to the text before it. Tokens of a model come one by one, so
// the text is joined per choice, and only what needs the new bytes counts as a find (scanning §12).
import type {Action, Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import {mayGoOn} from '../../core/hold-back.js'
import type {EventVerdict, Watcher} from '../../core/plugin.js'
import {dataOf} from '../../lib/sse.js'
import {distinct} from './body.js'
import type {ResponseScanning} from './config.js'
import type {Scanners} from './create.js'
import {deltasOf} from './deltas.js'
import {finding} from './findings.js'
import type {Hit, Rulings} from './rulings.js'

const TAIL = 4_096
/** Texts that are followed at once; the one that was silent longest is forgotten. */
const MAX_TAILS = 64

interface Looked {
  readonly hits: readonly Hit[]
  readonly exhausted: boolean
}

export function watchStream(
  x: Exchange,
  section: ResponseScanning['sse_streaming'],
  rulings: Rulings,
  {dlp}: Pick<Scanners, 'dlp'>,
): Watcher {
  const tails = new Map<string, string>()
  const action = (exempt: boolean): Action => (exempt ? 'warn' : section.action)

  const injections = (text: string, from: number): Looked => {
    const {hits, exhausted} = rulings.injections(x, text, {source: 'sse'})
    return {hits: hits.filter(({end}) => end > from), exhausted}
  }
  const secrets = (text: string, from: number): Looked => {
    const {matches, exhausted} = dlp.text(text, {surface: 'response'})
    const hits = matches.filter(
      ({rule, end, core}) => (end < 0 || end > from) && (core || !rulings.isSuppressed(x, rule)),
    )
    return {hits, exhausted}
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

    feed(event): EventVerdict {
      const text = event.bytes.toString('utf8')
      let orders: readonly Hit[] = []
      let leaks: readonly Hit[] = []
      let exhausted = false
      const look = (whole: string, from: number): void => {
        const [order, leak] = [injections(whole, from), secrets(whole, from)]
        orders = [...orders, ...order.hits]
        leaks = [...leaks, ...leak.hits]
        exhausted ||= order.exhausted || leak.exhausted
      }
      look(text, 0)
      let open = false
      for (const {key, value, isRaw} of deltasOf(dataOf(text))) {
        const tail = tails.get(key) ?? ''
        if (tail !== '') {
          look(tail + value, tail.length)
          // two events are two lines to whoever prints them: words may be split between them without a space
          if (isRaw) look(`${tail} ${value}`, tail.length)
        }
        const joined = (tail + value).slice(-TAIL)
        tails.delete(key)
        tails.set(key, joined)
        if (tails.size > MAX_TAILS) tails.delete(tails.keys().next().value ?? '')
        open ||= mayGoOn(joined)
      }
      return {findings: findings(orders, leaks, exhausted), open}
    },
  }

  function findings(orders: readonly Hit[], leaks: readonly Hit[], exhausted: boolean): readonly Finding[] {
    const found: Finding[] = []
    const exempt = rulings.isExempt(x)
    if (orders.length > 0) {
      const rules = distinct(orders)
      found.push(
        finding({
          layer: 'sse_stream',
          reason: 'prompt_injection',
          // with everything off the floor is left, and it blocks
          action: rulings.layer === 'core_response' && !exempt ? 'block' : action(exempt),
          detail: `event stream contains prompt injection: ${rules.map(({rule}) => rule).join(', ')}`,
          rules,
        }),
      )
    }
    if (leaks.length > 0) {
      const rules = distinct(leaks)
      found.push(
        finding({
          layer: 'sse_stream',
          reason: 'dlp_match',
          action: action(false),
          detail: `event stream contains secret: ${rules.map(({rule}) => rule).join(', ')}`,
          rules,
        }),
      )
    }
    if (exhausted) {
      found.push(
        finding({
          layer: 'sse_stream',
          reason: 'parse_error',
          action: action(exempt),
          detail: 'event holds more encoded content than can be looked at: decode_budget_exceeded',
          rules: [{rule: 'decode_budget_exceeded', severity: 'high'}],
        }),
      )
    }
    return found
  }
}
