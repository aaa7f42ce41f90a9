// A stream of messages: every event by its fields, and what its texts add to the texts before them. Texts
// come in pieces, for one artifact or for several at once, so that they are joined as a reader of each would.
import type {Exchange} from '../../core/exchange.js'
import type {Steps} from '../../core/work.js'
import {slicesOf, SMALL} from '../../lib/slices.js'
import {utf8Steps} from '../../lib/body/utf8.js'
import {mayGoOn} from '../../core/hold-back.js'
import type {EventVerdict, Watcher} from '../../core/plugin.js'
import {dataOf} from '../../lib/sse.js'
import {isStructuredValue} from '../../lib/structured-value.js'
import type {JsonValue} from '../../lib/json/reader.js'
import {isObject} from './detect.js'
import type {Examiner} from './examine.js'
import {finding, findingsOf} from './findings.js'
import {readMessage, type Message, type Unreadable} from './leaves.js'
import {Finds, type Scanners} from './scan.js'
import {acrossSeams} from './seams.js'
import {scannersFor, type Sources} from './sources.js'

const TAIL = 4_096
/** Texts that are followed at once; the one that was silent longest is forgotten. */
const MAX_TAILS = 64
/** All texts, without regard to their owner. */
const ALL = ''

interface Piece {
  readonly key: string
  readonly text: string
}

export interface StreamOptions {
  readonly action: 'warn' | 'block'
  readonly maxEventBytes: number
  readonly sources: Sources
  readonly examiner: Examiner
}

const NEVER = (): boolean => false

export function watchMessages(x: Exchange, {action, maxEventBytes, sources, examiner}: StreamOptions): Watcher {
  const tails = new Map<string, string>()
  const last = new Map<string, string>()
  const scanners = scannersFor(x, 'a2a_stream', sources)
  let isFirst = true

  /** Where the text so far ends, for those that an event went on with. */
  function* follow(pieces: readonly Piece[], finds: Finds): Steps<boolean> {
    let isOpen = false
    const scanned = new Set<string>()
    for (const {key, text} of pieces) {
      // an identifier or a name that stands in every event is no text in pieces
      if (key !== ALL && last.get(key) === text) continue
      last.set(key, text)
      const tail = tails.get(key) ?? ''
      // where there is one artifact, all that is said is what it says
      if (tail !== '' && !scanned.has(tail + text)) {
        scanned.add(tail + text)
        for (const rule of yield* acrossSeams([tail, text], 1, scanners.injections)) finds.injections.add(rule)
        finds.addTexts(scanners.across([tail, text]))
        yield
      }
      const joined = (tail + text).slice(-TAIL)
      tails.delete(key)
      tails.set(key, joined)
      if (tails.size > MAX_TAILS) forget(tails, last)
      isOpen ||= mayGoOn(joined)
    }
    return isOpen
  }

  return {
    layer: 'a2a_stream',
    maxEventBytes,

    unreadable: (why) =>
      finding('a2a_stream', 'parse_error', action, {
        detail: why === 'size' ? `a2a: event has more than ${maxEventBytes} bytes of data` : 'a2a: event is not UTF-8',
        hint: 'a2a_scanning.action decides; response_scanning.sse_streaming.max_event_bytes is the limit',
      }),

    async feed(event): Promise<EventVerdict> {
      const {text, content, message} = await scanners.run(readEvent(event.bytes))
      const finds = await looked(message)
      // names and numbers of the event are texts of the peer as well, and so is data that is no message
      await scanners.run(scanWhole(text, scanners, finds))
      if (isFirst && message !== undefined && 'leaves' in message) {
        const before = examiner.history(x, message, 'a2a_stream').join(' ')
        if (before !== '') tails.set(ALL, before.slice(-TAIL))
      }
      const pieces = message !== undefined && 'leaves' in message ? piecesOf(message) : [{key: ALL, text: content}]
      const texts = pieces.filter((piece) => piece.text !== '')
      const open = await scanners.run(follow(texts, finds))
      const findings = findingsOf('a2a_stream', finds, action)
      const isBlocked = findings.some((one) => one.action === 'block')
      if (message !== undefined && 'leaves' in message && !isBlocked) {
        examiner.keep(x, message, 'a2a_stream', !isFirst)
        isFirst = false
      }
      return {findings: findings, open}
    },
  }

  async function looked(message: ReadEvent['message']): Promise<Finds> {
    if (message === undefined) return new Finds()
    if ('leaves' in message) return examiner.examine(x, message, 'a2a_stream', NEVER)
    const finds = new Finds()
    finds.addProblem(message.isOverBudget ? 'a2a_over_budget' : 'a2a_unreadable', `event is ${message.problem}`)
    return finds
  }
}

interface ReadEvent {
  readonly text: string
  readonly content: string
  readonly message: Message | Unreadable | undefined
}

function* readEvent(bytes: Buffer): Steps<ReadEvent> {
  const text = yield* utf8Steps(bytes)
  const content = dataOf(text)
  const isObject = content.trimStart().startsWith('{')
  return {text, content, message: isObject ? yield* readMessage(Buffer.from(content, 'utf8')) : undefined}
}

function* scanWhole(text: string, scanners: Scanners, finds: Finds): Steps<void> {
  for (const slice of slicesOf(text)) {
    finds.addTexts(yield* scanners.credentials(slice.text, ''))
    yield
  }
  for (const slice of slicesOf(text, ...SMALL)) {
    finds.addInjections(yield* scanners.injections(slice.text))
    yield
  }
}

function forget(tails: Map<string, string>, last: Map<string, string>): void {
  const [oldest = ''] = tails.keys()
  tails.delete(oldest)
  last.delete(oldest)
}

/** Texts by the artifact that they belong to and their place in the message; what is said also all in one. */
function piecesOf({value, leaves}: Message): readonly Piece[] {
  const owner = artifactOf(value)
  return leaves.flatMap(({text, kind, isName, path}) => {
    if (isName || kind === 'raw' || kind === 'url' || kind === 'secret' || isStructuredValue(text)) return []
    const own = {key: `${owner} ${path.join(' ')}`, text}
    return kind === 'text' ? [own, {key: ALL, text}] : [own]
  })
}

function artifactOf(value: JsonValue): string {
  if (!isObject(value)) return ''
  const result = isObject(value['result']) ? value['result'] : value
  const update = isObject(result['artifactUpdate']) ? result['artifactUpdate'] : result
  const artifact = update['artifact']
  const id = isObject(artifact) ? artifact['artifactId'] : undefined
  return typeof id === 'string' ? id : ''
}
