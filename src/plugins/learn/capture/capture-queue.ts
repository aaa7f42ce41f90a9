// Captures that wait to be written: never more than so many, and their payloads never longer than so much.
import type {CaptureDetail} from '../../../formats/capture.js'
import type {OpenPayload} from './sidecar.js'

export interface Capture {
  readonly atMs: number
  readonly agent: string
  readonly client: string
  readonly transport: string
  readonly requestId: string
  readonly detail: Omit<CaptureDetail, 'session_id_original' | 'payload'>
  readonly payload?: OpenPayload | undefined
}

const MAX_CAPTURES = 4096
/** Payloads that wait to be sealed; the captures of further ones go without. */
const MAX_WAITING = 1024
const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024

export class CaptureQueue {
  readonly #onPayloadDropped: () => void
  #queue: Capture[] = []
  #waiting = 0
  #waitingCharacters = 0

  constructor(onPayloadDropped: () => void) {
    this.#onPayloadDropped = onPayloadDropped
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** False when too many wait. */
  add(capture: Capture): boolean {
    if (this.#queue.length >= MAX_CAPTURES) return false
    this.#queue.push(this.#admitted(capture))
    return true
  }

  /** Without its payload when too many wait: a capture must not be lost to what is only an addition to it. */
  #admitted(capture: Capture): Capture {
    const {payload} = capture
    if (payload === undefined) return capture
    const {length} = payload.text
    if (this.#waiting >= MAX_WAITING || this.#waitingCharacters + length > MAX_WAITING_CHARACTERS) {
      this.#onPayloadDropped()
      return {...capture, payload: undefined}
    }
    this.#waiting++
    this.#waitingCharacters += length
    return capture
  }

  /** The first ones in order, with so many payloads at most. */
  take(maxPayloads: number): readonly Capture[] {
    let payloads = 0
    const end = this.#queue.findIndex(({payload}) => payload !== undefined && ++payloads > maxPayloads)
    const taken = end === -1 ? this.#queue : this.#queue.slice(0, end)
    this.#queue = end === -1 ? [] : this.#queue.slice(end)
    for (const {payload} of taken) {
      if (payload === undefined) continue
      this.#waiting--
      this.#waitingCharacters -= payload.text.length
    }
    return taken
  }
}
