// What the receipts plugin offers to commands and to other plugins. The verifier of logs is loaded when a log is verified:
// checking one receipt must not cost more than that.
import {PipelockError} from '../../core/errors.js'
import {readDocument} from './read-document.js'
import {appendEvidenceReceipt} from './receipt-file.js'
import type {IntegrityReport} from './report-integrity.js'
import {reportSingle} from './report-receipt.js'
import type {IntegrityRequest, PinnedReport, ReceiptRequest} from './requests.js'
import {resolveTrustedKeys} from './trusted-key.js'
import {verifySingle} from './verify-single.js'

async function verifyReceipts(request: ReceiptRequest): Promise<PinnedReport> {
  const trusted = resolveTrustedKeys(request.keys)
  const pinned = trusted.length > 0
  const {file, chain, requirePinned} = request
  const isChain = chain !== undefined || file?.endsWith('.jsonl') === true
  if (request.endorsements.length > 0 && (!pinned || !isChain)) {
    throw new PipelockError('usage', '--rotation-endorsement needs --key and a chain', {
      hint: 'an endorsement extends the trust in a key that was given; it cannot create trust',
    })
  }
  if (file !== undefined && !isChain) {
    const verdict = verifySingle(readDocument(file), {trusted})
    return {...reportSingle(verdict, {path: file, pinned, requirePinned}), pinned}
  }
  const {verifyChain} = await import('./verify-files.js')
  return {...(await verifyChain(request, trusted)), pinned}
}

async function verifyIntegrity(request: IntegrityRequest): Promise<IntegrityReport> {
  const files = await import('./verify-files.js')
  return files.verifyIntegrity(request)
}

export const receiptTools = {verifyReceipts, verifyIntegrity, appendEvidenceReceipt}

export type ReceiptTools = typeof receiptTools
