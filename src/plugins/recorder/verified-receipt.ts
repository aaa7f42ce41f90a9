// Receipts in the recorder's own log: nothing of one counts that does not verify under the key that it names.
import {PipelockError} from '../../core/errors.js'
import {keyReader, readActionReceipt, type ActionReceipt} from '../../formats/action-receipt.js'
import type {Entry} from '../../formats/entry.js'
import {EvidenceFault} from '../../formats/evidence-fault.js'
import {verify} from '../../lib/ed25519.js'
import {isObject, type JsonValue} from '../../lib/json/reader.js'

/** Stands in every line that holds one, and in no text of another. */
export const RECEIPT = Buffer.from('"type":"action_receipt"')

/** undefined for a receipt that was withheld or replaced because of its size: no chain passes through it. */
export function verifiedReceipt(name: string, entry: Entry): ActionReceipt | undefined {
  if (isReplaced(entry.detail)) return undefined
  const refuse = (why: string): never => {
    throw new PipelockError(
      'recorder_chain_break',
      `the last receipt (${name}, entry ${entry.head.seq}) does not verify: ${why}`,
      {
        hint: 'keep the directory as evidence and give flight_recorder.dir another one',
      },
    )
  }
  try {
    const receipt = readActionReceipt(entry.detailText, keyReader())
    return verify(receipt.signer, receipt.digest, receipt.signature) ? receipt : refuse('signature_invalid')
  } catch (error) {
    if (error instanceof EvidenceFault) return refuse(`${error.reason}: ${error.message}`)
    throw error
  }
}

export function isReplaced(detail: JsonValue): boolean {
  return isObject(detail) && (detail['redacted'] === true || detail['oversize'] === true)
}
