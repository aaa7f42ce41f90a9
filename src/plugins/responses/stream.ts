// One stream of events: each event by itself, and what it adds to the text before it. Tokens of a model come one by one, so
// the text is joined per choice, and only what needs the new bytes counts as a find (scanning §12).
import type {Exchange} from '../../core/exchange.js'
import {mayGoOn} from '../../core/hold-back.js'
import type {EventVerdict, Watcher} from '../../core/plugin.js'
import {dataOf} from '../../lib/sse.js'
import type {ResponseScanning} from './config.js'
import type {Scanners} from './create.js'
import {deltasOf} from './deltas.js'
import {finding} from './findings.js'
import type {Hit, Rulings} from './rulings.js'
import {joint, RunningTexts} from './running-texts.js'
import {streamFindings, type Actions} from './stream-findings.js'

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
  const texts = new RunningTexts()

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
  const canaries = (text: string, from: number): readonly Hit[] =>
    dlp.canaries?.(text).matches.filter(({end}) => end < 0 || end > from) ?? []

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
      let bait: readonly Hit[] = []
      let isExhausted = false
      const look = (whole: string, from: number): void => {
        const [order, leak] = [injections(whole, from), secrets(whole, from)]
        orders = [...orders, ...order.hits]
        leaks = [...leaks, ...leak.hits]
        bait = [...bait, ...canaries(whole, from)]
        isExhausted ||= order.exhausted || leak.exhausted
      }
      look(text, 0)
      let open = false
      for (const {key, value, isRaw} of deltasOf(dataOf(text))) {
        const said = texts.add(key, [value])
        const whole = joint(said, '')
        if (said.before.length > 0) {
          look(whole.text, whole.from)
          // two events are two lines to whoever prints them: words may be split between them without a space
          const spaced = joint(said, ' ')
          if (isRaw) look(spaced.text, spaced.from)
        }
        open ||= mayGoOn(whole.text)
      }
      return {findings: streamFindings(actions(), {orders, leaks, bait, isExhausted}), open}
    },
  }

  function actions(): Actions {
    const exempt = rulings.isExempt(x)
    const unseen = exempt ? 'warn' : section.action
    // with everything off the floor is left, and it blocks
    const orders = rulings.layer === 'core_response' && !exempt ? 'block' : unseen
    return {layer: 'sse_stream', what: 'event stream', orders, leaks: section.action, unseen}
  }
}
