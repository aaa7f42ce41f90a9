// Checkpoints of a chain that is read in parts. A part judges what it can see; where it begins
// is judged when the parts are joined, so that the division of the work shows in no fault. A capture that no signed
// checkpoint covers could have been written by anybody who can write the directory.
import {PipelockError} from '../../../core/errors.js'
import {checkRange, checkSignature, readCheckpoint, type StatedCheckpoint} from '../../../formats/checkpoint.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {parsePublicKey, type PublicKey} from '../../../lib/ed25519.js'
import {EntryFault, faultAt, type Place, type RecorderEntry} from './chain.js'

/** Plain data: parts come from threads. */
export interface AttestedPart {
  /** Its first checkpoint, and how many entries stand before it in the part. */
  readonly first: {readonly stated: StatedCheckpoint; readonly at: Mark; readonly before: number} | undefined
  /** Sequence number of its last checkpoint. */
  readonly lastSeq: bigint | undefined
  /** Entries after the last checkpoint, all of them when there is none, and where they begin. */
  readonly after: number
  readonly tail: Mark | undefined
  /** First line of malformed JSON: it stands outside the chain, so nothing can attest it. */
  readonly malformed: number | undefined
  /** Not only drop sentinels. */
  readonly observes: boolean
}

/** A line of a part. */
interface Mark {
  readonly line: number
  readonly seq: bigint
}

/** The keys of IngestOptions; a key that is none throws. */
export function attestationKeys(raw: readonly Uint8Array[] | undefined): readonly PublicKey[] | undefined {
  return raw?.map((bytes) => {
    const key = parsePublicKey(bytes)
    if (key === undefined) throw new PipelockError('key_invalid', 'a checkpoint key is no Ed25519 public key')
    return key
  })
}

/** Follows the lines of one part. */
export class PartAttestation {
  readonly #keys: readonly PublicKey[]
  #first: AttestedPart['first']
  #lastSeq: bigint | undefined
  #after = 0
  #tail: Mark | undefined
  #malformed: number | undefined
  #observes = false

  constructor(keys: readonly PublicKey[]) {
    this.#keys = keys
  }

  /** Throws EntryFault. */
  next(entry: RecorderEntry | undefined, line: number): void {
    if (entry === undefined) {
      this.#malformed ??= line
      return
    }
    if (entry.type !== 'capture_drop') this.#observes = true
    if (entry.type === 'checkpoint') {
      coded(entry.seq, () => this.#checkpoint(entry, line))
      return
    }
    this.#tail ??= {line, seq: entry.seq}
    this.#after++
  }

  #checkpoint({detail, seq, prevHash}: RecorderEntry, line: number): void {
    const stated = readCheckpoint(detail)
    checkRange(stated, seq, this.#lastSeq === undefined ? undefined : this.#lastSeq + 1n)
    if (this.#first === undefined) this.#first = {stated, at: {line, seq}, before: this.#after}
    else checkCount(stated, this.#after)
    checkSignature(stated.signature, prevHash, () => this.#keys)
    this.#lastSeq = seq
    this.#after = 0
    this.#tail = undefined
  }

  get outcome(): AttestedPart {
    return {
      first: this.#first,
      lastSeq: this.#lastSeq,
      after: this.#after,
      tail: this.#tail,
      malformed: this.#malformed,
      observes: this.#observes,
    }
  }
}

/** Follows the parts of one chain, in order. */
export class ChainAttestation {
  /** First entry that the next checkpoint covers; undefined while the beginning of the chain is not there. */
  #next: bigint | undefined = 0n
  #after = 0
  #tail: (Place & {readonly seq: bigint}) | undefined
  #malformed: Place | undefined
  #observes = false

  /** The first entry of the chain is not its beginning. */
  truncated(): void {
    this.#next = undefined
  }

  /** `lines` are those of the file before the part. Throws PipelockError. */
  add(part: AttestedPart, path: string, lines: number): void {
    const {first, lastSeq, tail, malformed} = part
    if (first) this.#judge(first, path, lines)
    if (lastSeq !== undefined) {
      this.#next = lastSeq + 1n
      this.#after = 0
      this.#tail = undefined
    }
    this.#after += part.after
    if (tail) this.#tail ??= {path, line: lines + tail.line, seq: tail.seq}
    if (malformed !== undefined) this.#malformed ??= {path, line: lines + malformed}
    this.#observes ||= part.observes
  }

  #judge({stated, at, before}: NonNullable<AttestedPart['first']>, path: string, lines: number): void {
    try {
      coded(at.seq, () => {
        checkRange(stated, at.seq, this.#next)
        // behind a missing beginning nobody can count
        if (this.#next !== undefined) checkCount(stated, this.#after + before)
      })
    } catch (error) {
      throw error instanceof EntryFault ? faultAt(error, {path, line: lines + at.line}) : error
    }
  }

  /**
   * Throws PipelockError for what no checkpoint covers. Chains of drop sentinels carry no checkpoints and need none: nothing
   * is learned from them, they can only raise the count of what was lost, which makes a compile stricter.
   */
  finish(): void {
    if (!this.#observes) return
    const code = 'checkpoint_unsigned'
    if (this.#malformed) {
      const message = 'the line is malformed JSON, which no checkpoint covers'
      throw faultAt({code, message, seq: undefined}, this.#malformed)
    }
    if (!this.#tail) return
    const {seq, ...place} = this.#tail
    const [entries, be] = this.#after === 1 ? ['entry', 'is'] : ['entries', 'are']
    const message = `${this.#after} ${entries} from here to the end of the chain ${be} covered by no checkpoint`
    throw faultAt({code, message, seq: String(seq)}, place, {
      hint: 'a running firewall signs the tail when the session ends or it stops, with flight_recorder.signing_key_path and sign_checkpoints',
    })
  }
}

/** Sequence numbers are compared by the range; that no entry is missing or doubled only counting tells. */
function checkCount({count}: StatedCheckpoint, entries: number): void {
  if (count === BigInt(entries)) return
  throw new EvidenceFault('checkpoint_invalid', `entry_count is ${count}, the chain has ${entries}`)
}

function coded(seq: bigint, judge: () => void): void {
  try {
    judge()
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    const code = error.reason === 'checkpoint_unsigned' ? error.reason : 'checkpoint_invalid'
    throw new EntryFault(code, error.message, String(seq))
  }
}
