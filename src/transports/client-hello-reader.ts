// Every ClientHello of a TLS client, from the first byte of a connection on. A server that lacks a key share asks for a second
// one (HelloRetryRequest, RFC 8446, section 4.1.4) and takes its name from that, so the first alone decides nothing.
//
// Until the handshake is over a server also skips records between two hellos: change_cipher_spec, warnings, and early data
// that it rejected. None of them ends the reading; only application data does, unless the client announced early data.
import {Buffer} from 'node:buffer'
import {MAX_HELLO, parseHelloMessage, type HelloMessage} from './client-hello.js'

export type HelloEvent = HelloMessage

export interface HelloRead {
  /** What may go on once `hellos` are judged; a hello that is not whole yet is held back. */
  readonly forward: Buffer
  /** Hellos in `forward`. */
  readonly hellos: readonly HelloEvent[]
  /** No hello can follow. */
  readonly isOver: boolean
}

const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23
const CLIENT_HELLO = 1
const RECORD_HEAD = 5
const MESSAGE_HEAD = 4
/** Whole records are kept while a hello in them is not: what one of the largest allowed size takes in records of one byte. */
const MAX_KEPT = 128 * 1024
const NONE: readonly HelloEvent[] = []

export class ClientHelloReader {
  /** Bytes from the start of the first record that is not forwarded. */
  #kept: Buffer = Buffer.alloc(0)
  /** How much of `#kept` is read. */
  #at = 0
  /** Where in `#kept` the first record of `#hello` starts. */
  #helloAt = 0
  /** The first bytes of a handshake message whose length stands in the next record. */
  #head: Buffer = Buffer.alloc(0)
  /** Payloads with the beginning of a hello. */
  #hello: Buffer[] = []
  #helloBytes = 0
  #helloNeed: number | undefined
  /** Payload bytes of the current handshake message that are still to come; it is no hello. */
  #skip = 0
  /** Payload bytes of the current record that are still to come; it is no handshake. */
  #passing = 0
  #isEncrypted = false
  #hasEarlyData = false
  #isOver = false

  push(chunk: Buffer): HelloRead {
    if (this.#isOver) return {forward: chunk, hellos: NONE, isOver: true}
    this.#kept = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk])
    const hellos: HelloEvent[] = []
    while (!this.#isOver && this.#record(hellos));
    if (this.#kept.length > MAX_KEPT) hellos.push({kind: 'malformed', why: 'hello too long'})
    return {forward: this.#release(), hellos, isOver: this.#isOver}
  }

  /** Whatever is held back; nothing is read any more. */
  end(): Buffer {
    this.#isOver = true
    return this.#release()
  }

  /** Reads on by one step; false when more bytes are needed. */
  #record(hellos: HelloEvent[]): boolean {
    if (this.#passing > 0) {
      const size = Math.min(this.#passing, this.#kept.length - this.#at)
      this.#passing -= size
      this.#at += size
      return this.#passing === 0 && this.#at < this.#kept.length
    }
    const start = this.#at
    if (start + RECORD_HEAD > this.#kept.length) return false
    const type = this.#kept[start]
    const size = this.#kept.readUInt16BE(start + 3)
    if (type !== HANDSHAKE) return this.#other(type, size, hellos)
    // a message may begin in any record, so one is read when it is whole
    if (start + RECORD_HEAD + size > this.#kept.length) return false
    this.#at = start + RECORD_HEAD + size
    this.#handshake(this.#kept.subarray(start + RECORD_HEAD, this.#at), start, hellos)
    return true
  }

  #other(type: number | undefined, size: number, hellos: HelloEvent[]): boolean {
    if (type === APPLICATION_DATA && !this.#hasEarlyData && (this.#isEncrypted || this.#hello.length === 0)) {
      this.#isOver = true
      return false
    }
    // servers drop cipher changes and rejected early data wherever they stand, so a hello may go on behind them
    if (this.#hello.length > 0) hellos.push({kind: 'malformed', why: 'record type inside the hello'})
    if (type === CHANGE_CIPHER_SPEC) this.#isEncrypted = true
    this.#at += RECORD_HEAD
    this.#passing = size
    return this.#at < this.#kept.length
  }

  #handshake(content: Buffer, recordAt: number, hellos: HelloEvent[]): void {
    const payload = this.#head.length === 0 ? content : Buffer.concat([this.#head, content])
    this.#head = Buffer.alloc(0)
    // behind the cipher change of TLS 1.2 the rest is encrypted, behind that of TLS 1.3 a second hello may still come plain
    if (this.#isEncrypted && this.#hello.length === 0 && !mayBeHello(payload)) return
    let at = Math.min(this.#skip, payload.length)
    this.#skip -= at
    while (at < payload.length) {
      if (this.#hello.length === 0 && payload[at] !== CLIENT_HELLO) {
        if (at + MESSAGE_HEAD > payload.length) {
          this.#head = payload.subarray(at)
          return
        }
        const end = at + MESSAGE_HEAD + payload.readUIntBE(at + 1, 3)
        this.#skip = Math.max(0, end - payload.length)
        at = Math.min(end, payload.length)
        continue
      }
      if (this.#hello.length === 0) this.#helloAt = recordAt
      at += this.#helloPart(payload.subarray(at), hellos)
    }
  }

  /** How many bytes belong to the hello that is being read. It is parsed once, when it is whole. */
  #helloPart(part: Buffer, hellos: HelloEvent[]): number {
    this.#hello.push(part)
    this.#helloBytes += part.length
    if (this.#helloBytes < MESSAGE_HEAD) return part.length
    this.#helloNeed ??= MESSAGE_HEAD + Buffer.concat(this.#hello).readUIntBE(1, 3)
    const isTooLong = this.#helloNeed > MAX_HELLO
    // an encrypted record can look like the head of a large hello: application data soon shows that it was none
    if (this.#helloBytes < this.#helloNeed && (this.#isEncrypted || !isTooLong)) return part.length
    const hello: HelloEvent = isTooLong
      ? {kind: 'malformed', why: 'hello too long'}
      : parseHelloMessage(Buffer.concat(this.#hello).subarray(0, this.#helloNeed))
    const surplus = this.#helloBytes - this.#helloNeed
    this.#hello = []
    this.#helloBytes = 0
    this.#helloNeed = undefined
    hellos.push(hello)
    if (hello.kind === 'hello') this.#hasEarlyData ||= hello.hasEarlyData
    return part.length - Math.max(0, surplus)
  }

  #release(): Buffer {
    const end = this.#isOver ? this.#kept.length : this.#hello.length > 0 ? this.#helloAt : this.#at
    const forward = this.#kept.subarray(0, end)
    this.#kept = this.#kept.subarray(end)
    this.#at = Math.max(0, this.#at - end)
    this.#helloAt = Math.max(0, this.#helloAt - end)
    return forward
  }
}

/** Servers take hellos of up to 131,396 bytes. */
const MAX_HIGH_BYTE = 2

/** Of encrypted records one in 22,000 passes for the head of a hello; no other byte is fixed for every server. */
function mayBeHello(payload: Buffer): boolean {
  return payload[0] === CLIENT_HELLO && (payload[1] ?? 0) <= MAX_HIGH_BYTE
}
