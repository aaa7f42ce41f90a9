// Sessions of one firewall: a damaged log is left as it is, and evidence continues under `<session>.recovered-<ms>` in the same
// directory. Who signed, and which contract was in force, is stated by all of them together.
import {PipelockError} from '../../core/errors.js'
import {DamagedLog, judge, linesBackward, sessionFiles} from '../../formats/entry-tail.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {parseTimestamp} from '../../lib/timestamp.js'
import {MAX_FORMER_KEYS, segmentsBackward, type FormerSigner, type SessionLog, type SignerHistory} from './segments.js'
import {RECEIPT, verifiedReceipt} from './verified-receipt.js'

/** Behind these lines of a damaged log the start of a firewall does not look for a receipt. */
const MAX_LINES = 10_000

/** Sessions that continue a damaged one, newest first. */
export function recoveredSessions(directory: LogDirectory, session: string): readonly string[] {
  const prefix = `evidence-${session}.recovered-`
  const times = new Set<number>()
  for (const name of directory.names()) {
    const stamp = name.startsWith(prefix) ? /^([0-9]{1,15})-[0-9]+\.jsonl$/.exec(name.slice(prefix.length)) : null
    if (stamp !== null) times.add(Number(stamp[1]))
  }
  return [...times].toSorted((a, b) => b - a).map((ms) => `${session}.recovered-${ms}`)
}

/** The sessions that `current` continues, newest first; none when it is `session` itself. */
export function earlierSessions(directory: LogDirectory, session: string, current: string): readonly string[] {
  if (current === session) return []
  const recovered = recoveredSessions(directory, session)
  return [...recovered.slice(recovered.indexOf(current) + 1), session]
}

/**
 * The history of the session in use with the signers of those before it: their receipts still have to be verified. `keyHex` is
 * the key in use.
 */
export function withEarlierSigners(
  history: SignerHistory,
  keyHex: string,
  directory: LogDirectory,
  sessions: readonly string[],
): SignerHistory {
  let {sinceMs} = history
  const former = [...history.former]
  for (const session of sessions) {
    for (const segment of segmentsOf({directory, files: sessionFiles(directory.names(), session), session})) {
      const known = former.findIndex((each) => each.keyHex === segment.keyHex)
      const later = former[known]
      if (segment.keyHex === keyHex) sinceMs = segment.sinceMs
      else if (later !== undefined) former[known] = {...later, sinceMs: segment.sinceMs}
      else if (former.length === MAX_FORMER_KEYS) return {sinceMs, former}
      else former.unshift(segment)
    }
  }
  return {sinceMs, former}
}

/** The segments of a log from the last one back. Damage ends them: it is reported elsewhere, and must not prevent a start. */
function segmentsOf(log: SessionLog): readonly FormerSigner[] {
  const segments: FormerSigner[] = []
  try {
    const last = lastReceipt(log)
    if (last === undefined) return segments
    let {untilMs} = last
    for (const segment of segmentsBackward(log, last.keyHex)) {
      segments.push({...segment, untilMs})
      untilMs = segment.sinceMs ?? untilMs
      if (segments.length > MAX_FORMER_KEYS) break
    }
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  return segments
}

/** The last receipt that verifies, whatever stands behind it. */
function lastReceipt({directory, files, session}: SessionLog): Omit<FormerSigner, 'sinceMs'> | undefined {
  let lines = 0
  for (const name of files.toReversed()) {
    for (const {bytes} of linesBackward(directory, name, directory.size(name))) {
      if (++lines > MAX_LINES) return undefined
      if (!bytes.includes(RECEIPT)) continue
      try {
        const receipt = verifiedReceipt(name, judge(name, bytes, session))
        const untilMs = receipt && parseTimestamp(receipt.record.timestamp)
        if (receipt && untilMs !== undefined) return {keyHex: receipt.signer.hex, untilMs}
      } catch (error) {
        if (!isDamage(error)) throw error
      }
    }
  }
  return undefined
}

function isDamage(error: unknown): boolean {
  return error instanceof DamagedLog || error instanceof PipelockError
}
