// The hooks of this plugin: which messages are between agents, which of them have to be whole, and what their fields hold.
import {codingOf, decodeContent} from '../../lib/body/content-coding.js'
import {readingSteps} from '../../lib/body/readings.js'
import {utf8Steps} from '../../lib/body/utf8.js'
import {charsetNamed, charsetsOf} from '../../lib/charset.js'
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {declaredTypes} from '../../core/content-type.js'
import type {Findings, Hooks, Requirement, Watcher} from '../../core/plugin.js'
import {inTurns, type Steps} from '../../core/work.js'
import {framingOf} from '../../core/stream-framing.js'
import {eventText, createSseReader} from '../../lib/sse.js'
import type {A2aConfig} from './config.js'
import {isA2aType, mayBeShaped, operationOf, operationOfBody, shapeOf, type Operation} from './detect.js'
import {cardIn} from './cards.js'
import type {ContextTable} from './contexts.js'
import type {ReadSettings} from '../../core/services/settings.js'
import type {CompareCard} from './drift.js'
import {isServed, createExaminer} from './examine.js'
import {finding, findingsOf, type Layer} from './findings.js'
import {scanHeaders} from './headers.js'
import {plainName, readMessage, type Leaf} from './leaves.js'
import {Finds} from './scan.js'
import type {Sources} from './sources.js'
import {watchMessages} from './stream.js'

/** Types of content that servers read a message out of. */
const MAY_CALL = /^$|json|^text\/|^application\/x-www-form-urlencoded$/
const JSON_TYPE = /[/+]json$/
const LIKE_JSON = /^[\s\ufeff]*[[{]/
const MAX_RATIO = 100

export interface A2aHooks {
  readonly hooks: Partial<Hooks>
  /** Its answer is a stream that is looked into here. */
  isStream(x: Exchange): boolean
}

export function a2aHooks(
  {a2a_scanning: section}: A2aConfig,
  settings: ReadSettings,
  sources: Sources,
  contexts: ContextTable,
  compareCard: CompareCard,
): A2aHooks {
  const examiner = createExaminer(section, sources, contexts)
  const bodies = settings('request-scanning')
  const maxRequest = bodies.maxBodyBytes
  const maxResponse = settings('proxy').maxResponseBytes
  const {maxEventBytes} = settings('response-scanning')
  const operations = new WeakMap<Exchange, Operation>()

  const known = (x: Exchange): Operation => {
    const result = operations.get(x) ?? operationOf(x)
    operations.set(x, result)
    return result
  }

  const requires = (x: Exchange, head: Unit): Requirement | undefined => {
    const {sign} = known(x)
    if (head.direction === 'request') {
      return sign === 'none' && !MAY_CALL.test(head.mediaType)
        ? undefined
        : {maxBytes: maxRequest, over: () => tooLong('a2a_body', maxRequest)}
    }
    if (head.mediaType === 'text/event-stream') return undefined
    return sign === 'strong' || (sign === 'weak' && JSON_TYPE.test(head.mediaType))
      ? {maxBytes: maxResponse, over: () => tooLong('a2a_response', maxResponse)}
      : undefined
  }

  const request = async (x: Exchange, unit: Unit): Promise<Findings> => {
    const bytes = bodies.enabled ? unit.bytes : await plain(unit, maxRequest)
    if (typeof bytes === 'string') return known(x).sign === 'none' ? NOTHING : unreadable('a2a_body', bytes)
    const {text, called} = await inTurns(x, callOf(bytes))
    const operation = called ?? known(x)
    if (operation !== known(x)) operations.set(x, {...operation, isStream: operation.isStream || known(x).isStream})
    if (bytes.length === 0) return operation.needsBody ? unreadable('a2a_body', 'empty') : NOTHING
    if (operation.sign === 'none' || (operation.sign === 'weak' && !isJson(unit, text))) return NOTHING
    const isCalled = ({name, path}: Leaf): boolean => name === 'url' && (operation.isCallback || isInCallback(path))
    const other = unknownCharset(unit)
    return other === undefined ? look(x, bytes, 'a2a_body', isCalled) : unreadable('a2a_body', other)
  }

  const response = async (x: Exchange, unit: Unit): Promise<Findings> => {
    const {bytes} = unit
    if (bytes.length === 0 || unit.part === 'hidden') return NOTHING
    const operation = known(x)
    if (unit.mediaType === 'text/event-stream') return operation.sign === 'strong' ? events(x, unit) : NOTHING
    const text = await inTurns(x, textOf(bytes))
    const isTyped = isA2aType(unit.mediaType)
    const isMessage = isTyped || (operation.isAnswered && isSuccess(unit))
    // a server that has no card says so in a page
    if (!isMessage && !isJson(unit, text)) return NOTHING
    const shape = mayBeShaped(text) ? await inTurns(x, shapeIn(text)) : undefined
    // several values that came at once are no message
    const isPlain = operation.sign === 'none' || framingOf(unit) === 'lines'
    if (!isMessage && isPlain && shape === undefined) return NOTHING
    const isCard = shape === 'card' || operation.isCard
    const other = unknownCharset(unit)
    if (other !== undefined) return unreadable(isCard ? 'a2a_card' : 'a2a_response', other)
    if (!isCard) return look(x, bytes, 'a2a_response', NEVER)
    const findings = section.scan_agent_cards ? await look(x, bytes, 'a2a_card', NEVER) : NOTHING
    return isSuccess(unit) ? [...findings, ...(await changed(x, bytes, findings))] : findings
  }

  const look = async (
    x: Exchange,
    bytes: Buffer,
    layer: Layer,
    isCalled: (leaf: Leaf) => boolean,
  ): Promise<Findings> => {
    const message = await inTurns(x, readMessage(bytes))
    if ('problem' in message) return unreadable(layer, message.problem, message.isOverBudget)
    const finds = await examiner.examine(x, message, layer, isCalled)
    const findings = findingsOf(layer, finds, section.action)
    if (layer !== 'a2a_card' && !findings.some(isBlock)) examiner.keep(x, message, layer)
    return findings
  }

  const changed = async (x: Exchange, bytes: Buffer, findings: Findings): Promise<Findings> => {
    if (!section.detect_card_drift || !isServed(x)) return NOTHING
    const message = await inTurns(x, readMessage(bytes))
    const card = 'problem' in message ? undefined : cardIn(message.value)
    return card === undefined ? NOTHING : compareCard(x, card, !findings.some(isBlock))
  }

  /** A stream that came whole, as /fetch takes one. */
  const events = async (x: Exchange, unit: Unit): Promise<Findings> => {
    const watcher = watch(x)
    const reader = createSseReader(watcher.maxEventBytes)
    const findings: Finding[] = []
    for (const item of [...reader.push(unit.bytes), ...reader.end()]) {
      if (item.kind === 'unreadable') findings.push(watcher.unreadable(item.why))
      else
        findings.push(...(await watcher.feed({...unit, kind: 'event', bytes: Buffer.from(eventText(item))})).findings)
    }
    return findings.filter((one, i) => findings.findIndex((other) => other.detail === one.detail) === i)
  }

  const watch = (x: Exchange): Watcher =>
    watchMessages(x, {
      action: section.action,
      maxEventBytes,
      sources,
      examiner,
    })

  const hooks: Partial<Hooks> = {
    requires,
    watch: (x, head) => (known(x).sign === 'strong' && framingOf(head) === 'events' ? watch(x) : undefined),
    inspect(x, unit) {
      if (x.method === 'CONNECT' || unit.kind === 'event') return NOTHING
      if (unit.kind === 'head') return scanHeaders(x, unit, section.action, sources)
      return unit.direction === 'request' ? request(x, unit) : response(x, unit)
    },
  }
  return {hooks, isStream: (x) => known(x).sign === 'strong' && known(x).isStream}
}

const NOTHING: Findings = []
const NEVER = (): boolean => false
/** As its reader may take it: what is no UTF-8 is no message, but some read it as one. */
function* textOf(bytes: Buffer): Steps<string> {
  if (!bytes.includes(0)) return yield* utf8Steps(bytes)
  const {texts} = yield* readingSteps(bytes, '')
  return texts[0] ?? ''
}

function* callOf(bytes: Buffer): Steps<{readonly text: string; readonly called: Operation | undefined}> {
  const text = yield* textOf(bytes)
  return {text, called: yield* operationOfBody(text)}
}

/** Its reader may see another text in it than the UTF-8 that is inspected; the name is not repeated. */
function unknownCharset({headers}: Unit): string | undefined {
  const labels = charsetsOf(declaredTypes(headers).join())
  return labels.some((label) => charsetNamed(label).kind === 'unknown')
    ? 'declared in an unknown character set'
    : undefined
}

const isBlock = ({action}: Finding): boolean => action === 'block'

function isJson({mediaType}: Unit, text: string): boolean {
  return JSON_TYPE.test(mediaType) || LIKE_JSON.test(text)
}

function isSuccess({status = 200}: Unit): boolean {
  return status >= 200 && status < 300
}

function* shapeIn(text: string): Steps<'card' | 'task' | undefined> {
  const message = yield* readMessage(Buffer.from(text))
  return 'problem' in message ? undefined : shapeOf(message.value)
}

function isInCallback(path: readonly string[]): boolean {
  return path.some((name) => /^(?:task)?pushnotificationconfig$/.test(plainName(name)))
}

/** The text of the problem is one of ours; it holds nothing of the message. */
function unreadable(layer: Layer, problem: string, isOverBudget = false): Findings {
  const finds = new Finds()
  finds.addProblem(isOverBudget ? 'a2a_over_budget' : 'a2a_unreadable', `message is ${problem}`)
  return findingsOf(layer, finds, 'block')
}

function tooLong(layer: Layer, maxBytes: number): ReturnType<typeof finding> {
  const isRequest = layer === 'a2a_body'
  const setting = isRequest ? 'request_body_scanning.max_body_bytes' : 'fetch_proxy.max_response_mb'
  return finding(layer, isRequest ? 'parse_error' : 'response_size', 'block', {
    detail: `a2a: message has more than ${maxBytes} bytes (${setting})`,
    hint: `raise ${setting}, or send less at once`,
    class: 'protective',
  })
}

/** A coded request as its reader will see it; where bodies are scanned anyway that scan has undone the coding. */
async function plain(unit: Unit, maxBytes: number): Promise<Buffer | string> {
  const values = unit.headers.flatMap(([name, value]) => (name.toLowerCase() === 'content-encoding' ? [value] : []))
  const coding = codingOf(values)
  if (coding === 'identity') return unit.bytes
  if (typeof coding === 'object') return coding.problem
  const result = await decodeContent(unit.bytes, coding, {maxBytes, maxRatio: MAX_RATIO})
  return 'bytes' in result ? result.bytes : `not readable as ${coding}`
}
