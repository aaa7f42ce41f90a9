// Relays a stream to the client, cut into events or lines that are judged in wire order; events are written again in
// canonical fields. No byte of a piece moves before it is judged; a possible beginning of a match waits a moment.
import {Buffer} from 'node:buffer'
import type {Exchange, Unit} from '../core/exchange.js'
import type {Ruling, StreamWatch} from '../core/policy.js'
import {createFramer, type Framer, type StreamItem} from '../core/stream-framing.js'
import {inTurns} from '../core/work.js'
import {proceeds} from './local-responses.js'

/** How much, and how long, a possible beginning of a match is held back. */
const MAX_HELD_BYTES = 512
const MAX_HELD_MS = 250
const MAX_READY_BYTES = 65_536
/** Bytes cut into pieces in one step: some hundreds of the smallest events. */
const STEP_BYTES = 8_192
/** A larger event is inspected alone. */
const SMALL_BYTES = 2_048

type Piece = Extract<StreamItem, {readonly kind: 'piece'}>

export interface StreamRelayOptions {
  readonly x: Exchange
  readonly head: Unit
  readonly watch: StreamWatch
  /** The ruling under which the stream began; pieces without findings do not change it. */
  readonly ruling: Ruling
  /** False when the client must drain first. */
  readonly write: (bytes: Buffer) => boolean
  /** Records a finding; `passes`: part of the piece may be sent. Resolves to whether the stream continues. */
  readonly midStream: (ruling: Ruling, passes: boolean) => Promise<boolean>
  /** Everything received is judged, and the client can take more. */
  readonly resume: () => void
  /** The stream ended and was passed on completely. */
  readonly ended: () => void
  readonly failed: (error: unknown) => void
}

export class StreamRelay {
  readonly #options: StreamRelayOptions
  readonly #framer: Framer
  readonly #chunks: Buffer[] = []
  #working = false
  #atEnd = false
  #over = false
  #ready: Buffer[] = []
  #readyBytes = 0
  #held: Buffer[] = []
  #heldBytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: StreamRelayOptions) {
    this.#options = options
    this.#framer = createFramer(options.watch.framing, options.watch.maxEventBytes)
  }

  /** False until `resume` is called. */
  push(chunk: Buffer): boolean {
    if (this.#over) return true
    // undici emits an empty chunk when it resumes, and stays paused where that one is refused
    if (chunk.length > 0) this.#chunks.push(chunk)
    return this.#run()
  }

  /** The origin's stream has ended. */
  end(): void {
    if (this.#over) return
    this.#atEnd = true
    this.#run()
  }

  /** Stops all writing. */
  stop(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }

  #run(): boolean {
    if (this.#working) return false
    if (this.#chunks.length === 0 && !this.#atEnd) return true
    this.#working = true
    this.#work().catch((error: unknown) => {
      this.stop()
      this.#options.failed(error)
    })
    return false
  }

  async #work(): Promise<void> {
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      for (let at = 0; at < chunk.length && !this.#over; at += STEP_BYTES) {
        await this.#judgeAll(await this.#framed(chunk.subarray(at, at + STEP_BYTES)))
      }
      if (this.#over) return
    }
    if (this.#atEnd) await this.#judgeAll(this.#framer.end())
    if (this.#over) return
    this.#working = false
    const mayGoOn = this.#write()
    if (this.#atEnd) {
      this.#release()
      this.#write()
      this.stop()
      this.#options.ended()
    } else if (mayGoOn) this.#options.resume()
  }

  /** Cuts the chunk into pieces; like their inspection, in turns with other clients. */
  async #framed(chunk: Buffer): Promise<readonly StreamItem[]> {
    const framer = this.#framer
    return inTurns(
      this.#options.x,
      (function* () {
        yield
        return framer.push(chunk)
      })(),
    )
  }

  /** Inspects small events that arrived together at once; on a match it bisects. */
  async #judgeAll(items: readonly StreamItem[]): Promise<void> {
    for (let at = 0; at < items.length && !this.#over;) {
      const few = eventsFrom(items, at)
      at += Math.max(1, few.length)
      const [first = items[at - 1]] = few
      if (few.length > 1) await this.#judgeTogether(few)
      else if (first) await this.#judge(first)
    }
  }

  async #judgeTogether(events: readonly Piece[]): Promise<void> {
    const {head, watch, x} = this.#options
    const result = watch.feedAll(events.map(({bytes}) => ({...head, kind: 'event', bytes})))
    const verdict = result instanceof Promise ? await result : result
    if (this.#over || x.signal.aborted) return
    if (verdict) return this.#addAll(events, verdict.open)
    const middle = events.length >> 1
    for (const half of [events.slice(0, middle), events.slice(middle)]) {
      const [first] = half
      if (this.#over || !first) return
      await (half.length > 1 ? this.#judgeTogether(half) : this.#judge(first))
    }
  }

  /** Judges one piece and queues it, or ends the stream. */
  async #judge(item: StreamItem): Promise<void> {
    const {x, head, watch, ruling} = this.#options
    if (item.kind === 'rest') return this.#add(item.bytes, false)
    if (item.kind === 'unreadable') {
      const result = watch.unreadable(item.why)
      // an unreadable event is never passed on
      if (!(await this.#record(result, proceeds(result)))) this.stop()
      else if (item.bytes) this.#add(item.bytes, false)
      return
    }
    const result = watch.feed({...head, kind: 'event', bytes: item.bytes})
    const {ruling: judged, open, unit} = result instanceof Promise ? await result : result
    if (this.#over || x.signal.aborted) return
    // the held-back pieces are the beginning of this match
    if (judged !== ruling && !(await this.#record(judged, unit !== undefined))) return this.stop()
    if (!this.#over && item.complete && unit) this.#add(item.wire ?? unit.bytes, open)
  }

  /** Where the text may continue to a match, the last pieces wait: at least as many as would wait one by one. */
  #addAll(events: readonly Piece[], isOpen: boolean): void {
    let from = events.length
    for (let bytes = 0; isOpen && from > 0; from--) {
      bytes += wireOf(events[from - 1]).length
      if (bytes > MAX_HELD_BYTES) break
    }
    if (from > 0) this.#add(Buffer.concat(events.slice(0, from).map(wireOf)), false)
    for (const event of events.slice(from)) this.#add(wireOf(event), true)
  }

  #add(bytes: Buffer, isOpen: boolean): void {
    if (this.#over) return
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (!isOpen) this.#release()
    else {
      this.#releaseOldest()
      this.#timer ??= setTimeout(() => {
        this.#release()
        this.#write()
      }, MAX_HELD_MS)
    }
  }

  /** Whether the stream continues; the earlier pieces are out in either case. */
  #record(ruling: Ruling, passes: boolean): Promise<boolean> {
    this.#write()
    return this.#options.midStream(ruling, passes)
  }

  /** Releases pieces beyond the maximum length of a held-back beginning. */
  #releaseOldest(): void {
    while (this.#heldBytes > MAX_HELD_BYTES) {
      const oldest = this.#held.shift() ?? NOTHING
      this.#heldBytes -= oldest.length
      this.#ready.push(oldest)
      this.#readyBytes += oldest.length
    }
  }

  /** Releases every held-back piece. */
  #release(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#ready.push(...this.#held)
    this.#readyBytes += this.#heldBytes
    this.#held = []
    this.#heldBytes = 0
    if (this.#readyBytes > MAX_READY_BYTES) this.#write()
  }

  /** False when the client must drain first. Writes all ready pieces at once. */
  #write(): boolean {
    const ready = this.#ready
    if (ready.length === 0 || this.#over) return true
    this.#ready = []
    this.#readyBytes = 0
    return this.#options.write(ready.length === 1 && ready[0] ? ready[0] : Buffer.concat(ready))
  }
}

/** The run of small complete events that comes next; not used for lines, which arrive joined. */
function eventsFrom(items: readonly StreamItem[], at: number): readonly Piece[] {
  const events: Piece[] = []
  for (let i = at; i < items.length; i++) {
    const item = items[i]
    if (item?.kind !== 'piece' || !item.complete || item.wire === undefined || item.bytes.length > SMALL_BYTES) break
    events.push(item)
  }
  return events
}

function wireOf(piece: Piece | undefined): Buffer {
  return piece?.wire ?? NOTHING
}

const NOTHING = Buffer.alloc(0)
