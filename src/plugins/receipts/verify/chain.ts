// `verify-receipt` over a file of receipts or the chain of a session: finds the files, reads the documents beside them.
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {authorityOf, refuseExpectations, type Expectations} from './authority.js'
import {work} from './effort.js'
import {parseEndorsement, type Endorsement} from '../../../formats/endorsement.js'
import {findSessions, firstSession} from './evidence-files.js'
import {checkExpectedHead, refused, startOf, withHead, type Start} from './log-start.js'
import type {LogFile, LogOptions, LogVerdict} from './log-verdict.js'
import {readDocument} from './read-document.js'
import {reportLog} from './output/log.js'
import {pinning, type Report} from './output/members.js'
import {reportRoot} from './output/root.js'
import type {PinnedReport, ReceiptRequest} from './requests.js'
import {readStatedHead} from './stated-head.js'
import {faultOf, type Failure} from './verdict.js'

/** A file of receipts, or the chain of a session in a directory. */
export async function verifyChain(request: ReceiptRequest, trusted: readonly PublicKey[]): Promise<PinnedReport> {
  return reportLog(await judgeChain(request, trusted), naming(request, trusted))
}

/** What a transcript root of the chain would state, once the chain is verified. */
export async function verifyRoot(request: ReceiptRequest, trusted: readonly PublicKey[]): Promise<Report> {
  const verdict = await judgeChain(request, trusted)
  const report = reportLog(verdict, naming(request, trusted))
  const session = request.chain === undefined ? firstSession(request.file ?? '') : request.session
  return report.valid ? reportRoot(verdict, {...naming(request, trusted), session}) : report
}

function naming(request: ReceiptRequest, trusted: readonly PublicKey[]) {
  const {file, chain, session} = request
  const path = chain ?? file ?? ''
  const label = chain === undefined ? path : `${path} (session ${session})`
  return {path, label, ...pinning(request, trusted)}
}

async function judgeChain(request: ReceiptRequest, trusted: readonly PublicKey[]): Promise<LogVerdict> {
  checkExpectedHead(request.expectHead)
  const {file = '', chain, session} = request
  const files = chain === undefined ? [{path: file, named: undefined}] : (findSessions(chain).get(session) ?? [])
  const stated = chain === undefined ? {} : readStatedHead(chain, session)
  const documents = readDocuments(request, files, trusted)
  if ('failure' in documents) return refused(documents.failure)
  const options = {...optionsOf(request, trusted, documents), ...withHead(documents.start, stated)}
  const paths = files.map((each) => each.path)
  const verdict = await work(paths, request, ({verify}) => verify(chain === undefined ? file : session, files, options))
  return refuseMissedExpectations(verdict, request.expect ?? {})
}

function optionsOf(request: ReceiptRequest, trusted: readonly PublicKey[], {endorsements}: Documents): LogOptions {
  return {
    level: request.wholeRecorder ? 'whole' : 'chains',
    session: request.session,
    entrySession: request.chain === undefined ? undefined : request.session,
    trusted,
    authority: authorityOf(trusted, request.roster),
    endorsements,
    expect: request.expect ?? {},
    structuralWithoutKey: request.structural === true,
    strict: request.strict,
    tolerateTornTail: request.tolerateTornTail,
    allowUnanchoredSeal: request.allowUnanchoredSeal,
    expectHead: request.expectHead,
  }
}

/** Expectations name members of evidence receipts; a chain of action receipts alone cannot meet them. */
function refuseMissedExpectations(verdict: LogVerdict, expect: Expectations): LogVerdict {
  const {v1, v2, failure} = verdict
  if (failure || v1.observed === 0 || v2.observed > 0) return verdict
  const fault = faultOf(() => refuseExpectations(expect))
  if (!fault) return verdict
  const cause: Failure = {reason: fault.reason, message: fault.message, seq: 0, place: undefined}
  const refusedV1 = {...v1, failure: cause, signaturesVerified: false}
  return {...verdict, v1: refusedV1, failure: cause, completeness: 'not_proven'}
}

interface Documents {
  readonly endorsements: readonly Endorsement[]
  readonly start: Start
}

/** Documents beside the log. One that does not verify is a verdict about the evidence, not wrong usage. */
function readDocuments(
  request: ReceiptRequest,
  files: readonly LogFile[],
  trusted: readonly PublicKey[],
): Documents | {readonly failure: Failure} {
  try {
    const endorsements = request.endorsements.map((path) => parseEndorsement(readDocument(path)))
    const start =
      request.retainedSuffix && request.chain !== undefined
        ? startOf(request.chain, request.session, files, trusted)
        : {}
    return {endorsements, start}
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    return {failure: {reason: error.reason, message: error.message, seq: 0, place: undefined}}
  }
}
