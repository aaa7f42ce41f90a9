// Who may sign a v1 chain: trusted keys first, then each key that a change brings in which is trusted itself or endorsed by
// the one before it. What is compared is what was verified, never what the chain says of itself.
import type {SessionOpen} from '../../formats/control-record.js'
import type {ReadKey} from '../../formats/action-receipt.js'
import {EvidenceFault} from '../../formats/evidence-fault.js'
import {readInt, UINT64, type Int} from '../../formats/member-table.js'
import {retentionFault} from '../../formats/retention-anchor.js'
import type {PublicKey} from '../../lib/ed25519.js'
import type {JsonObject, JsonValue} from '../../lib/json/reader.js'
import {faultAt, type Link} from './chain-receipt.js'
import type {Endorsement} from './endorsement.js'

export interface KeyOptions {
  readonly trusted: readonly PublicKey[]
  readonly endorsements: readonly Endorsement[]
  /** Recorder session that endorsements and session opens must name. */
  readonly session: string
}

/** The receipt of a key change, of which only the members that the change needs were read. */
export interface KeyChange {
  readonly marker: JsonObject
  readonly declared: Int | undefined
  readonly signerKey: JsonValue | undefined
  /** For faults. */
  readonly seq: Int
  readonly previous: Link | undefined
  /** It is the first receipt behind a retention anchor. */
  readonly resumed: boolean
}

const ROOT_OPEN = 'the root segment has no session open that names the session'

export class ChainKeys {
  readonly #options: KeyOptions
  readonly #readKey: ReadKey
  readonly #trusted: ReadonlySet<string>
  readonly #signers = new Set<string>()
  readonly #unused: Endorsement[]
  /** Signers that a transition or the first receipt has authorised. */
  readonly #authorised: PublicKey[] = []
  #expected: string | undefined
  #rootHasOpen = false

  constructor(options: KeyOptions, readKey: ReadKey) {
    this.#options = options
    this.#readKey = readKey
    this.#trusted = new Set(options.trusted.map((key) => key.hex))
    this.#unused = [...options.endorsements]
  }

  get authorised(): readonly PublicKey[] {
    return this.#authorised
  }

  /**
   * A key change: the marker must name what was verified, the key must be new and authorised. True when the segment of the
   * new key begins; false when a member that it needs has another type, which whoever reads the receipt says better. Throws
   * EvidenceFault.
   */
  change({marker, declared, signerKey: signer, seq, previous, resumed}: KeyChange): boolean {
    // an unusable key is a malformed signature, checked before keys are compared
    if (typeof signer !== 'string' || !this.#readKey(signer)) return false
    const priorKey = marker['prior_signer_key']
    const priorSeq = readInt(UINT64.min, UINT64.max, marker['prior_chain_seq'])
    const priorHash = marker['prior_chain_hash']
    if (
      typeof priorKey !== 'string' ||
      priorSeq === undefined ||
      typeof priorHash !== 'string' ||
      declared === undefined
    )
      return false
    const wrong = (what: string) => {
      const message = `key_transition ${what}`
      return resumed ? retentionFault(message) : faultAt(seq, 'key_transition_invalid', message)
    }
    if (declared !== 0) throw wrong('on a receipt that is not the first of its segment')
    if (priorSeq !== previous?.seq) throw wrong('prior_chain_seq is not the last seq of the prior segment')
    if (priorHash !== previous.hash) throw wrong('prior_chain_hash is not the last hash of the prior segment')
    if (!resumed && priorKey !== this.#expected) throw wrong('prior_signer_key is not the signer of the prior segment')
    if (this.#signers.has(signer) || signer === priorKey) throw wrong('new signer has signed in this chain before')
    this.#expected = signer
    if (resumed) return true // its signer must be that of the anchor, which was authorised when the anchor was read
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
      throw faultAt(seq, 'rotation_unauthorized', `key_transition to ${signer} is not authorised`)
    }
    if (matching[0]) this.#unused.splice(this.#unused.indexOf(matching[0]), 1)
    return true
  }

  /** Throws EvidenceFault for a signer whose turn it is not. */
  check(hex: string): void {
    const {size} = this.#trusted
    if (this.#expected === undefined) {
      if (size === 0 || this.#trusted.has(hex)) return
      if (size > 1) throw new EvidenceFault('signer_key_untrusted', `signer key ${hex} is none of the trusted keys`)
    } else if (hex === this.#expected) return
    throw new EvidenceFault('signer_key_mismatch', `signer key ${hex} is not the expected one`)
  }

  /** A session open, which endorsements bind to. Throws EvidenceFault. */
  open(open: SessionOpen, seq: Int): void {
    if (this.#options.endorsements.length === 0) return
    if (open.recorder_session !== this.#options.session) {
      throw faultAt(seq, 'rotation_unauthorized', 'session open of another recorder session')
    }
    if (this.#signers.size <= 1) this.#rootHasOpen = true
  }

  /** The first receipt of a segment was accepted. */
  accept(signer: PublicKey): void {
    this.#signers.add(signer.hex)
    this.#authorised.push(signer)
    this.#expected = signer.hex
  }

  /** With endorsements the root segment must say which session it belongs to: an endorsement names one. */
  #checkRootOpen(): void {
    if (this.#options.endorsements.length === 0 || this.#rootHasOpen || this.#signers.size > 1) return
    throw new EvidenceFault('rotation_unauthorized', ROOT_OPEN)
  }

  /** What is wrong at the end of a chain without other faults. */
  problem(): string | undefined {
    if (this.#options.endorsements.length === 0) return undefined
    if (!this.#rootHasOpen) return ROOT_OPEN
    return this.#unused.length > 0 ? 'a rotation endorsement matches no key change of the chain' : undefined
  }
}
