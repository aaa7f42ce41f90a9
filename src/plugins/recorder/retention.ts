// Evidence that is old enough goes, oldest files first, and only after a signed anchor says where the rest begins. Whoever
// removed files without that word is not covered up for: then nothing expires.
import {EvidenceFault} from '../../formats/evidence-fault.js'
import type {Entry} from '../../formats/entry.js'
import {DamagedLog, judge, linesBackward, linesForward, sessionFiles} from '../../formats/entry-tail.js'
import {
  parseRetentionAnchor,
  retentionAnchorName,
  retentionAnchorText,
  type RetentionAnchor,
} from '../../formats/retention-anchor.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import {RECEIPT, verifiedReceipt} from './verified-receipt.js'

export interface Expiry {
  readonly session: string
  readonly key: PrivateKey
  readonly retentionDays: number
  readonly nowMs: number
}

interface Stored {
  readonly name: string
  readonly firstSeq: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const ROOT = Buffer.from('"type":"transcript_root"')
const MAX_ANCHOR_BYTES = 64 * 1024
const NO_RECEIPT = {receipt_seq: 0, receipt_hash: 'genesis'}

/** Returns the messages for an operator. Throws what the directory throws; the next run continues where this one ended. */
export function expire(directory: LogDirectory, expiry: Expiry): readonly string[] {
  const {session, retentionDays, nowMs} = expiry
  const isOld = (name: string): boolean => directory.modifiedMs(name) < nowMs - retentionDays * DAY_MS
  const notices = [...expireFiles(directory, expiry, isOld)]
  const sidecars = directory.names().filter((name) => isSidecar(name, session) && isOld(name))
  for (const name of sidecars) directory.remove(name)
  if (sidecars.length > 0) notices.push(`${sidecars.length} sidecars older than ${retentionDays} days were removed`)
  return notices
}

function expireFiles(
  directory: LogDirectory,
  {session, key, retentionDays, nowMs}: Expiry,
  isOld: (name: string) => boolean,
): readonly string[] {
  const all = storedFiles(directory, session)
  const anchor = readAnchor(directory, session)
  const own = anchor?.signer_key === key.public.hex ? anchor : undefined
  // what an earlier run attested and did not come to remove; the newest file stays whatever an anchor says
  const left = own === undefined ? 0 : countThrough(all, Number(own.deleted_through_seq))
  removeAll(directory, all.slice(0, left))
  const files = all.slice(left)
  const notices = left > 0 ? [`${left} files that the retention anchor covers were removed`] : []
  const old = files.slice(0, -1).findIndex(({name}) => !isOld(name))
  const most = old === -1 ? Math.max(0, files.length - 1) : old
  if (most === 0) return notices
  if (!beginsRightly(directory, files, anchor, session, key)) {
    return [
      ...notices,
      `evidence of session ${session} is not expired: its head is missing, and no anchor of this chain says why`,
    ]
  }
  const count = attestable(directory, files, most, session, key)
  const last = files[count - 1]
  if (last === undefined) {
    return [
      ...notices,
      'old evidence is kept: what follows it is not signed by the current key, which alone could attest it',
    ]
  }
  const entry = lastEntry(directory, last.name, session)
  const receipt = lastReceipt(directory, files.slice(0, count), session) ?? anchor ?? NO_RECEIPT
  const {receipt_seq, receipt_hash} = receipt
  const text = retentionAnchorText(
    {
      session_id: session,
      deleted_through_seq: entry.head.seq,
      entry_hash: entry.hash,
      receipt_seq,
      receipt_hash,
      time: formatTimestamp(nowMs),
    },
    key,
  )
  directory.replace(retentionAnchorName(session), Buffer.from(text))
  removeAll(directory, files.slice(0, count))
  return [...notices, `${count} files older than ${retentionDays} days were removed, through entry ${entry.head.seq}`]
}

function storedFiles(directory: LogDirectory, session: string): readonly Stored[] {
  const start = `evidence-${session}-`.length
  return sessionFiles(directory.names(), session).map((name) => ({
    name,
    firstSeq: Number(name.slice(start, -'.jsonl'.length)),
  }))
}

/** Oldest first, so that a stop between two leaves a suffix. */
function removeAll(directory: LogDirectory, files: readonly Stored[]): void {
  for (const {name} of files) directory.remove(name)
  if (files.length > 0) directory.sync()
}

/** How many files end at or before the entry: the next one begins right after it, or earlier. */
function countThrough(files: readonly Stored[], through: number): number {
  const first = files.findIndex((_, i) => (files[i + 1]?.firstSeq ?? Infinity) - 1 > through)
  return first === -1 ? 0 : first
}

/** At entry 0, or right after what an anchor by this key or by the signer of the first receipt says was removed. */
function beginsRightly(
  directory: LogDirectory,
  files: readonly Stored[],
  anchor: RetentionAnchor | undefined,
  session: string,
  key: PrivateKey,
): boolean {
  const first = files[0]?.firstSeq ?? 0
  if (first === 0) return true
  if (anchor === undefined || Number(anchor.deleted_through_seq) !== first - 1) return false
  return anchor.signer_key === key.public.hex || anchor.signer_key === firstSigner(directory, files, session)
}

/** The most files, of `most`, that the current key can attest: the first receipt after them has to be its own. */
function attestable(
  directory: LogDirectory,
  files: readonly Stored[],
  most: number,
  session: string,
  key: PrivateKey,
): number {
  for (let count = most; count > 0; count--) {
    const signer = firstSigner(directory, files.slice(count), session)
    if (signer === undefined || signer === key.public.hex) return count
  }
  return 0
}

/** "" when a transcript root comes first: it speaks of receipts that would be gone, and nothing could be held against it. */
function firstSigner(directory: LogDirectory, files: readonly Stored[], session: string): string | undefined {
  for (const {name} of files) {
    for (const bytes of linesForward(directory, name)) {
      if (!bytes.includes(RECEIPT) && !bytes.includes(ROOT)) continue
      const entry = judge(name, bytes, session)
      if (entry.head.type === 'transcript_root') return ''
      const receipt = receiptIn(name, entry)
      if (receipt !== undefined) return receipt.signer.hex
    }
  }
  return undefined
}

function lastReceipt(
  directory: LogDirectory,
  files: readonly Stored[],
  session: string,
): {readonly receipt_seq: RetentionAnchor['receipt_seq']; readonly receipt_hash: string} | undefined {
  for (const {name} of files.toReversed()) {
    for (const {bytes} of linesBackward(directory, name, directory.size(name))) {
      if (!bytes.includes(RECEIPT)) continue
      const receipt = receiptIn(name, judge(name, bytes, session))
      if (receipt === undefined) continue
      return {receipt_seq: receipt.record.chain_seq, receipt_hash: sha256Hex(receipt.envelope)}
    }
  }
  return undefined
}

const receiptIn = (name: string, entry: Entry) =>
  entry.head.type === 'action_receipt' ? verifiedReceipt(name, entry) : undefined

function lastEntry(directory: LogDirectory, name: string, session: string): Entry {
  for (const {bytes} of linesBackward(directory, name, directory.size(name))) return judge(name, bytes, session)
  throw new DamagedLog(name, 'it has no line')
}

/** undefined when there is none, or one that does not verify: then it attests nothing. */
function readAnchor(directory: LogDirectory, session: string): RetentionAnchor | undefined {
  const name = retentionAnchorName(session)
  if (!directory.names().includes(name)) return undefined
  try {
    return parseRetentionAnchor(directory.read(name, 0, MAX_ANCHOR_BYTES), session, new Set())
  } catch (error) {
    if (error instanceof EvidenceFault) return undefined
    throw error
  }
}

/** Escrow and fragments: no chain goes through them. */
function isSidecar(name: string, session: string): boolean {
  const prefix = `evidence-${session}-`
  return (
    name.startsWith(prefix) && /^\d+(?:(?:-raw-[0-9a-f]{32})?\.raw\.enc|\.torn-\d+)$/.test(name.slice(prefix.length))
  )
}
