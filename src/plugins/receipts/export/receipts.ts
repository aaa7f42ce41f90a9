// Exports receipts as envelopes, and verifies such exports. Only what verifies is signed anew: the envelope would otherwise
// lend its signature to a forged receipt.
import {PipelockError} from '../../../core/errors.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {loadPrivateKey} from '../../../core/key-source.js'
import {stageFile} from '../../../lib/atomic-file.js'
import type {PrivateKey, PublicKey} from '../../../lib/ed25519.js'
import {escapeHtml} from '../../../lib/json/writer.js'
import {attest, verifyAttestation, type AttestationFormat, type AttestationReason} from './attestation.js'
import {isBlank, withoutCr} from '../verify/lines.js'
import {readLines} from '../verify/read-lines.js'
import {readDocument} from '../verify/read-document.js'
import {resolveTrustedKeys} from '../verify/trusted-key.js'
import {verifiedEvidence} from '../verify/verified-evidence.js'
import {verifySingle} from '../verify/single.js'

export interface ExportRequest {
  /** A file with one receipt, or else an evidence directory. */
  readonly receipt?: string | undefined
  readonly chain?: string | undefined
  readonly session: string
  readonly format: AttestationFormat
  readonly keyFile: string
  /** Trusted signers of the receipts; none means the public half of the key file. */
  readonly signers: readonly string[]
  readonly out?: string | undefined
}

export interface ExportResult {
  readonly format: AttestationFormat
  readonly receipts: number
  readonly out: string | null
  /** The envelope itself when it was not written to a file. */
  readonly envelope: string | null
  readonly warnings: readonly string[]
}

export async function exportReceipts(request: ExportRequest): Promise<ExportResult> {
  const {receipt, chain, format, out} = request
  if ((receipt === undefined) === (chain === undefined)) {
    throw new PipelockError('usage', 'give a receipt file, or an evidence directory with --chain')
  }
  const key = loadPrivateKey(request.keyFile, 'receipt-signing').private
  const trusted = request.signers.length > 0 ? resolveTrustedKeys(request.signers) : [key.public]
  if (receipt !== undefined) {
    const envelope = exportOne(receipt, format, key, trusted)
    if (out === undefined) return {format, receipts: 1, out: null, envelope, warnings: []}
    return {format, receipts: writeLines(out, [envelope]), out, envelope: null, warnings: []}
  }
  if (out === undefined) {
    throw new PipelockError('usage', '--chain needs --out: one line for each receipt is written there', {
      hint: 'such files end in .intoto.jsonl by convention',
    })
  }
  const {session} = request
  const directory = chain ?? ''
  const evidence = await verifiedEvidence({directory, session, trusted, retainedSuffix: false})
  if (evidence.failure) throw invalid(`${directory}: session ${session}`, evidence.failure)
  if (evidence.count === 0) throw new PipelockError('evidence_invalid', `${directory}: there are no receipts to export`)
  function* lines(): Generator<string> {
    if (evidence.failure) return
    for (const {recordType, chainSeq, texts, hashes} of evidence.receipts()) {
      yield attest({recordType, chainSeq, text: texts[0] ?? '', hash: hashes[0] ?? ''}, format, key)
    }
  }
  try {
    return {format, receipts: writeLines(out, lines()), out, envelope: null, warnings: evidence.warnings}
  } catch (error) {
    if (error instanceof EvidenceFault) throw invalid(directory, error)
    throw error
  }
}

function exportOne(path: string, format: AttestationFormat, key: PrivateKey, trusted: readonly PublicKey[]): string {
  const verdict = verifySingle(readDocument(path), {trusted})
  if (verdict.failure) throw invalid(path, verdict.failure)
  const {hash} = verdict
  const text =
    verdict.version === 1
      ? verdict.receipt.envelope
      : verdict.form === 'rfc8785'
        ? verdict.receipt.whole
        : escapeHtml(verdict.receipt.whole)
  const [recordType, chainSeq] =
    verdict.version === 1
      ? (['action_receipt_v1', verdict.receipt.record.chain_seq] as const)
      : (['evidence_receipt_v2', verdict.receipt.chain_seq] as const)
  try {
    return attest({recordType, chainSeq, text, hash}, format, key)
  } catch (error) {
    if (error instanceof EvidenceFault) throw invalid(path, error)
    throw error
  }
}

function invalid(what: string, {reason, message}: {readonly reason: string; readonly message: string}): PipelockError {
  return new PipelockError('evidence_invalid', `${what}: ${reason}: ${message}`, {
    hint: 'only receipts that verify are exported; name their signer with --key',
  })
}

/** The file is there with all its lines, or not at all. */
function writeLines(path: string, lines: Iterable<string>): number {
  let count = 0
  function* pieces(): Generator<Buffer> {
    for (const line of lines) {
      count++
      yield Buffer.from(`${line}\n`, 'utf8')
    }
  }
  const staged = stageFile(path, pieces(), {mode: 0o600})
  try {
    staged.publish()
  } catch (error) {
    staged.discard()
    throw error
  }
  return count
}

export interface VerifyExportRequest {
  /** One envelope, or one on each line where the name ends in `.jsonl`. */
  readonly path: string
  readonly keys: readonly string[]
  /** Trusted signers of the receipts; none means the keys of the envelopes. */
  readonly signers: readonly string[]
}

export interface ExportReport {
  readonly ok: boolean
  readonly reason?: AttestationReason | 'no_receipts'
  readonly error?: string
  /** Line of the first envelope that fails, from 1. */
  readonly line?: number
  /** Envelopes that verified. */
  readonly verified: number
  readonly action_receipts: number
  readonly evidence_receipts: number
  /** Of the last envelope that verified. */
  readonly receipt_hash: string | null
}

/** Stricter than readers of bundles must be: every line has to be an envelope of ours that verifies. */
export function verifyExport({path, keys, signers}: VerifyExportRequest): ExportReport {
  const trusted = resolveTrustedKeys(keys)
  if (trusted.length === 0) throw new PipelockError('usage', '--key is required: an envelope proves nothing by itself')
  const receiptSigners = signers.length > 0 ? resolveTrustedKeys(signers) : trusted
  const counts = {verified: 0, action_receipts: 0, evidence_receipts: 0, receipt_hash: null as string | null}
  for (const {bytes, line} of path.endsWith('.jsonl') ? jsonLines(path) : [{bytes: readDocument(path), line: 1}]) {
    const verdict = verifyAttestation(bytes, trusted, receiptSigners)
    if (verdict.failure) {
      const {reason, message} = verdict.failure
      return {ok: false, reason, error: message, line, ...counts}
    }
    counts.verified++
    counts[verdict.recordType === 'action_receipt_v1' ? 'action_receipts' : 'evidence_receipts']++
    counts.receipt_hash = verdict.hash
  }
  if (counts.verified === 0) return {ok: false, reason: 'no_receipts', error: 'there is no envelope', ...counts}
  return {ok: true, ...counts}
}

function* jsonLines(path: string): Generator<{readonly bytes: Buffer; readonly line: number}> {
  for (const {bytes, line, tooLong} of readLines([path])) {
    // a line that is too long arrives empty, and then is no envelope
    if (tooLong || !isBlank(bytes)) yield {bytes: withoutCr(bytes), line}
  }
}
