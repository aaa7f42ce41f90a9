// Group commit: items are staged as they come, written when no more wait, and synced together. Somebody who waits for the
// acknowledgement has it as soon as the queue is empty; otherwise a sync serves everything of its interval.
import {receiveMessageOnPort, type MessagePort} from 'node:worker_threads'
import {errnoOf, PipelockError, type ErrorCode} from '../../core/errors.js'
import {LogFault} from '../../formats/entry-log.js'
import {privateKeyFromSeed} from '../../lib/ed25519.js'
import {errorText} from '../../lib/error-text.js'
import {decodeFacts} from './facts.js'
import {openLog, type OpenLog} from './open-session.js'
import type {FailedTickets, FromWriter, Fsync, Item, ToWriter, WriterInit} from './protocol.js'
import type {Recorder} from './recorder.js'
import type {SyncKind} from './settings.js'

/** Longest time from writing an entry to its sync, in milliseconds. */
const SYNC_WITHIN: Readonly<Record<Fsync, number>> = {every: 0, group: 10, async: 100}
const WRITE_AT_CHARACTERS = 256 * 1024
/** How often a log that cannot be written is tried again, whether or not anything comes in. */
const RETRY_MS = 1000
const EXPIRE_EVERY_MS = 60 * 60 * 1000

/** Runs a writer behind a message port: in its thread (worker.ts), or in the thread of its client. */
export function serveWriter(port: MessagePort, init: WriterInit): void {
  const post = (message: FromWriter): void => port.postMessage(message)
  let writer: Writer | undefined
  let log: OpenLog
  try {
    log = openLog(init, {onSync: () => writer?.onSync(), onNotice: (text) => post({type: 'notice', text})})
  } catch (error) {
    post(refusal(error))
    port.close()
    return
  }
  const {recorder, signers, lastContract} = log
  const running = (writer = new Writer(recorder, init.settings.fsync, init.nowMs, {
    post,
    monotonic: () => performance.now(),
    timer(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }))
  const {session, nextSeq, alarm} = recorder
  post({type: 'ready', session, nextSeq, signers, lastContract, alarm})
  port.on('message', (first: ToWriter) => {
    // messages that have queued up meanwhile join the same group
    for (let next: ToWriter | undefined = first; next !== undefined; next = receive(port)) {
      if (next.type === 'close') {
        running.close(next.nowMs)
        port.close()
        return
      }
      running.receive(next)
    }
    running.idle()
  })
}

function receive(port: MessagePort): ToWriter | undefined {
  return (receiveMessageOnPort(port) as {message: ToWriter} | undefined)?.message
}

function refusal(error: unknown): FromWriter {
  if (error instanceof PipelockError) {
    return {type: 'refused', code: error.code, message: error.message, hint: error.hint}
  }
  const code: ErrorCode = errnoOf(error) === undefined ? 'recorder_chain_break' : 'recorder_unwritable'
  const message = errorText(error)
  return {type: 'refused', code, message, hint: undefined}
}

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
  #cancelRetry: (() => void) | undefined
  #untold = 0
  /** Time of the last message. */
  #nowMs: number
  #expiredMs: number

  constructor(recorder: Recorder, fsync: Fsync, nowMs: number, ports: WriterPorts) {
    this.#recorder = recorder
    this.#fsync = fsync
    this.#ports = ports
    this.#nowMs = this.#expiredMs = nowMs
    this.#expire()
  }

  /** To be passed to the recorder as `onSync`: what was staged before the item in hand is durable. */
  onSync(): void {
    this.#written = this.#synced = this.#staged
    this.#oldest = undefined
  }

  receive(message: Exclude<ToWriter, {type: 'close'}>): void {
    switch (message.type) {
      case 'batch':
        this.#at(message.nowMs)
        this.#awaited ||= message.awaited
        message.items.forEach((item, i) => this.#take(item, message.first + i))
        if (this.#overdue()) this.#sync(this.#fsync)
        return
      case 'configure':
        this.#fsync = message.settings.fsync
        this.#recorder.configure(message.settings)
        return
      case 'key':
        this.#sync('group')
        this.#useKey(message.seed)
        return
      case 'lost':
        this.#recorder.lost(message.gap)
        return
      case 'tick':
        this.#at(message.nowMs)
        return
    }
  }

  /** No more messages wait: write, and sync now or soon. */
  idle(): void {
    this.#write()
    if (this.#recorder.unsynced) {
      if (this.#fsync === 'every' || (this.#awaited && this.#fsync === 'group')) this.#sync(this.#fsync)
      else this.#cancel ??= this.#ports.timer(this.#remaining(), () => this.#onTimer())
    } else {
      this.#awaited = false
    }
    this.#report()
    this.#retryLater()
  }

  close(nowMs: number): void {
    this.#nowMs = nowMs
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#sync('close')
    this.#resume()
    let error = this.#recorder.stopped
    try {
      this.#recorder.close(nowMs)
    } catch (fault) {
      error ??= errorText(fault)
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
        this.#fail(ticket, ticket, errorText(error))
        this.#staged = ticket
      }
      return
    }
    this.#staged = ticket
    if (durable) this.onSync()
    else if (this.#fsync === 'every') this.#sync('every')
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

  #sync(why: SyncKind): void {
    this.#cancel?.()
    this.#cancel = undefined
    try {
      this.#recorder.sync(why)
      this.onSync()
      this.#awaited = false
    } catch (error) {
      this.#fault(error, this.#staged)
    }
  }

  /** Tickets up to `last` that are not safe have failed: those staged, and unless the file is sound those written too. */
  #fault(error: unknown, last: number): void {
    const unwritten = error instanceof LogFault && error.kind === 'unwritten'
    const stopped = error instanceof LogFault && error.kind === 'stopped'
    // mode async acknowledges what is written: a log that stopped writes it once more before it continues
    const safe = unwritten || (stopped && this.#fsync === 'async') ? this.#written : this.#synced
    const first = Math.max(safe, this.#reported) + 1
    if (first <= last) this.#fail(first, last, errorText(error))
    this.#staged = this.#written = last
    if (!unwritten) this.#synced = last
    else if (!this.#recorder.unsynced) this.#synced = last
    if (this.#synced === last) this.#oldest = undefined
  }

  #fail(first: number, last: number, message: string): void {
    this.#failed.push({first, last, message})
    const atMs = this.#nowMs
    this.#recorder.lost({count: last - first + 1, fromMs: atMs, throughMs: atMs, reason: message})
  }

  #onTimer(): void {
    this.#cancel = undefined
    this.#sync(this.#fsync)
    this.#report()
    this.#retryLater()
  }

  /** While something is missing from the log, or it takes nothing at all, it is tried again. */
  #retryLater(): void {
    if (this.#recorder.stopped === undefined && this.#recorder.untold === 0) return
    this.#cancelRetry ??= this.#ports.timer(RETRY_MS, () => {
      this.#cancelRetry = undefined
      this.#resume()
      this.#report()
      this.#retryLater()
    })
  }

  /** Takes the log up after a stop and writes down what was lost. What fails now is tried again later. */
  #resume(): void {
    try {
      this.#recorder.resume(this.#fsync === 'async')
      this.#recorder.tellLosses(this.#nowMs)
    } catch {
      return
    }
    this.#sync('group')
  }

  #at(nowMs: number): void {
    this.#nowMs = nowMs
    // a clock that was set back must not put expiry off until it has caught up
    if (nowMs - this.#expiredMs >= EXPIRE_EVERY_MS || nowMs < this.#expiredMs) this.#expire()
  }

  #expire(): void {
    this.#expiredMs = this.#nowMs
    try {
      this.#recorder.expire(this.#nowMs)
    } catch (error) {
      this.#ports.post({type: 'notice', text: `evidence could not be expired: ${errorText(error)}`})
    }
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
      error = errorText(fault)
    }
    this.#ports.post({type: 'key', error})
  }

  #report(): void {
    const through = this.#fsync === 'async' ? this.#written : this.#synced
    const {nextSeq, stopped, untold, syncs} = this.#recorder
    const same = through === this.#reported && stopped === this.#stopped && untold === this.#untold
    if (same && this.#failed.length === 0) return
    this.#reported = through
    this.#stopped = stopped
    this.#untold = untold
    const failed = this.#failed
    this.#failed = []
    this.#ports.post({type: 'settled', through, failed, nextSeq, stopped, untold, syncs: {...syncs}})
  }
}
