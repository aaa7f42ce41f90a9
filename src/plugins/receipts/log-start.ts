// Where the verification of a log begins, and what the folder says of its end: documents beside it, which may be refused
// before a line of it is read.
import {PipelockError} from '../../core/errors.js'
import {parseRetentionAnchor, retentionFault, type RetentionAnchor} from '../../formats/retention-anchor.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {readAnchorFile} from './evidence-files.js'
import type {LogFile, LogVerdict} from './log-verdict.js'
import type {StatedHead} from './stated-head.js'
import type {ChainVerdict, Failure} from './verdict.js'

/** What no head can be is a slip of the pen, and no verdict about the evidence. */
export function checkExpectedHead(hash: string | undefined): void {
  if (hash === undefined || /^[0-9a-f]{64}$/.test(hash)) return
  throw new PipelockError('usage', `--expect-head ${JSON.stringify(hash.slice(0, 80))} is not a root hash`, {
    hint: 'it has 64 lowercase hexadecimal characters: pipelock transcript-root prints it',
  })
}

/** Where a log may begin: at its anchor, or at its beginning. */
export interface Start {
  readonly anchor?: RetentionAnchor
  readonly notes?: readonly string[]
}

/**
 * Where `--retained-suffix` begins. A log that is there from its first entry needs no anchor, but is never called a
 * retained suffix; one whose head is missing has to have an anchor. Throws EvidenceFault.
 */
export function startOf(
  directory: string,
  session: string,
  files: readonly LogFile[],
  trusted: readonly PublicKey[],
): Start {
  const bytes = readAnchorFile(directory, session)
  if (bytes) return {anchor: parseRetentionAnchor(bytes, session, new Set(trusted.map((key) => key.hex)))}
  if ((files[0]?.named?.firstSeq ?? 0n) > 0n) {
    throw retentionFault(`the head of session ${JSON.stringify(session)} is missing, and no retention anchor says why`)
  }
  return {notes: [`session ${JSON.stringify(session)} has no retention anchor: it was verified from its beginning`]}
}

export function withHead(start: Start, stated: StatedHead): Start & StatedHead {
  return {...start, ...stated, notes: [...(start.notes ?? []), ...(stated.notes ?? [])]}
}

const NO_CHAIN: Omit<ChainVerdict, 'recordType' | 'failure'> = {
  observed: 0,
  receiptCount: 0,
  firstSeq: undefined,
  finalSeq: undefined,
  rootHash: '',
  startTime: '',
  endTime: '',
  signaturesVerified: false,
  signerKeys: [],
  segments: [],
  signerKeyId: '',
  canonicalization: undefined,
}

/** The verdict when a document beside the log was refused and the log was not read. */
export function refused(failure: Failure): LogVerdict {
  return {
    recorder: undefined,
    v1: {...NO_CHAIN, recordType: 'action_receipt_v1', failure},
    v2: {...NO_CHAIN, recordType: 'evidence_receipt_v2', failure: undefined},
    unreadable: true,
    failure,
    completeness: 'not_proven',
    roots: 0,
    tornTail: false,
    unsigned: true,
    warnings: [],
  }
}
