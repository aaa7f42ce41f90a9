// Relays the frames of an open WebSocket: reassembles messages, hands each to its owner before a byte of it moves, and sends it
// as one frame. Back-pressure in both directions, limits of time, and the closing handshake. It knows no policy.
import type {Socket} from 'node:net'
import type {Awaitable} from '../lib/awaitable.js'
import {
  closePayload,
  FrameReader,
  OPCODE,
  writeFrame,
  type Closing,
  type FrameEvent,
  type FrameFault,
} from '../lib/frames.js'
import type {RelayEnd} from './tunnel-lifecycle.js'
import type {JudgedFrame, Side} from './websocket-messages.js'

export interface RelayOptions {
  readonly maxMessageBytes: number
  readonly idleMs: number
  readonly lifetimeMs: number
  /** Wait for the other close frame. */
  readonly closeMs: number
  /** How long a closed connection is still read. */
  readonly lingerMs: number
  readonly random: (bytes: number) => Uint8Array
  /** The payload that may be sent; undefined: refused. */
  readonly judge: (from: Side, frame: JudgedFrame) => Awaitable<Buffer | undefined>
  readonly broken: (from: Side, fault: FrameFault) => void
  /** Bytes of an incomplete message changed; false: there is no room for them. */
  readonly hold: (from: Side, bytes: number) => boolean
  /** False ends the relay: the owner closes it once that is recorded. */
  readonly mayMove: (bytes: number) => boolean
  readonly over: (end: RelayEnd) => void
  readonly failed: (error: unknown) => void
}

interface Peer {
  readonly side: Side
  readonly socket: Socket
  readonly reader: FrameReader
  readonly events: FrameEvent[]
  isBusy: boolean
  hasEnded: boolean
  /** A close frame came from it. */
  hasClosed: boolean
  /** A close frame was sent to it. */
  isClosing: boolean
  /** Payload bytes that came from it and were relayed. */
  relayed: number
}

const GONE: Closing = {code: 1001, reason: ''}
const TIMED_OUT: Closing = {code: 1001, reason: 'connection timeout'}
const KEYS = 1_024
const KEY_BYTES = 4

export class WebSocketRelay {
  readonly #options: RelayOptions
  readonly #client: Peer
  readonly #server: Peer
  readonly #timers: NodeJS.Timeout[] = []
  readonly #idle: NodeJS.Timeout
  readonly #messages = {text: 0, binary: 0}
  /** Frames are no longer judged or relayed. */
  #isStopped = false
  #isFinishing = false
  #isOver = false
  #keys: Uint8Array = new Uint8Array(0)
  #usedKeys = 0

  constructor(client: Socket, server: Socket, options: RelayOptions) {
    this.#options = options
    const peer = (side: Side, socket: Socket): Peer => ({
      side,
      socket,
      reader: new FrameReader({masked: side === 'client', maxMessageBytes: options.maxMessageBytes}),
      events: [],
      isBusy: false,
      hasEnded: false,
      hasClosed: false,
      isClosing: false,
      relayed: 0,
    })
    this.#client = peer('client', client)
    this.#server = peer('server', server)
    this.#idle = setTimeout(() => this.close(TIMED_OUT, TIMED_OUT), options.idleMs)
    this.#timers.push(setTimeout(() => this.close(TIMED_OUT, TIMED_OUT), options.lifetimeMs))
  }

  /** Both get the bytes that were read before. */
  start(clientBytes: Buffer, serverBytes: Buffer): void {
    for (const [peer, bytes] of [
      [this.#client, clientBytes],
      [this.#server, serverBytes],
    ] as const) {
      const {socket} = peer
      socket.setTimeout(0)
      socket.on('error', () => socket.destroy())
      socket.on('data', (chunk: Buffer) => this.#guarded(() => this.#read(peer, chunk)))
      socket.on('drain', () => this.#flow(this.#other(peer)))
      socket.on('end', () => this.#ended(peer))
      socket.on('close', () => this.#gone())
      if (socket.destroyed) setImmediate(() => this.#gone())
      if (bytes.length > 0) this.#guarded(() => this.#read(peer, bytes))
      this.#flow(peer)
    }
  }

  /** Neither these bytes nor later ones are relayed; the owner closes. */
  stop(): void {
    this.#isStopped = true
  }

  /** Sends both their close frames, and ends the connections. */
  close(client: Closing, server: Closing): void {
    if (this.#isOver) return
    this.stop()
    this.#sendClose(this.#client, client)
    this.#sendClose(this.#server, server)
    this.#finish()
  }

  /** A throw costs this WebSocket, not the process. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#options.failed(error)
    }
  }

  #other(peer: Peer): Peer {
    return peer === this.#client ? this.#server : this.#client
  }

  #read(from: Peer, chunk: Buffer): void {
    // read and discarded: bytes left unread would reset the connection before the peer has read its close frame
    if (this.#isStopped || from.hasClosed) return
    const events = from.reader.push(chunk)
    for (const event of events) from.events.push(event)
    if (events.length > 0) this.#idle.refresh()
    if (!this.#options.hold(from.side, from.reader.pending)) return
    this.#run(from)
  }

  /** Frames of one direction, one after the other. */
  #run(from: Peer): void {
    let done = 0
    while (!from.isBusy && !this.#isStopped && done < from.events.length) {
      const event = from.events[done++]
      if (!event) break
      if (event.kind === 'fault') {
        this.#options.broken(from.side, event.fault)
        continue
      }
      const judged = this.#options.judge(from.side, event)
      if (judged instanceof Promise) {
        from.isBusy = true
        judged
          .then((payload) => {
            from.isBusy = false
            this.#send(from, event, payload)
            this.#run(from)
          })
          .catch(this.#options.failed)
      } else this.#send(from, event, judged)
    }
    from.events.splice(0, done)
    this.#flow(from)
    if (from.hasEnded && !from.isBusy) this.#ended(from)
  }

  #send(from: Peer, event: JudgedFrame, payload: Buffer | undefined): void {
    if (payload === undefined || this.#isStopped) return
    const to = this.#other(from)
    if (event.kind === 'close') return this.#closing(from, {code: event.code, reason: payload.toString('utf8')})
    if (event.kind === 'message') this.#messages[event.type]++
    if (to.isClosing || !to.socket.writable) return
    if (!this.#options.mayMove(payload.length)) return this.stop()
    from.relayed += payload.length
    this.#write(to, event.kind === 'message' ? OPCODE[event.type] : OPCODE[event.kind], payload)
  }

  #write(to: Peer, opcode: number, payload: Buffer): void {
    to.socket.write(writeFrame({opcode, payload, mask: to === this.#server ? this.#key() : undefined}))
  }

  /** Reads while nothing waits: neither a verdict, nor the other side for room. */
  #flow(from: Peer): void {
    const isWaiting = from.isBusy || this.#other(from).socket.writableNeedDrain
    if (isWaiting && !this.#isStopped) from.socket.pause()
    else from.socket.resume()
  }

  /** A close frame goes to the other side; once both have sent theirs, the connections end. */
  #closing(from: Peer, closing: Closing): void {
    from.hasClosed = true
    const to = this.#other(from)
    this.#sendClose(to, closing)
    if (to.hasClosed) return this.#finish()
    this.#timers.push(setTimeout(() => this.close(closing, closing), this.#options.closeMs))
  }

  #sendClose(to: Peer, closing: Closing): void {
    if (to.isClosing || !to.socket.writable) return
    to.isClosing = true
    this.#write(to, OPCODE.close, closePayload(closing))
  }

  /** It sends nothing more. Without a close frame, the other side is told that it has gone. */
  #ended(peer: Peer): void {
    peer.hasEnded = true
    // what it has sent is judged first
    if (peer.isBusy || this.#isStopped) return
    if (!peer.hasClosed) this.close(GONE, GONE)
  }

  #gone(): void {
    if (!this.#isFinishing) this.close(GONE, GONE)
    if (this.#client.socket.destroyed && this.#server.socket.destroyed) this.#end()
  }

  #finish(): void {
    this.stop()
    if (this.#isFinishing) return
    this.#isFinishing = true
    clearTimeout(this.#idle)
    for (const {socket} of [this.#client, this.#server]) {
      if (socket.writable) socket.end()
      socket.resume()
    }
    this.#timers.push(
      setTimeout(() => {
        this.#client.socket.destroy()
        this.#server.socket.destroy()
      }, this.#options.lingerMs),
    )
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.stop()
    clearTimeout(this.#idle)
    for (const timer of this.#timers) clearTimeout(timer)
    const {relayed: clientBytes} = this.#client
    this.#options.over({clientBytes, serverBytes: this.#server.relayed, messages: {...this.#messages}})
  }

  /** A fresh one for every frame, or what a client writes could be chosen to look like another protocol on the wire. */
  #key(): Buffer {
    if (this.#usedKeys === 0) this.#keys = this.#options.random(KEYS * KEY_BYTES)
    const start = this.#usedKeys * KEY_BYTES
    this.#usedKeys = (this.#usedKeys + 1) % KEYS
    return Buffer.from(this.#keys.subarray(start, start + KEY_BYTES))
  }
}
