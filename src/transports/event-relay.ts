// A stream of events on its way to the client (proxy §13.6): taken apart, judged one by one in wire order, written again in
// canonical fields. Nothing of an event moves before it is judged; what may be the beginning of a match waits a moment.
import {Buffer} from 'node:buffer'
import type {Exchange, Unit} from '../core/exchange.js'
import type {Ruling, StreamWatch} from '../core/policy.js'
import {eventText, makeSseReader, writeEvent, type SseItem, type SseReader} from '../lib/sse.js'

/** How much, and how long, the beginning of a match is held back (scanning §12). */
const MAX_HELD_BYTES = 512
const MAX_HELD_MS = 250
const MAX_READY_BYTES = 65_536

export interface EventRelayOptions {
  readonly x: Exchange
  readonly head: Unit
  readonly watch: StreamWatch
  /** The ruling under which the stream began; events without findings change nothing about it. */
  readonly ruling: Ruling
  /** False when the client has to catch up first. */
  readonly write: (bytes: Buffer) => boolean
  /** Evidence of a finding; the answer says whether the stream goes on. */
  readonly found: (ruling: Ruling) => Promise<boolean>
  /** All is judged that came so far, and the client can take more. */
  readonly resume: () => void
  /** The stream came to its end and was passed on whole. */
  readonly ended: () => void
  readonly failed: (error: unknown) => void
}

export class EventRelay {
  readonly #options: EventRelayOptions
  readonly #reader: SseReader
  readonly #queue: SseItem[] = []
  #working = false
  #atEnd = false
  #over = false
  #ready: Buffer[] = []
  #readyBytes = 0
  #held: Buffer[] = []
  #heldBytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: EventRelayOptions) {
    this.#options = options
    this.#reader = makeSseReader(options.watch.maxEventBytes)
  }

  /** False when nothing more should come until `resume`. */
  push(chunk: Buffer): boolean {
    if (this.#over) return true
    this.#queue.push(...this.#reader.push(chunk))
    return this.#run()
  }

  /** The origin has nothing more to say. */
  end(): void {
    if (this.#over) return
    this.#atEnd = true
    this.#queue.push(...this.#reader.end())
    this.#run()
  }

  /** Nothing is written any more. */
  stop(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }

  #run(): boolean {
    if (this.#working) return false
    if (this.#queue.length === 0 && !this.#atEnd) return true
    this.#working = true
    this.#work().catch((error: unknown) => {
      this.stop()
      this.#options.failed(error)
    })
    return false
  }

  async #work(): Promise<void> {
    for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
      await this.#judge(item)
      if (this.#over) return
    }
    this.#working = false
    const mayGoOn = this.#write()
    if (this.#atEnd) {
      this.#release()
      this.#write()
      this.stop()
      this.#options.ended()
    } else if (mayGoOn) this.#options.resume()
  }

  /** Judges one event and makes it ready, or ends the stream. */
  async #judge(item: SseItem): Promise<void> {
    const {x, head, watch, ruling} = this.#options
    if (item.kind === 'unreadable') {
      // dropped in any case: what cannot be read is not passed on
      if (!(await this.#found(watch.unreadable(item.why)))) this.stop()
      return
    }
    const unit: Unit = {...head, kind: 'event', bytes: Buffer.from(eventText(item), 'utf8')}
    const said = watch.feed(unit)
    const {ruling: judged, open} = said instanceof Promise ? await said : said
    if (this.#over || x.signal.aborted) return
    // what was held back is the beginning of what was found
    if (judged !== ruling && !(await this.#found(judged))) return this.stop()
    if (this.#over || !item.complete) return
    const bytes = Buffer.from(writeEvent(item), 'utf8')
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (!open || this.#heldBytes > MAX_HELD_BYTES) this.#release()
    else {
      this.#timer ??= setTimeout(() => {
        this.#release()
        this.#write()
      }, MAX_HELD_MS)
    }
  }

  /** Whether the stream goes on; the events before it are out in any case. */
  #found(ruling: Ruling): Promise<boolean> {
    this.#write()
    return this.#options.found(ruling)
  }

  /** What was held back is held no longer. */
  #release(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#ready.push(...this.#held)
    this.#readyBytes += this.#heldBytes
    this.#held = []
    this.#heldBytes = 0
    if (this.#readyBytes > MAX_READY_BYTES) this.#write()
  }

  /** False when the client has to catch up. Everything that came at once is written at once. */
  #write(): boolean {
    const ready = this.#ready
    if (ready.length === 0 || this.#over) return true
    this.#ready = []
    this.#readyBytes = 0
    return this.#options.write(ready.length === 1 && ready[0] ? ready[0] : Buffer.concat(ready))
  }
}
