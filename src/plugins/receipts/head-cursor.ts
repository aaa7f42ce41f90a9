// The lines of a head file held against a log while it is read: the recorder signs one at each signed checkpoint, so each
// must agree with the log that is there. A log that was cut and then continued contradicts the lines from before the cut,
// although its own chain is whole. Only lines count that a key of this log has signed: whoever can write into the folder
// could otherwise have it accused, or hide the true lines behind false ones.
import {EvidenceFault} from '../../formats/evidence-fault.js'
import {parseHeadLine, type EvidenceHead} from '../../formats/evidence-head.js'
import type {Int} from '../../formats/member-table.js'

/** The lines of a head file, in their order; may be read again from the first. */
export interface StatedHeads {
  readonly path: string
  lines(): Iterator<Uint8Array>
}

export interface HeadContext {
  readonly session: string
  /** The last entry before the log that is there; undefined when it is there from its beginning. */
  readonly deletedThrough: Int | undefined
  /** Whether a key may sign lines of this log. */
  readonly trusts: (keyHex: string) => boolean
}

/** `held`: every line agrees. `begun_later`: earlier signed checkpoints have no line. `unusable`: no line says anything. */
export type HeadFileWord = 'held' | 'begun_later' | 'unusable' | 'missing'

interface Pending {
  readonly head: EvidenceHead
  /** The entry whose hash the line states. */
  readonly entry: bigint
}

export class HeadCursor {
  readonly #path: string
  readonly #lines: Iterator<Uint8Array>
  readonly #context: HeadContext
  #line = 0
  #pending: Pending | undefined
  /** The last line that agreed. */
  #met: EvidenceHead | undefined
  #entry: Int | undefined
  #root = 'genesis'
  #isBegunLater = false
  #note: string | undefined
  #moreNotes = 0

  constructor({path, lines}: StatedHeads, context: HeadContext) {
    this.#path = path
    this.#lines = lines()
    this.#context = context
    this.#advance()
  }

  get notes(): readonly string[] {
    if (this.#note === undefined) return []
    return [this.#moreNotes === 0 ? this.#note : `${this.#note} (and ${this.#moreNotes} lines more)`]
  }

  get word(): HeadFileWord {
    if (!this.#met) return 'unusable'
    return this.#isBegunLater ? 'begun_later' : 'held'
  }

  /** An entry that continues the log. Throws EvidenceFault when a line contradicts it. */
  entry(seq: Int, hash: string, isCheckpoint: boolean): void {
    this.#entry = seq
    // the checkpoint itself may be all that was cut off before others continued the log
    if (this.#met && !isCheckpoint && isEqual(this.#met.seq, seq)) {
      throw new EvidenceFault(
        'head_mismatch',
        `the recorder stated at ${this.#met.time} that entry ${seq} is a checkpoint, and it is none: the log was cut or replaced since`,
      )
    }
    for (let pending = this.#pending; pending && pending.entry <= seq; pending = this.#pending) {
      const {head} = pending
      const agrees = pending.entry === BigInt(seq) ? head.entry_hash === hash : isSame(head, this.#met)
      if (agrees) this.#met = head
      else
        throw new EvidenceFault(
          'head_mismatch',
          `the recorder stated at ${head.time} that entry ${pending.entry} has the hash ${head.entry_hash.slice(0, 80)}, and it has another: the log was cut or replaced since`,
        )
      this.#advance()
    }
  }

  /** A signed checkpoint behind the entries given so far. */
  checkpoint(): void {
    if (!this.#met) this.#isBegunLater = true
  }

  /** A receipt that continues its chain, where entries are not judged. */
  receipt(hash: string): void {
    this.#settleReceipts()
    this.#root = hash
    const head = this.#pending?.head
    if (head?.root_hash !== hash) return
    this.#met = head
    this.#advance()
  }

  /** After the last entry; what a line states beyond it was removed. */
  endOfEntries(): EvidenceFault | undefined {
    if (this.#pending) return removed(this.#pending.head)
    // the checkpoint itself stands behind the entry that its line states
    const met = this.#met
    return met && (this.#entry === undefined || this.#entry < met.seq) ? removed(met) : undefined
  }

  /** The same after the last receipt. */
  endOfReceipts(): EvidenceFault | undefined {
    this.#settleReceipts()
    return this.#pending && removed(this.#pending.head)
  }

  /** Passes over lines that state the same receipt again, or none yet. */
  #settleReceipts(): void {
    for (; this.#pending; this.#advance()) {
      const {head} = this.#pending
      if (head.root_hash !== this.#root && head.root_hash !== 'genesis') return
      this.#met = head
    }
  }

  #tell(line: number, why: string): void {
    if (this.#note !== undefined) this.#moreNotes++
    else this.#note = `${this.#path}:${line} says nothing about the end of the log: ${why}`
  }

  #advance(): void {
    const {session, deletedThrough, trusts} = this.#context
    this.#pending = undefined
    for (let next = this.#lines.next(); next.done !== true; next = this.#lines.next()) {
      const line = ++this.#line
      try {
        const head = parseHeadLine(next.value, session)
        const entry = BigInt(head.seq) - 1n
        if (!trusts(head.signer_key)) this.#tell(line, `its signer ${head.signer_key} is not trusted`)
        // what stood before a retained suffix was compared while it was there
        else if (deletedThrough !== undefined && entry <= deletedThrough) this.#met = head
        else {
          this.#pending = {head, entry}
          return
        }
      } catch (error) {
        if (!(error instanceof EvidenceFault)) throw error
        this.#tell(line, error.message)
      }
    }
  }
}

/** Of numbers that may be bigints. */
const isEqual = (a: Int, b: Int): boolean => !(a < b) && !(a > b)

function isSame(a: EvidenceHead, b: EvidenceHead | undefined): boolean {
  return a.seq === b?.seq && a.entry_hash === b.entry_hash
}

function removed({time, seq, receipt_seq}: EvidenceHead): EvidenceFault {
  return new EvidenceFault(
    'head_mismatch',
    `the recorder stated at ${time} that the log reaches entry ${seq} and receipt ${receipt_seq}, and it does not: its end was removed`,
  )
}
