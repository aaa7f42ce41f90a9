// The verifier where there is no Node: on a page that a browser opened from a disk, in a worker, in another runtime. The
// build links it, with all that it needs, into one module without imports. It judges lines by the very
// code of `integrity verify`; only what hashes and checks signatures is another, @noble instead of OpenSSL. It opens no
// file and asks for nothing: whoever calls it brings the bytes.
import {EvidenceFault, MAX_LINE_BYTES, readEvidenceObject} from '../../formats/evidence-fault.js'
import type {KeyInfo} from '../../formats/documents/roster.js'
import {isKeyPurpose} from '../../formats/key-purpose.js'
import {readInt, UINT64, type Int} from '../../formats/member-table.js'
import type {RetentionAnchor} from '../../formats/retention-anchor.js'
import {fingerprint, parsePublicKeyHex, type PublicKey} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import {isObject, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {printable} from '../../lib/terminal.js'
import {authorityOf, knowsNoKey, type Authority} from './authority.js'
import {isBlank, type Line} from './lines.js'
import {parseLogName} from './log-name.js'
import type {Failure} from './verdict.js'
import {LogRun} from './log-run.js'
import type {LogVerdict} from './log-verdict.js'

export {parseLogName, printable, sha256Hex}

/** A line with the place that a failure names. */
export interface EvidenceLine {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Without the line feed. */
  readonly bytes: Uint8Array
  /** The line feed was there. */
  readonly terminated: boolean
  /** Over 8 MiB; `bytes` are empty. */
  readonly tooLong: boolean
}

export interface OfflineRequest {
  /** In the order of the log; they may begin in its middle, but none may be left out. */
  readonly lines: Iterable<EvidenceLine> | AsyncIterable<EvidenceLine>
  /** Recorder entries; else bare receipts, one per line. */
  readonly isRecorder: boolean
  /** The session that the entries must name; undefined takes that of the first. */
  readonly session?: string | undefined
  /** Trusted signers, 64 lowercase hexadecimal characters each. Without any, receipts are held to the keys that they name. */
  readonly keys: readonly string[]
  /** Keys of a roster that the caller has verified: they alone may then sign evidence receipts. */
  readonly roster?: readonly KeyInfo[] | undefined
  /** Called after every few lines with their number; reading continues when its promise is settled. */
  readonly pause?: (lines: number) => Promise<void> | void
}

export interface OfflineFailure {
  readonly what: 'entries' | 'receipts' | 'evidence receipts'
  readonly reason: string
  readonly message: string
  readonly seq: string
  readonly file: string | undefined
  readonly line: number | undefined
}

export interface OfflineResult {
  readonly ok: boolean
  /** Something was there to be judged. */
  readonly lines: number
  /** Where the first line stands in its log. */
  readonly begins: 'at the beginning' | 'in the middle'
  readonly entries: number
  readonly receipts: number
  readonly evidenceReceipts: number
  /** Signatures that were found good: of action receipts, of evidence receipts, of checkpoints. */
  readonly signatures: {readonly receipts: number; readonly evidence: number; readonly checkpoints: number}
  /** Action receipts that name their signer: who that is. */
  readonly signers: readonly string[]
  /** Hash and number of the last receipt, "" when there is none; of action receipts, else of evidence receipts. */
  readonly rootHash: string
  readonly finalSeq: string
  readonly failures: readonly OfflineFailure[]
}

/** How many lines are judged between two pauses: a page must answer meanwhile. */
const STRIDE = 32

/** The keys of a text, or what is wrong with it. Anything between keys parts them. */
export function readKeys(text: string): {readonly keys: readonly string[]} | {readonly fault: string} {
  const keys: string[] = []
  for (const word of text.split(/[\s,;]+/)) {
    if (word === '') continue
    const hex = word.toLowerCase()
    if (!/^[0-9a-f]{64}$/.test(hex)) {
      return {fault: `${word.slice(0, 24)} is not a public key: 64 hexadecimal characters are expected`}
    }
    if (!parsePublicKeyHex(hex)) return {fault: `${hex.slice(0, 16)}… is not a usable Ed25519 public key`}
    if (!keys.includes(hex)) keys.push(hex)
  }
  return {keys}
}

export function fingerprintOf(hex: string): string {
  const key = parsePublicKeyHex(hex)
  return key ? fingerprint(key.raw) : ''
}

/** The lines of a file, split as everywhere here: at LF only. */
export function* linesOf(file: string, bytes: Uint8Array): Generator<EvidenceLine> {
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start)
    const stop = end === -1 ? bytes.length : end
    const tooLong = stop - start > MAX_LINE_BYTES
    yield {file, line, bytes: tooLong ? new Uint8Array() : bytes.subarray(start, stop), terminated: end !== -1, tooLong}
    start = stop + 1
  }
}

/** Judges the lines: entries, hashes, links, receipts, signatures. What is wrong with them is a result, never an error. */
export async function verifyLines(request: OfflineRequest): Promise<OfflineResult> {
  const keys = request.keys.map((hex) => {
    const key = parsePublicKeyHex(hex)
    if (!key) throw new TypeError(`${hex.slice(0, 80)} is not a usable public key`)
    return key
  })
  const authority = authorityOf(keys, request.roster && {keys: rosterKeys(request.roster)})
  const opening = await open(request, keys, authority)
  const {run} = opening
  let count = 0
  let held: EvidenceLine | undefined
  const take = async (line: EvidenceLine, last: boolean) => {
    run.take(line as Line, last)
    if (++count % STRIDE === 0) await request.pause?.(count)
  }
  for await (const line of opening.lines) {
    if (run.stopped) break
    if (held) await take(held, false)
    held = line
  }
  if (held && !run.stopped) await take(held, true)
  return resultOf(run.finish(), {lines: count, begins: opening.begins, checked: !knowsNoKey(authority)})
}

function rosterKeys(infos: readonly KeyInfo[]) {
  return new Map(
    infos.map((info) => {
      const key = parsePublicKeyHex(info.public_key_hex)
      const purpose = info.key_purpose
      if (!key || !isKeyPurpose(purpose))
        throw new TypeError(`the roster's key ${info.key_id.slice(0, 80)} is unusable`)
      return [info.key_id, {info, purpose, public: key}] as const
    }),
  )
}

interface Opening {
  readonly run: LogRun
  readonly lines: AsyncIterable<EvidenceLine>
  readonly begins: OfflineResult['begins']
}

/** How many lines are searched for the first receipt; an excerpt is shorter than that. */
const MAX_PEEK = 20_000

/**
 * Lines from the middle of a log continue from what their first ones say stood before, as those behind a retention anchor
 * do. That it stood there is then for the caller to know.
 */
async function open(request: OfflineRequest, trusted: readonly PublicKey[], authority: Authority): Promise<Opening> {
  const {isRecorder} = request
  const source = iterate(request.lines)
  const peeked: EvidenceLine[] = []
  let first: JsonObject | undefined
  let receipt: JsonObject | undefined
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    const line = next.value
    if (!isRecorder && !line.tooLong && isBlank(line.bytes as Buffer)) continue
    peeked.push(line)
    const value = objectOf(line)
    first ??= value ?? {}
    receipt = value && receiptIn(value)
    const isWhole = isRecorder ? first['seq'] === 0 : receipt !== undefined && receiptStart(receipt) === undefined
    if (isWhole || receipt || peeked.length >= MAX_PEEK) break
  }
  const anchor = anchorOf(isRecorder ? (first ?? {}) : undefined, receipt)
  const session = request.session
  const run = new LogRun([], {
    level: isRecorder ? 'integrity' : 'chains',
    session: session ?? '',
    entrySession: session,
    trusted,
    authority,
    anchor,
    isExcerpt: anchor !== undefined,
    structuralWithoutKey: true,
  })
  async function* lines(): AsyncGenerator<EvidenceLine> {
    yield* peeked
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      if (isRecorder || next.value.tooLong || !isBlank(next.value.bytes as Buffer)) yield next.value
    }
  }
  return {run, lines: lines(), begins: anchor ? 'in the middle' : 'at the beginning'}
}

async function* iterate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, undefined> {
  yield* items
  return undefined
}

/** A line that cannot be read says nothing here; it is judged later. */
function objectOf({bytes, tooLong}: EvidenceLine): JsonObject | undefined {
  if (tooLong) return undefined
  try {
    return readEvidenceObject(bytes)
  } catch (error) {
    if (error instanceof EvidenceFault) return undefined
    throw error
  }
}

/** The action receipt of a line. */
function receiptIn(value: JsonObject): JsonObject | undefined {
  const receipt = value['type'] === 'action_receipt' ? value['detail'] : value
  return isObject(receipt) && isObject(receipt['action_record']) ? receipt : undefined
}

type Before = Pick<RetentionAnchor, 'receipt_seq' | 'receipt_hash' | 'signer_key'>

const NOTHING_BEFORE: Before = {receipt_seq: 0, receipt_hash: 'genesis', signer_key: ''}

const uint = (value: JsonValue | undefined): Int | undefined => readInt(UINT64.min, UINT64.max, value)
const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const minusOne = (value: Int): Int => {
  const less = BigInt(value) - 1n
  return less <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(less) : less
}

/** What a receipt says stood before it; undefined for the first of its chain, and for what says nothing readable. */
function receiptStart(receipt: JsonObject): Before | undefined {
  const record = isObject(receipt['action_record']) ? receipt['action_record'] : {}
  const seq = uint(record['chain_seq'])
  const transition = record['key_transition']
  const prior = isObject(transition) ? uint(transition['prior_chain_seq']) : undefined
  const before = prior ?? (seq === undefined || seq === 0 ? undefined : minusOne(seq))
  if (before === undefined) return undefined
  return {
    receipt_seq: before,
    receipt_hash: text(record['chain_prev_hash']),
    signer_key: text(receipt['signer_key']),
  }
}

function anchorOf(entry: JsonObject | undefined, receipt: JsonObject | undefined): RetentionAnchor | undefined {
  const seq = entry && uint(entry['seq'])
  const before = receipt && receiptStart(receipt)
  if (entry ? seq === undefined || seq === 0 : before === undefined) return undefined
  return {
    version: 1,
    session_id: text(entry?.['session_id']),
    deleted_through_seq: seq === undefined ? 0 : minusOne(seq),
    entry_hash: text(entry?.['prev_hash']),
    ...(before ?? NOTHING_BEFORE),
    time: '',
  }
}

interface Reading {
  readonly lines: number
  readonly begins: OfflineResult['begins']
  /** Signatures of evidence receipts were checked. */
  readonly checked: boolean
}

function resultOf({recorder, v1, v2}: LogVerdict, {lines, begins, checked}: Reading): OfflineResult {
  const failures = [
    ...failureOf('entries', recorder?.failure),
    ...failureOf('receipts', v1.failure),
    ...failureOf('evidence receipts', v2.failure),
  ]
  const head = v1.observed > 0 ? v1 : v2
  return {
    ok: failures.length === 0 && lines > 0,
    lines,
    begins,
    entries: recorder?.entries ?? 0,
    receipts: v1.observed,
    evidenceReceipts: v2.observed,
    signatures: {
      receipts: v1.receiptCount,
      evidence: checked ? v2.receiptCount : 0,
      checkpoints: recorder?.signedCheckpoints ?? 0,
    },
    signers: [...new Set(v1.signerKeys)],
    rootHash: head.rootHash,
    finalSeq: String(head.finalSeq ?? ''),
    failures,
  }
}

function failureOf(what: OfflineFailure['what'], failure: Failure | undefined): readonly OfflineFailure[] {
  if (!failure) return []
  const {reason, message, seq, place} = failure
  return [{what, reason, message, seq: String(seq), file: place?.file, line: place?.line}]
}
