// That a folder of evidence is what was anchored, down to its last receipt. A removed tail shows here alone: every prefix of a
// valid chain is valid.
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import type {AnchorFolder} from './folder.js'
import {parseLeafEntry} from './leaf.js'
import {Refusal, type AnchorVerifyRequest, type Draft} from './report.js'
import type {LocatedReceipt} from '../verify/read-receipts.js'
import {resolveTrustedKeys} from '../verify/trusted-key.js'
import {verifiedEvidence} from '../verify/verified-evidence.js'

export async function checkEvidence(
  folder: AnchorFolder,
  size: number,
  directory: string,
  {session, signers, retainedSuffix}: AnchorVerifyRequest,
  report: Draft,
): Promise<void> {
  const trusted = resolveTrustedKeys(signers)
  const evidence = await verifiedEvidence({directory, session, trusted, retainedSuffix})
  if (evidence.failure) {
    throw new Refusal('evidence_invalid', `${directory}: ${evidence.failure.reason}: ${evidence.failure.message}`)
  }
  if (trusted.length === 0)
    report.warnings = ['no --receipt-key was given: receipts are self-consistent, and v2 signatures unchecked']
  report.warnings = [...report.warnings, ...evidence.warnings]
  const counted = {receipts: 0, not_anchored: 0, head_deleted: 0}
  try {
    compare(folder.entries(size), evidence.receipts(), session, evidence.isSuffix, counted)
  } catch (error) {
    if (error instanceof EvidenceFault) throw new Refusal('evidence_invalid', `${directory}: ${error.message}`)
    throw error
  } finally {
    report.evidence = {session, ...counted}
  }
}

function compare(
  entries: Iterator<Buffer>,
  receipts: Iterable<LocatedReceipt>,
  session: string,
  isSuffix: boolean,
  counted: {receipts: number; not_anchored: number; head_deleted: number},
): void {
  let index = -1
  const next = (): Buffer | undefined => {
    index++
    const step = entries.next()
    return step.done === true ? undefined : step.value
  }
  for (const receipt of receipts) {
    let entry = next()
    // the head of the log was deleted: its receipts stand in the tree alone
    while (isSuffix && counted.receipts === 0 && entry && !isLeafOf(entry, receipt, session)) {
      counted.head_deleted++
      entry = next()
    }
    counted.receipts++
    if (!entry) counted.not_anchored++
    else if (!isLeafOf(entry, receipt, session)) {
      throw new Refusal(
        'evidence_differs',
        `receipt ${receipt.chainSeq} (${receipt.recordType}) is not the one that was anchored as number ${index}`,
      )
    }
  }
  if (counted.not_anchored > 0) return
  let missing = 0
  while (next()) missing++
  if (missing > 0) {
    throw new Refusal(
      'evidence_truncated',
      `${missing} receipts that were anchored are not in the evidence: its tail was removed`,
    )
  }
}

function isLeafOf(entry: Buffer, {recordType, chainSeq, hashes}: LocatedReceipt, session: string): boolean {
  const leaf = parseLeafEntry(entry)
  return (
    leaf?.session === session &&
    leaf.recordType === recordType &&
    leaf.chainSeq === chainSeq &&
    hashes.includes(leaf.hash)
  )
}
