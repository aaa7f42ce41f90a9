// WebSocket frames (RFC 6455): an incremental reader that reassembles messages and refuses everything the standard forbids,
// and a writer. Payloads are copied once, into a buffer that grows with the bytes received, never with a declared length.
import {isUtf8} from 'node:buffer'

export const OPCODE = {continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10} as const

/** Bytes of the payload of a control frame, and of a close reason behind its two-byte code (RFC 6455, section 5.5). */
const MAX_CONTROL = 125
const MAX_REASON = MAX_CONTROL - 2
const MASK_BYTES = 4
/** Two bytes, eight of an extended length, four of a mask. */
const MAX_HEAD = 14
const NOTHING = Buffer.alloc(0)

/** The end of a connection that its sender states, or that is stated about it. */
export interface Closing {
  /** undefined: a close frame without a payload. */
  readonly code: number | undefined
  readonly reason: string
}

export type FrameEvent =
  | {
      readonly kind: 'message'
      readonly type: 'text' | 'binary'
      readonly payload: Buffer
      /** It arrived in more than one frame. */
      readonly isFragmented: boolean
    }
  | {readonly kind: 'ping' | 'pong'; readonly payload: Buffer}
  | ({readonly kind: 'close'} & Closing)
  /** The bytes break a rule; nothing behind them is read. */
  | {readonly kind: 'fault'; readonly fault: FrameFault}

export interface FrameFault {
  readonly code: 1002 | 1007 | 1009
  readonly reason: string
}

const fault = (code: FrameFault['code'], reason: string): FrameFault => ({code, reason})

const TOO_LARGE = fault(1009, 'message too large')
const COMPRESSED = fault(1002, 'compressed frames not supported')
const RESERVED_BIT = fault(1002, 'reserved bit set')
const UNKNOWN_OPCODE = fault(1002, 'unknown opcode')
const UNMASKED = fault(1002, 'unmasked frame')
const MASKED = fault(1002, 'masked frame')
const FRAGMENTED_CONTROL = fault(1002, 'fragmented control frame')
const LONG_CONTROL = fault(1002, 'control frame too long')
const LONG_LENGTH = fault(1002, 'length not in its shortest form')
const NO_START = fault(1002, 'continuation without a start')
const INTERRUPTED = fault(1002, 'new message inside a fragmented message')
const BAD_CLOSE = fault(1002, 'invalid close frame')
const BAD_TEXT = fault(1007, 'invalid UTF-8')

export interface FrameReaderOptions {
  /** Frames of clients are masked, frames of servers are not; the other way round is a fault. */
  readonly masked: boolean
  /** Longest message, over all its fragments. */
  readonly maxMessageBytes: number
}

interface Head {
  readonly opcode: number
  readonly isLast: boolean
  readonly length: number
  readonly mask: Buffer | undefined
}

export class FrameReader {
  readonly #masked: boolean
  readonly #maxMessageBytes: number
  readonly #headBytes = Buffer.alloc(MAX_HEAD)
  #headLength = 0
  /** Head of the frame whose payload is being read. */
  #head: Head | undefined
  /** Payload bytes of that frame read so far. */
  #read = 0
  readonly #control = Buffer.alloc(MAX_CONTROL)
  #message: Buffer = NOTHING
  #messageLength = 0
  /** Opcode of the message whose fragments are being read. */
  #type: number | undefined
  #frames = 0
  #isOver = false

  constructor({masked, maxMessageBytes}: FrameReaderOptions) {
    this.#masked = masked
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Bytes held of a message that is not complete. */
  get pending(): number {
    return this.#messageLength
  }

  /** What the bytes complete, in order. Nothing is read behind a close frame or a fault. */
  push(chunk: Buffer): FrameEvent[] {
    const events: FrameEvent[] = []
    let at = 0
    while (!this.#isOver) {
      if (!this.#head) {
        const needed = headLength(this.#headBytes, this.#headLength)
        if (this.#headLength < needed) {
          const part = chunk.subarray(at, at + needed - this.#headLength)
          if (part.length === 0) break
          part.copy(this.#headBytes, this.#headLength)
          this.#headLength += part.length
          at += part.length
          const refused = this.#beginningFault()
          if (refused) this.#fail(events, refused)
          continue
        }
        const head = readHead(this.#headBytes, needed)
        const refused = this.#lengthFault(head)
        if (refused) {
          this.#fail(events, refused)
          break
        }
        this.#begin(head)
        if (head.length > 0) continue
      }
      const head = this.#head
      if (!head) break
      const part = chunk.subarray(at, at + head.length - this.#read)
      at += part.length
      this.#take(head, part)
      if (this.#read < head.length) break
      this.#head = undefined
      this.#headLength = 0
      this.#finish(head, events)
    }
    return events
  }

  /** Fault of what the first two bytes tell. */
  #beginningFault(): FrameFault | undefined {
    if (this.#headLength < 2) return undefined
    const [first = 0, second = 0] = this.#headBytes
    if ((first & 0x40) !== 0) return COMPRESSED
    if ((first & 0x30) !== 0) return RESERVED_BIT
    const opcode = first & 0x0f
    const isLast = (first & 0x80) !== 0
    if (opcode > OPCODE.pong || (opcode > OPCODE.binary && opcode < OPCODE.close)) return UNKNOWN_OPCODE
    if (((second & 0x80) !== 0) !== this.#masked) return this.#masked ? UNMASKED : MASKED
    if (opcode >= OPCODE.close) {
      if (!isLast) return FRAGMENTED_CONTROL
      return (second & 0x7f) > MAX_CONTROL ? LONG_CONTROL : undefined
    }
    if (opcode === OPCODE.continuation) return this.#type === undefined ? NO_START : undefined
    return this.#type === undefined ? undefined : INTERRUPTED
  }

  #lengthFault({opcode, length}: Head): FrameFault | undefined {
    const short = (this.#headBytes[1] ?? 0) & 0x7f
    if ((short === 126 && length < 126) || (short === 127 && length < 0x1_0000)) return LONG_LENGTH
    if (opcode >= OPCODE.close) return undefined
    return this.#messageLength + length > this.#maxMessageBytes ? TOO_LARGE : undefined
  }

  #begin(head: Head): void {
    this.#head = head
    this.#read = 0
    if (head.opcode >= OPCODE.close) return
    if (head.opcode !== OPCODE.continuation) {
      this.#type = head.opcode
      this.#frames = 0
    }
    this.#frames++
  }

  #take(head: Head, part: Buffer): void {
    if (part.length === 0) return
    const isControl = head.opcode >= OPCODE.close
    if (!isControl) this.#reserve(this.#messageLength + part.length)
    const into = isControl ? this.#control : this.#message
    const start = isControl ? this.#read : this.#messageLength
    part.copy(into, start)
    if (head.mask) unmask(into, {start, length: part.length, mask: head.mask, offset: this.#read})
    if (!isControl) this.#messageLength += part.length
    this.#read += part.length
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#message.length) return
    const larger = Buffer.allocUnsafe(Math.min(this.#maxMessageBytes, Math.max(bytes, 2 * this.#message.length)))
    this.#message.copy(larger, 0, 0, this.#messageLength)
    this.#message = larger
  }

  #finish(head: Head, events: FrameEvent[]): void {
    const {opcode, length, isLast} = head
    if (opcode === OPCODE.close) {
      this.#isOver = true
      events.push(closeEvent(this.#control.subarray(0, length)))
    } else if (opcode >= OPCODE.ping) {
      const payload = Buffer.from(this.#control.subarray(0, length))
      events.push({kind: opcode === OPCODE.ping ? 'ping' : 'pong', payload})
    } else if (isLast) this.#finishMessage(events)
  }

  #finishMessage(events: FrameEvent[]): void {
    const payload = this.#message.subarray(0, this.#messageLength)
    const isText = this.#type === OPCODE.text
    const isFragmented = this.#frames > 1
    this.#message = NOTHING
    this.#messageLength = 0
    this.#type = undefined
    if (isText && !isUtf8(payload)) return this.#fail(events, BAD_TEXT)
    events.push({kind: 'message', type: isText ? 'text' : 'binary', payload, isFragmented})
  }

  #fail(events: FrameEvent[], why: FrameFault): void {
    this.#isOver = true
    this.#message = NOTHING
    this.#messageLength = 0
    events.push({kind: 'fault', fault: why})
  }
}

/** Length of a frame's head, as far as its first bytes tell. */
function headLength(bytes: Buffer, known: number): number {
  if (known < 2) return 2
  const second = bytes[1] ?? 0
  const short = second & 0x7f
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : MASK_BYTES)
}

function readHead(bytes: Buffer, size: number): Head {
  const [first = 0, second = 0] = bytes
  const short = second & 0x7f
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const mask = (second & 0x80) === 0 ? undefined : Buffer.from(bytes.subarray(size - MASK_BYTES, size))
  return {opcode: first & 0x0f, isLast: (first & 0x80) !== 0, length, mask}
}

interface MaskedPart {
  readonly start: number
  readonly length: number
  readonly mask: Buffer
  /** Place of the part in the payload. */
  readonly offset: number
}

function unmask(bytes: Buffer, {start, length, mask, offset}: MaskedPart): void {
  for (let i = 0; i < length; i++) {
    const at = start + i
    bytes[at] = (bytes[at] ?? 0) ^ (mask[(offset + i) & 3] ?? 0)
  }
}

function closeEvent(payload: Buffer): FrameEvent {
  if (payload.length === 0) return {kind: 'close', code: undefined, reason: ''}
  const code = payload.length < 2 ? 0 : payload.readUInt16BE(0)
  if (!isCloseCode(code)) return {kind: 'fault', fault: BAD_CLOSE}
  const reason = payload.subarray(2)
  if (!isUtf8(reason)) return {kind: 'fault', fault: BAD_TEXT}
  return {kind: 'close', code, reason: reason.toString('utf8')}
}

/** Codes that may stand in a frame (RFC 6455, section 7.4, and the registry of IANA). */
function isCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
}

export interface WrittenFrame {
  readonly opcode: number
  readonly payload: Buffer
  /** Four bytes; undefined: unmasked. */
  readonly mask?: Buffer | undefined
}

/** One complete frame. */
export function writeFrame({opcode, payload, mask}: WrittenFrame): Buffer {
  const {length} = payload
  const extended = length < 126 ? 0 : length < 0x1_0000 ? 2 : 8
  const start = 2 + extended + (mask ? MASK_BYTES : 0)
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = 0x80 | opcode
  frame[1] = (mask ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127)
  if (extended === 2) frame.writeUInt16BE(length, 2)
  else if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2)
  payload.copy(frame, start)
  if (mask) {
    mask.copy(frame, start - MASK_BYTES)
    unmask(frame, {start, length, mask, offset: 0})
  }
  return frame
}

/** Payload of a close frame; a reason that is too long is left out. */
export function closePayload({code, reason}: Closing): Buffer {
  if (code === undefined) return NOTHING
  const text = Buffer.from(reason, 'utf8')
  const payload = Buffer.alloc(2 + (text.length <= MAX_REASON ? text.length : 0))
  payload.writeUInt16BE(code, 0)
  if (payload.length > 2) text.copy(payload, 2)
  return payload
}
