// Finds the files of recorder sessions by name: `evidence-<session>-<first seq>.jsonl`.
import {readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {EvidenceFault, MAX_LINE_BYTES, readEvidenceObject} from '../../../formats/evidence-fault.js'
import type {JsonObject} from '../../../lib/json/reader.js'
import {ReadFault, readSecurely} from '../../../lib/secure-read.js'
import {isBlank, withoutCr} from './lines.js'
import {parseLogName} from './log-name.js'
import {readLines} from './read-lines.js'
import type {LogFile} from './log-verdict.js'

const PREFIX = 'evidence-'
const SUFFIX = '.jsonl'

/** The sessions of a directory, sorted by name, each with its files in numeric order. */
export function findSessions(directory: string): ReadonlyMap<string, readonly LogFile[]> {
  const sessions = new Map<string, (LogFile & {readonly named: {readonly firstSeq: bigint}})[]>()
  for (const entry of readdirSync(directory, {withFileTypes: true})) {
    const named = entry.isDirectory() ? undefined : parseLogName(entry.name)
    if (!named) continue
    const files = sessions.get(named.session) ?? []
    files.push({path: join(directory, entry.name), named})
    sessions.set(named.session, files)
  }
  for (const files of sessions.values()) {
    files.sort((a, b) =>
      a.named.firstSeq < b.named.firstSeq ? -1 : a.named.firstSeq > b.named.firstSeq ? 1 : a.path < b.path ? -1 : 1,
    )
  }
  return new Map([...sessions].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The files of one session. Throws `evidence_unreadable`. */
export function filesOfSession(directory: string, session: string): readonly LogFile[] {
  let files
  try {
    if (!statSync(directory).isDirectory())
      throw new PipelockError('evidence_unreadable', `${directory} is not a directory`)
    files = findSessions(directory).get(session)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'EIO')) throw error
    throw new PipelockError('evidence_unreadable', `cannot read ${directory}: ${error.message}`, {cause: error})
  }
  if (files) return files
  throw new PipelockError('evidence_unreadable', `no evidence of session ${JSON.stringify(session)} in ${directory}`, {
    hint: 'evidence files are named evidence-<session>-<seq>.jsonl; name the session with --session',
  })
}

/** The directory and, below it, every other one; links are not followed. */
export function directoriesBelow(directory: string): readonly string[] {
  const directories = [directory]
  // the list grows while it is walked: however many there are, and however deep, nothing is called once for each
  for (const each of directories) {
    for (const entry of readdirSync(each, {withFileTypes: true})) {
      if (entry.isDirectory()) directories.push(join(each, entry.name))
    }
  }
  return directories.sort()
}

/** The retention anchor of a session, or undefined when there is none. */
export function readAnchorFile(directory: string, session: string): Buffer | undefined {
  try {
    const path = join(directory, `${PREFIX}${session}.retained.json`)
    return readSecurely(path, {maxBytes: 2 * MAX_LINE_BYTES, followLinks: true})
  } catch (error) {
    if (error instanceof ReadFault && error.kind === 'missing') return undefined
    if (error instanceof ReadFault) throw new PipelockError('evidence_unreadable', error.message, {cause: error})
    throw error
  }
}

/** Files of a directory, sorted by name, that may hold receipts though no session is named by them; links are not followed. */
export function otherFiles(directory: string): readonly string[] {
  return readdirSync(directory, {withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX) && !parseLogName(entry.name))
    .map((entry) => entry.name)
    .sort()
}

/** What the first line of a file says that the file holds: recorder entries, bare receipts, or neither. */
export function fileKind(path: string): 'recorder' | 'receipts' | 'other' {
  const value = firstObject(path)
  if (!value) return 'other'
  if (typeof value['type'] === 'string' && value['detail'] !== undefined) return 'recorder'
  return value['action_record'] !== undefined || value['record_type'] !== undefined ? 'receipts' : 'other'
}

/** The session that the first entry of a file names; "" when it is no entry. */
export function firstSession(path: string): string {
  const session = firstObject(path)?.['session_id']
  return typeof session === 'string' ? session : ''
}

function firstObject(path: string): JsonObject | undefined {
  for (const line of readLines([path])) {
    if (line.tooLong) return undefined
    if (isBlank(line.bytes)) continue
    try {
      return readEvidenceObject(withoutCr(line.bytes))
    } catch (error) {
      if (error instanceof EvidenceFault) return undefined
      throw error
    }
  }
  return undefined
}
