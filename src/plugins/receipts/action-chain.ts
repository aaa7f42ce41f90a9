// The chain of v1 receipts: the steps of receipts §3.2 in their order, with segments, key changes and control receipts.
// A failure at one receipt ends the chain.
import {keyReader, parseActionReceipt, type ReadKey} from '../../core/formats/action-receipt.js'
import type {ActionRecord} from '../../core/formats/action-record.js'
import {EvidenceFault, type EvidenceReason} from '../../core/formats/evidence-fault.js'
import {readInt, UINT64, type Int} from '../../core/formats/member-table.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import {isObject, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import type {Endorsement} from './endorsement.js'
import {placeOf, type Place} from './lines.js'
import {retentionFault, type RetentionAnchor} from '../../core/formats/retention-anchor.js'
import {SeenSet} from './seen-set.js'
import {BOUND, checkGenesis, SessionState} from './session-control.js'
import {checkedHere, type Signatures, type Signed} from './signatures.js'
import {increment, type ChainVerdict, type Failure, type Segment} from './verdict.js'

export interface ActionChainOptions {
  readonly trusted: readonly PublicKey[]
  readonly endorsements: readonly Endorsement[]
  readonly session: string
  /** A repeated action is an error, not a warning. */
  readonly strict: boolean
  readonly anchor: RetentionAnchor | undefined
  /** Hash of a receipt that the recorder said stands in the log. */
  readonly head?: string | undefined
  /** Told the record of each receipt that passed. */
  readonly accepted?: ((record: ActionRecord, place: Place) => void) | undefined
}

/** What the rules of the chain look at in a record. */
export type ChainedRecord = Pick<
  ActionRecord,
  | 'action_id'
  | 'verdict'
  | 'decision_phase'
  | 'timestamp'
  | 'run_nonce'
  | 'chain_prev_hash'
  | 'chain_seq'
  | 'session_control'
>

/** A receipt that passed rows 1 to 9 of receipts §2.8. */
export interface ChainReceipt extends Signed {
  readonly record: ChainedRecord
  /** What the next receipt links to. */
  readonly hash: string
  readonly whole: () => ActionRecord
}

/** An attacker who can repeat an action a million times must not fill the memory or the screen. */
export const MAX_WARNINGS = 20

/** A receipt of which only what steps a to c need was looked at. */
interface Unread {
  readonly declared: Int | undefined
  readonly transition: JsonObject | undefined
  readonly signerKey: JsonValue | undefined
  readonly parse: () => ChainReceipt
  readonly place: Place
}

interface Link {
  readonly hash: string
  readonly seq: Int
}

/** The signing segment that is running, as a transcript root describes it. */
export interface RunningSegment {
  readonly signerKey: string
  readonly count: Int
  /** Those of them that stand in the input: fewer than `count` in a retained suffix. */
  readonly present: number
  readonly finalSeq: Int
  readonly rootHash: string
  /** undefined when it began before a retained suffix */
  readonly startTime: string | undefined
  readonly endTime: string
}

export class ActionChain {
  readonly #options: ActionChainOptions
  readonly #signatures: Signatures
  readonly #readKey = keyReader()
  readonly #trusted: ReadonlySet<string>
  readonly #signers = new Set<string>()
  readonly #unused: Endorsement[]
  readonly #state: SessionState
  readonly #replays = new SeenSet()
  /** The first warnings about repeated actions, and how many there were. */
  readonly #warnings: string[] = []
  #repeats = 0
  /** Signers that a transition or the first receipt has authorised, as keys. */
  readonly #authorised: PublicKey[] = []
  #expected: string | undefined
  #previous: Link | undefined
  #position: Int = 0
  #seen = 0
  #rootHasOpen = false
  // what the receipts accepted so far came to
  readonly #segments: Segment[] = []
  #running: RunningSegment | undefined
  #count = 0
  #firstSeq: Int | undefined
  #startTime = ''
  #failure: Failure | undefined
  #metHead = false
  /** The place in the retained suffix where the first receipt must continue from the anchor. */
  #resume: RetentionAnchor | undefined

  constructor(options: ActionChainOptions, signatures = checkedHere) {
    this.#options = options
    this.#signatures = signatures
    this.#trusted = new Set(options.trusted.map((key) => key.hex))
    this.#unused = [...options.endorsements]
    const anchor = options.anchor?.receipt_hash === 'genesis' ? undefined : options.anchor
    this.#resume = anchor
    this.#state = new SessionState(anchor !== undefined)
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get reachesHead(): boolean {
    return this.#options.head === undefined || this.#metHead
  }

  get seen(): number {
    return this.#seen
  }

  get running(): RunningSegment | undefined {
    return this.#running
  }

  /** Keys that may have signed checkpoints so far besides the trusted ones (receipts §4.6). */
  get authorisedSigners(): readonly PublicKey[] {
    return this.#authorised
  }

  /** Warnings about repeated actions, and how many more there were. */
  get warnings(): {readonly texts: readonly string[]; readonly unheard: number} {
    return {texts: this.#warnings, unheard: this.#repeats - this.#warnings.length}
  }

  /** A line that was no receipt at all: a chain with a hole in it is no chain. `seq` 0: the chain as a whole. */
  fail(reason: EvidenceReason, message: string, place: Place | undefined, seq = this.#seen): void {
    this.#failure ??= {reason, message, seq, place: place && placeOf(place)}
  }

  /** For receipts that were read quickly, so that they share the memory of keys. */
  get readKey(): ReadKey {
    return this.#readKey
  }

  push(value: JsonObject, extText: string | undefined, place: Place): void {
    const raw = isObject(value['action_record']) ? value['action_record'] : undefined
    const transition = raw?.['key_transition']
    this.#push({
      declared: readInt(UINT64.min, UINT64.max, raw?.['chain_seq']),
      transition: isObject(transition) ? transition : undefined,
      signerKey: value['signer_key'],
      parse: () => {
        const receipt = parseActionReceipt(value, extText, this.#readKey)
        return {...receipt, hash: sha256Hex(receipt.envelope), isGood: false, whole: () => receipt.record}
      },
      place,
    })
  }

  /** A receipt without a key transition that was read already. */
  pushRead(receipt: ChainReceipt, place: Place): void {
    this.#push({
      declared: receipt.record.chain_seq,
      transition: undefined,
      signerKey: receipt.signer.hex,
      parse: () => receipt,
      place,
    })
  }

  #push(unread: Unread): void {
    const index = this.#seen++
    if (this.#failure) return
    const seq = unread.declared ?? index
    try {
      this.#judge(unread, seq)
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      this.#failure = {reason: error.reason, message: error.message, seq, place: placeOf(unread.place)}
    }
  }

  #judge(unread: Unread, seq: Int): void {
    const isFirst = this.#previous === undefined
    const resume = isFirst ? this.#resume : undefined
    const {declared, transition} = unread
    // steps a to c read members that have not been judged yet: what has the wrong type is left to step d
    if (resume) this.#previous = {hash: resume.receipt_hash, seq: resume.receipt_seq}
    if (isFirst && !resume) {
      if (transition)
        throw at(seq, 'key_transition_invalid', 'chain starts at a key_transition segment without the prior segment')
      if (declared !== undefined && declared !== 0)
        throw at(seq, 'chain_seq_gap', 'root receipt segment must start at chain_seq 0')
    } else if (transition) {
      this.#transition(transition, unread, seq, resume !== undefined)
    } else if (resume) {
      this.#position = increment(resume.receipt_seq)
    } else if (declared === 0) {
      throw at(seq, 'chain_seq_gap', 'unexpected seq 0 without a key_transition boundary')
    }
    const receipt = this.#verify(unread, seq, transition !== undefined || isFirst)
    if (receipt.record.chain_seq !== this.#position) {
      const message = `seq gap: expected ${this.#position}, got ${receipt.record.chain_seq}`
      throw resume ? retentionFault(message) : new EvidenceFault('chain_seq_gap', message)
    }
    this.#link(receipt, isFirst && !resume, resume)
    this.#control(receipt, seq)
    this.#accept(receipt, transition !== undefined || isFirst, resume !== undefined && transition === undefined)
    this.#replay(receipt, seq)
    this.#options.accepted?.(receipt.whole(), unread.place)
  }

  /** A key change (receipts §3.6): the marker must name what was verified, the key must be new and authorised. */
  #transition(marker: JsonObject, {signerKey: signer, declared}: Unread, seq: Int, resumed: boolean): void {
    // a key that cannot be one is a malformed signature, looked at before keys are compared: left to step d
    if (typeof signer !== 'string' || !this.#readKey(signer)) return
    const priorKey = marker['prior_signer_key']
    const priorSeq = readInt(UINT64.min, UINT64.max, marker['prior_chain_seq'])
    const priorHash = marker['prior_chain_hash']
    if (
      typeof priorKey !== 'string' ||
      priorSeq === undefined ||
      typeof priorHash !== 'string' ||
      declared === undefined
    )
      return
    const wrong = (what: string) => {
      const message = `key_transition ${what}`
      return resumed ? retentionFault(message) : at(seq, 'key_transition_invalid', message)
    }
    if (declared !== 0) throw wrong('on a receipt that is not the first of its segment')
    if (priorSeq !== this.#previous?.seq) throw wrong('prior_chain_seq is not the last seq of the prior segment')
    if (priorHash !== this.#previous.hash) throw wrong('prior_chain_hash is not the last hash of the prior segment')
    if (!resumed && priorKey !== this.#expected) throw wrong('prior_signer_key is not the signer of the prior segment')
    if (this.#signers.has(signer) || signer === priorKey) throw wrong('new signer has signed in this chain before')
    this.#expected = signer
    this.#position = 0
    if (resumed) return // its signer must be that of the anchor, which was authorised when the anchor was read
    this.#checkRootOpen()
    const matching = this.#unused.filter(
      (e) =>
        e.session_id === this.#options.session &&
        e.prior_signer_key === priorKey &&
        e.prior_final_seq === priorSeq &&
        e.prior_tail_hash === priorHash &&
        e.new_signer_key === signer,
    )
    if (matching.length > 1 || (matching.length === 0 && !this.#trusted.has(signer))) {
      throw at(seq, 'rotation_unauthorized', `key_transition to ${signer} is not authorised`)
    }
    if (matching[0]) this.#unused.splice(this.#unused.indexOf(matching[0]), 1)
  }

  /** `isNewKey`: a signature that brings a key into the chain is never taken on an earlier run's word. */
  #verify({parse}: Unread, seq: Int, isNewKey: boolean): ChainReceipt {
    let receipt: ChainReceipt
    try {
      receipt = parse()
      const {hex} = receipt.signer
      const {size} = this.#trusted
      if (this.#expected === undefined ? size > 0 && !this.#trusted.has(hex) : hex !== this.#expected) {
        throw this.#expected === undefined && size > 1
          ? new EvidenceFault('signer_key_untrusted', `signer key ${hex} is none of the trusted keys`)
          : new EvidenceFault('signer_key_mismatch', `signer key ${hex} is not the expected one`)
      }
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      throw at(seq, error.reason, `signature: ${error.message}`)
    }
    const isGood = (isNewKey ? checkedHere : this.#signatures).isGood(receipt)
    if (!isGood) throw new EvidenceFault('signature_invalid', badSignature(seq))
    return receipt
  }

  #link({record, signer}: ChainReceipt, isFirst: boolean, resume: RetentionAnchor | undefined): void {
    const {chain_prev_hash: link, chain_seq: seq} = record
    if (resume) {
      if (link !== resume.receipt_hash) throw retentionFault('the first receipt does not continue from the anchor')
      if (signer.hex !== resume.signer_key) throw retentionFault('the first receipt has another signer than the anchor')
    } else if (isFirst) {
      if (link !== 'genesis' && !link.startsWith(BOUND))
        throw at(seq, 'chain_break', 'chain_prev_hash of the first receipt is no genesis')
      checkGenesis(record)
    } else if (link !== this.#previous?.hash) {
      throw at(seq, 'chain_break', 'chain_prev_hash mismatch')
    }
  }

  #control({record}: ChainReceipt, seq: Int): void {
    const open = record.session_control?.open
    if (open && this.#options.endorsements.length > 0) {
      if (open.recorder_session !== this.#options.session) {
        throw at(seq, 'rotation_unauthorized', 'session open of another recorder session')
      }
      if (this.#signers.size <= 1) this.#rootHasOpen = true
    }
    this.#state.check(record, {previous: this.#previous, segmentCount: increment(this.#position)})
  }

  /** With endorsements the root segment must say which session it belongs to: an endorsement names one. */
  #checkRootOpen(): void {
    if (this.#options.endorsements.length === 0 || this.#rootHasOpen || this.#signers.size > 1) return
    throw new EvidenceFault('rotation_unauthorized', ROOT_OPEN)
  }

  #accept(receipt: ChainReceipt, isNewSegment: boolean, startedEarlier: boolean): void {
    const {record, signer, hash} = receipt
    if (isNewSegment) {
      if (this.#running) this.#segments.push(segmentOf(this.#running))
      this.#signers.add(signer.hex)
      this.#authorised.push(signer)
      this.#expected = signer.hex
    }
    this.#previous = {hash, seq: record.chain_seq}
    if (hash === this.#options.head) this.#metHead = true
    this.#position = increment(this.#position)
    this.#firstSeq ??= record.chain_seq
    if (this.#count++ === 0) this.#startTime = record.timestamp
    const {timestamp} = record
    const before = isNewSegment ? undefined : this.#running
    this.#running = {
      signerKey: signer.hex,
      count: this.#position,
      present: (before?.present ?? 0) + 1,
      finalSeq: record.chain_seq,
      rootHash: hash,
      startTime: isNewSegment && !startedEarlier ? timestamp : before?.startTime,
      endTime: timestamp,
    }
  }

  #replay({record}: ChainReceipt, seq: Int): void {
    if (!this.#replays.add(record.action_id, record.decision_phase ?? '', record.verdict)) return
    if (this.#options.strict)
      throw at(seq, 'replay_detected', `action ${JSON.stringify(record.action_id)} was receipted before`)
    if (this.#repeats++ < MAX_WARNINGS)
      this.#warnings.push(`replay_detected: seq ${seq} repeats action ${JSON.stringify(record.action_id)}`)
  }

  /** The verdict. */
  finish(): ChainVerdict {
    if (!this.#failure && this.#seen > 0) this.#failure = this.#wholeChainFault()
    const running = this.#running
    const segments = running ? [...this.#segments, segmentOf(running)] : this.#segments
    return {
      recordType: 'action_receipt_v1',
      seen: this.#seen,
      receiptCount: this.#count,
      firstSeq: this.#firstSeq,
      finalSeq: running?.finalSeq,
      rootHash: running?.rootHash ?? '',
      startTime: this.#startTime,
      endTime: running?.endTime ?? '',
      failure: this.#failure,
      signaturesVerified: this.#trusted.size > 0 && this.#failure === undefined,
      signerKeys: segments.map((segment) => segment.signer_key),
      segments,
      signerKeyId: '',
      canonicalization: undefined,
    }
  }

  #wholeChainFault(): Failure | undefined {
    const fault = (message: string): Failure => ({reason: 'rotation_unauthorized', message, seq: 0, place: undefined})
    if (this.#options.endorsements.length === 0) return undefined
    if (!this.#rootHasOpen) return fault(ROOT_OPEN)
    return this.#unused.length > 0 ? fault('a rotation endorsement matches no key change of the chain') : undefined
  }
}

const badSignature = (seq: Int): string => `seq ${seq}: signature: verification failed`

const ROOT_OPEN = 'the root segment has no session open that names the session'

function segmentOf(running: RunningSegment): Segment {
  return {
    signer_key: running.signerKey,
    receipt_count: running.present,
    final_seq: running.finalSeq,
    root_hash: running.rootHash,
    start_time: running.startTime ?? '',
    end_time: running.endTime,
  }
}

function at(seq: Int, reason: EvidenceReason, message: string): EvidenceFault {
  return new EvidenceFault(reason, `seq ${seq}: ${message}`)
}
