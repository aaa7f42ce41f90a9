// The recorder as a state machine over a directory: decisions become receipts, receipts become entries, entries are
// checkpointed, rotated and sealed. State counts only once its bytes are in the file; a failed write leaves both chains
// where they were (receipts §2.9, §3.1, §4.6, §4.9, §5.6).
import {PipelockError} from '../../core/errors.js'
import {signActionReceipt, type KeyTransition} from '../../core/formats/action-receipt.js'
import {GENESIS} from '../../core/formats/entry.js'
import {EntryLog, type EntryFields} from '../../core/formats/entry-log.js'
import {sealTail, sessionFiles} from '../../core/formats/entry-tail.js'
import {signEvidenceReceipt, type EvidenceDraft} from '../../core/formats/evidence-receipt.js'
import {sign, type PrivateKey} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {DecisionFacts} from './facts.js'
import {
  actionRecord,
  checkpointEntry,
  plainDecision,
  proxyDecision,
  proxyDecisionSummary,
  receiptSummary,
  recoveryDetail,
  transcriptRoot,
  withheldDetail,
  type Recovery,
} from './records.js'
import {
  readEvidenceHead,
  readLogState,
  signedBefore,
  type EvidenceHead,
  type LogState,
  type ReceiptHead,
} from './resume.js'

export interface RecorderSettings {
  readonly checkpointInterval: number
  readonly maxEntriesPerFile: number
  readonly signCheckpoints: boolean
}

export interface RecorderOptions extends RecorderSettings {
  readonly session: string
  readonly key: PrivateKey | undefined
  readonly nowMs: number
  /** After each sync: everything written before it is durable. */
  readonly onSync: () => void
  readonly onNotice: (text: string) => void
}

/** An entry that another part of the firewall writes; `detail` is compact JSON text in writer G. */
export interface OtherEntry extends EntryFields {
  readonly detail: string
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
}

export class Recorder {
  readonly #directory: LogDirectory
  readonly #log: EntryLog
  readonly #notice: (text: string) => void
  #settings: RecorderSettings
  #key: PrivateKey | undefined
  /** What is in the file, and what will be once the staged entries are. */
  #written: Chains
  #now: Chains

  private constructor(directory: LogDirectory, options: RecorderOptions, state: LogState) {
    this.#directory = directory
    this.#settings = options
    this.#notice = options.onNotice
    const {session, maxEntriesPerFile, onSync} = options
    this.#log = new EntryLog(directory, {session, maxEntriesPerFile, onSync}, state.tail.head, state.tail.file)
    const {receipts, checkpoint, sealed} = state
    this.#written = this.#now = {receipts, transition: undefined, evidence: undefined, checkpoint, sealed}
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
    if (state.tail.torn.length > 0) recorder.sync()
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

  configure(settings: RecorderSettings): void {
    this.#settings = settings
    this.#log.maxEntriesPerFile = settings.maxEntriesPerFile
  }

  /** Another signing key opens a new segment with its first receipt (receipts §3.6). */
  useKey(key: PrivateKey): void {
    this.write()
    const {receipts} = this.#now
    let transition: KeyTransition | undefined
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
      transition = {prior_signer_key: receipts.signer, prior_chain_seq: receipts.seq, prior_chain_hash: receipts.hash}
      this.#notice(`receipts are signed by another key from here on: ${key.public.hex} after ${receipts.signer}`)
    }
    this.#key = key
    this.#written = this.#now = {...this.#now, transition}
  }

  /**
   * Records one decision. True when it reached the file already, because a checkpoint or a rotation wrote it. Throws
   * LogFault: then everything since the last write is lost, this decision included.
   */
  decide(f: DecisionFacts): boolean {
    if (this.#key === undefined) {
      const {summary, detail} = plainDecision(f)
      return this.append({
        type: 'decision',
        event_kind: 'proxy_decision',
        transport: f.transport,
        summary,
        detail,
        atMs: f.atMs,
      })
    }
    this.#room()
    const atMs = Math.max(f.atMs, this.#log.head.atMs)
    // signed first: a draft that is refused must not leave the first receipt alone
    const second = f.contract && this.#signEvidence(proxyDecision(f, f.contract, atMs), this.#key)
    this.#stageReceipt(f, this.#key, atMs)
    if (second !== undefined && f.contract !== undefined) {
      this.#room()
      const detail = f.dirty.length === 0 ? second.text : withheldDetail(f.dirty, second.text)
      const summary = proxyDecisionSummary(f, f.contract)
      const fields = {type: 'evidence_receipt', event_kind: 'proxy_decision', transport: f.transport, summary}
      this.#stage(fields, detail, atMs)
      this.#now = {...this.#now, evidence: second.head}
    }
    return this.#checkpointIfDue(atMs)
  }

  /** Signs and records an evidence receipt of another kind. Throws EvidenceFault for a draft that would not verify. */
  evidence({draft, transport, summary, atMs: givenMs}: EvidenceEntry): boolean {
    if (this.#key === undefined) throw new PipelockError('key_missing', 'evidence receipts need a signing key')
    this.#room()
    const atMs = Math.max(givenMs, this.#log.head.atMs)
    const {text, head} = this.#signEvidence({...draft, timestamp: formatTimestamp(atMs)}, this.#key)
    this.#stage({type: 'evidence_receipt', event_kind: draft.payload_kind, transport, summary}, text, atMs)
    this.#now = {...this.#now, evidence: head}
    return this.#checkpointIfDue(atMs)
  }

  append(entry: OtherEntry): boolean {
    this.#room()
    this.#stage(entry, entry.detail, entry.atMs)
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
  sync(): void {
    this.write()
    this.#log.sync()
  }

  /** Seals the run: transcript root, final checkpoint, sync. The next start continues the chain (receipts §3.4). */
  close(nowMs: number): void {
    try {
      if (this.stopped !== undefined) return
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
        this.sync()
      }
      if (this.#uncovered > 0) this.#checkpoint(nowMs)
      if (receipts !== undefined) this.#written = this.#now = {...this.#now, sealed: true}
    } finally {
      this.#log.close()
    }
  }

  get #uncovered(): number {
    return this.#log.head.seq - this.#now.checkpoint - 1
  }

  #stage(fields: EntryFields, detail: string, atMs: number): void {
    const {type, event_kind, transport, summary, trace_id} = fields
    this.#log.stage({type, event_kind, transport, summary, ...(trace_id !== undefined && {trace_id})}, detail, atMs)
    if (this.#now.sealed) this.#now = {...this.#now, sealed: false}
  }

  #stageReceipt(f: DecisionFacts, key: PrivateKey, atMs: number): void {
    const {receipts, transition} = this.#now
    const begins = receipts === undefined || transition !== undefined
    const seq = begins ? 0 : receipts.seq + 1
    const record = actionRecord(f, {seq, prevHash: receipts?.hash ?? GENESIS, transition}, atMs)
    const {text, hash} = signActionReceipt(record, key)
    const detail = f.dirty.length === 0 ? text : withheldDetail(f.dirty, text)
    const fields = {
      type: 'action_receipt',
      event_kind: f.actionType,
      transport: f.transport,
      summary: receiptSummary(f),
    }
    this.#stage(fields, detail, atMs)
    const head: ReceiptHead = {
      seq,
      hash,
      signer: key.public.hex,
      startTime: begins ? record.timestamp : receipts.startTime,
      endTime: record.timestamp,
    }
    this.#now = {...this.#now, receipts: head, transition: undefined}
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
    this.#log.close()
  }

  #checkpointIfDue(atMs: number): boolean {
    if (this.#uncovered < this.#settings.checkpointInterval) return false
    this.#checkpoint(atMs)
    return true
  }

  #checkpoint(atMs: number): void {
    this.#room()
    const {seq, prevHash} = this.#log.head
    const signed = this.#settings.signCheckpoints && this.#key !== undefined
    // the prefix is what is attested: prev_hash commits to every entry before this one (receipts §4.6)
    const signature = signed && this.#key ? sign(this.#key, Buffer.from(prevHash, 'ascii')).toString('hex') : ''
    const {summary, detail} = checkpointEntry(
      {count: this.#uncovered, first: this.#now.checkpoint + 1, last: seq - 1},
      signature,
    )
    this.#stage({type: 'checkpoint', event_kind: 'checkpoint', transport: '', summary}, detail, atMs)
    this.#now = {...this.#now, checkpoint: seq}
    this.sync()
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
      this.#now = this.#written
      throw error
    }
  }
}
