// What the quick reader finds in a block of lines: for each line that it takes a row of places, numbers and digests, and
// whether the signature is good. Rows are plain arrays, so that a thread can hand them on without a copy.
import {hash, verify, type KeyObject} from 'node:crypto'
import {MAX_LINE_BYTES} from '../../formats/evidence-fault.js'
import {PLACE_COUNT, PLACES, ReceiptLine} from '../../formats/receipt-line.js'

/** How a block is read. */
export interface Reading {
  /** Lines are recorder entries, whose hashes count; else receipts count, in entries or bare. */
  readonly entries: boolean
  /** Keys that signatures are checked under, each of them usable, by their hex text; none: no signature is checked. */
  readonly keys: ReadonlyMap<string, KeyObject>
}

export interface QuickRows {
  readonly count: number
  /** PLACE_COUNT a row: places in the block. */
  readonly places: Int32Array<ArrayBuffer>
  /** Two a row: the number of the receipt in its chain, and that of the entry, -1 for none. */
  readonly numbers: Float64Array<ArrayBuffer>
  /** HASHES a row: the digest that is signed, then as hex text the hash of the receipt and that of the entry. */
  readonly hashes: Uint8Array<ArrayBuffer>
  /** One a row: 1 where the signature is good; 0 is for lib/ed25519.ts to judge, which alone knows every rule. */
  readonly good: Uint8Array<ArrayBuffer>
  /** One a row: 1 where the signer is that of the row before. */
  readonly same: Uint8Array<ArrayBuffer>
}

export const DIGEST = 32
export const HEX = 64
export const HASHES = DIGEST + 2 * HEX
const SIGNATURE = 64
/** No line that the quick reader takes is shorter. */
const MIN_LINE = 300
const LF = 10
const CR = 13

const line = new ReceiptLine()
let scratch = Buffer.alloc(4096)

/** Reads the lines of a block. The bytes of a signature that is not checked are not read. */
export function readRows(bytes: Buffer, {entries, keys}: Reading): QuickRows {
  const room = linesIn(bytes)
  const places = new Int32Array(room * PLACE_COUNT)
  const numbers = new Float64Array(room * 2)
  const hashes = Buffer.from(new ArrayBuffer(room * HASHES))
  const good = new Uint8Array(room)
  const same = new Uint8Array(room)
  const signatures = Buffer.alloc(keys.size > 0 ? room * SIGNATURE : 0)
  const signers: (KeyObject | undefined)[] = []
  let count = 0
  let signer = 0
  for (let start = 0; start < bytes.length;) {
    const lf = bytes.indexOf(LF, start)
    const stop = lf === -1 ? bytes.length : lf
    // receipts by themselves may end in CR, and need no LF
    const end = !entries && bytes[stop - 1] === CR ? stop - 1 : stop
    const isWhole = !entries || lf !== -1
    if (
      isWhole &&
      end - start >= MIN_LINE &&
      stop - start <= MAX_LINE_BYTES &&
      line.read(bytes, start, end) &&
      !(entries && line.entrySeq === undefined)
    ) {
      places.set(line.places, count * PLACE_COUNT)
      numbers[2 * count] = line.chainSeq
      numbers[2 * count + 1] = line.entrySeq ?? -1
      digest(bytes, hashes, count * HASHES, entries)
      const from = line.places[PLACES.signer_key] ?? 0
      const to = line.places[PLACES.signer_key + 1] ?? 0
      same[count] = Number(count > 0 && to - from === HEX && isSame(bytes, from, signer))
      signer = from
      if (keys.size > 0) {
        signers.push(same[count] === 1 ? signers.at(-1) : keys.get(bytes.toString('latin1', from, to)))
        signatures.set(line.signature, count * SIGNATURE)
      }
      count++
    }
    start = stop + 1
  }
  // one behind the other, which is quicker than each at its line
  for (const [row, key] of signers.entries()) {
    const digestOf = hashes.subarray(row * HASHES, row * HASHES + DIGEST)
    const signature = signatures.subarray(row * SIGNATURE, (row + 1) * SIGNATURE)
    if (key) good[row] = Number(verify(null, digestOf, key, signature))
  }
  return {count, places, numbers, hashes, good, same}
}

/** At most, counting none that is too short to be taken. */
function linesIn(bytes: Buffer): number {
  let count = 1
  for (let at = bytes.indexOf(LF, MIN_LINE); at !== -1; at = bytes.indexOf(LF, at + MIN_LINE)) count++
  return count
}

function digest(bytes: Buffer, hashes: Buffer, at: number, entries: boolean): void {
  const part = (place: number) => bytes.subarray(line.places[place], line.places[place + 1])
  // a text of bytes is made quicker than a buffer
  hashes.write(hash('sha256', part(PLACES.record), 'binary'), at, 'latin1')
  hashes.write(hash('sha256', part(PLACES.receipt), 'hex'), at + DIGEST, 'latin1')
  if (entries) hashes.write(hash('sha256', hashedFields(bytes), 'hex'), at + DIGEST + HEX, 'latin1')
}

/** The fields of the entry, joined by zero bytes. */
function hashedFields(bytes: Buffer): Buffer {
  const {hashed, hashedCount} = line
  let length = 0
  for (let i = 0; i < hashedCount; i++) {
    const from = hashed[2 * i] ?? 0
    const to = hashed[2 * i + 1] ?? 0
    const needed = length + to - from + 1
    if (needed > scratch.length) {
      const wider = Buffer.alloc(2 * needed)
      scratch.copy(wider, 0, 0, length)
      scratch = wider
    }
    if (i > 0) scratch[length++] = 0
    bytes.copy(scratch, length, from, to)
    length += to - from
  }
  return scratch.subarray(0, length)
}

/** Two keys, told apart without making texts of them. */
function isSame(bytes: Buffer, one: number, other: number): boolean {
  return bytes.compare(bytes, other, other + HEX, one, one + HEX) === 0
}

/** The signature whose hexadecimal text stands at `from`. */
export function signatureAt(bytes: Buffer, from: number): Buffer {
  return Buffer.from(bytes.toString('latin1', from, from + 2 * SIGNATURE), 'hex')
}
