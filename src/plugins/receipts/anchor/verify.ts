// Verifies an anchored log: checkpoint and cosignatures, entries and tiles against its root, one receipt in it, an earlier
// checkpoint before it, and the evidence that was anchored.
import {existsSync} from 'node:fs'
import {PipelockError} from '../../../core/errors.js'
import {evidenceReceiptHash, parseEvidenceReceipt, readEvidenceReceipt} from '../../../formats/evidence-receipt.js'
import {readFileSecurely} from '../../../core/key-source.js'
import {consistencyRanges, inclusionRanges, leafHash, verifyConsistency, verifyInclusion} from './merkle-tree.js'
import {MAX_NOTE_BYTES} from './signed-note.js'
import {quoted} from '../../../lib/terminal.js'
import type {Checkpoint} from './tlog-checkpoint.js'
import {TileRows} from './tlog-tiles.js'
import {checkpointOf} from './checkpoint.js'
import {checkEvidence} from './evidence.js'
import {AnchorFault, AnchorFolder} from './folder.js'
import {parseLeafEntry} from './leaf.js'
import {Refusal, type AnchorReport, type AnchorVerifyRequest, type Draft} from './report.js'
import {readDocument} from '../verify/read-document.js'
import {verifySingle} from '../verify/single.js'

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
  const requested = request.receipt === undefined ? undefined : hashesOf(request.receipt)
  const requestedLeaf = checkTree(folder, head.checkpoint, requested)
  if (requested !== undefined) {
    if (!requestedLeaf)
      throw new Refusal('receipt_not_included', `receipt ${requested[0]} is not in the tree of ${size} receipts`)
    const proof = folder.hashes(inclusionRanges(requestedLeaf.index, size), size)
    if (!verifyInclusion(BigInt(requestedLeaf.index), BigInt(size), requestedLeaf.leaf, proof, root)) {
      throw new Refusal('receipt_not_included', `the proof of receipt ${requested[0]} does not lead to the root`)
    }
    report.receipt = {
      hash: requestedLeaf.hash,
      index: requestedLeaf.index,
      proof: proof.map((hash) => hash.toString('base64')),
    }
  }
  if (request.previous !== undefined) report.previous = checkPrevious(folder, head.checkpoint, request)
  if (request.evidence !== undefined) await checkEvidence(folder, size, request.evidence, request, report)
}

interface LocatedLeaf {
  readonly index: number
  readonly leaf: Buffer
  readonly hash: string
}

/** Every entry hashes to its leaf, every tile is what the leaves make it, and the tiles lead to the root. */
function checkTree(
  folder: AnchorFolder,
  {size, root}: Checkpoint,
  requested: readonly string[] | undefined,
): LocatedLeaf | undefined {
  let requestedLeaf: LocatedLeaf | undefined
  let index = 0
  const rows = new TileRows((tile, row) => {
    if (!folder.readTile(tile).equals(row)) {
      throw new AnchorFault(`tile ${tile.index} of level ${tile.level} is not what the entries make it`)
    }
  })
  for (const entry of folder.entries(size)) {
    const leaf = leafHash(entry)
    const hash = requested && parseLeafEntry(entry)?.hash
    if (hash !== undefined && requested?.includes(hash)) requestedLeaf ??= {index, leaf, hash}
    rows.append(leaf)
    index++
  }
  rows.finish()
  const [computed] = folder.hashes([{start: 0, end: size}], size)
  if (!computed?.equals(root)) throw new AnchorFault('the tiles do not lead to the root of the checkpoint')
  return requestedLeaf
}

/** The hashes that a receipt may have: a v2 receipt has one for each form that may be signed. */
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
