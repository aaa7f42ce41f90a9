// The recorder as a state machine over a directory: decisions become receipts, receipts become entries, entries are
// checkpointed, rotated and sealed. State counts only once its bytes are in the file; a failed write leaves both chains
// where they were.
import {PipelockError} from '../../core/errors.js'
import type {EvidenceEntry, OtherEntry} from '../../core/services/recorder.js'
import {createCheckpoint} from '../../formats/checkpoint.js'
import {EntryLog, LogFault, type EntryFields, type LogPosition} from '../../formats/entry-log.js'
import {sealTail, sessionFiles} from '../../formats/entry-tail.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import {withTransition, type Chains} from './chains.js'
import {Escrow, type RandomBytes} from './escrow.js'
import {unredacted, type DecisionFacts} from './facts.js'
import {HeadFile} from './head-file.js'
import {Losses, type Gap} from './losses.js'
import type {LogOwnership} from './ownership.js'
import {cut, gapEntry, removedFile, tornRecord, transcriptRoot, type OwnEntry} from './own-entries.js'
import {readEvidenceHead, readLogState, signedBefore, type EvidenceHead, type LogState} from './resume.js'
import {expire} from './retention.js'
import {shortfall} from './stated-end.js'
import {signerHistory, type SignerHistory} from './segments.js'
import {noSyncs, type RecorderSettings, type SyncCounts, type SyncKind} from './settings.js'
import {contractEntry, plainDecision, receiptEntry, signEvidence, type Prepared} from './decision-entry.js'

export interface RecorderOptions extends RecorderSettings {
  readonly session: string
  readonly key: PrivateKey | undefined
  readonly nowMs: number
  /** After each sync: everything written before it is durable. */
  readonly onSync: () => void
  readonly onNotice: (text: string) => void
  readonly random: RandomBytes
  /** Whether the log is still this writer's. */
  readonly ownership?: LogOwnership | undefined
}

export class Recorder {
  readonly #directory: LogDirectory
  readonly #log: EntryLog
  readonly #notice: (text: string) => void
  readonly #random: RandomBytes
  readonly #losses = new Losses()
  readonly #heads: HeadFile
  readonly #syncs = noSyncs()
  #why: SyncKind = 'group'
  #escrow: Escrow | undefined
  #alarm: string | undefined
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
    this.#heads = new HeadFile(directory, session, options.onNotice)
    const onSync = (): void => {
      this.#durable = this.#written
      this.#losses.settle(this.#durable.lossesRecorded)
      this.#syncs[this.#why]++
      options.onSync()
    }
    const guard = (end: LogPosition | undefined) => options.ownership?.check(session, end)
    const logOptions = {session, maxEntriesPerFile, keepUnsynced: true, onSync, guard}
    this.#log = new EntryLog(directory, logOptions, state.tail.head, state.tail.file)
    const {receipts, checkpoint, sealed} = state
    const chains = {receipts, transition: undefined, evidence: undefined, checkpoint, sealed, lossesRecorded: 0}
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
      recorder.#stageOwn(tornRecord(bytes, aside[i] ?? '', resumedAfter), options.nowMs)
    })
    recorder.#holdToStatedEnd(state, options.nowMs)
    if (state.tail.torn.length > 0 || recorder.alarm !== undefined) recorder.sync('close')
    return recorder
  }

  /** Why the evidence of this session is not sound, although it is written: entries were removed while nobody wrote. */
  get alarm(): string | undefined {
    return this.#alarm
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

  /** The public half of the key in use; "" without one. */
  get keyHex(): string {
    return this.#key?.public.hex ?? ''
  }

  /** Since when the key in use signs this log, and which ones did before. */
  signers(nowMs: number): SignerHistory {
    const {session} = this
    const files = sessionFiles(this.#directory.names(), session)
    const log = {directory: this.#directory, files, session}
    return signerHistory(log, this.keyHex, this.#now.receipts?.signer, nowMs)
  }

  /** Lost entries that no durable entry tells of. */
  get untold(): number {
    return this.#losses.total - this.#durable.lossesRecorded
  }

  configure(settings: RecorderSettings): void {
    if (settings.escrowKey !== this.#settings.escrowKey)
      this.#escrow = Escrow.to(settings.escrowKey, this.#directory, this.#random)
    this.#settings = settings
    this.#log.maxEntriesPerFile = settings.maxEntriesPerFile
  }

  /** Another signing key opens a new segment with its first receipt. */
  useKey(key: PrivateKey): void {
    this.write()
    const {receipts} = this.#now
    if (receipts !== undefined && receipts.signer !== key.public.hex) {
      if (signedBefore(this.#directory, sessionFiles(this.#directory.names(), this.session), key.public.hex)) {
        const hint = 'generate another key, or give flight_recorder.dir another directory'
        throw new PipelockError(
          'key_invalid',
          `the key ${key.public.hex} signed an earlier segment of this chain and may not return`,
          {hint},
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
    this.#losses.add(gap, this.#now.lossesRecorded)
  }

  /** Continues after a stop, once the directory can be written again. Throws what the directory throws. */
  resume(keepWritten: boolean): void {
    if (this.stopped === undefined) return
    this.#log.resume(keepWritten)
    if (!keepWritten) this.#written = this.#durable
    else if (this.#log.lostThrough !== undefined) this.#untell()
    this.#durable = this.#now = this.#written
  }

  /** Writes down what was lost, if anything. Throws LogFault. */
  tellLosses(nowMs: number): void {
    if (this.#losses.total === this.#now.lossesRecorded) return
    this.#room()
    this.#sayGap(nowMs)
  }

  /** Removes what is older than `retentionDays`. Throws when the log is another writer's. */
  expire(nowMs: number): void {
    const {retentionDays} = this.#settings
    if (retentionDays === 0 || this.#key === undefined || this.stopped !== undefined) return
    this.#log.requireOwn()
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
    const first = receiptEntry(f, this.#now, key, atMs)
    // signed before anything is staged: a draft that is refused must not leave the first receipt alone
    const second = f.contract && contractEntry(f, f.contract, this.#evidenceHead(), key, atMs)
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
    const {text, head} = signEvidence({...draft, timestamp: formatTimestamp(atMs)}, this.#evidenceHead(), this.#key)
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
    this.#stageOwn(removedFile(resumedAfter), 0)
    this.#undone(() => this.#log.flush())
    this.#written = this.#now
  }

  /** Writes what is staged and makes it durable. */
  sync(why: SyncKind = 'group'): void {
    this.write()
    this.#why = why
    this.#undone(() => this.#log.sync())
  }

  /** Seals the run: transcript root, final checkpoint, sync. The next start continues the chain. */
  close(nowMs: number): void {
    try {
      if (this.stopped !== undefined) return
      this.tellLosses(nowMs)
      this.write()
      const {receipts, sealed} = this.#now
      if (receipts !== undefined && !sealed) {
        const segment = {...receipts, finalSeq: receipts.seq, rootHash: receipts.hash}
        this.#stageOwn(transcriptRoot(this.session, segment), nowMs)
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

  /** The end of the v2 chain; null when there is none. Read when the first such receipt is to be signed. */
  #evidenceHead(): EvidenceHead | null {
    const known = this.#now.evidence
    if (known !== undefined) return known
    const files = sessionFiles(this.#directory.names(), this.session)
    const evidence = readEvidenceHead(this.#directory, files, this.session) ?? null
    this.#written = {...this.#written, evidence}
    this.#now = {...this.#now, evidence}
    return evidence
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
    const gap = this.#losses.after(this.#now.lossesRecorded)
    if (gap === undefined) return
    const {seq, atMs: lastMs} = this.#log.head
    const {fields, detail} = gapEntry(gap, seq === 0 ? null : seq - 1)
    this.#stage(fields, detail, Math.max(atMs, lastMs, gap.throughMs))
    this.#now = {...this.#now, lossesRecorded: this.#losses.total}
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
    const {fields, detail, signature} = createCheckpoint(this.#log.head, this.#now.checkpoint, key)
    this.#stage(fields, detail, atMs)
    this.#now = {...this.#now, checkpoint: seq}
    this.sync('checkpoint')
    if (key === undefined) return
    const {receipts} = this.#now
    this.#heads.append({seq, entryHash: prevHash, signature, atMs: this.#log.head.atMs, receipts}, key)
  }

  /** Entries removed before a restart must not be covered up by the ones that follow. */
  #holdToStatedEnd({tail, receipts, checkpoint}: LogState, nowMs: number): void {
    const isOwnKey = (hex: string): boolean =>
      hex === this.#key?.public.hex ||
      hex === receipts?.signer ||
      this.signers(nowMs).former.some(({keyHex}) => keyHex === hex)
    const isExpected = checkpoint >= 0 && this.#settings.signCheckpoints && this.#key !== undefined
    const missing = shortfall(this.#directory, tail, this.session, {isOwnKey, isExpected})
    if (missing === undefined) return
    this.#notice(missing.alarm === undefined ? missing.notice : `ALARM: ${missing.alarm}`)
    if (missing.alarm === undefined) return
    this.#alarm = missing.alarm
    this.#stageOwn(cut(missing.stated, missing.end), Math.max(nowMs, tail.head.atMs))
  }

  #stageOwn({fields, detail}: OwnEntry, atMs: number): void {
    this.#room()
    this.#stage(fields, detail, atMs)
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

  /** A vanished file took with it the losses that it recorded since the last sync. */
  #untell(): void {
    this.#written = {...this.#written, lossesRecorded: this.#durable.lossesRecorded}
  }
}

const NO_REF = [{}]
const NO_REFS = [{}, {}]
