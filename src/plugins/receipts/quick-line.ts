// The common line read quickly: a v1 receipt without extras, bare or inside a recorder entry, in its canonical spelling.
// What is not that goes to the strict reader, which alone finds faults.
import {scanActionReceipt, type ActionReceipt, type ReadKey} from '../../core/formats/action-receipt.js'
import {CanonicalText} from '../../core/formats/canonical-text.js'
import {scanEntry, type HashedEntry} from '../../core/formats/entry.js'
import {EvidenceFault} from '../../core/formats/evidence-fault.js'

export interface QuickLine {
  readonly receipt: ActionReceipt
  /** undefined for a bare receipt */
  readonly entry: HashedEntry | undefined
}

export function readQuickLine(text: string, readKey: ReadKey): QuickLine | undefined {
  const scan = new CanonicalText(text)
  const readReceipt = () => {
    const receipt = scanActionReceipt(scan, readKey)
    // a key change waits for the signatures before it
    return receipt?.record.key_transition ? undefined : receipt
  }
  try {
    if (text.startsWith('{"version"')) {
      const receipt = readReceipt()
      return receipt && scan.ended ? {receipt, entry: undefined} : undefined
    }
    const read = scanEntry(scan, (type) => (type === 'action_receipt' ? readReceipt() : undefined))
    return read && {receipt: read.detail, entry: read.entry}
  } catch (error) {
    if (error instanceof EvidenceFault) return undefined
    throw error
  }
}
