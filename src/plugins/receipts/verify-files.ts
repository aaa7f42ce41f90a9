// Verifies logs and files of receipts for the commands: finds the files, reads the documents beside them, reports.
import {statSync} from 'node:fs'
import {basename, join, relative} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {EvidenceFault} from '../../core/formats/evidence-fault.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {authorityOf, refuseExpectations, type Expectations} from './authority.js'
import {work, type Work} from './effort.js'
import {parseEndorsement, type Endorsement} from './endorsement.js'
import {directoriesBelow, fileKind, findSessions, firstSession, otherFiles, readAnchorFile} from './evidence-files.js'
import type {Place} from './lines.js'
import {parseLogName} from './log-name.js'
import {readDocument} from './read-document.js'
import {reportIntegrity, type IntegrityReport, type SessionVerdict} from './report-integrity.js'
import {pinning, reportLog, type Report} from './report-receipt.js'
import {reportRoot} from './report-root.js'
import type {IntegrityRequest, PinnedReport, ReceiptRequest} from './requests.js'
import {parseRetentionAnchor, retentionFault, type RetentionAnchor} from '../../core/formats/retention-anchor.js'
import {readStatedHead, readStatedHeads, type StatedHead} from './stated-head.js'
import {resolveTrustedKeys} from './trusted-key.js'
import {faultOf, type ChainVerdict, type Failure} from './verdict.js'
import type {LogFile, LogObserver, LogOptions, LogVerdict} from './log-verdict.js'
import {verifyLog} from './verify-log.js'

/** A file of receipts, or the chain of a session in a directory. */
export async function verifyChain(request: ReceiptRequest, trusted: readonly PublicKey[]): Promise<PinnedReport> {
  return reportLog(await judgeChain(request, trusted), naming(request, trusted))
}

/** What a transcript root of the chain would state, once the chain is verified (receipts §7.2). */
export async function verifyRoot(request: ReceiptRequest, trusted: readonly PublicKey[]): Promise<Report> {
  const verdict = await judgeChain(request, trusted)
  const report = reportLog(verdict, naming(request, trusted))
  const session = request.chain === undefined ? firstSession(request.file ?? '') : request.session
  return report.valid ? reportRoot(verdict, {...naming(request, trusted), session}) : report
}

/** What no head can be is a slip of the pen, and no verdict about the evidence. */
function checkExpectedHead(hash: string | undefined): void {
  if (hash === undefined || /^[0-9a-f]{64}$/.test(hash)) return
  throw new PipelockError('usage', `--expect-head ${JSON.stringify(hash.slice(0, 80))} is no root hash`, {
    hint: 'it has 64 lowercase hexadecimal characters: pipelock transcript-root prints it',
  })
}

function naming(request: ReceiptRequest, trusted: readonly PublicKey[]) {
  const {file, chain, session} = request
  const path = chain ?? file ?? ''
  const label = chain === undefined ? path : `${path} (session ${session})`
  return {path, label, ...pinning(request, trusted)}
}

async function judgeChain(request: ReceiptRequest, trusted: readonly PublicKey[]): Promise<LogVerdict> {
  checkExpectedHead(request.expectHead)
  const {file, chain} = request
  const stated = chain === undefined ? {} : readStatedHead(chain, request.session)
  const files: readonly LogFile[] =
    chain === undefined ? [{path: file ?? '', named: undefined}] : (findSessions(chain).get(request.session) ?? [])
  const read = readInputs(request, files, trusted)
  if ('failure' in read) return refused(read.failure)
  const options: LogOptions = {
    level: request.wholeRecorder ? 'whole' : 'chains',
    session: request.session,
    entrySession: chain === undefined ? undefined : request.session,
    trusted,
    authority: authorityOf(trusted, request.roster),
    endorsements: read.endorsements,
    expect: request.expect ?? {},
    structuralWithoutKey: request.structural === true,
    ...withHead(read.start, stated),
    strict: request.strict,
    tolerateTornTail: request.tolerateTornTail,
    allowUnanchoredSeal: request.allowUnanchoredSeal,
    expectHead: request.expectHead,
  }
  const paths = files.map((each) => each.path)
  const verdict = await work(paths, request, ({verify}) =>
    verify(chain === undefined ? (file ?? '') : request.session, files, options),
  )
  return meant(verdict, request.expect ?? {})
}

/** What is expected of evidence receipts cannot hold where there are only others. */
function meant(verdict: LogVerdict, expect: Expectations): LogVerdict {
  const {v1, v2, failure} = verdict
  if (failure || v1.seen === 0 || v2.seen > 0) return verdict
  const fault = faultOf(() => refuseExpectations(expect))
  if (!fault) return verdict
  const found: Failure = {reason: fault.reason, message: fault.message, seq: 0, place: undefined}
  const refusedV1 = {...v1, failure: found, signaturesVerified: false}
  return {...verdict, v1: refusedV1, failure: found, completeness: 'not_proven'}
}

type Inputs = {readonly endorsements: readonly Endorsement[]; readonly start: Start} | {readonly failure: Failure}

/** Documents beside the log. One that does not verify is a verdict about the evidence, not wrong usage. */
function readInputs(request: ReceiptRequest, files: readonly LogFile[], trusted: readonly PublicKey[]): Inputs {
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

/** Where a log may begin: at its anchor, or at its beginning. */
interface Start {
  readonly anchor?: RetentionAnchor
  readonly notes?: readonly string[]
}

/**
 * Where `--retained-suffix` begins. A log that is there from its first entry needs no anchor, but is never called a
 * retained suffix; one whose head is missing has to have an anchor. Throws EvidenceFault.
 */
function startOf(directory: string, session: string, files: readonly LogFile[], trusted: readonly PublicKey[]): Start {
  const bytes = readAnchorFile(directory, session)
  if (bytes) return {anchor: parseRetentionAnchor(bytes, session, new Set(trusted.map((key) => key.hex)))}
  if ((files[0]?.named?.firstSeq ?? 0n) > 0n) {
    throw retentionFault(`the head of session ${JSON.stringify(session)} is missing, and no retention anchor says why`)
  }
  return {notes: [`session ${JSON.stringify(session)} has no retention anchor: it was verified from its beginning`]}
}

function withHead(start: Start, stated: StatedHead): Start & StatedHead {
  return {...start, ...stated, notes: [...(start.notes ?? []), ...(stated.notes ?? [])]}
}

const NO_CHAIN: Omit<ChainVerdict, 'recordType' | 'failure'> = {
  seen: 0,
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

/** The verdict when a document beside the log was refused and the log was not looked at. */
function refused(failure: Failure): LogVerdict {
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

interface Unit {
  readonly id: string
  readonly session: string
  readonly directory: string | undefined
  readonly files: readonly LogFile[]
  readonly isRecorder: boolean
  readonly stated: StatedHead
}

/** What was verified as one: a session of a directory, or a file. */
export interface JudgedUnit extends SessionVerdict {
  readonly session: string
  readonly files: readonly string[]
  readonly isRecorder: boolean
}

export interface JudgedFolder {
  readonly units: readonly JudgedUnit[]
  readonly skipped: readonly string[]
  readonly trusted: readonly PublicKey[]
}

/** Sees a log while it is judged. `failed` is empty at first; a log that failed is read once more, with the places. */
export type Watch = (
  unit: Pick<JudgedUnit, 'id' | 'session' | 'isRecorder'>,
  failed: readonly Place[],
  context: {readonly unitsLeft: number; readonly hasKeys: boolean},
) => LogObserver

export async function verifyIntegrity(request: IntegrityRequest): Promise<IntegrityReport> {
  const {units, skipped, trusted} = await judgeFolder(request)
  const pinned = trusted.length > 0
  return reportIntegrity(units, {pinned: {v1: pinned, v2: pinned || request.roster !== undefined}, skipped})
}

export async function judgeFolder(
  request: IntegrityRequest,
  watch?: Watch,
  judged?: (unit: JudgedUnit) => void,
): Promise<JudgedFolder> {
  const trusted = resolveTrustedKeys(request.keys)
  checkExpectedHead(request.expectHead)
  if (request.retainedSuffix && reading(request.path, () => !statSync(request.path).isDirectory())) {
    throw new PipelockError(
      'usage',
      '--retained-suffix needs a directory: the anchor lies beside the files of a session',
    )
  }
  const {units, skipped} = reading(request.path, () => findUnits(request))
  if (units.length === 0) {
    const what =
      request.session === undefined ? 'no evidence' : `no evidence of session ${JSON.stringify(request.session)}`
    throw new PipelockError('evidence_unreadable', `${what} in ${request.path}`, {
      hint: 'evidence files are named evidence-<session>-<seq>.jsonl; --recursive looks below the directory too',
    })
  }
  if (units.length > 1 && (request.expectHead !== undefined || request.expectSeq !== undefined)) {
    throw new PipelockError('usage', '--expect-head and --expect-seq need a single session', {
      hint: 'name one with --session',
    })
  }
  const done: JudgedUnit[] = []
  await work(units.flatMap(pathsOf), request, async (worked) => {
    for (const unit of units) {
      const watchUnit =
        watch &&
        ((failed: readonly Place[]) =>
          watch(unit, failed, {unitsLeft: units.length - done.length, hasKeys: trusted.length > 0}))
      const verdict = await verifyUnit(unit, request, trusted, worked, watchUnit)
      // a file given by itself is known by the session that its entries name
      const byEntries = unit.directory === undefined && units.length === 1
      const {session, isRecorder} = unit
      const id = (byEntries && verdict.recorder?.session) || unit.id
      const found = {id, verdict, session, files: pathsOf(unit), isRecorder}
      done.push(found)
      judged?.(found)
    }
  })
  return {units: done, skipped, trusted}
}

const pathsOf = ({files}: Unit): readonly string[] => files.map(({path}) => path)

async function verifyUnit(
  unit: Unit,
  request: IntegrityRequest,
  trusted: readonly PublicKey[],
  {verify}: Work,
  watch: ((failed: readonly Place[]) => LogObserver) | undefined,
): Promise<LogVerdict> {
  const {expectSeq} = request
  const {directory} = unit
  let start: Start = {}
  try {
    if (request.retainedSuffix && directory !== undefined) start = startOf(directory, unit.session, unit.files, trusted)
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    return refused({reason: error.reason, message: error.message, seq: 0, place: undefined})
  }
  const options: LogOptions = {
    level: unit.isRecorder ? 'integrity' : 'chains',
    session: unit.session,
    entrySession: directory === undefined ? undefined : unit.session,
    trusted,
    authority: authorityOf(trusted, request.roster),
    ...withHead(start, unit.stated),
    strict: request.strict,
    structuralWithoutKey: true,
    expectHead: request.expectHead,
    expectSeq: expectSeq !== undefined && expectSeq <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(expectSeq) : expectSeq,
  }
  try {
    const verdict = await verify(unit.id, unit.files, {...options, observer: watch?.([])})
    if (!verdict.failure || !watch) return verdict
    // where a log fails is known at its end: it is judged again, for whoever shows the lines around those places
    const failures = [verdict.recorder?.failure, verdict.v1.failure, verdict.v2.failure]
    return await verifyLog(unit.files, {...options, observer: watch(failures.flatMap((f) => f?.place ?? []))})
  } catch (error) {
    throw unreadable(error, request.path)
  }
}

interface Found {
  readonly units: readonly Unit[]
  /** Files that look like evidence by their name and are none. */
  readonly skipped: readonly string[]
}

function findUnits({path, session, recursive}: IntegrityRequest): Found {
  if (!statSync(path).isDirectory()) {
    const name = basename(path)
    const isRecorder = fileKind(path) === 'recorder' || parseLogName(name) !== undefined
    const unit = {
      id: name,
      session: session ?? '',
      directory: undefined,
      files: [{path, named: undefined}],
      isRecorder,
      stated: {},
    }
    return {units: [unit], skipped: []}
  }
  const found = (recursive ? directoriesBelow(path) : [path]).map((directory): Found => {
    const below = relative(path, directory)
    const idOf = (name: string) => (below === '' ? name : `${below}/${name}`)
    const heads = readStatedHeads(directory, session)
    const sessions = [...findSessions(directory)]
      .filter(([name]) => session === undefined || name === session)
      .map(([name, files]): Unit => {
        const stated = heads.get(name) ?? {}
        return {id: idOf(name), session: name, directory, files, isRecorder: true, stated}
      })
    const others = recursive && session === undefined ? otherFiles(directory) : []
    const kinds = others.map((name) => ({name, path: join(directory, name), kind: fileKind(join(directory, name))}))
    const files = kinds
      .filter(({kind}) => kind !== 'other')
      .map(({name, path, kind}): Unit => {
        const isRecorder = kind === 'recorder'
        return {
          id: idOf(name),
          session: '',
          directory: undefined,
          files: [{path, named: undefined}],
          isRecorder,
          stated: {},
        }
      })
    const skipped = kinds.filter(({kind}) => kind === 'other').map((each) => each.path)
    return {units: [...sessions, ...files], skipped}
  })
  return {units: found.flatMap(({units}) => units), skipped: found.flatMap(({skipped}) => skipped)}
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw unreadable(error, path)
  }
}

function unreadable(error: unknown, path: string): unknown {
  if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EIO')) return error
  return new PipelockError('evidence_unreadable', `cannot read ${path}: ${error.message}`, {cause: error})
}
