// Checks batches of Ed25519 signatures on several threads. A thread only saves work: what it calls good is good, what it
// calls bad, or never answers, is judged again in the calling thread, so that the verdict never depends on threads.
import {Worker} from 'node:worker_threads'
import type {ThreadAnswer, ThreadBatch, ThreadData} from './ed25519-thread.js'
import {verify, type PublicKey} from './ed25519.js'
import {builtFile} from './built-file.js'

export interface SignatureCheck {
  readonly key: PublicKey
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Batches that wait at a thread beside the one it works on: enough that it never idles, few enough to bound memory. */
const WAITING = 1

interface Thread {
  readonly worker: Worker
  readonly open: Map<number, (bad: number | undefined) => void>
  /** Its place in the shared memory, where it counts its answers. */
  readonly slot: number
  sent: number
}

export class SignatureThreads {
  /** How many threads run, then the answers of each: told here, since the caller may be too busy to hear messages. */
  readonly #shared: Int32Array<SharedArrayBuffer>
  readonly #threads: Thread[] = []
  #nextId = 0

  constructor(count: number) {
    this.#shared = new Int32Array(new SharedArrayBuffer(4 * (count + 1)))
    for (let slot = 1; slot <= count; slot++) this.#start(slot)
  }

  /** False while no thread runs yet, or none is left: then the caller is quicker by itself. */
  get ready(): boolean {
    return this.#threads.length > 0 && Atomics.load(this.#shared, 0) > 0
  }

  /** A batch given now is begun without delay. With no thread left it is judged in the calling thread. */
  get hasRoom(): boolean {
    return this.#threads.length === 0 || this.#threads.some((thread) => this.#load(thread) <= WAITING)
  }

  /** Batches that the threads hold when there is no room. */
  get capacity(): number {
    return this.#threads.length * (WAITING + 1)
  }

  #load({sent, slot}: Thread): number {
    return sent - Atomics.load(this.#shared, slot)
  }

  /** Index of the first check that fails, or -1. All checks are under one key, and every signature has 64 bytes. */
  async firstBad(checks: readonly SignatureCheck[]): Promise<number> {
    const bad = await this.#ask(checks)
    return bad === -1 ? -1 : judge(checks, bad ?? 0)
  }

  #ask(checks: readonly SignatureCheck[]): Promise<number | undefined> {
    const key = checks[0]?.key
    const thread = this.#threads.reduce<Thread | undefined>(
      (least, each) => (least && this.#load(least) <= this.#load(each) ? least : each),
      undefined,
    )
    if (!key || !thread) return Promise.resolve(undefined)
    const id = this.#nextId++
    const packed = pack(checks)
    const batch: ThreadBatch = {id, key: key.key, checks: packed, count: checks.length}
    return new Promise((resolve) => {
      thread.open.set(id, resolve)
      thread.sent++
      thread.worker.ref()
      thread.worker.postMessage(batch, [packed.buffer])
    })
  }

  #start(slot: number): void {
    const worker = new Worker(builtFile('./ed25519-thread.js', import.meta.url), {
      workerData: {shared: this.#shared, slot} satisfies ThreadData,
      name: 'ed25519',
    })
    const thread: Thread = {worker, open: new Map(), slot, sent: 0}
    this.#threads.push(thread)
    worker.unref() // an idle thread holds no process up
    worker.on('message', ({id, bad}: ThreadAnswer) => {
      const resolve = thread.open.get(id)
      thread.open.delete(id)
      if (thread.open.size === 0) worker.unref()
      resolve?.(bad)
    })
    const lose = () => {
      const at = this.#threads.indexOf(thread)
      if (at !== -1) this.#threads.splice(at, 1)
      for (const resolve of thread.open.values()) resolve(undefined)
      thread.open.clear()
    }
    worker.on('error', lose)
    worker.on('exit', lose)
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({worker}) => worker.terminate()))
  }
}

function judge(checks: readonly SignatureCheck[], from: number): number {
  for (let index = from; index < checks.length; index++) {
    const check = checks[index]
    if (check && !verify(check.key, check.message, check.signature)) return index
  }
  return -1
}

function pack(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    checks.reduce((sum, {message, signature}) => sum + 4 + signature.length + message.length, 0),
  )
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const {message, signature} of checks) {
    view.setUint32(at, message.length)
    bytes.set(signature, at + 4)
    bytes.set(message, at + 4 + signature.length)
    at += 4 + signature.length + message.length
  }
  return bytes
}
