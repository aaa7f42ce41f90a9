// The rows of the quick reader as receipts and entries. They report what the strict reader reports of the same lines; rarely
// needed members are made on demand.
import type {ReadKey} from '../../formats/action-receipt.js'
import type {ActionRecord} from '../../formats/action-record.js'
import {PLACE_COUNT, PLACES, recordIn} from '../../formats/receipt-line.js'
import type {PublicKey} from '../../lib/ed25519.js'
import type {ChainedRecord, ChainReceipt} from './chain-receipt.js'
import type {QuickLine} from './log-run.js'
import {DIGEST, HASHES, HEX, signatureAt, type QuickRows} from './quick-rows.js'
import type {LinkedEntry} from './recorder-chain.js'

/** A block with its rows. */
class Rows {
  readonly bytes: Buffer
  readonly rows: QuickRows
  readonly #hashes: Buffer

  constructor(bytes: Buffer, rows: QuickRows) {
    const {buffer, byteOffset, length} = rows.hashes
    this.bytes = bytes
    this.rows = rows
    this.#hashes = Buffer.from(buffer, byteOffset, length)
  }

  place(row: number, place: number): number {
    return this.rows.places[row * PLACE_COUNT + place] ?? 0
  }

  text(row: number, place: number): string {
    const from = this.place(row, place)
    const to = this.place(row, place + 1)
    return from === to ? '' : this.bytes.toString('latin1', from, to)
  }

  digest(row: number): Buffer {
    return this.#hashes.subarray(row * HASHES, row * HASHES + DIGEST)
  }

  /** The hash of the receipt, or of the entry. */
  hash(row: number, which: 0 | 1): string {
    const at = row * HASHES + DIGEST + which * HEX
    return this.#hashes.toString('latin1', at, at + HEX)
  }
}

class QuickReceipt implements ChainReceipt {
  readonly #rows: Rows
  readonly #row: number
  readonly record: ChainedRecord
  readonly hash: string
  readonly signer: PublicKey
  readonly isGood: boolean

  constructor(rows: Rows, row: number, signer: PublicKey) {
    this.#rows = rows
    this.#row = row
    this.signer = signer
    this.hash = rows.hash(row, 0)
    this.isGood = rows.rows.good[row] === 1
    this.record = {
      action_id: rows.text(row, PLACES.action_id),
      verdict: rows.text(row, PLACES.verdict),
      decision_phase: rows.text(row, PLACES.decision_phase),
      timestamp: rows.text(row, PLACES.timestamp),
      run_nonce: rows.text(row, PLACES.run_nonce),
      chain_prev_hash: rows.text(row, PLACES.chain_prev_hash),
      chain_seq: rows.rows.numbers[2 * row] ?? 0,
    }
  }

  get digest(): Uint8Array {
    return this.#rows.digest(this.#row)
  }

  get signature(): Uint8Array {
    return signatureAt(this.#rows.bytes, this.#rows.place(this.#row, PLACES.signature))
  }

  whole(): ActionRecord {
    const from = this.#rows.place(this.#row, PLACES.record)
    return recordIn(this.#rows.bytes, from, this.#rows.place(this.#row, PLACES.record + 1))
  }
}

export class QuickReceipts {
  readonly #readKey: ReadKey
  readonly #entries: boolean
  #rows: Rows | undefined
  #row = 0
  #signer: PublicKey | undefined

  constructor(readKey: ReadKey, entries: boolean) {
    this.#readKey = readKey
    this.#entries = entries
  }

  open(bytes: Buffer, rows: QuickRows): void {
    this.#rows = new Rows(bytes, rows)
    this.#row = 0
  }

  /** The result for the line that begins at `start`; lines are requested in their order. */
  at(start: number): QuickLine | undefined {
    const rows = this.#rows
    const row = this.#row
    if (!rows || row >= rows.rows.count || rows.place(row, PLACES.line) !== start) return undefined
    this.#row++
    if (row === 0 || rows.rows.same[row] === 0) this.#signer = this.#readKey(rows.text(row, PLACES.signer_key))
    const signer = this.#signer
    if (!signer) return undefined // a fault, which the strict reader words
    return {receipt: new QuickReceipt(rows, row, signer), entry: this.#entries ? entryAt(rows, row) : undefined}
  }
}

function entryAt(rows: Rows, row: number): LinkedEntry {
  return {
    v: 2, // or 1: they may mix
    seq: rows.rows.numbers[2 * row + 1] ?? 0,
    session_id: rows.text(row, PLACES.session_id),
    prev_hash: rows.text(row, PLACES.prev_hash),
    hash: rows.text(row, PLACES.hash),
    computed: rows.hash(row, 1),
  }
}
