// Anchors a session: its verified receipts become the leaves of a Merkle tree, its head a signed checkpoint. A log that has
// signed a checkpoint must never sign one that does not extend it, so the tree of the last checkpoint is computed anew from
// the evidence, and where it differs nothing is written.
import {join} from 'node:path'
import {PipelockError} from '../../../core/errors.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {loadPrivateKey} from '../../../core/key-source.js'
import {makeDirectory} from '../../../lib/atomic-file.js'
import type {PrivateKey} from '../../../lib/ed25519.js'
import {LockWatch} from '../../../lib/lock-watch.js'
import {takeLock} from '../../../lib/lockfile.js'
import {consistencyRanges, GrowingTree, leafHash, verifyConsistency} from './merkle-tree.js'
import {
  isKeyName,
  NoteFault,
  noteKey,
  noteKeyText,
  parseNote,
  signNote,
  verifyNote,
  type NoteKey,
} from './signed-note.js'
import {quoted} from '../../../lib/terminal.js'
import {checkpointText, parseCheckpoint, type Checkpoint} from './tlog-checkpoint.js'
import {bundleOf, TILE_WIDTH, tilePath, TileRows, type Tile} from './tlog-tiles.js'
import {AnchorFault, AnchorFolder} from './folder.js'
import {leafEntry, parseLeafEntry} from './leaf.js'
import type {LocatedReceipt} from '../verify/read-receipts.js'
import {resolveTrustedKeys} from '../verify/trusted-key.js'
import {verifiedEvidence, type VerifiedEvidence} from '../verify/verified-evidence.js'

export interface AnchorExportRequest {
  readonly evidence: string
  readonly session: string
  readonly keyFile: string
  /** Trusted signers of the receipts; none means the public half of the key file. */
  readonly signers: readonly string[]
  readonly origin: string
  readonly out: string
  readonly retainedSuffix: boolean
}

export interface AnchorExport {
  readonly origin: string
  readonly session: string
  readonly tree_size: number
  /** Base64, as in the checkpoint. */
  readonly root_hash: string
  readonly checkpoint: string
  /** What a verifier of the checkpoint is given. */
  readonly verifier_key: string
  readonly previous: {readonly tree_size: number; readonly root_hash: string} | null
  /** Proves that the tree extends the previous one; base64. */
  readonly consistency_proof: readonly string[]
  /** Nothing was added since the last checkpoint, which was left as it is, cosignatures included. */
  readonly noop: boolean
  readonly warnings: readonly string[]
}

export async function exportAnchor(request: AnchorExportRequest): Promise<AnchorExport> {
  const {origin, session, out} = request
  if (!isKeyName(origin)) {
    throw new PipelockError('usage', `--origin ${quoted(origin, 80)} cannot name a log`, {
      hint: 'use a name without spaces and plus, such as evidence.example.com/proxy',
    })
  }
  const key = loadPrivateKey(request.keyFile, 'receipt-signing').private
  const trusted = request.signers.length > 0 ? resolveTrustedKeys(request.signers) : [key.public]
  const evidence = await verifiedEvidence({
    directory: request.evidence,
    session,
    trusted,
    retainedSuffix: request.retainedSuffix,
  })
  if (evidence.failure) {
    const {reason, message} = evidence.failure
    throw new PipelockError('evidence_invalid', `${request.evidence}: session ${session}: ${reason}: ${message}`, {
      hint: 'only a chain that verifies is anchored; see pipelock integrity verify, and give every signer with --key',
    })
  }
  makeDirectory(out, 0o755)
  const lock = await takeLock(join(out, '.anchor.lock'), {watch: new LockWatch()})
  if (!lock.held) throw new PipelockError('recorder_locked', `another export writes to ${out}`)
  try {
    return writeTree(new AnchorFolder(out), evidence, {origin, session, key})
  } catch (error) {
    if (error instanceof AnchorFault || error instanceof NoteFault)
      throw new PipelockError('anchor_invalid', `${out}: ${error.message}`, {cause: error})
    if (error instanceof EvidenceFault)
      throw new PipelockError('evidence_invalid', `${request.evidence}: ${error.reason}: ${error.message}`, {
        cause: error,
      })
    throw error
  } finally {
    lock.lock.release()
  }
}

interface LogName {
  readonly origin: string
  readonly session: string
  readonly key: PrivateKey
}

type Verified = Extract<VerifiedEvidence, {readonly failure: undefined}>

function writeTree(folder: AnchorFolder, evidence: Verified, {origin, session, key}: LogName): AnchorExport {
  const log = noteKey(origin, key.public)
  const previous = lastCheckpoint(folder, log)
  const covered = previous?.size ?? 0
  const tree = new GrowingTree()
  let fault: AnchorFault | undefined
  /** Compares what the last checkpoint covers and writes the rest, which the tree reaches once the old one is confirmed. */
  const place = (tile: Tile, compare: () => boolean, write: () => void): void => {
    const width = tile.level === 'entries' ? 1 : TILE_WIDTH ** tile.level
    const committed = (tile.index * TILE_WIDTH + tile.width) * width <= covered
    if (!committed && fault) throw fault
    if (!committed) write()
    else if (!compare()) fault ??= new AnchorFault(`${tilePath(tile)} is not what its checkpoint commits to`)
  }
  const rows = new TileRows((tile, row) =>
    place(
      tile,
      () => folder.readTile(tile).equals(row),
      () => folder.writeTile(tile, row),
    ),
  )
  let bundle: Buffer[] = []
  const flush = (): void => {
    const held = bundle
    bundle = []
    if (held.length === 0) return
    const tile: Tile = {level: 'entries', index: Math.ceil(tree.size / TILE_WIDTH) - 1, width: held.length}
    place(
      tile,
      () => bundleOf(folder.readEntries(tile)).equals(bundleOf(held)),
      () => folder.writeEntries(tile, held),
    )
  }
  for (const entry of entriesOf(folder, evidence, session, covered)) {
    const leaf = leafHash(entry)
    tree.append(leaf)
    if (previous && tree.size === covered) checkExtends(tree, previous)
    rows.append(leaf)
    bundle.push(entry)
    if (bundle.length === TILE_WIDTH) flush()
  }
  const size = tree.size
  if (size < covered) throw inconsistent(`the evidence has ${size} receipts, and ${covered} were anchored`)
  if (size === 0) throw new PipelockError('evidence_invalid', 'there are no receipts to anchor')
  flush()
  rows.finish()
  if (fault) throw fault
  const head: Checkpoint = {origin, size, root: tree.root()}
  const proof = previous ? consistencyProof(folder, previous, head) : []
  const text = checkpointText(head)
  const noop = previous?.size === size
  if (!noop) folder.writeCheckpoint(`${text}\n${signNote(text, origin, key)}`)
  return {
    origin,
    session,
    tree_size: size,
    root_hash: head.root.toString('base64'),
    checkpoint: folder.checkpointPath,
    verifier_key: noteKeyText(log),
    previous: previous ? {tree_size: previous.size, root_hash: previous.root.toString('base64')} : null,
    consistency_proof: proof.map((hash) => hash.toString('base64')),
    noop,
    warnings: evidence.warnings,
  }
}

/** The checkpoint that the folder has, which must be one of this log's own. */
function lastCheckpoint(folder: AnchorFolder, log: NoteKey): Checkpoint | undefined {
  const bytes = folder.readCheckpoint()
  if (!bytes) return undefined
  const note = parseNote(bytes)
  const checkpoint = verifyNote(note, [log]).length === 1 ? parseCheckpoint(note.text) : undefined
  if (checkpoint?.origin === log.name) return checkpoint
  throw inconsistent(`${folder.checkpointPath} is not signed by this key under the origin ${quoted(log.name, 80)}`)
}

function checkExtends(tree: GrowingTree, previous: Checkpoint): void {
  if (tree.root().equals(previous.root)) return
  throw inconsistent(`the first ${previous.size} receipts are not those that were anchored: the evidence was changed`)
}

function inconsistent(message: string): PipelockError {
  return new PipelockError('anchor_inconsistent', message, {
    hint: 'a log cannot take back what it has signed: keep this folder as proof, and anchor other evidence in another one',
  })
}

function consistencyProof(folder: AnchorFolder, previous: Checkpoint, head: Checkpoint): readonly Buffer[] {
  const proof = folder.hashes(consistencyRanges(previous.size, head.size), head.size)
  if (!verifyConsistency(BigInt(previous.size), BigInt(head.size), previous.root, head.root, proof)) {
    throw new AnchorFault('the tiles do not prove that the tree extends the one of the last checkpoint')
  }
  return proof
}

/** Every leaf from the first: where the head of the log was deleted, those that were anchored before come from the folder. */
function* entriesOf(folder: AnchorFolder, evidence: Verified, session: string, covered: number): Generator<Buffer> {
  let isFirst = true
  for (const receipt of evidence.receipts()) {
    const entry = leafOf(receipt, session)
    if (isFirst && evidence.isSuffix && covered > 0) yield* deletedEntries(folder, covered, receipt, entry)
    isFirst = false
    yield entry
  }
}

function* deletedEntries(
  folder: AnchorFolder,
  covered: number,
  first: LocatedReceipt,
  firstEntry: Buffer,
): Generator<Buffer> {
  let last: string | undefined
  for (const entry of folder.entries(covered)) {
    if (entry.equals(firstEntry)) return
    const leaf = parseLeafEntry(entry)
    if (leaf?.recordType === first.recordType) last = leaf.hash
    yield entry
  }
  if (last !== first.link)
    throw inconsistent('the first receipt that was kept neither was anchored nor follows one that was')
}

function leafOf({recordType, chainSeq, hashes: [hash = '']}: LocatedReceipt, session: string): Buffer {
  return leafEntry({session, recordType, chainSeq, hash})
}
