// `integrity verify` over everything that a folder holds, one session or file after another.
import {statSync} from 'node:fs'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {authorityOf} from './authority.js'
import {work, type Work} from './effort.js'
import {findUnits, type Unit} from './find-units.js'
import type {Place} from './lines.js'
import {checkExpectedHead, refused, startOf, withHead, type Start} from './log-start.js'
import type {LogObserver, LogOptions, LogVerdict} from './log-verdict.js'
import {reportIntegrity, type IntegrityReport, type SessionVerdict} from './output/integrity.js'
import type {IntegrityRequest} from './requests.js'
import {resolveTrustedKeys} from './trusted-key.js'
import {verifyLog} from './log.js'

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
      const result = {id, verdict, session, files: pathsOf(unit), isRecorder}
      done.push(result)
      judged?.(result)
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
