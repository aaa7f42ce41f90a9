// Verifies an anchored log: checkpoint and cosignatures, entries and tiles against its root, one receipt in it, an earlier
// checkpoint before it, and that a folder of evidence is what was anchored, down to its last receipt. A removed tail shows
// here alone: every prefix of a valid chain is valid (receipts §5.7, §7.4).
import {existsSync} from 'node:fs'
import {PipelockError} from '../../core/errors.js'
import {EvidenceFault} from '../../core/formats/evidence-fault.js'
import {evidenceReceiptHash, parseEvidenceReceipt, readEvidenceReceipt} from '../../core/formats/evidence-receipt.js'
import {readFileSecurely} from '../../core/key-source.js'
import {
  consistencyRanges,
  inclusionRanges,
  leafHash,
  verifyConsistency,
  verifyInclusion,
} from '../../lib/merkle-tree.js'
import {
  MAX_NOTE_BYTES,
  NoteFault,
  noteKey,
  parseNote,
  parseNoteKey,
  verifyNote,
  type NoteKey,
  type VerifiedSignature,
} from '../../lib/signed-note.js'
import {quoted} from '../../lib/terminal.js'
import {parseCheckpoint, type Checkpoint} from '../../lib/tlog-checkpoint.js'
import {TileRows} from '../../lib/tlog-tiles.js'
import {AnchorFault, AnchorFolder} from './anchor-folder.js'
import {parseLeafEntry} from './anchor-leaf.js'
import {readDocument} from './read-document.js'
import type {FoundReceipt} from './read-receipts.js'
import {resolveTrustedKeys} from './trusted-key.js'
import {verifiedEvidence} from './verified-evidence.js'
import {verifySingle} from './verify-single.js'

export interface AnchorVerifyRequest {
  readonly anchor: string
  /** The log's keys: verifier keys, or public keys under the name of the origin. */
  readonly keys: readonly string[]
  readonly origin?: string | undefined
  readonly witnesses: readonly string[]
  /** How many of the witnesses must have signed; default: all. */
  readonly quorum?: number | undefined
  /** A file with a receipt, or its hash. */
  readonly receipt?: string | undefined
  /** An earlier checkpoint. */
  readonly previous?: string | undefined
  readonly evidence?: string | undefined
  readonly session: string
  readonly signers: readonly string[]
  readonly retainedSuffix: boolean
}

export type AnchorReason =
  | 'checkpoint_invalid'
  | 'cosignature_missing'
  | 'tile_mismatch'
  | 'receipt_not_included'
  | 'checkpoints_inconsistent'
  | 'evidence_invalid'
  | 'evidence_truncated'
  | 'evidence_differs'

export interface AnchorReport {
  readonly ok: boolean
  readonly reason?: AnchorReason
  readonly error?: string
  readonly origin?: string
  readonly tree_size?: number
  readonly root_hash?: string
  readonly signers?: readonly string[]
  readonly cosignatures?: readonly {readonly name: string; readonly time: number | null}[]
  readonly receipt?: {readonly hash: string; readonly index: number; readonly proof: readonly string[]}
  readonly previous?: {readonly tree_size: number; readonly root_hash: string; readonly proof: readonly string[]}
  readonly evidence?: {
    readonly session: string
    readonly receipts: number
    readonly not_anchored: number
    readonly head_deleted: number
  }
  readonly warnings: readonly string[]
}

class Refusal extends Error {
  readonly reason: AnchorReason
  constructor(reason: AnchorReason, message: string) {
    super(message)
    this.name = 'Refusal'
    this.reason = reason
  }
}

type Draft = {-readonly [Name in keyof AnchorReport]: AnchorReport[Name]}

/** What was established before a failure stays in the report. */
export async function verifyAnchor(request: AnchorVerifyRequest): Promise<AnchorReport> {
  const report: Draft = {ok: false, warnings: []}
  try {
    await judge(request, report)
    return {...report, ok: true}
  } catch (error) {
    if (error instanceof Refusal) return {...report, reason: error.reason, error: error.message}
    if (error instanceof AnchorFault) return {...report, reason: 'tile_mismatch', error: error.message}
    throw error
  }
}

async function judge(request: AnchorVerifyRequest, report: Draft): Promise<void> {
  const folder = new AnchorFolder(request.anchor)
  const bytes = folder.readCheckpoint()
  if (!bytes) {
    throw new PipelockError('file_not_found', `${folder.checkpointPath} does not exist`, {
      hint: 'give the folder that pipelock evidence anchor export wrote',
    })
  }
  const head = checkpointOf(bytes, request, 'the checkpoint', request.witnesses)
  const {origin, size, root} = head.checkpoint
  report.origin = origin
  report.tree_size = size
  report.root_hash = root.toString('base64')
  report.signers = head.log.map(({key}) => `${key.name}+${key.id}`)
  report.cosignatures = head.witnesses.map(({key, time}) => ({
    name: key.name,
    time: time === undefined ? null : Number(time),
  }))
  const wanted = request.receipt === undefined ? undefined : hashesOf(request.receipt)
  const found = checkTree(folder, head.checkpoint, wanted)
  if (wanted !== undefined) {
    if (!found) throw new Refusal('receipt_not_included', `receipt ${wanted[0]} is not in the tree of ${size} receipts`)
    const proof = folder.hashes(inclusionRanges(found.index, size), size)
    if (!verifyInclusion(BigInt(found.index), BigInt(size), found.leaf, proof, root)) {
      throw new Refusal('receipt_not_included', `the proof of receipt ${wanted[0]} does not lead to the root`)
    }
    report.receipt = {hash: found.hash, index: found.index, proof: proof.map((hash) => hash.toString('base64'))}
  }
  if (request.previous !== undefined) report.previous = checkPrevious(folder, head.checkpoint, request)
  if (request.evidence !== undefined) await checkEvidence(folder, size, request.evidence, request, report)
}

interface Head {
  readonly checkpoint: Checkpoint
  readonly log: readonly VerifiedSignature[]
  readonly witnesses: readonly VerifiedSignature[]
}

function checkpointOf(
  bytes: Buffer,
  {keys, origin, quorum}: AnchorVerifyRequest,
  what: string,
  witnesses: readonly string[],
): Head {
  try {
    const note = parseNote(bytes)
    const checkpoint = parseCheckpoint(note.text)
    if (origin !== undefined && checkpoint.origin !== origin) {
      throw new NoteFault(`its origin is ${quoted(checkpoint.origin, 80)}, not ${quoted(origin, 80)}`)
    }
    const logKeys = keys.flatMap((text) => logKey(text, origin ?? checkpoint.origin))
    if (logKeys.length === 0)
      throw new PipelockError('usage', '--key is required: a checkpoint proves nothing by itself')
    const log = verifyNote(note, logKeys)
    if (log.length === 0) throw new NoteFault('no signature under the given keys')
    const signed = verifyNote(note, witnesses.map(witnessKey))
    const names = new Set(signed.map(({key}) => key.public.hex))
    const needed = quorum ?? witnesses.length
    if (names.size < needed) {
      throw new Refusal(
        'cosignature_missing',
        `${names.size} of the ${witnesses.length} witnesses signed, ${needed} must`,
      )
    }
    return {checkpoint, log, witnesses: signed}
  } catch (error) {
    if (error instanceof NoteFault) throw new Refusal('checkpoint_invalid', `${what}: ${error.message}`)
    throw error
  }
}

function logKey(text: string, name: string): readonly NoteKey[] {
  const key = parseNoteKey(text.trim())
  if (key) return [key]
  return resolveTrustedKeys([text]).map((raw) => noteKey(name, raw))
}

function witnessKey(text: string): NoteKey {
  const key = parseNoteKey(text.trim())
  if (key) return key
  throw new PipelockError('usage', `--witness ${quoted(text, 120)} is no verifier key`, {
    hint: 'a verifier key reads name+id+base64; the type of witness keys is 4, of plain keys 1',
  })
}

interface FoundLeaf {
  readonly index: number
  readonly leaf: Buffer
  readonly hash: string
}

/** Every entry hashes to its leaf, every tile is what the leaves make it, and the tiles lead to the root. */
function checkTree(
  folder: AnchorFolder,
  {size, root}: Checkpoint,
  wanted: readonly string[] | undefined,
): FoundLeaf | undefined {
  let found: FoundLeaf | undefined
  let index = 0
  const rows = new TileRows((tile, row) => {
    if (!folder.readTile(tile).equals(row)) {
      throw new AnchorFault(`tile ${tile.index} of level ${tile.level} is not what the entries make it`)
    }
  })
  for (const entry of folder.entries(size)) {
    const leaf = leafHash(entry)
    const hash = wanted && parseLeafEntry(entry)?.hash
    if (hash !== undefined && wanted?.includes(hash)) found ??= {index, leaf, hash}
    rows.append(leaf)
    index++
  }
  rows.finish()
  const [computed] = folder.hashes([{start: 0, end: size}], size)
  if (!computed?.equals(root)) throw new AnchorFault('the tiles do not lead to the root of the checkpoint')
  return found
}

/** The hashes that a receipt may have: a v2 receipt has one for each form that may be signed (receipts §1.4). */
function hashesOf(receipt: string): readonly string[] {
  if (/^[0-9a-f]{64}$/.test(receipt) && !existsSync(receipt)) return [receipt]
  const bytes = readDocument(receipt)
  const verdict = verifySingle(bytes, {trusted: []})
  if (!verdict.failure) return [verdict.hash]
  const {reason, message} = verdict.failure
  // without a key a v2 receipt cannot be verified here; that it is in a verified log binds it as well
  if (verdict.version === 1 || reason !== 'unknown_signer') {
    throw new PipelockError('evidence_invalid', `${receipt}: ${reason}: ${message}`)
  }
  const parsed = parseEvidenceReceipt(readEvidenceReceipt(bytes))
  return [evidenceReceiptHash(parsed, 'rfc8785'), evidenceReceiptHash(parsed, 'html-escaped')]
}

function checkPrevious(
  folder: AnchorFolder,
  head: Checkpoint,
  request: AnchorVerifyRequest,
): NonNullable<AnchorReport['previous']> {
  const path = request.previous ?? ''
  const bytes = readFileSecurely(path, {maxBytes: MAX_NOTE_BYTES, followLinks: true})
  const {checkpoint: old} = checkpointOf(bytes, request, 'the earlier checkpoint', [])
  const wrong = (what: string): Refusal => new Refusal('checkpoints_inconsistent', `${path}: ${what}`)
  if (old.origin !== head.origin) throw wrong(`it is of the log ${quoted(old.origin, 80)}`)
  if (old.size > head.size) throw wrong(`it has ${old.size} receipts, more than the ${head.size} of this one`)
  if (old.size === 0) throw wrong('it is of the empty tree, which any tree extends')
  const proof = folder.hashes(consistencyRanges(old.size, head.size), head.size)
  if (!verifyConsistency(BigInt(old.size), BigInt(head.size), old.root, head.root, proof)) {
    throw wrong(`the tree of ${head.size} receipts does not begin with its ${old.size}: history was rewritten`)
  }
  return {
    tree_size: old.size,
    root_hash: old.root.toString('base64'),
    proof: proof.map((hash) => hash.toString('base64')),
  }
}

async function checkEvidence(
  folder: AnchorFolder,
  size: number,
  directory: string,
  {session, signers, retainedSuffix}: AnchorVerifyRequest,
  report: Draft,
): Promise<void> {
  const trusted = resolveTrustedKeys(signers)
  const evidence = await verifiedEvidence({directory, session, trusted, retainedSuffix})
  if (evidence.failure) {
    throw new Refusal('evidence_invalid', `${directory}: ${evidence.failure.reason}: ${evidence.failure.message}`)
  }
  if (trusted.length === 0)
    report.warnings = ['no --signer was given: receipts are self-consistent, and v2 signatures unchecked']
  report.warnings = [...report.warnings, ...evidence.warnings]
  const counted = {receipts: 0, not_anchored: 0, head_deleted: 0}
  try {
    compare(folder.entries(size), evidence.receipts(), session, evidence.isSuffix, counted)
  } catch (error) {
    if (error instanceof EvidenceFault) throw new Refusal('evidence_invalid', `${directory}: ${error.message}`)
    throw error
  } finally {
    report.evidence = {session, ...counted}
  }
}

function compare(
  entries: Iterator<Buffer>,
  receipts: Iterable<FoundReceipt>,
  session: string,
  isSuffix: boolean,
  counted: {receipts: number; not_anchored: number; head_deleted: number},
): void {
  let index = -1
  const next = (): Buffer | undefined => {
    index++
    const step = entries.next()
    return step.done === true ? undefined : step.value
  }
  for (const receipt of receipts) {
    let entry = next()
    // the head of the log was deleted: its receipts stand in the tree alone
    while (isSuffix && counted.receipts === 0 && entry && !isLeafOf(entry, receipt, session)) {
      counted.head_deleted++
      entry = next()
    }
    counted.receipts++
    if (!entry) counted.not_anchored++
    else if (!isLeafOf(entry, receipt, session)) {
      throw new Refusal(
        'evidence_differs',
        `receipt ${receipt.chainSeq} (${receipt.recordType}) is not the one that was anchored as number ${index}`,
      )
    }
  }
  if (counted.not_anchored > 0) return
  let missing = 0
  while (next()) missing++
  if (missing > 0) {
    throw new Refusal(
      'evidence_truncated',
      `${missing} receipts that were anchored are not in the evidence: its tail was removed`,
    )
  }
}

function isLeafOf(entry: Buffer, {recordType, chainSeq, hashes}: FoundReceipt, session: string): boolean {
  const leaf = parseLeafEntry(entry)
  return (
    leaf?.session === session &&
    leaf.recordType === recordType &&
    leaf.chainSeq === chainSeq &&
    hashes.includes(leaf.hash)
  )
}
