// The chain of v2 receipts. Signatures are checked in line: which form was signed decides the receipt's
// hash, and so the next link.
import {EvidenceFault, type EvidenceReason} from '../../../formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  parseEvidenceReceipt,
  type CanonicalForm,
  type EvidenceReceipt,
} from '../../../formats/evidence-receipt.js'
import type {Int} from '../../../formats/member-table.js'
import type {JsonObject} from '../../../lib/json/reader.js'
import {checkExpectations, knowsNoKey, listsBoth, verifyUnder, type Authority, type Expectations} from './authority.js'
import {placeOf, type Place} from './lines.js'
import {increment, type ChainVerdict, type Failure} from './verdict.js'

export interface EvidenceChainOptions {
  readonly authority: Authority
  readonly expect: Expectations
  /** Without any key: judge structure and links only, instead of failing as unknown_signer. */
  readonly structuralWithoutKey: boolean
  /** The head of the log was deleted: where the first receipt stands, and what it links to, is not compared. */
  readonly suffix: boolean
  readonly accepted?: ((receipt: EvidenceReceipt, hash: string, place: Place) => void) | undefined
}

export class EvidenceChain {
  readonly #options: EvidenceChainOptions
  readonly #unsigned: boolean
  #read = 0
  #count = 0
  #next: Int = 0
  #firstSeq: Int | undefined
  #lastSeq: Int | undefined
  /** Hashes that the next receipt may link to: two when nothing could tell which form was signed. */
  #previous: readonly string[] = ['genesis']
  #root = ''
  #signerId = ''
  #start = ''
  #end = ''
  #form: CanonicalForm = 'rfc8785'
  #failure: Failure | undefined

  constructor(options: EvidenceChainOptions) {
    this.#options = options
    this.#unsigned = options.structuralWithoutKey && knowsNoKey(options.authority)
  }

  get known(): number {
    return this.#read
  }

  fail(reason: EvidenceReason, message: string, place: Place | undefined): void {
    this.#failure ??= {reason, message, seq: this.#read, place: place && placeOf(place)}
  }

  /** `read` gives the object with names in NFC; it may throw EvidenceFault. */
  push(read: () => JsonObject, place: Place): void {
    const position = this.#read++
    if (this.#failure) return
    try {
      const receipt = parseEvidenceReceipt(read())
      this.#judge(receipt)
      this.#options.accepted?.(receipt, this.#root, place)
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      const message = `position ${position}: ${error.message}`
      this.#failure = {reason: error.reason, message, seq: position, place: placeOf(place)}
    }
  }

  #judge(receipt: EvidenceReceipt): void {
    const {authority, expect, suffix} = this.#options
    const {signerKeyId} = receipt.proof
    const isFirst = this.#count === 0
    checkExpectations(receipt, expect)
    if (!isFirst && signerKeyId !== this.#signerId && !listsBoth(authority, signerKeyId, this.#signerId)) {
      throw new EvidenceFault(
        'signer_key_id_mismatch',
        `signer_key_id ${JSON.stringify(signerKeyId)} is not that of the first receipt`,
      )
    }
    const resumed = isFirst && suffix
    if (!resumed && receipt.chain_seq !== this.#next) {
      throw new EvidenceFault('chain_seq_gap', `seq gap: expected ${this.#next}, got ${receipt.chain_seq}`)
    }
    if (!resumed && !this.#previous.includes(receipt.chain_prev_hash)) {
      throw new EvidenceFault('chain_break', 'chain_prev_hash mismatch')
    }
    this.#accept(receipt, this.#unsigned ? undefined : verifyUnder(receipt, authority))
  }

  #accept(receipt: EvidenceReceipt, form: CanonicalForm | undefined): void {
    this.#root = evidenceReceiptHash(receipt, form ?? 'rfc8785')
    this.#previous = form ? [this.#root] : [this.#root, evidenceReceiptHash(receipt, 'html-escaped')]
    if (form === 'html-escaped') this.#form = form
    if (this.#count++ === 0) {
      this.#signerId = receipt.proof.signerKeyId
      this.#start = receipt.timestamp
      this.#firstSeq = receipt.chain_seq
    }
    this.#lastSeq = receipt.chain_seq
    this.#end = receipt.timestamp
    this.#next = increment(receipt.chain_seq)
  }

  finish(): ChainVerdict {
    const any = this.#count > 0
    return {
      recordType: 'evidence_receipt_v2',
      observed: this.#read,
      receiptCount: this.#count,
      firstSeq: this.#firstSeq,
      finalSeq: this.#lastSeq,
      rootHash: this.#root,
      startTime: this.#start,
      endTime: this.#end,
      failure: this.#failure,
      signaturesVerified: !this.#unsigned && this.#failure === undefined && any,
      signerKeys: [],
      segments: [],
      signerKeyId: this.#signerId,
      canonicalization: any ? this.#form : undefined,
    }
  }
}
