// Group commit: items are staged as they come, written when no more wait, and synced together. Somebody who waits for the
// acknowledgement has it as soon as the queue is empty; otherwise a sync serves everything of its interval (receipts §4.9).
import {LogFault} from '../../core/formats/entry-log.js'
import {privateKeyFromSeed} from '../../lib/ed25519.js'
import {decodeFacts} from './facts.js'
import type {FailedTickets, FromWriter, Fsync, Item, ToWriter} from './protocol.js'
import type {Recorder} from './recorder.js'

/** Longest time from writing an entry to its sync, in milliseconds. */
const SYNC_WITHIN: Readonly<Record<Fsync, number>> = {every: 0, group: 10, async: 100}
const WRITE_AT_CHARACTERS = 256 * 1024

export interface WriterPorts {
  readonly post: (message: FromWriter) => void
  /** Milliseconds that only grow. */
  readonly monotonic: () => number
  /** Calls back once after so many milliseconds; the answer cancels. */
  readonly timer: (ms: number, run: () => void) => () => void
}

export class Writer {
  readonly #recorder: Recorder
  readonly #ports: WriterPorts
  #fsync: Fsync
  /** Tickets up to these were staged, written, synced. */
  #staged = -1
  #written = -1
  #synced = -1
  #reported = -1
  #failed: FailedTickets[] = []
  #stopped: string | undefined
  #awaited = false
  #oldest: number | undefined
  #cancel: (() => void) | undefined

  constructor(recorder: Recorder, fsync: Fsync, ports: WriterPorts) {
    this.#recorder = recorder
    this.#fsync = fsync
    this.#ports = ports
  }

  /** To be passed to the recorder as `onSync`: what was staged before the item in hand is durable. */
  onSync(): void {
    this.#written = this.#synced = this.#staged
    this.#oldest = undefined
  }

  receive(message: Exclude<ToWriter, {type: 'close'}>): void {
    switch (message.type) {
      case 'batch':
        this.#awaited ||= message.awaited
        message.items.forEach((item, i) => this.#take(item, message.first + i))
        if (this.#overdue()) this.#sync()
        return
      case 'configure':
        this.#fsync = message.settings.fsync
        this.#recorder.configure(message.settings)
        return
      case 'key':
        this.#write()
        this.#useKey(message.seed)
        return
    }
  }

  /** No more messages wait: write, and sync now or soon. */
  idle(): void {
    this.#write()
    if (this.#recorder.unsynced) {
      if (this.#fsync === 'every' || (this.#awaited && this.#fsync === 'group')) this.#sync()
      else this.#cancel ??= this.#ports.timer(this.#remaining(), () => this.#onTimer())
    } else {
      this.#awaited = false
    }
    this.#report()
  }

  close(nowMs: number): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#sync()
    let error = this.#recorder.stopped
    try {
      this.#recorder.close(nowMs)
    } catch (fault) {
      error ??= textOf(fault)
    }
    this.#report()
    this.#ports.post({type: 'closed', error})
  }

  #take(item: Item, ticket: number): void {
    this.#oldest ??= this.#ports.monotonic()
    let durable: boolean
    try {
      durable = this.#record(item)
    } catch (error) {
      if (error instanceof LogFault) this.#fault(error, ticket)
      else {
        // this item alone could not be made an entry; the others stand
        this.#failed.push({first: ticket, last: ticket, message: textOf(error)})
        this.#staged = ticket
      }
      return
    }
    this.#staged = ticket
    if (durable) this.onSync()
    else if (this.#fsync === 'every') this.#sync()
    else if (this.#recorder.stagedLength >= WRITE_AT_CHARACTERS) this.#write()
  }

  #record(item: Item): boolean {
    if (typeof item === 'string') return this.#recorder.decide(decodeFacts(item))
    return 'draft' in item ? this.#recorder.evidence(item) : this.#recorder.append(item)
  }

  #write(): void {
    try {
      this.#recorder.write()
      this.#written = this.#staged
    } catch (error) {
      this.#fault(error, this.#staged)
    }
  }

  #sync(): void {
    this.#cancel?.()
    this.#cancel = undefined
    try {
      this.#recorder.sync()
      this.onSync()
      this.#awaited = false
    } catch (error) {
      this.#fault(error, this.#staged)
    }
  }

  /** Tickets up to `last` that are not safe have failed: those staged, and unless the file is sound those written too. */
  #fault(error: unknown, last: number): void {
    const unwritten = error instanceof LogFault && error.kind === 'unwritten'
    // in mode async some of them were acknowledged when they were written; those stay settled
    const first = Math.max(unwritten ? this.#written : this.#synced, this.#reported) + 1
    if (first <= last) this.#failed.push({first, last, message: textOf(error)})
    this.#staged = this.#written = last
    if (!unwritten) this.#synced = last
    else if (!this.#recorder.unsynced) this.#synced = last
    if (this.#synced === last) this.#oldest = undefined
  }

  #onTimer(): void {
    this.#cancel = undefined
    this.#sync()
    this.#report()
  }

  #remaining(): number {
    return Math.max(0, SYNC_WITHIN[this.#fsync] - (this.#ports.monotonic() - (this.#oldest ?? this.#ports.monotonic())))
  }

  #overdue(): boolean {
    return this.#oldest !== undefined && this.#remaining() === 0
  }

  #useKey(seed: Uint8Array): void {
    let error: string | undefined
    try {
      this.#recorder.useKey(privateKeyFromSeed(seed))
    } catch (fault) {
      error = textOf(fault)
    }
    this.#ports.post({type: 'key', error})
  }

  #report(): void {
    const through = this.#fsync === 'async' ? this.#written : this.#synced
    const {nextSeq, stopped} = this.#recorder
    if (through === this.#reported && this.#failed.length === 0 && stopped === this.#stopped) return
    this.#reported = through
    this.#stopped = stopped
    const failed = this.#failed
    this.#failed = []
    this.#ports.post({type: 'settled', through, failed, nextSeq, stopped})
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
