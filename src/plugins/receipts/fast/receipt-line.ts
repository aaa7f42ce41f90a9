// Fast reader of the common log line: a v1 receipt without extras, bare or inside a recorder entry, in its canonical
// spelling. It records offsets and copies nothing. Anything else is refused without a reason and goes to the strict
// reader. An accepted line has passed every check of a receipt except trust, signature and chain and, as an entry,
// every check of its form.
import {utf8} from '../../../lib/bytes.js'
import {parseTimestamp} from '../../../lib/timestamp.js'
import {ACTION_RECORD, type ActionRecord} from '../../../formats/action-record.js'
import {CanonicalBytes} from './canonical-bytes.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {UINT64} from '../../../formats/member-table.js'
import {checkRecord, checkRequired} from '../../../formats/record-rules.js'

/** Two numbers each: start and end. Strings without their quotes; all of them are plain ASCII. */
export const PLACES = {
  line: 0,
  receipt: 2,
  record: 4,
  action_id: 6,
  decision_phase: 8,
  verdict: 10,
  timestamp: 12,
  run_nonce: 14,
  chain_prev_hash: 16,
  /** 128 hexadecimal characters in either case. */
  signature: 18,
  signer_key: 20,
  session_id: 22,
  prev_hash: 24,
  hash: 26,
} as const
export const PLACE_COUNT = 28

const ENTRY_2 = utf8('{"v":2,"seq":')
const ENTRY_1 = utf8('{"v":1,"seq":')
const TS = utf8(',"ts":')
const SESSION = utf8(',"session_id":')
const TRACE = utf8(',"trace_id":')
const TYPE = utf8(',"type":"action_receipt"')
const EVENT = utf8(',"event_kind":')
const TRANSPORT = utf8(',"transport":')
const SUMMARY = utf8(',"summary":')
const DETAIL = utf8(',"detail":')
const RAW_REF = utf8(',"raw_ref":')
const PREV_HASH = utf8(',"prev_hash":')
const HASH = utf8(',"hash":')
const RECEIPT = utf8('{"version":1,"action_record":')
const SIGNATURE = utf8(',"signature":"ed25519:')
const SIGNER = utf8('","signer_key":')
const END = utf8('}')
const SIGNATURE_BYTES = 64

const placeIn = (name: keyof ActionRecord): number =>
  ACTION_RECORD.members.find((member) => member.name === name)?.place ?? Number.NaN
const COPIED = (['action_id', 'decision_phase', 'verdict', 'timestamp', 'run_nonce', 'chain_prev_hash'] as const).map(
  (name) => ({name, from: placeIn(name), to: PLACES[name]}),
)
const VERSION = placeIn('version')
const ACTION_ID = placeIn('action_id')
const VERDICT = placeIn('verdict')
const ACTION_TYPE = placeIn('action_type')
const TARGET = placeIn('target')
const TRANSPORT_OF = placeIn('transport')
const CHAIN_SEQ = placeIn('chain_seq')
/** A key change depends on what the caller trusts; control receipts are judged with their payload. */
const LEFT_TO_OTHERS = [placeIn('key_transition'), placeIn('session_control')]

/** The last line read. One instance reads many lines, one after another. */
export class ReceiptLine {
  readonly #scan = new CanonicalBytes()
  readonly #record = new Int32Array(2 * ACTION_RECORD.members.length)
  /** Indexed by PLACES. */
  readonly places = new Int32Array(PLACE_COUNT)
  /** Start and end of the entry fields that its hash covers, in their order; an empty range is "". */
  readonly hashed = new Int32Array(2 * 12)
  hashedCount = 0
  /** The 64 bytes of the signature; overwritten by the next line. */
  readonly signature = Buffer.alloc(SIGNATURE_BYTES)
  chainSeq = 0
  /** The number of the entry; undefined for a bare receipt. */
  entrySeq: number | undefined
  #bytes: Buffer = Buffer.alloc(0)

  /** True when the line was read. Nothing, or a control character, follows `end`. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes
    this.#scan.open(bytes, start, end)
    this.entrySeq = undefined
    this.hashedCount = 0
    this.#put(PLACES.line, start, end)
    try {
      // {"version" or {"v":
      return (bytes[start + 3] === 0x22 ? this.#entry() : this.#receipt()) && this.#scan.ended
    } catch (error) {
      if (error instanceof EvidenceFault) return false
      throw error
    }
  }

  #put(place: number, from: number, to: number): void {
    this.places[place] = from
    this.places[place + 1] = to
  }

  /** Text of plain characters, one byte each. */
  #text(from: number, to: number): string {
    return this.#bytes.toString('latin1', from, to)
  }

  #entry(): boolean {
    const scan = this.#scan
    const start = scan.at
    const isV2 = scan.skip(ENTRY_2)
    if (!isV2 && !scan.skip(ENTRY_1)) return false
    this.#field(start + 5, start + 6)
    const seqFrom = scan.at
    if (!scan.integer(UINT64.min, UINT64.max)) return false
    this.entrySeq = scan.value
    this.#field(seqFrom, scan.at)
    if (!this.#string(TS) || parseTimestamp(this.#text(scan.from, scan.to)) === undefined) return false
    if (!this.#string(SESSION)) return false
    this.#put(PLACES.session_id, scan.from, scan.to)
    if (!this.#optional(TRACE) || !scan.skip(TYPE)) return false
    this.#field(scan.at - 15, scan.at - 1)
    if ((isV2 && !this.#optional(EVENT)) || !this.#string(TRANSPORT) || !this.#string(SUMMARY)) return false
    // strings that are hashed by their value must be their own value; U+0000 is not
    if (scan.unusual > 0 || !scan.skip(DETAIL)) return false
    const detail = scan.at
    if (!this.#receipt()) return false
    this.#field(detail, scan.at)
    const {unusual} = scan
    if (!this.#optional(RAW_REF) || !this.#string(PREV_HASH)) return false
    this.#put(PLACES.prev_hash, scan.from, scan.to)
    if (!scan.skip(HASH) || !scan.string() || scan.unusual > unusual) return false
    this.#put(PLACES.hash, scan.from, scan.to)
    return scan.skip(END)
  }

  #field(from: number, to: number): void {
    this.hashed[2 * this.hashedCount] = from
    this.hashed[2 * this.hashedCount + 1] = to
    this.hashedCount++
  }

  #string(name: Uint8Array): boolean {
    const scan = this.#scan
    if (!scan.skip(name) || !scan.string()) return false
    this.#field(scan.from, scan.to)
    return true
  }

  /** A member that is present but empty must be spelled by absence. */
  #optional(name: Uint8Array): boolean {
    const scan = this.#scan
    if (!scan.skip(name)) {
      this.#field(scan.at, scan.at)
      return true
    }
    if (!scan.string() || scan.to === scan.from) return false
    this.#field(scan.from, scan.to)
    return true
  }

  #receipt(): boolean {
    const scan = this.#scan
    const start = scan.at
    if (!scan.skip(RECEIPT)) return false
    const from = scan.at
    const {unusual} = scan
    this.#record.fill(0)
    if (!scan.members(ACTION_RECORD, this.#record)) return false
    this.#put(PLACES.record, from, scan.at)
    if (!this.#checked(scan.unusual > unusual)) return false
    if (!scan.skip(SIGNATURE)) return false
    const signature = scan.at
    if (!readHex(this.#bytes, signature, this.signature)) return false
    scan.at += 2 * SIGNATURE_BYTES
    this.#put(PLACES.signature, signature, scan.at)
    const before = scan.unusual
    if (!scan.skip(SIGNER) || !scan.string() || scan.unusual > before) return false
    this.#put(PLACES.signer_key, scan.from, scan.to)
    if (!scan.skip(END)) return false
    this.#put(PLACES.receipt, start, scan.at)
    return true
  }

  /** Checks the rules of the record. Throws EvidenceFault. */
  #checked(isUnusual: boolean): boolean {
    const places = this.#record
    if (LEFT_TO_OTHERS.some((place) => places[place] !== 0)) return false
    for (const {from, to} of COPIED) {
      const start = places[from] ?? 0
      // without its quotes; an absent member is ""
      this.#put(to, start === 0 ? 0 : start + 1, start === 0 ? 0 : (places[from + 1] ?? 0) - 1)
    }
    this.chainSeq = Number(this.#raw(CHAIN_SEQ))
    if (isUnusual) {
      const record = recordIn(this.#bytes, this.places[PLACES.record] ?? 0, this.places[PLACES.record + 1] ?? 0)
      checkRecord(record)
      return COPIED.every(({name, to}) => (record[name] ?? '') === this.#copied(to))
    }
    checkRequired({
      version: Number(this.#raw(VERSION)),
      action_id: this.#filled(ACTION_ID),
      action_type: this.#stringIn(ACTION_TYPE),
      timestamp: this.#copied(PLACES.timestamp),
      target: this.#filled(TARGET),
      verdict: this.#filled(VERDICT),
      transport: this.#filled(TRANSPORT_OF),
    })
    return true
  }

  /** Some strings only have to be non-empty: a constant stands in for them. */
  #filled(place: number): string {
    return (this.#record[place + 1] ?? 0) - (this.#record[place] ?? 0) > 2 ? 'filled' : ''
  }

  #stringIn(place: number): string {
    return this.#text((this.#record[place] ?? 0) + 1, (this.#record[place + 1] ?? 0) - 1)
  }

  #raw(place: number): string {
    return this.#text(this.#record[place] ?? 0, this.#record[place + 1] ?? 0)
  }

  #copied(place: number): string {
    return this.#text(this.places[place] ?? 0, this.places[place + 1] ?? 0)
  }
}

/** Parses the whole record of a place that was read: it is JSON, and every integer in it is exact. */
export function recordIn(bytes: Buffer, from: number, to: number): ActionRecord {
  return JSON.parse(bytes.toString('utf8', from, to)) as ActionRecord
}

/** Decodes hexadecimal digits at `from` into `into`; false when one of them is not a digit. */
function readHex(bytes: Buffer, from: number, into: Uint8Array): boolean {
  let combined = 0
  for (let i = 0, at = from; i < into.length; i++, at += 2) {
    const high = DIGITS[bytes[at] ?? 0] ?? NO_DIGIT
    const low = DIGITS[bytes[at + 1] ?? 0] ?? NO_DIGIT
    combined |= high | low
    into[i] = (high << 4) | low
  }
  return combined < NO_DIGIT
}

const NO_DIGIT = 16
const DIGITS = Uint8Array.from({length: 256}, (_, c) => {
  const value = Number.parseInt(String.fromCharCode(c), 16)
  return Number.isNaN(value) ? NO_DIGIT : value
})
