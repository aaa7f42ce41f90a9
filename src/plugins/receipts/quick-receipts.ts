// The rows of the quick reader as receipts and entries. They say what the strict reader says of the same lines, only that
// the record as a whole is read when somebody asks for it.
import type {ReadKey} from '../../core/formats/action-receipt.js'
import {PLACE_COUNT, PLACES, recordIn} from '../../core/formats/receipt-line.js'
import type {QuickLine} from './log-run.js'
import {DIGEST, HASHES, HEX, signatureAt, type QuickRows} from './quick-rows.js'

export class QuickReceipts {
  readonly #readKey: ReadKey
  readonly #entries: boolean
  #bytes = Buffer.alloc(0)
  #rows: QuickRows | undefined
  #hashes = Buffer.alloc(0)
  #row = 0

  constructor(readKey: ReadKey, entries: boolean) {
    this.#readKey = readKey
    this.#entries = entries
  }

  open(bytes: Buffer<ArrayBuffer>, rows: QuickRows): void {
    const {buffer, byteOffset, length} = rows.hashes
    this.#bytes = bytes
    this.#rows = rows
    this.#hashes = Buffer.from(buffer, byteOffset, length)
    this.#row = 0
  }

  /** What was read in the line that begins at `start`; lines are asked for in their order. */
  at(start: number): QuickLine | undefined {
    const rows = this.#rows
    const row = this.#row
    if (!rows || row >= rows.count || rows.places[row * PLACE_COUNT + PLACES.line] !== start) return undefined
    this.#row++
    const text = (place: number) => this.#text(row, place)
    const signer = this.#readKey(text(PLACES.signer_key))
    if (!signer) return undefined // a fault, which the strict reader words
    const bytes = this.#bytes
    const place = (at: number) => rows.places[row * PLACE_COUNT + at] ?? 0
    const digest = row * HASHES
    return {
      receipt: {
        record: {
          action_id: text(PLACES.action_id),
          verdict: text(PLACES.verdict),
          decision_phase: text(PLACES.decision_phase),
          timestamp: text(PLACES.timestamp),
          run_nonce: text(PLACES.run_nonce),
          chain_prev_hash: text(PLACES.chain_prev_hash),
          chain_seq: rows.numbers[2 * row] ?? 0,
        },
        hash: this.#hex(digest + DIGEST),
        digest: this.#hashes.subarray(digest, digest + DIGEST),
        get signature() {
          return signatureAt(bytes, place(PLACES.signature))
        },
        signer,
        isGood: rows.good[row] === 1,
        whole: () => recordIn(bytes, place(PLACES.record), place(PLACES.record + 1)),
      },
      entry: this.#entries
        ? {
            v: 2, // versions 1 and 2 may mix
            seq: rows.numbers[2 * row + 1] ?? 0,
            session_id: text(PLACES.session_id),
            prev_hash: text(PLACES.prev_hash),
            hash: text(PLACES.hash),
            computed: this.#hex(digest + DIGEST + HEX),
          }
        : undefined,
    }
  }

  #text(row: number, place: number): string {
    const places = this.#rows?.places
    const at = row * PLACE_COUNT + place
    return this.#bytes.toString('latin1', places?.[at], places?.[at + 1])
  }

  #hex(at: number): string {
    return this.#hashes.toString('latin1', at, at + HEX)
  }
}
