// The tools that the receipts plugin offers to commands and to other plugins, each loaded when it is called.
import type {AnchorExport, AnchorExportRequest} from './anchor/export.js'
import type {AnchorReport, AnchorVerifyRequest} from './anchor/report.js'
import type {EndorseRequest} from './endorse/endorse.js'
import type {Endorsement} from '../../formats/endorsement.js'
import type {ExportReport, ExportRequest, ExportResult, VerifyExportRequest} from './export/receipts.js'
import {appendEvidenceReceipt} from './receipt-file.js'
import type {IntegrityReport} from './verify/output/integrity.js'
import type {ReportRequest, ReportResult} from './report/report.js'
import type {IntegrityRequest} from './verify/requests.js'
import {transcriptRoot, verifyReceipts} from './verify/verifier.js'
import {invalidText, validText} from './verifier-text.js'

async function verifyIntegrity(request: IntegrityRequest): Promise<IntegrityReport> {
  const folder = await import('./verify/folder.js')
  return folder.verifyIntegrity(request)
}

async function exportAnchor(request: AnchorExportRequest): Promise<AnchorExport> {
  return (await import('./anchor/export.js')).exportAnchor(request)
}

async function verifyAnchor(request: AnchorVerifyRequest): Promise<AnchorReport> {
  return (await import('./anchor/verify.js')).verifyAnchor(request)
}

async function exportReceipts(request: ExportRequest): Promise<ExportResult> {
  return (await import('./export/receipts.js')).exportReceipts(request)
}

async function verifyExport(request: VerifyExportRequest): Promise<ExportReport> {
  return (await import('./export/receipts.js')).verifyExport(request)
}

async function report(request: ReportRequest): Promise<ReportResult> {
  return (await import('./report/report.js')).report(request)
}

async function endorseRotation(request: EndorseRequest): Promise<Endorsement & {readonly out: string}> {
  return (await import('./endorse/endorse.js')).endorseRotation(request)
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
