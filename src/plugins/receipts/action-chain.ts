// The chain of v1 receipts: form, signature, sequence, link and time of each in order. A failure at one receipt ends the chain.
import {keyReader, parseActionReceipt, type ReadKey} from '../../formats/action-receipt.js'
import type {ActionRecord} from '../../formats/action-record.js'
import {EvidenceFault, type EvidenceReason} from '../../formats/evidence-fault.js'
import {readInt, UINT64, type Int} from '../../formats/member-table.js'
import {retentionFault, type RetentionAnchor} from '../../formats/retention-anchor.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import {isObject, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {ChainKeys, type KeyOptions} from './chain-keys.js'
import {faultAt, type ChainReceipt, type Link} from './chain-receipt.js'
import type {HeadCursor} from './head-cursor.js'
import {placeOf, type Place} from './lines.js'
import {Segments, type RunningSegment} from './running-segment.js'
import {IdSet} from './id-set.js'
import {BOUND, checkGenesis, SessionState} from './session-control.js'
import {checkedHere, type Signatures} from './signatures.js'
import {increment, type ChainVerdict, type Failure} from './verdict.js'

export interface ActionChainOptions extends KeyOptions {
  /** A repeated action is an error, not a warning. */
  readonly strict: boolean
  readonly anchor: RetentionAnchor | undefined
  /** What the recorder stated about the receipts, where nobody judges the entries. */
  readonly heads?: HeadCursor | undefined
  /** Told the record of each receipt that passed. */
  readonly accepted?: ((record: ActionRecord, place: Place) => void) | undefined
}

/** An attacker who can repeat an action a million times must not fill the memory or the screen. */
export const MAX_WARNINGS = 20

/** A receipt of which only the members that steps a to c need were read. */
interface Unread {
  readonly declared: Int | undefined
  readonly transition: JsonObject | undefined
  readonly signerKey: JsonValue | undefined
  readonly parse: () => ChainReceipt
  readonly place: Place
}

export class ActionChain {
  readonly #options: ActionChainOptions
  readonly #signatures: Signatures
  readonly #readKey = keyReader()
  readonly #keys: ChainKeys
  readonly #segments = new Segments()
  readonly #state: SessionState
  readonly #replays = new IdSet()
  /** The first warnings about repeated actions, and how many there were. */
  readonly #warnings: string[] = []
  #repeats = 0
  #previous: Link | undefined
  #position: Int = 0
  #read = 0
  #failure: Failure | undefined
  /** The place in the retained suffix where the first receipt must continue from the anchor. */
  #resume: RetentionAnchor | undefined

  constructor(options: ActionChainOptions, signatures = checkedHere) {
    this.#options = options
    this.#signatures = signatures
    this.#keys = new ChainKeys(options, this.#readKey)
    const anchor = options.anchor?.receipt_hash === 'genesis' ? undefined : options.anchor
    this.#resume = anchor
    this.#state = new SessionState(anchor !== undefined)
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get known(): number {
    return this.#read
  }

  get running(): RunningSegment | undefined {
    return this.#segments.running
  }

  /** Keys that may have signed checkpoints so far besides the trusted ones. */
  get authorisedSigners(): readonly PublicKey[] {
    return this.#keys.authorised
  }

  /** Warnings about repeated actions, and how many more there were. */
  get warnings(): {readonly texts: readonly string[]; readonly unheard: number} {
    return {texts: this.#warnings, unheard: this.#repeats - this.#warnings.length}
  }

  /** A line that was no receipt at all: a chain with a hole in it is no chain. `seq` 0: the chain as a whole. */
  fail(reason: EvidenceReason, message: string, place: Place | undefined, seq = this.#read): void {
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
    const index = this.#read++
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
        throw faultAt(
          seq,
          'key_transition_invalid',
          'chain starts at a key_transition segment without the prior segment',
        )
      if (declared !== undefined && declared !== 0)
        throw faultAt(seq, 'chain_seq_gap', 'root receipt segment must start at chain_seq 0')
    } else if (transition) {
      const previous = this.#previous
      const {signerKey} = unread
      const change = {marker: transition, declared, signerKey, seq, previous, resumed: resume !== undefined}
      if (this.#keys.change(change)) this.#position = 0
    } else if (resume) {
      this.#position = increment(resume.receipt_seq)
    } else if (declared === 0) {
      throw faultAt(seq, 'chain_seq_gap', 'unexpected seq 0 without a key_transition boundary')
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

  /** `isNewKey`: a signature that brings a key into the chain is never taken on an earlier run's word. */
  #verify({parse}: Unread, seq: Int, isNewKey: boolean): ChainReceipt {
    let receipt: ChainReceipt
    try {
      receipt = parse()
      this.#keys.check(receipt.signer.hex)
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      throw faultAt(seq, error.reason, `signature: ${error.message}`)
    }
    const isGood = (isNewKey ? checkedHere : this.#signatures).isGood(receipt)
    if (!isGood) throw faultAt(seq, 'signature_invalid', 'signature: verification failed')
    return receipt
  }

  #link({record, signer}: ChainReceipt, isFirst: boolean, resume: RetentionAnchor | undefined): void {
    const {chain_prev_hash: link, chain_seq: seq} = record
    if (resume) {
      if (link !== resume.receipt_hash) throw retentionFault('the first receipt does not continue from the anchor')
      if (signer.hex !== resume.signer_key) throw retentionFault('the first receipt has another signer than the anchor')
    } else if (isFirst) {
      if (link !== 'genesis' && !link.startsWith(BOUND))
        throw faultAt(seq, 'chain_break', 'chain_prev_hash of the first receipt is not genesis')
      checkGenesis(record)
    } else if (link !== this.#previous?.hash) {
      throw faultAt(seq, 'chain_break', 'chain_prev_hash mismatch')
    }
  }

  #control({record}: ChainReceipt, seq: Int): void {
    const open = record.session_control?.open
    if (open) this.#keys.open(open, seq)
    this.#state.check(record, {previous: this.#previous, segmentCount: increment(this.#position)})
  }

  #accept(receipt: ChainReceipt, isNewSegment: boolean, startedEarlier: boolean): void {
    const {record, signer, hash} = receipt
    if (isNewSegment) this.#keys.accept(signer)
    this.#previous = {hash, seq: record.chain_seq}
    this.#options.heads?.receipt(hash)
    this.#position = increment(this.#position)
    this.#segments.accept(receipt, {count: this.#position, isNewSegment, startedEarlier})
  }

  #replay({record}: ChainReceipt, seq: Int): void {
    if (!this.#replays.add(record.action_id, record.decision_phase ?? '', record.verdict)) return
    if (this.#options.strict)
      throw faultAt(seq, 'replay_detected', `action ${JSON.stringify(record.action_id)} was receipted before`)
    if (this.#repeats++ < MAX_WARNINGS)
      this.#warnings.push(`replay_detected: seq ${seq} repeats action ${JSON.stringify(record.action_id)}`)
  }

  /** The verdict. */
  finish(): ChainVerdict {
    const problem = !this.#failure && this.#read > 0 ? this.#keys.problem() : undefined
    if (problem !== undefined) this.fail('rotation_unauthorized', problem, undefined, 0)
    return {
      recordType: 'action_receipt_v1',
      observed: this.#read,
      ...this.#segments.totals,
      failure: this.#failure,
      signaturesVerified: this.#options.trusted.length > 0 && this.#failure === undefined,
      signerKeyId: '',
      canonicalization: undefined,
    }
  }
}
