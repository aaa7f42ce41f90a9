// The outer chain of recorder entries: form, hash, sequence and link of every line, and the checkpoints that sign it.
import {checkRange, checkSignature, checkSignatureForm, readCheckpoint} from '../../../formats/checkpoint.js'
import {GENESIS, hashEntry, judgeEntry, type Entry, type EntryHead} from '../../../formats/entry.js'
import {EvidenceFault, type EvidenceReason} from '../../../formats/evidence-fault.js'
import {readInt, UINT64, type Int} from '../../../formats/member-table.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import type {JsonObject} from '../../../lib/json/reader.js'
import type {HeadCursor} from './head-cursor.js'
import {placeOf, type Place} from './lines.js'
import {retentionFault, type RetentionAnchor} from '../../../formats/retention-anchor.js'
import {faultOf, increment, type Failure} from './verdict.js'

export interface RecorderOptions {
  /** The session that the entries must name; undefined takes that of the first entry. */
  readonly session: string | undefined
  /** True when a key was given, so that checkpoints must be signed. */
  readonly signed: boolean
  readonly anchor: RetentionAnchor | undefined
  /** What the recorder stated about the log. */
  readonly heads: HeadCursor | undefined
}

export interface RecorderVerdict {
  readonly session: string
  /** Lines met, judged or not. */
  readonly entries: number
  readonly firstSeq: Int | undefined
  readonly lastSeq: Int | undefined
  readonly headHash: string
  /** Checkpoints that passed, and those of them that verified under a key. */
  readonly checkpoints: number
  readonly signedCheckpoints: number
  /** The last entry that a verified checkpoint covers. */
  readonly signedThrough: Int | undefined
  readonly failure: Failure | undefined
}

/** What the links between entries look at; `computed` is the hash of what stands on the line, `hash` what it says. */
export interface LinkedEntry extends Pick<EntryHead, 'v' | 'seq' | 'session_id' | 'prev_hash'> {
  readonly hash: string
  readonly computed: string
}

/** A file of the session begins: what its name says its first entry is. */
export interface NamedFile {
  readonly session: string
  readonly firstSeq: bigint
}

export class RecorderChain {
  readonly #options: RecorderOptions
  #session: string | undefined
  #entries = 0
  #next: Int = 0
  #previous = GENESIS
  #firstSeq: Int | undefined
  #lastSeq: Int | undefined
  #isV3: boolean | undefined
  /** First entry that no checkpoint covers yet; undefined in a suffix before its first checkpoint. */
  #uncoveredFrom: Int | undefined = 0
  #checkpoints = 0
  #signedCheckpoints = 0
  #signedThrough: Int | undefined
  #failure: Failure | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#session = options.session
    const {anchor} = options
    if (anchor) {
      this.#next = increment(anchor.deleted_through_seq)
      this.#previous = anchor.entry_hash
      this.#uncoveredFrom = undefined
    }
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get session(): string {
    return this.#session ?? ''
  }

  get signedCheckpoints(): number {
    return this.#signedCheckpoints
  }

  /** Faults of entries that others find (seals, decision records, unreadable lines) belong to this chain too. */
  fail(reason: EvidenceReason, message: string, seq: Int | undefined, place: Place | undefined): void {
    this.#failure ??= {reason, message, seq: seq ?? this.#next, place: place && placeOf(place)}
  }

  /** A line that was counted but could not be read. */
  skip(): void {
    this.#entries++
  }

  /** An entry whose line is known to be its one spelling, and which is no checkpoint. */
  pushRead(entry: LinkedEntry, place: Place, file: NamedFile | undefined): void {
    this.#entries++
    if (this.#failure) return
    const fault = faultOf(() => this.#chain(entry, file, false))
    if (fault) this.fail(fault.reason, fault.message, entry.seq, place)
  }

  /** Judges one line; undefined when it, or one before it, failed. `keys` may have signed a checkpoint. */
  push(
    line: string,
    value: JsonObject,
    detailText: string,
    place: Place,
    file: NamedFile | undefined,
    keys: () => readonly PublicKey[],
  ): Entry | undefined {
    this.#entries++
    if (this.#failure) return undefined
    const declared = readInt(UINT64.min, UINT64.max, value['seq'])
    try {
      const entry = judgeEntry(line, value, detailText)
      const {head, hash} = entry
      this.#chain({...head, hash, computed: hashEntry(head, entry.detailText)}, file, head.type === 'checkpoint')
      if (head.type === 'checkpoint') this.#checkpoint(entry, keys)
      return entry
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      this.fail(error.reason, error.message, declared, place)
      return undefined
    }
  }

  #chain(entry: LinkedEntry, file: NamedFile | undefined, isCheckpoint: boolean): void {
    this.#session ??= entry.session_id
    if (entry.session_id !== this.#session) {
      throw new EvidenceFault(
        'recorder_entry_invalid',
        `session_id is ${JSON.stringify(entry.session_id)}, not ${JSON.stringify(this.#session)}`,
      )
    }
    if (file && (file.session !== entry.session_id || file.firstSeq !== BigInt(entry.seq))) {
      throw new EvidenceFault(
        'recorder_entry_invalid',
        file.session === entry.session_id
          ? `the file is named after entry ${file.firstSeq} and begins with entry ${entry.seq}`
          : `the file is named after session ${JSON.stringify(file.session)} and begins with an entry of ${JSON.stringify(entry.session_id)}`,
      )
    }
    const {hash, computed} = entry
    if (computed !== hash)
      throw new EvidenceFault('recorder_hash_mismatch', `hash is ${hash.slice(0, 80)}, computed ${computed}`)
    this.#link(entry)
    this.#options.heads?.entry(entry.seq, hash, isCheckpoint)
  }

  #link({v, seq, prev_hash, hash}: LinkedEntry): void {
    const isFirst = this.#firstSeq === undefined
    const broken = (message: string) =>
      isFirst && this.#options.anchor ? retentionFault(message) : new EvidenceFault('recorder_chain_break', message)
    if (seq !== this.#next) throw broken(`seq is ${seq}, expected ${this.#next}`)
    if (prev_hash !== this.#previous) throw broken(`prev_hash is ${prev_hash.slice(0, 80)}, expected ${this.#previous}`)
    this.#isV3 ??= v === 3
    if (this.#isV3 !== (v === 3)) throw broken('entries of version 3 are mixed with older ones')
    this.#firstSeq ??= seq
    this.#lastSeq = seq
    this.#previous = hash
    this.#next = increment(seq)
  }

  /** The signature covers the prefix of the log and not the checkpoint's own numbers, so these are compared with the log. */
  #checkpoint({head, detail}: Entry, keys: () => readonly PublicKey[]): void {
    const stated = readCheckpoint(detail)
    checkRange(stated, BigInt(head.seq), this.#uncoveredFrom === undefined ? undefined : BigInt(this.#uncoveredFrom))
    this.#uncoveredFrom = increment(head.seq)
    this.#checkpoints++
    if (stated.signature !== '') this.#options.heads?.checkpoint()
    if (!this.#options.signed) {
      checkSignatureForm(stated.signature)
      return
    }
    checkSignature(stated.signature, head.prev_hash, keys)
    this.#signedCheckpoints++
    const {last} = stated
    this.#signedThrough = Number.isSafeInteger(Number(last)) ? Number(last) : last
  }

  finish(): RecorderVerdict {
    return {
      session: this.session,
      entries: this.#entries,
      firstSeq: this.#firstSeq,
      lastSeq: this.#lastSeq,
      headHash: this.#firstSeq === undefined ? '' : this.#previous,
      checkpoints: this.#checkpoints,
      signedCheckpoints: this.#signedCheckpoints,
      signedThrough: this.#signedThrough,
      failure: this.#failure,
    }
  }
}
