// A log as it is taken up, held against the last head that its recorder signed: whoever removes entries from the end while
// the firewall is stopped leaves a log that is whole in itself, and the next run would continue it.
import {errnoOf} from '../../core/errors.js'
import {EvidenceFault} from '../../formats/evidence-fault.js'
import {headFileName, parseHeadLine, type EvidenceHead} from '../../formats/evidence-head.js'
import {DamagedLog, judge, linesBackward, type LogTail} from '../../formats/entry-tail.js'
import type {LogDirectory} from '../../lib/log-directory.js'

/** How a log falls short of what its recorder stated: a notice, or an alarm with both positions. */
export type Shortfall =
  | {readonly alarm: undefined; readonly notice: string}
  | {
      readonly alarm: string
      readonly stated: EvidenceHead
      readonly end: {readonly seq: number | null; readonly hash: string}
    }

/** `isExpected`: the log should have a head file. Throws DamagedLog. */
export function shortfall(
  directory: LogDirectory,
  tail: LogTail,
  session: string,
  {isOwnKey, isExpected}: {readonly isOwnKey: (keyHex: string) => boolean; readonly isExpected: boolean},
): Shortfall | undefined {
  const file = headFileName(session)
  const stated = statedEnd(directory, file, session, isOwnKey)
  if (stated === 'missing') {
    const notice = `${file} is missing: entries removed from the end of the log while it was stopped would not show`
    return isExpected ? {alarm: undefined, notice} : undefined
  }
  if (stated === 'unusable') {
    const notice = `no line of ${file} is signed by a key of this log: entries removed from its end would not show`
    return {alarm: undefined, notice}
  }
  if (reaches(directory, tail, session, stated)) return undefined
  const seq = tail.last === undefined ? null : Number(tail.last.head.seq)
  return {
    alarm: `entries were removed while the firewall was stopped: the log of session ${session} was stated to reach entry ${stated.seq} and ends at entry ${seq ?? 'none'}`,
    stated,
    end: {seq, hash: tail.head.prevHash},
  }
}

/**
 * The last line that a key of this log signed; `missing` without a head file, `unusable` when no line of it can be
 * believed.
 */
function statedEnd(
  directory: LogDirectory,
  file: string,
  session: string,
  isOwnKey: (keyHex: string) => boolean,
): EvidenceHead | 'missing' | 'unusable' {
  try {
    return lastHead(directory, file, session, isOwnKey) ?? 'unusable'
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'missing'
    // a pipe, a link or a device in its place, or a line without end
    if (errnoOf(error) === undefined && !(error instanceof DamagedLog)) throw error
    return 'unusable'
  }
}

function lastHead(
  directory: LogDirectory,
  file: string,
  session: string,
  isOwnKey: (keyHex: string) => boolean,
): EvidenceHead | undefined {
  // a last line that a crash cut short is no JSON, and passed over
  for (const {bytes} of linesBackward(directory, file, directory.size(file))) {
    try {
      const head = parseHeadLine(bytes, session)
      if (isOwnKey(head.signer_key)) return head
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
    }
  }
  return undefined
}

/** The log holds the stated entry, and the checkpoint behind it. Throws DamagedLog. */
function reaches(directory: LogDirectory, tail: LogTail, session: string, {seq, entry_hash}: EvidenceHead): boolean {
  const stated = Number(seq) - 1
  if (tail.head.seq <= stated + 1) return false
  for (const name of tail.files.toReversed()) {
    const first = Number(name.slice(`evidence-${session}-`.length, -'.jsonl'.length))
    if (first > stated) continue
    const end = name === tail.file?.name ? tail.file.bytes : directory.size(name)
    for (const {bytes} of linesBackward(directory, name, end)) {
      const entry = judge(name, bytes, session)
      if (Number(entry.head.seq) === stated) return entry.hash === entry_hash
      if (Number(entry.head.seq) < stated) return false
    }
    return false
  }
  return false
}
