// The recorder as a state machine over a directory: decisions become receipts, receipts become entries, entries are
// checkpointed, rotated and sealed. State counts only once its bytes are in the file; a failed write leaves both chains
// where they were (receipts §2.9, §3.1, §4.6, §4.9, §5.6).
import {PipelockError} from '../../core/errors.js'
import {canonicalRecord, signActionReceipt, type KeyTransition} from '../../core/formats/action-receipt.js'
import {makeCheckpoint} from '../../core/formats/checkpoint.js'
import {GENESIS} from '../../core/formats/entry.js'
import {EntryLog, LogFault, type EntryFields} from '../../core/formats/entry-log.js'
import {sealTail, sessionFiles} from '../../core/formats/entry-tail.js'
import {signEvidenceReceipt, type EvidenceDraft} from '../../core/formats/evidence-receipt.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import {canonicalJ, type CanonicalInput} from '../../lib/json/writer.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import {Escrow, type RandomBytes} from './escrow.js'
import {unredacted, type ContractFacts, type DecisionFacts} from './facts.js'
import {appendHead} from './head-file.js'
import {Losses, type Gap} from './losses.js'
import {
  actionRecord,
  gapDetail,
  gapSummary,
  plainDecision,
  proxyDecision,
  proxyDecisionSummary,
  receiptSummary,
  recoveryDetail,
  transcriptRoot,
  withheldDetail,
  type Recovery,
} from './records.js'
import {expire} from './retention.js'
import {
  readEvidenceHead,
  readLogState,
  signedBefore,
  type EvidenceHead,
  type LogState,
  type ReceiptHead,
} from './resume.js'
import {signerHistory, type SignerHistory} from './segments.js'

export interface RecorderSettings {
  readonly checkpointInterval: number
  readonly maxEntriesPerFile: number
  readonly signCheckpoints: boolean
  /** X25519 key in hex to which the text of every entry is sealed before redaction; "": escrow is off. */
  readonly escrowKey: string
  /** Age at which files of the log go; 0 keeps them. */
  readonly retentionDays: number
}

/** Why a sync was made (receipts §4.9). */
export const SYNC_KINDS = ['every', 'group', 'async', 'checkpoint', 'rotation', 'transcript_root', 'close'] as const
export type SyncKind = (typeof SYNC_KINDS)[number]
export type SyncCounts = Readonly<Record<SyncKind, number>>

export interface RecorderOptions extends RecorderSettings {
  readonly session: string
  readonly key: PrivateKey | undefined
  readonly nowMs: number
  /** After each sync: everything written before it is durable. */
  readonly onSync: () => void
  readonly onNotice: (text: string) => void
  readonly random: RandomBytes
}

/** An entry that another part of the firewall writes; `detail` is compact JSON text in writer G. */
export interface OtherEntry extends EntryFields {
  readonly detail: string
  /** The detail as it was before redaction; for escrow only. */
  readonly raw?: string
  readonly atMs: number
}

/** An evidence receipt to be signed here and appended to the v2 chain. */
export interface EvidenceEntry {
  readonly draft: Omit<EvidenceDraft, 'timestamp'>
  readonly transport: string
  readonly summary: string
  readonly atMs: number
}

interface Chains {
  readonly receipts: ReceiptHead | undefined
  readonly transition: KeyTransition | undefined
  /** undefined: not looked for yet; null: none in the log. */
  readonly evidence: EvidenceHead | null | undefined
  readonly checkpoint: number
  readonly sealed: boolean
  /** How many lost entries the log tells of. */
  readonly told: number
}

/** An entry that is signed and waits for its escrow. */
interface Prepared {
  readonly fields: EntryFields
  readonly detail: string
  readonly raw: () => string
}

export class Recorder {
  readonly #directory: LogDirectory
  readonly #log: EntryLog
  readonly #notice: (text: string) => void
  readonly #random: RandomBytes
  readonly #losses = new Losses()
  readonly #syncs: Record<SyncKind, number> = {
    every: 0,
    group: 0,
    async: 0,
    checkpoint: 0,
    rotation: 0,
    transcript_root: 0,
    close: 0,
  }
  #why: SyncKind = 'group'
  #escrow: Escrow | undefined
  #headFails = false
  #settings: RecorderSettings
  #key: PrivateKey | undefined
  /** What is durable, what is in the file, and what will be once the staged entries are. */
  #durable: Chains
  #written: Chains
  #now: Chains

  private constructor(directory: LogDirectory, options: RecorderOptions, state: LogState) {
    this.#directory = directory
    this.#settings = options
    this.#notice = options.onNotice
    this.#random = options.random
    this.#escrow = Escrow.to(options.escrowKey, directory, options.random)
    const {session, maxEntriesPerFile} = options
    const onSync = (): void => {
      this.#durable = this.#written
      this.#losses.settle(this.#durable.told)
      this.#syncs[this.#why]++
      options.onSync()
    }
    const logOptions = {session, maxEntriesPerFile, keepUnsynced: true, onSync}
    this.#log = new EntryLog(directory, logOptions, state.tail.head, state.tail.file)
    const {receipts, checkpoint, sealed} = state
    const chains = {receipts, transition: undefined, evidence: undefined, checkpoint, sealed, told: 0}
    this.#durable = this.#written = this.#now = chains
    if (options.key !== undefined) this.useKey(options.key)
  }

  /** Takes the session's log up, or begins it. Throws DamagedLog, PipelockError or LogFault. */
  static open(directory: LogDirectory, options: RecorderOptions): Recorder {
    const state = readLogState(directory, options.session)
    const aside = sealTail(directory, state.tail, options.nowMs)
    const recorder = new Recorder(directory, options, state)
    const resumedAfter = state.tail.last === undefined ? null : Number(state.tail.last.head.seq)
    state.tail.torn.forEach(({bytes, file}, i) => {
      options.onNotice(`torn record of ${bytes.length} bytes in ${file} set aside as ${aside[i] ?? ''}`)
      const summary = `recovery: torn record of ${bytes.length} bytes set aside`
      recorder.#recover(
        {summary, tornBytes: bytes.length, tornSha256: sha256Hex(bytes), file: aside[i] ?? '', resumedAfter},
        options.nowMs,
      )
    })
    if (state.tail.torn.length > 0) recorder.sync('close')
    return recorder
  }

  get session(): string {
    return this.#log.session
  }

  get nextSeq(): number {
    return this.#log.head.seq
  }

  get stopped(): string | undefined {
    return this.#log.stopped
  }

  get stagedLength(): number {
    return this.#log.stagedLength
  }

  get unsynced(): boolean {
    return this.#log.unsynced
  }

  get syncs(): SyncCounts {
    return this.#syncs
  }

  /** Since when the key in use signs this log, and which ones did before. */
  signers(nowMs: number): SignerHistory {
    const {session} = this
    const files = sessionFiles(this.#directory.names(), session)
    const log = {directory: this.#directory, files, session}
    return signerHistory(log, this.#key?.public.hex ?? '', this.#now.receipts?.signer, nowMs)
  }

  /** Lost entries that no durable entry tells of. */
  get untold(): number {
    return this.#losses.total - this.#durable.told
  }

  configure(settings: RecorderSettings): void {
    if (settings.escrowKey !== this.#settings.escrowKey)
      this.#escrow = Escrow.to(settings.escrowKey, this.#directory, this.#random)
    this.#settings = settings
    this.#log.maxEntriesPerFile = settings.maxEntriesPerFile
  }

  /** Another signing key opens a new segment with its first receipt (receipts §3.6). */
  useKey(key: PrivateKey): void {
    this.write()
    const {receipts} = this.#now
    if (receipts !== undefined && receipts.signer !== key.public.hex) {
      if (signedBefore(this.#directory, sessionFiles(this.#directory.names(), this.session), key.public.hex)) {
        throw new PipelockError(
          'key_invalid',
          `the key ${key.public.hex} signed an earlier segment of this chain and may not return`,
          {
            hint: 'generate another key, or give flight_recorder.dir another directory',
          },
        )
      }
      this.#notice(`receipts are signed by another key from here on: ${key.public.hex} after ${receipts.signer}`)
    }
    this.#key = key
    // what is not durable yet may be cut off: the segment begins after whatever receipt is the last one then
    this.#durable = withTransition(this.#durable, key)
    this.#written = this.#now = withTransition(this.#now, key)
  }

  /** Counts what could not be recorded: the log says so with the next entry that it takes. */
  lost(gap: Gap): void {
    this.#losses.add(gap, this.#now.told)
  }

  /** Goes on after a stop, once the directory can be written again. Throws what the directory throws. */
  resume(keepWritten: boolean): void {
    if (this.stopped === undefined) return
    this.#log.resume(keepWritten)
    if (!keepWritten) this.#written = this.#durable
    else if (this.#log.lostThrough !== undefined) this.#untell()
    this.#durable = this.#now = this.#written
  }

  /** Writes down what was lost, if anything. Throws LogFault. */
  tellLosses(nowMs: number): void {
    if (this.#losses.total === this.#now.told) return
    this.#room()
    this.#sayGap(nowMs)
  }

  /** Removes what is older than `retentionDays` (receipts §4.7). */
  expire(nowMs: number): void {
    const {retentionDays} = this.#settings
    if (retentionDays === 0 || this.#key === undefined || this.stopped !== undefined) return
    for (const text of expire(this.#directory, {session: this.session, key: this.#key, retentionDays, nowMs}))
      this.#notice(text)
  }

  /**
   * Records one decision. True when it reached the file already, because a checkpoint or a rotation wrote it. Throws
   * LogFault: then everything since the last write is lost, this decision included.
   */
  decide(f: DecisionFacts): boolean {
    const key = this.#key
    if (key === undefined) {
      const {summary, detail} = plainDecision(f)
      const raw = plainDecision(unredacted(f)).detail
      const {transport, atMs} = f
      return this.append({type: 'decision', event_kind: 'proxy_decision', transport, summary, detail, raw, atMs})
    }
    this.#room()
    this.#sayGap(f.atMs)
    const atMs = Math.max(f.atMs, this.#log.head.atMs)
    const first = this.#receipt(f, key, atMs)
    // signed before anything is staged: a draft that is refused must not leave the first receipt alone
    const second = f.contract && this.#contractReceipt(f, f.contract, key, atMs)
    const refs = this.#sealed(second === undefined ? [first] : [first, second])
    this.#stage({...first.fields, ...refs[0]}, first.detail, atMs)
    this.#now = {...this.#now, receipts: first.head, transition: undefined}
    if (second !== undefined) {
      this.#room()
      this.#stage({...second.fields, ...refs[1]}, second.detail, atMs)
      this.#now = {...this.#now, evidence: second.head}
    }
    return this.#checkpointIfDue(atMs)
  }

  /** Signs and records an evidence receipt of another kind. Throws EvidenceFault for a draft that would not verify. */
  evidence({draft, transport, summary, atMs: givenMs}: EvidenceEntry): boolean {
    if (this.#key === undefined) throw new PipelockError('key_missing', 'evidence receipts need a signing key')
    this.#room()
    this.#sayGap(givenMs)
    const atMs = Math.max(givenMs, this.#log.head.atMs)
    const {text, head} = this.#signEvidence({...draft, timestamp: formatTimestamp(atMs)}, this.#key)
    const fields = {type: 'evidence_receipt', event_kind: draft.payload_kind, transport, summary}
    const [ref] = this.#sealed([{fields, detail: text, raw: () => text}])
    this.#stage({...fields, ...ref}, text, atMs)
    this.#now = {...this.#now, evidence: head}
    return this.#checkpointIfDue(atMs)
  }

  append(entry: OtherEntry): boolean {
    this.#room()
    this.#sayGap(entry.atMs)
    const [ref] = this.#sealed([{fields: entry, detail: entry.detail, raw: () => entry.raw ?? entry.detail}])
    this.#stage({...entry, ...ref}, entry.detail, entry.atMs)
    return this.#checkpointIfDue(entry.atMs)
  }

  /** Writes what is staged, in one call. */
  write(): void {
    this.#undone(() => this.#log.flush())
    this.#written = this.#now
    const resumedAfter = this.#log.lostThrough
    if (resumedAfter === undefined) return
    this.#log.lostThrough = undefined
    this.#notice('the evidence directory or file was removed while running: earlier evidence is lost')
    const summary = 'recovery: evidence was removed while running, a new file was begun'
    this.#recover({summary, tornBytes: 0, tornSha256: sha256Hex(''), file: '', resumedAfter}, 0)
    this.#undone(() => this.#log.flush())
    this.#written = this.#now
  }

  /** Writes what is staged and makes it durable. */
  sync(why: SyncKind = 'group'): void {
    this.write()
    this.#why = why
    this.#undone(() => this.#log.sync())
  }

  /** Seals the run: transcript root, final checkpoint, sync. The next start continues the chain (receipts §3.4). */
  close(nowMs: number): void {
    try {
      if (this.stopped !== undefined) return
      this.tellLosses(nowMs)
      this.write()
      const {receipts, sealed} = this.#now
      if (receipts !== undefined && !sealed) {
        const {summary, detail} = transcriptRoot(this.session, {
          ...receipts,
          finalSeq: receipts.seq,
          rootHash: receipts.hash,
        })
        this.#room()
        this.#stage({type: 'transcript_root', event_kind: 'transcript_root', transport: '', summary}, detail, nowMs)
        this.sync('transcript_root')
      }
      if (this.#uncovered > 0) this.#checkpoint(nowMs)
      if (receipts !== undefined) this.#written = this.#now = {...this.#now, sealed: true}
    } finally {
      this.#why = 'close'
      this.#log.close()
    }
  }

  get #uncovered(): number {
    return this.#log.head.seq - this.#now.checkpoint - 1
  }

  #stage(fields: EntryFields, detail: string, atMs: number): void {
    const {type, event_kind, transport, summary, trace_id, raw_ref} = fields
    const optional = {...(trace_id !== undefined && {trace_id}), ...(raw_ref !== undefined && {raw_ref})}
    this.#log.stage({type, event_kind, transport, summary, ...optional}, detail, atMs)
    if (this.#now.sealed) this.#now = {...this.#now, sealed: false}
  }

  /** References to the sidecars of the next entries, which are written before any of them is staged. */
  #sealed(entries: readonly Prepared[]): readonly Pick<EntryFields, 'raw_ref'>[] {
    const escrow = this.#escrow
    if (escrow === undefined) return entries.length === 1 ? NO_REF : NO_REFS
    const {seq} = this.#log.head
    return entries.map(({raw}, i) => ({raw_ref: escrow.seal(this.session, seq + i, raw())}))
  }

  #receipt(f: DecisionFacts, key: PrivateKey, atMs: number): Prepared & {readonly head: ReceiptHead} {
    const {receipts, transition} = this.#now
    const begins = receipts === undefined || transition !== undefined
    const seq = begins ? 0 : receipts.seq + 1
    const position = {seq, prevHash: receipts?.hash ?? GENESIS, transition}
    const record = actionRecord(f, position, atMs)
    const {text, hash} = signActionReceipt(record, key)
    const fields = {
      type: 'action_receipt',
      event_kind: f.actionType,
      transport: f.transport,
      summary: receiptSummary(f),
    }
    const head: ReceiptHead = {
      seq,
      hash,
      signer: key.public.hex,
      startTime: begins ? record.timestamp : receipts.startTime,
      endTime: record.timestamp,
    }
    const detail = f.dirty.length === 0 ? text : withheldDetail(f.dirty, text)
    // a second signature under the same number would be a fork of the chain: what was redacted is escrowed unsigned
    const raw = (): string =>
      f.raw === undefined
        ? text
        : `{"version":1,"action_record":${canonicalRecord(actionRecord(unredacted(f), position, atMs))}}`
    return {fields, detail, raw, head}
  }

  #contractReceipt(
    f: DecisionFacts,
    contract: ContractFacts,
    key: PrivateKey,
    atMs: number,
  ): Prepared & {readonly head: EvidenceHead} {
    const {text, head} = this.#signEvidence(proxyDecision(f, contract, atMs), key)
    const detail = f.dirty.length === 0 ? text : withheldDetail(f.dirty, text)
    const summary = proxyDecisionSummary(f, contract)
    const fields = {type: 'evidence_receipt', event_kind: 'proxy_decision', transport: f.transport, summary}
    const raw = (): string =>
      f.raw === undefined ? text : canonicalJ({...proxyDecision(unredacted(f), contract, atMs)} as CanonicalInput)
    return {fields, detail, raw, head}
  }

  #signEvidence(draft: EvidenceDraft, key: PrivateKey): {readonly text: string; readonly head: EvidenceHead} {
    if (this.#now.evidence === undefined) {
      const files = sessionFiles(this.#directory.names(), this.session)
      const evidence = readEvidenceHead(this.#directory, files, this.session) ?? null
      this.#written = {...this.#written, evidence}
      this.#now = {...this.#now, evidence}
    }
    const before = this.#now.evidence
    const position = {chain_seq: before?.nextSeq ?? 0, chain_prev_hash: before?.hash ?? GENESIS}
    const {text, hash} = signEvidenceReceipt(draft, position, {id: key.public.hex, key})
    return {text, head: {nextSeq: position.chain_seq + 1, hash}}
  }

  /** Closes a full file, so that what is staged next begins another one. */
  #room(): void {
    if (!this.#log.full) return
    this.write()
    this.#why = 'rotation'
    this.#log.close()
  }

  /** Where entries are missing, the next one says how many, since when and why. */
  #sayGap(atMs: number): void {
    const gap = this.#losses.after(this.#now.told)
    if (gap === undefined) return
    const {seq, atMs: lastMs} = this.#log.head
    const fields = {type: 'recovery', event_kind: 'recovery', transport: '', summary: gapSummary(gap)}
    this.#stage(fields, gapDetail(gap, seq === 0 ? null : seq - 1), Math.max(atMs, lastMs, gap.throughMs))
    this.#now = {...this.#now, told: this.#losses.total}
    this.#room()
  }

  #checkpointIfDue(atMs: number): boolean {
    if (this.#uncovered < this.#settings.checkpointInterval) return false
    this.#checkpoint(atMs)
    return true
  }

  #checkpoint(atMs: number): void {
    this.#room()
    const {seq, prevHash} = this.#log.head
    const key = this.#settings.signCheckpoints ? this.#key : undefined
    const {fields, detail, signature} = makeCheckpoint(this.#log.head, this.#now.checkpoint, key)
    this.#stage(fields, detail, atMs)
    this.#now = {...this.#now, checkpoint: seq}
    this.sync('checkpoint')
    if (signature !== '') this.#appendHead({seq, entryHash: prevHash, signature, atMs: this.#log.head.atMs})
  }

  /** For export only, so a head that cannot be written costs nothing but the word about it. */
  #appendHead(at: {seq: number; entryHash: string; signature: string; atMs: number}): void {
    if (this.#key === undefined) return
    const {receipts} = this.#now
    try {
      appendHead(this.#directory, this.session, {...at, receipts}, this.#key)
      this.#headFails = false
    } catch (error) {
      if (!this.#headFails)
        this.#notice(`the head file cannot be written: ${error instanceof Error ? error.message : ''}`)
      this.#headFails = true
    }
  }

  #recover(recovery: Recovery, atMs: number): void {
    this.#room()
    const {summary} = recovery
    this.#stage({type: 'recovery', event_kind: 'recovery', transport: '', summary}, recoveryDetail(recovery), atMs)
  }

  /** Runs a write; when it fails, the chains go back to what is in the file. */
  #undone(write: () => void): void {
    try {
      write()
    } catch (error) {
      if (error instanceof LogFault && error.kind === 'lost') this.#untell()
      this.#now = this.#written
      throw error
    }
  }

  /** With a file that vanished went whatever it told of earlier losses since the last sync. */
  #untell(): void {
    this.#written = {...this.#written, told: this.#durable.told}
  }
}

const NO_REF = [{}]
const NO_REFS = [{}, {}]

/** What a key finds: another one begins a segment that names the last receipt before it. */
function withTransition(chains: Chains, {public: {hex}}: PrivateKey): Chains {
  const {receipts} = chains
  if (receipts === undefined || receipts.signer === hex) return {...chains, transition: undefined}
  const {signer, seq, hash} = receipts
  return {...chains, transition: {prior_signer_key: signer, prior_chain_seq: seq, prior_chain_hash: hash}}
}
