// The recorder as the request path sees it: items are collected and sent once per turn of the event loop, acknowledgements
// come back per group. Memory is bounded: a crowd of requests waits for the writer, so that flooding the firewall is no way
// to act without a receipt; only a writer that stands still makes evidence fail.
import {MessageChannel, Worker} from 'node:worker_threads'
import {PipelockError} from '../../core/errors.js'
import type {LastContract} from '../../core/services/recorder.js'
import {errorText} from '../../lib/error-text.js'
import type {FailedTickets, FromWriter, Item, ToWriter, WriterInit, WriterSettings} from './protocol.js'
import type {SyncCounts} from './settings.js'
import type {Gap} from './losses.js'
import type {SignerHistory} from './segments.js'
import {serveWriter} from './writer.js'

/** Unsettled items at which callers wait, and at which items are refused. */
const CROWDED = 8192
const FULL = 4 * CROWDED
/** Longest time that a crowd waits before it continues without the acknowledgement. */
const CROWD_WAIT_MS = 2000
/** How often the writer is told the time when nothing else is. */
const TICK_MS = 60_000

export interface ClientEvents {
  readonly now: () => number
  readonly onNotice: (text: string) => void
  readonly onFailure: (message: string, items: readonly Item[]) => void
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class RecorderClient {
  readonly #link: WriterLink
  readonly #events: ClientEvents
  readonly #waiters = new Map<number, Waiter>()
  #queue: Item[] = []
  #scheduled = false
  #awaited = false
  /** Items sent or queued and not settled; the first has the ticket #base. */
  #open: Item[] = []
  #base = 0
  #crowd: (() => void)[] = []
  #crowdTimer: NodeJS.Timeout | undefined
  /** Why the writer takes nothing for now; and why it never will again. */
  #stopped: string | undefined
  #ended: string | undefined
  readonly #ticks: NodeJS.Timeout
  /** Entries were removed before the log was taken up, which no later entry mends. */
  readonly alarm: string | undefined
  /** Of the log as it was taken up. */
  readonly signers: SignerHistory
  readonly lastContract: LastContract | undefined
  /** What was refused here and the writer has not been told of. */
  #refused: Gap | undefined
  #untold = 0
  #syncs: SyncCounts | undefined
  #lastFailure: string | undefined
  #failures = 0
  #session: string
  #nextSeq: number
  #onKey: ((error: string | undefined) => void)[] = []
  #onClosed: ((error: string | undefined) => void) | undefined

  private constructor(link: WriterLink, ready: FromWriter & {type: 'ready'}, events: ClientEvents) {
    this.#link = link
    this.#events = events
    this.#session = ready.session
    this.#nextSeq = ready.nextSeq
    this.signers = ready.signers
    this.lastContract = ready.lastContract
    this.alarm = ready.alarm
    this.#ticks = setInterval(() => link.post({type: 'tick', nowMs: events.now()}), TICK_MS).unref()
  }

  /** Resolves when the log was taken up; rejects when it cannot be. */
  static start(init: WriterInit, events: ClientEvents): Promise<RecorderClient> {
    const link = startWriter(init)
    return new Promise((resolve, reject) => {
      let client: RecorderClient | undefined
      let failed = false
      const fail = (error: PipelockError): void => {
        // the thread ends because it refused: the reason is the refusal, and the end must not speak first
        if (failed) return
        failed = true
        void link.dispose().then(() => reject(error))
      }
      link.onDeath((reason) => {
        if (client) client.#died(reason)
        else fail(new PipelockError('internal_error', reason))
      })
      link.onMessage((message) => {
        if (message.type === 'notice') events.onNotice(message.text)
        else if (message.type === 'refused') {
          fail(new PipelockError(message.code, message.message, message.hint === undefined ? {} : {hint: message.hint}))
        } else if (message.type === 'ready') {
          client = new RecorderClient(link, message, events)
          resolve(client)
        } else if (client !== undefined) client.#receive(message)
      })
    })
  }

  get session(): string {
    return this.#session
  }

  /** Sequence of the next entry, as of the last acknowledgement. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** Items that were refused or could not be written. */
  get failures(): number {
    return this.#failures
  }

  /** Of them, those that the log does not say are missing. */
  get untold(): number {
    return this.#untold + (this.#refused?.count ?? 0)
  }

  /** Syncs by their reason; undefined before the first. */
  get syncs(): SyncCounts | undefined {
    return this.#syncs
  }

  /** undefined while evidence is sound. */
  get degraded(): string | undefined {
    return this.#ended ?? this.#stopped ?? this.#lastFailure ?? this.alarm
  }

  /** Records an item. A promise only when the writer is behind; it never rejects. */
  push(item: Item): Promise<void> | undefined {
    if (!this.#enqueue(item)) return undefined
    return this.#open.length > CROWDED ? this.#waitForRoom() : undefined
  }

  /** Resolves when the item is acknowledged, rejects when it failed. */
  pushAwaited(item: Item): Promise<void> {
    const ticket = this.#base + this.#open.length
    return new Promise((resolve, reject) => {
      this.#waiters.set(ticket, {resolve, reject})
      if (!this.#enqueue(item)) {
        this.#waiters.delete(ticket)
        reject(failure(this.#ended ?? this.#stopped ?? 'the recorder is too far behind'))
        return
      }
      this.#awaited = true
    })
  }

  configure(settings: WriterSettings): void {
    this.#flush()
    this.#link.post({type: 'configure', settings})
  }

  /** Resolves with what is wrong with the key, if anything. */
  useKey(seed: Uint8Array): Promise<string | undefined> {
    this.#flush()
    return new Promise((resolve) => {
      this.#onKey.push(resolve)
      this.#link.post({type: 'key', seed})
    })
  }

  /** Writes everything, seals the log and ends the writer. */
  async close(): Promise<void> {
    this.#flush()
    clearInterval(this.#ticks)
    if (this.#ended !== undefined) {
      await this.#link.dispose()
      return
    }
    const error = await new Promise<string | undefined>((resolve) => {
      this.#onClosed = resolve
      this.#link.post({type: 'close', nowMs: this.#events.now()})
    })
    this.#ended ??= 'the recorder is closed'
    if (this.#open.length > 0)
      this.#fail({first: this.#base, last: this.#base + this.#open.length - 1, message: this.#ended})
    this.#releaseCrowd()
    await this.#link.dispose()
    if (error !== undefined)
      throw new PipelockError('recorder_unwritable', `the evidence log could not be sealed: ${error}`)
  }

  #enqueue(item: Item): boolean {
    const reason =
      this.#ended ?? this.#stopped ?? (this.#open.length >= FULL ? 'the recorder is too far behind' : undefined)
    if (reason !== undefined) {
      this.#refuse(item, reason)
      return false
    }
    this.#queue.push(item)
    this.#open.push(item)
    this.#schedule()
    return true
  }

  #refuse(item: Item, reason: string): void {
    this.#failures++
    this.#lastFailure ??= reason
    this.#events.onFailure(reason, [item])
    if (this.#ended !== undefined) return
    const atMs = this.#events.now()
    const before = this.#refused ?? {count: 0, fromMs: atMs, throughMs: atMs, reason}
    this.#refused = {...before, count: before.count + 1, throughMs: Math.max(before.throughMs, atMs)}
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#refused !== undefined && this.#ended === undefined) {
      this.#untold += this.#refused.count
      this.#link.post({type: 'lost', gap: this.#refused})
      this.#refused = undefined
    }
    const items = this.#queue
    if (items.length === 0) return
    this.#queue = []
    const first = this.#base + this.#open.length - items.length
    this.#link.post({type: 'batch', nowMs: this.#events.now(), first, items, awaited: this.#awaited})
    this.#awaited = false
  }

  #waitForRoom(): Promise<void> {
    this.#crowdTimer ??= setTimeout(() => this.#releaseCrowd(), CROWD_WAIT_MS)
    return new Promise((resolve) => this.#crowd.push(resolve))
  }

  #releaseCrowd(): void {
    clearTimeout(this.#crowdTimer)
    this.#crowdTimer = undefined
    const crowd = this.#crowd
    this.#crowd = []
    for (const go of crowd) go()
  }

  #receive(message: Exclude<FromWriter, {type: 'ready' | 'refused' | 'notice'}>): void {
    switch (message.type) {
      case 'settled':
        this.#nextSeq = message.nextSeq
        this.#stopped = message.stopped
        this.#untold = message.untold
        this.#syncs = message.syncs
        // evidence is sound again once it says itself what is missing
        if (message.stopped === undefined && message.failed.length === 0 && message.untold === 0)
          this.#lastFailure = undefined
        for (const failed of message.failed) this.#fail(failed)
        this.#settle(message.through)
        return
      case 'key':
        this.#onKey.shift()?.(message.error)
        return
      case 'closed':
        this.#onClosed?.(message.error)
        return
    }
  }

  #fail({first, last, message}: FailedTickets): void {
    const items = this.#open.slice(Math.max(0, first - this.#base), last - this.#base + 1)
    this.#failures += items.length
    this.#lastFailure = message
    if (items.length > 0) this.#events.onFailure(message, items)
    for (const [ticket, {reject}] of this.#waiters) {
      if (ticket < first || ticket > last) continue
      this.#waiters.delete(ticket)
      reject(failure(message))
    }
  }

  #settle(through: number): void {
    const count = through - this.#base + 1
    if (count > 0) {
      this.#open.splice(0, count)
      this.#base += count
      for (const [ticket, {resolve}] of this.#waiters) {
        if (ticket > through) break // the map keeps the order of tickets
        this.#waiters.delete(ticket)
        resolve()
      }
    }
    if (this.#crowd.length > 0 && this.#open.length <= CROWDED / 2) this.#releaseCrowd()
  }

  /** The thread ended by itself: nothing that is open will be acknowledged. */
  #died(reason: string): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    clearInterval(this.#ticks)
    this.#fail({first: this.#base, last: this.#base + this.#open.length - 1, message: reason})
    this.#open = []
    this.#queue = []
    this.#releaseCrowd()
    for (const done of this.#onKey.splice(0)) done(reason)
    this.#onClosed?.(reason)
  }
}

function failure(message: string): PipelockError {
  return new PipelockError('receipt_emission_failed', message)
}

/** The writer, in a thread of its own. */
interface WriterLink {
  post(message: ToWriter): void
  /** The writer is gone without having been closed. */
  onDeath(run: (reason: string) => void): void
  onMessage(run: (message: FromWriter) => void): void
  dispose(): Promise<void>
}

/**
 * Where the sources run without a build (a test runner that compiles on the fly), a thread could not load them: then the
 * same writer is served in this thread, behind the same kind of port.
 */
function startWriter(init: WriterInit): WriterLink {
  return import.meta.url.endsWith('.ts') ? inThisThread(init) : inOwnThread(init)
}

function inOwnThread(init: WriterInit): WriterLink {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {workerData: init, name: 'pipelock-recorder'})
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (run) => void worker.on('message', run),
    onDeath(run) {
      worker.on('error', (error: unknown) => run(errorText(error)))
      worker.on('exit', (code) => run(`the recorder thread ended with code ${code}`))
    },
    async dispose() {
      await worker.terminate()
    },
  }
}

function inThisThread(init: WriterInit): WriterLink {
  const {port1, port2} = new MessageChannel()
  serveWriter(port2, init)
  return {
    post: (message) => port1.postMessage(message),
    onMessage: (run) => void port1.on('message', run),
    onDeath: () => {},
    dispose() {
      port1.close()
      return Promise.resolve()
    },
  }
}
