// A stream on its way to the client (proxy §13.6): cut into events or lines that are judged in wire order; events are written
// again in canonical fields. Nothing of a piece moves before it is judged; what may be the beginning of a match waits a moment.
import {Buffer} from 'node:buffer'
import type {Exchange, Unit} from '../core/exchange.js'
import type {Ruling, StreamWatch} from '../core/policy.js'
import {createFramer, type Framer, type StreamItem} from '../core/stream-framing.js'
import {inTurns} from '../core/work.js'
import {proceeds} from './local-responses.js'

/** How much, and how long, the beginning of a match is held back (scanning §12). */
const MAX_HELD_BYTES = 512
const MAX_HELD_MS = 250
const MAX_READY_BYTES = 65_536
/** Cut into pieces at once: of the smallest events that makes some hundreds. */
const STEP_BYTES = 8_192
/** A larger event is looked at by itself. */
const SMALL_BYTES = 2_048

type Piece = Extract<StreamItem, {readonly kind: 'piece'}>

export interface StreamRelayOptions {
  readonly x: Exchange
  readonly head: Unit
  readonly watch: StreamWatch
  /** The ruling under which the stream began; pieces without findings change nothing about it. */
  readonly ruling: Ruling
  /** False when the client has to catch up first. */
  readonly write: (bytes: Buffer) => boolean
  /** Evidence of a finding; `passes`: there is something to hand on. The answer says whether the stream goes on. */
  readonly found: (ruling: Ruling, passes: boolean) => Promise<boolean>
  /** All is judged that came so far, and the client can take more. */
  readonly resume: () => void
  /** The stream came to its end and was passed on whole. */
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

  /** False when nothing more should come until `resume`. */
  push(chunk: Buffer): boolean {
    if (this.#over) return true
    // undici hands on an empty piece when it resumes, and stays paused where that one is refused
    if (chunk.length > 0) this.#chunks.push(chunk)
    return this.#run()
  }

  /** The origin has nothing more to say. */
  end(): void {
    if (this.#over) return
    this.#atEnd = true
    this.#run()
  }

  /** Nothing is written any more. */
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

  /** Its pieces; like the inspection of them in turns with everybody else. */
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

  /** Small events that came at once are looked at together; where something is found, half by half. */
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
    const said = watch.feedAll(events.map(({bytes}) => ({...head, kind: 'event', bytes})))
    const verdict = said instanceof Promise ? await said : said
    if (this.#over || x.signal.aborted) return
    if (verdict) return this.#addAll(events, verdict.open)
    const middle = events.length >> 1
    for (const half of [events.slice(0, middle), events.slice(middle)]) {
      const [first] = half
      if (this.#over || !first) return
      await (half.length > 1 ? this.#judgeTogether(half) : this.#judge(first))
    }
  }

  /** Judges one piece and makes it ready, or ends the stream. */
  async #judge(item: StreamItem): Promise<void> {
    const {x, head, watch, ruling} = this.#options
    if (item.kind === 'rest') return this.#add(item.bytes, false)
    if (item.kind === 'unreadable') {
      const said = watch.unreadable(item.why)
      // an event that cannot be read is not passed on in any case
      if (!(await this.#found(said, proceeds(said)))) this.stop()
      else if (item.bytes) this.#add(item.bytes, false)
      return
    }
    const said = watch.feed({...head, kind: 'event', bytes: item.bytes})
    const {ruling: judged, open, unit} = said instanceof Promise ? await said : said
    if (this.#over || x.signal.aborted) return
    // what was held back is the beginning of what was found
    if (judged !== ruling && !(await this.#found(judged, unit !== undefined))) return this.stop()
    if (!this.#over && item.complete && unit) this.#add(item.wire ?? unit.bytes, open)
  }

  /** Where the text may go on to a match, the last of them wait: as many as would be held back one by one, or more. */
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

  /** Whether the stream goes on; the pieces before it are out in any case. */
  #found(ruling: Ruling, passes: boolean): Promise<boolean> {
    this.#write()
    return this.#options.found(ruling, passes)
  }

  /** The beginning of a match is looked for no further back. */
  #releaseOldest(): void {
    while (this.#heldBytes > MAX_HELD_BYTES) {
      const oldest = this.#held.shift() ?? NOTHING
      this.#heldBytes -= oldest.length
      this.#ready.push(oldest)
      this.#readyBytes += oldest.length
    }
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

/** The small whole events that come next, of events alone: lines come together as they are. */
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
