// Control receipts: sessions that open, beat and close inside a v1 chain, and the genesis that binds the first of them.
// Read, never written.
import type {SessionOpen} from '../../../formats/control-record.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import type {Int} from '../../../formats/member-table.js'
import {joined, utf8} from '../../../lib/bytes.js'
import {sha256Hex} from '../../../lib/hash.js'
import type {ChainedRecord} from './chain-receipt.js'
import {increment} from './verdict.js'

const LABEL = 'pipelock.receipt.session_open.v1'
export const BOUND = 'g1:'

/** `g1:` and the digest over the members of the open payload that identify a run. */
export function boundGenesis(open: SessionOpen): string {
  const frames: Uint8Array[] = []
  const frame = (bytes: Uint8Array) => void frames.push(number(BigInt(bytes.length)), bytes)
  const text = (value: string | undefined) => frame(utf8(value ?? ''))
  text(LABEL)
  text(open.run_nonce)
  text(open.open_nonce)
  text(open.recorder_session)
  text(open.policy_hash)
  text(open.signer_key_epoch)
  const heartbeat = BigInt(open.heartbeat_seconds ?? 0)
  frame(number(heartbeat < 0n ? 0n : heartbeat))
  text(open.genesis_anchor_head)
  text(open.genesis_anchor_log)
  text(open.posture_capsule_sha256)
  text(open.containment_nonce)
  text(open.contained_uid)
  return `${BOUND}${sha256Hex(joined(frames))}`
}

/** Eight bytes, the most significant first. */
function number(value: bigint): Uint8Array {
  return Uint8Array.from({length: 8}, (_, i) => Number((value >> BigInt(56 - 8 * i)) & 255n))
}

/** The first receipt of a chain, whose link is `genesis` or bound. Throws EvidenceFault. */
export function checkGenesis(record: ChainedRecord): void {
  const open = record.session_control?.open
  if (record.chain_prev_hash === 'genesis') {
    if (open || record.run_nonce) throw genesis('an unbound genesis carries a session open or a run_nonce')
    return
  }
  if (!open) throw genesis('a bound genesis carries no session open')
  const expected = boundGenesis(open)
  if (record.chain_prev_hash !== expected || open.genesis_hash !== expected)
    throw genesis('the genesis is not that of its session open')
  if ((open.chain_open_seq ?? 0) !== record.chain_seq) throw genesis('chain_open_seq is not the seq of the receipt')
  if (open.prior_chain_head || open.prior_chain_seq) throw genesis('the first session open names a prior chain')
}

const genesis = (message: string) => new EvidenceFault('genesis_invalid', message)

/** Where a receipt stands; `previous` is undefined for the first one. */
export interface Position {
  readonly previous: {readonly hash: string; readonly seq: Int} | undefined
  /** Receipts of the signing segment, this one included. */
  readonly segmentCount: Int
}

interface Run {
  /** undefined when the run was opened before a retained suffix begins */
  readonly openNonce: string | undefined
  closed: boolean
}

/** Runs of one chain. With `suffix`, runs that were opened before the first receipt are taken as open. */
export class SessionState {
  readonly #runs = new Map<string, Run>()
  readonly #suffix: boolean
  #active: string | undefined

  constructor(suffix: boolean) {
    this.#suffix = suffix
  }

  /** Throws EvidenceFault `session_state_invalid`. */
  check(record: ChainedRecord, position: Position): void {
    const control = record.session_control
    const nonce = record.run_nonce ?? ''
    if (!control) {
      if (nonce !== '') this.#running(nonce)
      return
    }
    const payloads = [control.open, control.heartbeat, control.close].filter((payload) => payload !== undefined)
    const expected = control.open ? 'session_open' : control.heartbeat ? 'heartbeat' : 'session_close'
    if (payloads.length !== 1 || control.kind !== expected) throw state('kind and payload of session_control disagree')
    if (nonce === '') throw state('a control receipt has no run_nonce')
    if (control.open) {
      this.#open(record, control.open, nonce, position)
      return
    }
    const payload = control.heartbeat ?? control.close
    const run = this.#running(nonce)
    if (this.#active !== nonce && !(this.#suffix && this.#active === undefined))
      throw state('the run is not the active one')
    if ((payload?.run_nonce ?? '') !== nonce) throw state('run_nonce of the payload is another one')
    if (run.openNonce !== undefined && (payload?.open_nonce ?? '') !== run.openNonce)
      throw state('open_nonce is not that of the open')
    const head = position.previous?.hash ?? ''
    if (control.heartbeat) {
      if ((control.heartbeat.chain_head ?? '') !== head) throw state('chain_head is not the previous receipt')
      if (increment(control.heartbeat.chain_seq_head ?? 0) !== record.chain_seq)
        throw state('chain_seq_head is not the seq before')
    } else if (control.close) {
      if ((control.close.root_hash ?? '') !== head) throw state('root_hash is not the previous receipt')
      if ((control.close.final_seq ?? 0) !== record.chain_seq) throw state('final_seq is not the own seq')
      if ((control.close.receipt_count ?? 0) !== position.segmentCount)
        throw state('receipt_count is not that of the segment')
      run.closed = true
    }
  }

  #running(nonce: string): Run {
    let run = this.#runs.get(nonce)
    if (!run && this.#suffix) this.#runs.set(nonce, (run = {openNonce: undefined, closed: false}))
    if (!run) throw state('run_nonce was never opened')
    if (run.closed) throw state('the run is closed')
    return run
  }

  #open(record: ChainedRecord, open: SessionOpen, nonce: string, {previous}: Position): void {
    if ((open.run_nonce ?? '') !== nonce || !open.open_nonce)
      throw state('an open needs its run_nonce and an open_nonce')
    if (this.#runs.has(nonce)) throw state('the run was opened before')
    if (previous) {
      if (record.chain_prev_hash.startsWith(BOUND) || open.genesis_hash) throw state('a restart has no genesis')
      if ((open.chain_open_seq ?? 0) !== record.chain_seq) throw state('chain_open_seq is not the seq of the receipt')
      if ((open.prior_chain_head ?? '') !== previous.hash || (open.prior_chain_seq ?? 0) !== previous.seq) {
        throw state('the prior chain is not the receipt before')
      }
    }
    this.#runs.set(nonce, {openNonce: open.open_nonce, closed: false})
    this.#active = nonce
  }
}

const state = (message: string) => new EvidenceFault('session_state_invalid', message)
