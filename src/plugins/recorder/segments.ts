// The signing segments of a log, found without reading it whole: a key never returns, so the files are halved by who signs
// first in them. What a segment says of the one before it counts under its own signature only, so that nobody who can
// write to the folder adds a key to those that the firewall names as its own.
import {PipelockError} from '../../core/errors.js'
import type {Entry} from '../../formats/entry.js'
import {DamagedLog, judge, linesForward} from '../../formats/entry-tail.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {parseTimestamp} from '../../lib/timestamp.js'
import {RECEIPT, verifiedReceipt} from './verified-receipt.js'

/** The files of a session, oldest first. */
export interface SessionLog {
  readonly directory: LogDirectory
  readonly files: readonly string[]
  readonly session: string
}

/** A key of the chain before the one in use, with the time in which it signed (Unix ms). */
export interface FormerSigner {
  readonly keyHex: string
  /** undefined when it signed from the start, or from before what is left of the log. */
  readonly sinceMs: number | undefined
  readonly untilMs: number
}

/** When the key in use took over, and those before it, the oldest first. */
export interface SignerHistory {
  readonly sinceMs: number | undefined
  readonly former: readonly FormerSigner[]
}

/** A directory that listed every key ever used would grow without end; evidence of older ones has outlived the answer. */
export const MAX_FORMER_KEYS = 8

const SIGNER = Buffer.from('"signer_key":"')
const HEX = 64

/** `keyHex` is the key in use, `lastSigner` that of the last receipt, if there is one. */
export function signerHistory(
  log: SessionLog,
  keyHex: string,
  lastSigner: string | undefined,
  nowMs: number,
): SignerHistory {
  const former: FormerSigner[] = []
  if (lastSigner === undefined) return {sinceMs: undefined, former}
  const isNew = lastSigner !== keyHex
  let untilMs = isNew ? nowMs : undefined
  let sinceMs = untilMs
  for (const segment of segmentsBackward(log, lastSigner)) {
    if (untilMs === undefined) sinceMs = segment.sinceMs
    else former.unshift({...segment, untilMs})
    if (segment.sinceMs === undefined || former.length === MAX_FORMER_KEYS) break
    untilMs = segment.sinceMs
  }
  return {sinceMs, former}
}

/** From the last segment back, for as long as each names the one before it; `sinceMs` is undefined where one does not. */
export function* segmentsBackward(log: SessionLog, lastSigner: string): Generator<Omit<FormerSigner, 'untilMs'>> {
  const known = new Set<string>()
  let end = log.files.length
  for (let keyHex = lastSigner; !known.has(keyHex);) {
    known.add(keyHex)
    end = firstFile(log, end, known)
    const first = beginning(log, end, keyHex)
    yield {keyHex, sinceMs: first?.sinceMs}
    if (first === undefined) return
    keyHex = first.priorKeyHex
  }
}

interface Beginning {
  readonly sinceMs: number
  readonly priorKeyHex: string
}

/** undefined when the segment is the first one, or its beginning is gone or not what the key has signed. */
function beginning(log: SessionLog, end: number, keyHex: string): Beginning | undefined {
  try {
    const firstEntry = firstReceipt(log, end, keyHex)
    const receipt = firstEntry && verifiedReceipt(firstEntry.name, firstEntry.entry)
    if (receipt?.signer.hex !== keyHex) return undefined
    const {key_transition: transition, timestamp, chain_seq: seq} = receipt.record
    const sinceMs = parseTimestamp(timestamp)
    if (seq !== 0 || !transition || sinceMs === undefined) return undefined
    return {sinceMs, priorKeyHex: transition.prior_signer_key}
  } catch (error) {
    // damage is for the verifier to tell; it must not keep the firewall from starting
    if (error instanceof DamagedLog || error instanceof PipelockError) return undefined
    throw error
  }
}

/** The first entry of the segment of the last receipt that names `keyHex`. Throws DamagedLog. */
export function segmentBeginning(log: SessionLog, keyHex: string): Entry | undefined {
  return firstReceipt(log, firstFile(log, log.files.length, new Set([keyHex])), keyHex)?.entry
}

/** The first of the files up to `end` in which no other than `later` signs first; it signs first in what follows `end`. */
function firstFile(log: SessionLog, end: number, later: ReadonlySet<string>): number {
  let low = 0
  let high = end
  while (low < high) {
    const middle = (low + high) >> 1
    const signer = firstSigner(log, middle)
    if (signer === undefined || later.has(signer)) high = middle
    else low = middle + 1
  }
  return low
}

/** Who signs the first receipt from the file on, as it stands there. */
function firstSigner({directory, files}: SessionLog, from: number): string | undefined {
  for (const name of files.slice(from)) {
    for (const bytes of linesForward(directory, name)) {
      const at = bytes.includes(RECEIPT) ? bytes.indexOf(SIGNER) : -1
      if (at !== -1) return bytes.toString('latin1', at + SIGNER.length, at + SIGNER.length + HEX)
    }
  }
  return undefined
}

/** The first receipt of the key: one in the file before `end`, or the very next one behind that. Throws DamagedLog. */
function firstReceipt(
  {directory, files, session}: SessionLog,
  end: number,
  keyHex: string,
): {readonly name: string; readonly entry: Entry} | undefined {
  const mark = Buffer.from(`${SIGNER.toString()}${keyHex}"`)
  const from = Math.max(0, end - 1)
  for (const name of files.slice(from)) {
    for (const bytes of linesForward(directory, name)) {
      if (!bytes.includes(RECEIPT)) continue
      if (bytes.includes(mark)) return {name, entry: judge(name, bytes, session)}
      if (name !== files[from] && bytes.includes(SIGNER)) return undefined
    }
  }
  return undefined
}
