// One pass over the lines of a log or of a file of bare receipts: every line is read once, strictly, and handed to the
// recorder chain, the v1 chain and the v2 chain it concerns. Memory does not grow with the input (receipts §3.2, §7.3).
import type {ActionReceipt} from '../../core/formats/action-receipt.js'
import {EvidenceFault, MAX_DEPTH, readEvidenceObject} from '../../core/formats/evidence-fault.js'
import type {Entry, HashedEntry} from '../../core/formats/entry.js'
import {readEvidenceReceipt, type EvidenceReceipt} from '../../core/formats/evidence-receipt.js'
import type {Int} from '../../core/formats/member-table.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {decodeUtf8, isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../lib/json/reader.js'
import {ActionChain, MAX_WARNINGS, type Note} from './action-chain.js'
import {knowsNoKey, type Authority, type Expectations} from './authority.js'
import {isSignedDecision, verifyDecisionRecord} from './decision-record.js'
import type {Endorsement} from './endorsement.js'
import {EvidenceChain} from './evidence-chain.js'
import {isBlank, markLast, withoutCr, type Line, type Place} from './lines.js'
import {readQuickLine, type QuickLine} from './quick-line.js'
import {readLines} from './read-lines.js'
import {RecorderChain, type NamedFile, type RecorderVerdict} from './recorder-chain.js'
import type {RetentionAnchor} from '../../core/formats/retention-anchor.js'
import {checkTranscriptRoot, type Seal} from './seal.js'
import {inlineSignatures, type SignatureQueue} from './signature-queue.js'
import {faultOf, type ChainVerdict, type Failure} from './verdict.js'

export type Level = 'chains' | 'integrity' | 'whole'

export interface LogFile {
  readonly path: string
  /** What the name says; undefined for a file that was given by itself. */
  readonly named: NamedFile | undefined
}

export interface LogOptions {
  readonly level: Level
  /** Recorder session that endorsements are compared with. */
  readonly session: string
  /** Session that the entries must name; undefined takes that of the first entry. */
  readonly entrySession: string | undefined
  readonly trusted: readonly PublicKey[]
  /** Authority over evidence receipts; the trusted keys when left out. */
  readonly authority?: Authority
  readonly expect?: Expectations
  readonly endorsements?: readonly Endorsement[]
  readonly anchor?: RetentionAnchor | undefined
  /** Warnings from before the log was opened. */
  readonly notes?: readonly string[]
  readonly strict?: boolean
  readonly tolerateTornTail?: boolean
  readonly allowUnanchoredSeal?: boolean
  /** Evidence receipts that no key can be checked for are judged by structure and links, not refused. */
  readonly structuralWithoutKey?: boolean
  readonly expectHead?: string | undefined
  readonly expectSeq?: Int | undefined
  /** Where the signatures of action receipts are checked; in the calling thread when left out. */
  readonly signatures?: SignatureQueue<Note> | undefined
  /** Told now and then how many bytes of the log were read. */
  readonly onRead?: ((bytes: number) => void) | undefined
  readonly observer?: LogObserver | undefined
  /** Lines from the middle of a log: a transcript root that no receipt stands before has nothing to be held against. */
  readonly isExcerpt?: boolean
}

/**
 * Sees a log as it is judged, in the order of its lines. A bad signature may become known late: then more was told than
 * the verdict accepts.
 */
export interface LogObserver {
  /** Before it is judged. */
  readonly line: (line: Line) => void
  /** `detail` is undefined for an entry that holds an action receipt. */
  readonly entry: (entry: HashedEntry, detail: JsonValue | undefined) => void
  readonly receipt: (receipt: ActionReceipt, hash: string, place: Place) => void
  readonly evidence: (receipt: EvidenceReceipt, hash: string, place: Place) => void
}

export type Completeness = 'retained_suffix' | 'head_verified' | 'anchored' | 'sealed' | 'not_proven'

export interface LogVerdict {
  /** undefined when only receipt chains were checked */
  readonly recorder: RecorderVerdict | undefined
  readonly v1: ChainVerdict
  readonly v2: ChainVerdict
  /** A line could not be read, so that nothing behind it was. */
  readonly unreadable: boolean
  /** The first failure: recorder, then v1, then v2. */
  readonly failure: Failure | undefined
  readonly completeness: Completeness
  /** Transcript roots that state what the chain came to. */
  readonly roots: number
  readonly tornTail: boolean
  /** No key was given, or nothing in the input is signed. */
  readonly unsigned: boolean
  readonly warnings: readonly string[]
  /** Signatures of action receipts that an earlier run checked, as a file says that is bound to this installation. */
  readonly earlier?: {readonly checks: number; readonly path: string} | undefined
}

const KNOWN_TYPES: ReadonlySet<string> = new Set([
  'action_receipt',
  'evidence_receipt',
  'decision',
  'checkpoint',
  'transcript_root',
  'capture',
  'capture_drop',
  'recovery',
])

/** Bytes between two words about progress. */
const STRIDE = 256 * 1024

export async function verifyLog(files: readonly LogFile[], options: LogOptions): Promise<LogVerdict> {
  const run = new LogRun(files, options)
  const lines =
    options.level === 'chains' ? significant(readLines(files.map((f) => f.path))) : readLines(files.map((f) => f.path))
  let read = 0
  let told = 0
  for (const {item, last} of markLast(lines)) {
    options.observer?.line(item)
    const pending = run.take(item, last)
    if (pending) await pending
    if (run.stopped) break
    read += item.bytes.length + 1
    if (read - told < STRIDE) continue
    options.onRead?.(read)
    told = read
  }
  return run.finish()
}

function* significant(lines: Iterable<Line>): Generator<Line> {
  for (const line of lines) if (line.tooLong || !isBlank(line.bytes)) yield line
}

interface Read {
  readonly text: string
  readonly value: JsonObject
  readonly detailText: string
  readonly extText: string | undefined
}

/** The judgement of one log, line by line, wherever the lines come from. */
export class LogRun {
  readonly #options: LogOptions
  readonly #names: ReadonlyMap<string, NamedFile | undefined>
  readonly #recorder: RecorderChain | undefined
  readonly #v1: ActionChain
  readonly #v2: EvidenceChain
  readonly #warnings: string[] = []
  #stopped = false
  #seal: Seal | undefined
  #decisionRecords = 0
  #roots = 0
  #tornTail = false
  #unreadable = false

  constructor(files: readonly LogFile[], options: LogOptions) {
    const {trusted, anchor, endorsements = [], strict = false, session} = options
    this.#options = options
    this.#names = new Map(files.map((file) => [file.path, file.named]))
    const signatures = options.signatures ?? inlineSignatures<Note>()
    this.#v1 = new ActionChain(
      {trusted, endorsements, session, strict, anchor, accepted: options.observer?.receipt},
      signatures,
    )
    this.#v2 = new EvidenceChain({
      authority: authorityIn(options),
      expect: options.expect ?? {},
      structuralWithoutKey: options.structuralWithoutKey ?? false,
      suffix: anchor !== undefined,
      accepted: options.observer?.evidence,
    })
    if (options.level !== 'chains') {
      this.#recorder = new RecorderChain({session: options.entrySession, signed: trusted.length > 0, anchor})
    }
  }

  /** Nothing behind the last line taken can be judged. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** A promise when the next line must wait for it. */
  take(line: Line, last: boolean): Promise<void> | undefined {
    const recorder = this.#recorder
    const bytes = recorder ? line.bytes : withoutCr(line.bytes)
    let read: Read
    if (recorder && bytes.length === 0 && !line.tooLong) {
      // before anything is thrown: a file of nothing else must not cost more than its bytes
      recorder.skip()
      recorder.fail('recorder_entry_invalid', 'an empty line', undefined, line)
      return undefined
    }
    try {
      if (line.tooLong) throw new EvidenceFault('malformed_json', 'the line is longer than 8 MiB')
      const text = decodeLine(bytes)
      const quick = line.terminated || !recorder ? readQuickLine(text, this.#v1.readKey) : undefined
      if (quick && this.#isQuick(quick)) return this.#takeQuick(quick, line)
      read = readLine(text)
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      this.#fault(error, line, last, bytes)
      return undefined
    }
    if (recorder && !line.terminated) {
      if (last) {
        this.#torn(line, 'the last line has no line feed')
        return undefined
      }
      recorder.fail('recorder_entry_invalid', 'the last line of the file has no line feed', undefined, line)
    }
    const {type, detail} = read.value
    // a transcript root is held against what the chain came to
    if (type === 'transcript_root' || this.#v1.mustSettleBefore(isObject(detail) ? detail : read.value)) {
      return this.#v1.settle().then(() => this.#dispatch(read, line))
    }
    this.#dispatch(read, line)
    return this.#v1.isFull ? this.#v1.room() : undefined
  }

  /** A bare receipt is no recorder entry: where entries are wanted, the strict way says so. */
  #isQuick({entry}: QuickLine): boolean {
    return entry !== undefined || this.#recorder === undefined
  }

  #takeQuick({receipt, entry}: QuickLine, line: Line): Promise<void> | undefined {
    const recorder = this.#recorder
    if (entry && recorder) {
      recorder.pushRead(entry, line, this.#named(line))
      if (!recorder.failed) this.#options.observer?.entry(entry, undefined)
    }
    if (this.#seal) this.#seal.othersAfter++
    this.#v1.pushRead(receipt, line, line.bytes.length)
    return this.#v1.isFull ? this.#v1.room() : undefined
  }

  #named(line: Line): NamedFile | undefined {
    return line.line === 1 ? this.#names.get(line.file) : undefined
  }

  #fault(error: EvidenceFault, line: Line, last: boolean, bytes: Buffer): void {
    if (last && error.reason === 'malformed_json' && !isJson(bytes)) {
      this.#torn(line, `the last line is torn: ${error.message}`)
    } else {
      this.#unread(error, line)
    }
  }

  /** A write that never finished, at the end of the log (receipts §1.2). */
  #torn(line: Line, message: string): void {
    this.#tornTail = true
    this.#stopped = true
    if (this.#options.tolerateTornTail) {
      this.#warnings.push(`recorder_torn_record: ${message}; it was left out`)
    } else if (this.#recorder) {
      this.#recorder.fail('recorder_torn_record', message, undefined, line)
    } else {
      this.#unread(new EvidenceFault('malformed_json', message), line)
    }
  }

  #unread(error: EvidenceFault, place: Place): void {
    this.#unreadable = true
    this.#stopped = true
    if (this.#recorder) {
      this.#recorder.skip()
      this.#recorder.fail(error.reason, error.message, undefined, place)
      return
    }
    if (this.#v1.seen > 0 || this.#v2.seen === 0) this.#v1.fail(error.reason, error.message, place)
    if (this.#v2.seen > 0) this.#v2.fail(error.reason, error.message, place)
  }

  #dispatch({text, value, detailText, extText}: Read, line: Line): void {
    const entry = this.#recorder?.push(text, value, detailText, line, this.#named(line), () => this.#keys())
    if (entry) this.#options.observer?.entry(entry, entry.head.type === 'action_receipt' ? undefined : entry.detail)
    const {type, detail} = value
    if (typeof type === 'string' && detail !== undefined) {
      if (this.#seal && type === 'checkpoint') this.#seal.checkpointsAfter++
      else if (this.#seal && type !== 'transcript_root') this.#seal.othersAfter++
      if (type === 'action_receipt') {
        if (isObject(detail))
          this.#v1.push(detail, 'ext' in detail ? textOfExt(detailText) : undefined, line, line.bytes.length)
        else this.#v1.fail('malformed_json', 'a receipt is not a JSON object', line)
      } else if (type === 'evidence_receipt') {
        this.#v2.push(() => readEvidenceReceipt(detailText), line)
      } else if (entry) {
        this.#judgeOther(entry, line)
      }
    } else if (value['action_record'] !== undefined) {
      this.#v1.push(value, extText, line, line.bytes.length)
    } else if (value['record_type'] !== undefined) {
      this.#v2.push(() => readEvidenceReceipt(text), line)
    } else {
      this.#unread(new EvidenceFault('malformed_json', 'the line is neither a recorder entry nor a receipt'), line)
    }
  }

  /** Keys that may sign checkpoints and decision records here (receipts §4.6). */
  #keys(): readonly PublicKey[] {
    return [...this.#options.trusted, ...this.#v1.authorisedSigners]
  }

  #judgeOther({head, detail}: Entry, line: Line): void {
    const recorder = this.#recorder
    if (!recorder) return
    const fail = (fault: EvidenceFault) => recorder.fail(fault.reason, fault.message, head.seq, line)
    if (head.type === 'transcript_root' && !(this.#options.isExcerpt && this.#v1.seen === 0)) {
      // a chain that failed has no root to compare with, and fails the whole by itself
      const fault = this.#v1.failed
        ? undefined
        : faultOf(() => checkTranscriptRoot(detail, recorder.session, this.#v1.running))
      if (fault) fail(fault)
      else if (!this.#v1.failed) this.#roots++
      this.#seal = {
        receipts: this.#v1.seen,
        signedCheckpoints: recorder.signedCheckpoints,
        checkpointsAfter: 0,
        othersAfter: 0,
      }
    } else if (head.type === 'decision' && this.#options.trusted.length > 0 && isSignedDecision(detail)) {
      const fault = faultOf(() => verifyDecisionRecord(detail, this.#keys()))
      if (fault) fail(fault)
      else this.#decisionRecords++
    } else if (this.#options.level === 'whole' && !KNOWN_TYPES.has(head.type)) {
      fail(new EvidenceFault('recorder_entry_invalid', `unknown entry type ${JSON.stringify(head.type)}`))
    }
  }

  async finish(): Promise<LogVerdict> {
    const v1 = await this.#v1.finish()
    const v2 = this.#v2.finish()
    const sealed =
      this.#recorder !== undefined && this.#seal !== undefined && !v1.failure && this.#v1.seen === this.#seal.receipts
    const anchored = sealed && (this.#recorder?.signedCheckpoints ?? 0) > (this.#seal?.signedCheckpoints ?? 0)
    if (this.#options.level === 'whole') this.#judgeEnd(anchored || v1.failure !== undefined)
    const headFailure = this.#unreadable ? undefined : this.#headFailure(v1.seen > 0 ? v1 : v2)
    const withHead = (chain: ChainVerdict, isHead: boolean): ChainVerdict =>
      isHead && headFailure && !chain.failure ? {...chain, failure: headFailure, signaturesVerified: false} : chain
    const chains = {v1: withHead(v1, v1.seen > 0 || v2.seen === 0), v2: withHead(v2, v1.seen === 0)}
    const recorder = this.#recorder?.finish()
    const signedParts = v1.seen + v2.seen + (recorder?.signedCheckpoints ?? 0) + this.#decisionRecords
    const failure = recorder?.failure ?? chains.v1.failure ?? chains.v2.failure
    return {
      recorder,
      ...chains,
      unreadable: this.#unreadable,
      failure,
      completeness: this.#completeness(failure === undefined, sealed, anchored),
      roots: this.#roots,
      tornTail: this.#tornTail,
      unsigned: !this.#hasKey(v2.seen > 0) || signedParts === 0,
      warnings: this.#allWarnings(),
    }
  }

  /** A roster speaks for evidence receipts alone. */
  #hasKey(holdsEvidence: boolean): boolean {
    return this.#options.trusted.length > 0 || (holdsEvidence && !knowsNoKey(authorityIn(this.#options)))
  }

  #allWarnings(): readonly string[] {
    const {texts, unheard} = this.#v1.warnings
    const all = [...(this.#options.notes ?? []), ...texts, ...this.#warnings]
    const more = Math.max(0, all.length - MAX_WARNINGS) + unheard
    return more === 0 ? all : [...all.slice(0, MAX_WARNINGS), `and ${more} more`]
  }

  /** Level 3: the log must end as a clean stop leaves it (receipts §7.3). A chain that failed says itself what is wrong. */
  #judgeEnd(settled: boolean): void {
    const seal = this.#seal
    const fail = (reason: 'incomplete' | 'unanchored', message: string) =>
      this.#recorder?.fail(reason, message, 0, undefined)
    if (!seal) fail('incomplete', 'there is no transcript root')
    else if (seal.othersAfter > 0 || seal.checkpointsAfter > 1)
      fail('incomplete', 'entries follow the last transcript root')
    // without a key evidence receipts fail as unknown_signer, which says more
    else if (
      !settled &&
      !this.#options.allowUnanchoredSeal &&
      (this.#v2.seen === 0 || !knowsNoKey(authorityIn(this.#options)))
    ) {
      fail('unanchored', 'no checkpoint signed under a trusted key follows the last transcript root')
    }
  }

  #headFailure(chain: ChainVerdict): Failure | undefined {
    const {expectHead, expectSeq} = this.#options
    const fault = (message: string): Failure => ({reason: 'head_mismatch', message, seq: 0, place: undefined})
    if (expectHead !== undefined && expectHead !== chain.rootHash) {
      return fault(`the head is ${chain.rootHash || 'empty'}, expected ${expectHead}`)
    }
    if (expectSeq !== undefined && expectSeq !== chain.finalSeq) {
      return fault(`the final seq is ${chain.finalSeq ?? 'none'}, expected ${expectSeq}`)
    }
    return undefined
  }

  #completeness(valid: boolean, sealed: boolean, anchored: boolean): Completeness {
    if (this.#options.anchor) return 'retained_suffix'
    if (!valid) return 'not_proven'
    if (this.#options.expectHead !== undefined) return 'head_verified'
    return anchored ? 'anchored' : sealed ? 'sealed' : 'not_proven'
  }
}

const authorityIn = ({authority, trusted}: LogOptions): Authority => authority ?? {kind: 'raw', keys: trusted}

function readLine(text: string): Read {
  let detailText = ''
  let extText: string | undefined
  const value = readEvidenceObject(text, {
    onRootMember(name, start, end) {
      if (name === 'detail') detailText = text.slice(start, end)
      else if (name === 'ext') extText = text.slice(start, end)
    },
  })
  return {text, value, detailText, extText}
}

function decodeLine(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (error instanceof JsonFault) throw new EvidenceFault('malformed_json', error.message)
    throw error
  }
}

function textOfExt(detail: string): string | undefined {
  let found: string | undefined
  readEvidenceObject(detail, {
    onRootMember(name, start, end) {
      if (name === 'ext') found = detail.slice(start, end)
    },
  })
  return found
}

function isJson(bytes: Buffer): boolean {
  try {
    readJson(bytes, {maxDepth: MAX_DEPTH})
    return true
  } catch (error) {
    if (error instanceof JsonFault) return error.kind === 'depth' || error.kind === 'duplicate'
    throw error
  }
}
