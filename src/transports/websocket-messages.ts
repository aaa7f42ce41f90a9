// Judges the messages and control frames of one WebSocket: each by itself, and joined with those before it in its direction.
import {after} from '../lib/awaitable.js'
import type {FrameEvent} from '../lib/frames.js'
import type {Finding} from '../core/decision.js'
import type {Exchange, Unit} from '../core/exchange.js'
import {headUnit} from '../core/inspection.js'
import type {Awaitable} from '../lib/awaitable.js'
import type {Inspected, Ruling, StreamWatch} from '../core/policy.js'
import type {WebSocketSettings} from '../core/services/websocket.js'
import {binaryRefused, fragmentsUnredacted} from './refusals.js'

export type Side = 'client' | 'server'

export type MessageVerdict =
  /** `ruling`: with findings that let it pass, and what may be sent. */
  | {readonly kind: 'pass'; readonly payload: Buffer; readonly ruling?: Ruling}
  | {readonly kind: 'blocked'; readonly ruling: Ruling}
  /** Decided by the rules of the transport. */
  | {readonly kind: 'refused'; readonly finding: Finding}

/** Frames that are judged, with a close reason as its payload. */
export type JudgedFrame = Exclude<FrameEvent, {kind: 'fault'}>

const BINARY = 'application/octet-stream'

export class MessageJudge {
  readonly #x: Exchange
  readonly #ruling: Ruling
  readonly #settings: WebSocketSettings
  readonly #heads: Readonly<Record<Side, Unit>>
  readonly #watches: Readonly<Record<Side, StreamWatch | undefined>>

  /** `ruling`: of the handshake. */
  constructor(x: Exchange, ruling: Ruling, settings: WebSocketSettings) {
    this.#x = x
    this.#ruling = ruling
    this.#settings = settings
    // clients name no type, so a message may be JSON as well as text
    this.#heads = {client: messagesHead('request', ''), server: messagesHead('response', 'text/plain')}
    const watch = (side: Side): StreamWatch | undefined => ruling.policy.watch(x, this.#heads[side], ruling)
    this.#watches = {client: watch('client'), server: watch('server')}
  }

  /** Never rejects. */
  judge(from: Side, frame: JudgedFrame): Awaitable<MessageVerdict> {
    if (frame.kind !== 'message') return this.#control(from, frame)
    const {payload, type, isFragmented} = frame
    if (from === 'client' && type === 'binary' && !this.#settings.allowsBinary) {
      return {kind: 'refused', finding: binaryRefused()}
    }
    if (from === 'client' && this.#settings.redacts && isFragmented) {
      return {kind: 'refused', finding: fragmentsUnredacted()}
    }
    if (payload.length === 0 || (type === 'text' && !this.#settings.scansText)) return {kind: 'pass', payload}
    const head = this.#heads[from]
    if (type === 'text') return this.#inspect(from, {...head, kind: 'body', bytes: payload})
    return this.#inspect(from, {...typed(head, BINARY), kind: 'body', bytes: payload})
  }

  /** Payloads of control frames are a channel for data as well. */
  #control(from: Side, frame: Exclude<JudgedFrame, {kind: 'message'}>): Awaitable<MessageVerdict> {
    const payload = frame.kind === 'close' ? Buffer.from(frame.reason, 'utf8') : frame.payload
    if (payload.length === 0 || !this.#settings.scansText) return {kind: 'pass', payload}
    if (from === 'client') {
      const watch = this.#watches.client
      if (!watch) return {kind: 'pass', payload}
      const unit: Unit = {...this.#heads.client, kind: 'event', bytes: payload}
      return after(watch.feed(unit), (fed) => this.#verdict(fed))
    }
    // what programs show of a closed connection is its reason
    if (frame.kind !== 'close') return {kind: 'pass', payload}
    const unit: Unit = {...this.#heads.server, kind: 'body', bytes: payload}
    return after(this.#ruling.policy.inspect(this.#x, unit, this.#ruling), (inspected) => this.#verdict(inspected))
  }

  #inspect(from: Side, unit: Unit): Awaitable<MessageVerdict> {
    // bytes of a server that are no text continue no sentence
    const watch = from === 'server' && unit.mediaType === BINARY ? undefined : this.#watches[from]
    const result = watch ? watch.feed(unit) : this.#ruling.policy.inspect(this.#x, unit, this.#ruling)
    return after<Inspected, MessageVerdict>(result, (inspected) => this.#verdict(inspected))
  }

  #verdict({ruling, unit}: Inspected): MessageVerdict {
    if (!unit || ruling.decision.action === 'block') return {kind: 'blocked', ruling}
    return ruling === this.#ruling ? {kind: 'pass', payload: unit.bytes} : {kind: 'pass', payload: unit.bytes, ruling}
  }
}

function messagesHead(direction: Unit['direction'], mediaType: string): Unit {
  return {...typed(headUnit(direction, []), mediaType), framing: 'messages'}
}

function typed(unit: Unit, mediaType: string): Unit {
  return {...unit, mediaType, contentType: mediaType}
}
