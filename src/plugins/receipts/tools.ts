// What the receipts plugin offers to commands and to other plugins.
import {appendEvidenceReceipt} from './receipt-file.js'

export const receiptTools = {
  appendEvidenceReceipt,
}

export type ReceiptTools = typeof receiptTools
