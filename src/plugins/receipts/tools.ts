// What the receipts plugin offers to commands and to other plugins. The verifier of logs is loaded when a log is verified:
// checking one receipt must not cost more than that.
import {PipelockError} from '../../core/errors.js'
import type {AnchorExport, AnchorExportRequest} from './anchor-export.js'
import type {AnchorReport, AnchorVerifyRequest} from './anchor-report.js'
import {authorityOf} from './authority.js'
import type {EndorseRequest} from './endorse.js'
import type {Endorsement} from './endorsement.js'
import type {ExportReport, ExportRequest, ExportResult, VerifyExportRequest} from './export-receipts.js'
import {readDocument} from './read-document.js'
import {appendEvidenceReceipt} from './receipt-file.js'
import type {IntegrityReport} from './report-integrity.js'
import {pinning, type Report} from './report-members.js'
import {reportSingle} from './report-receipt.js'
import type {ReportRequest, ReportResult} from './report/report.js'
import type {IntegrityRequest, PinnedReport, ReceiptRequest} from './requests.js'
import {resolveTrustedKeys} from './trusted-key.js'
import {invalidText, validText} from './verifier-text.js'
import {verifySingle} from './verify-single.js'

async function verifyReceipts(request: ReceiptRequest): Promise<PinnedReport> {
  const trusted = resolveTrustedKeys(request.keys)
  const {file, chain, roster} = request
  const isChain = chain !== undefined || (request.as ?? (file?.endsWith('.jsonl') ? 'chain' : 'receipt')) === 'chain'
  if (request.endorsements.length > 0 && (trusted.length === 0 || !isChain)) {
    throw new PipelockError('usage', '--rotation-endorsement needs --key and a chain', {
      hint: 'an endorsement extends the trust in a key that was given; it cannot create trust',
    })
  }
  if (file !== undefined && !isChain) {
    const verdict = verifySingle(readDocument(file), {
      trusted,
      authority: authorityOf(trusted, roster),
      expect: request.expect ?? {},
      structuralWithoutKey: request.structural === true,
    })
    return reportSingle(verdict, {path: file, ...pinning(request, trusted)})
  }
  const {verifyChain} = await import('./verify-chain.js')
  return verifyChain(request, trusted)
}

async function verifyIntegrity(request: IntegrityRequest): Promise<IntegrityReport> {
  const folder = await import('./verify-folder.js')
  return folder.verifyIntegrity(request)
}

async function exportAnchor(request: AnchorExportRequest): Promise<AnchorExport> {
  return (await import('./anchor-export.js')).exportAnchor(request)
}

async function verifyAnchor(request: AnchorVerifyRequest): Promise<AnchorReport> {
  return (await import('./anchor-verify.js')).verifyAnchor(request)
}

async function exportReceipts(request: ExportRequest): Promise<ExportResult> {
  return (await import('./export-receipts.js')).exportReceipts(request)
}

async function verifyExport(request: VerifyExportRequest): Promise<ExportReport> {
  return (await import('./export-receipts.js')).verifyExport(request)
}

async function report(request: ReportRequest): Promise<ReportResult> {
  return (await import('./report/report.js')).report(request)
}

async function transcriptRoot(request: ReceiptRequest): Promise<Report> {
  const trusted = resolveTrustedKeys(request.keys)
  if (trusted.length === 0) {
    throw new PipelockError('usage', '--key is required: a root is worth what the keys are that signed its receipts')
  }
  const {verifyRoot} = await import('./verify-chain.js')
  return verifyRoot(request, trusted)
}

async function endorseRotation(request: EndorseRequest): Promise<Endorsement & {readonly out: string}> {
  return (await import('./endorse.js')).endorseRotation(request)
}

export const receiptTools = {
  endorseRotation,
  exportReceipts,
  verifyExport,
  verifyReceipts,
  validText,
  invalidText,
  verifyIntegrity,
  transcriptRoot,
  report,
  appendEvidenceReceipt,
  exportAnchor,
  verifyAnchor,
}

export type ReceiptTools = typeof receiptTools
