// A session of an evidence folder, verified, and then its receipts: what is anchored or exported was verified before.
import {EvidenceFault, type EvidenceReason} from '../../../formats/evidence-fault.js'
import {parseRetentionAnchor, type RetentionAnchor} from '../../../formats/retention-anchor.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {filesOfSession, readAnchorFile} from './evidence-files.js'
import {readReceipts, type LocatedReceipt} from './read-receipts.js'
import {readStatedHead} from './stated-head.js'
import {verifyLog} from './log.js'

export interface EvidenceRequest {
  readonly directory: string
  readonly session: string
  /** Trusted signers of the receipts. */
  readonly trusted: readonly PublicKey[]
  /** Start from the signed retention anchor where the head of the log was deleted. */
  readonly retainedSuffix: boolean
}

export type VerifiedEvidence =
  | {
      readonly failure: undefined
      readonly count: number
      /** The head of the log was deleted, and a retention anchor says so. */
      readonly isSuffix: boolean
      readonly warnings: readonly string[]
      receipts(): Iterable<LocatedReceipt>
    }
  | {readonly failure: {readonly reason: EvidenceReason; readonly message: string}}

export async function verifiedEvidence(request: EvidenceRequest): Promise<VerifiedEvidence> {
  const {directory, session, trusted} = request
  const stated = readStatedHead(directory, session)
  const files = filesOfSession(directory, session)
  let anchor: RetentionAnchor | undefined
  try {
    anchor = anchorOf(request)
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    return {failure: {reason: error.reason, message: error.message}}
  }
  const {failure, v1, v2, warnings} = await verifyLog(files, {
    ...stated,
    level: 'integrity',
    session,
    entrySession: session,
    trusted,
    anchor,
    // a firewall that is running may be in the middle of a line
    tolerateTornTail: true,
    structuralWithoutKey: true,
  })
  if (failure) {
    const {place, reason, message} = failure
    return {failure: {reason, message: place ? `${message} (${place.file}:${place.line})` : message}}
  }
  const counts = {v1: v1.receiptCount, v2: v2.receiptCount}
  const paths = files.map((file) => file.path)
  return {
    failure: undefined,
    count: counts.v1 + counts.v2,
    isSuffix: anchor !== undefined,
    warnings,
    *receipts() {
      let [last1, last2]: (readonly string[])[] = [[], []]
      for (const receipt of readReceipts(paths, counts, trusted)) {
        if (receipt.recordType === 'action_receipt_v1') last1 = receipt.hashes
        else last2 = receipt.hashes
        yield receipt
      }
      if (counts.v1 > 0 && !last1?.includes(v1.rootHash)) throw changed()
      if (counts.v2 > 0 && !last2?.includes(v2.rootHash)) throw changed()
    },
  }
}

const changed = (): EvidenceFault => new EvidenceFault('chain_break', 'the log was changed while it was read')

function anchorOf({retainedSuffix, directory, session, trusted}: EvidenceRequest): RetentionAnchor | undefined {
  const bytes = retainedSuffix ? readAnchorFile(directory, session) : undefined
  return bytes && parseRetentionAnchor(bytes, session, new Set(trusted.map((key) => key.hex)))
}
