// The judgement of a log or of a file of bare receipts, line by line: every line is handed to the recorder chain, the v1
// chain and the v2 chain it concerns. Memory does not grow with the input.
import type {ReadKey} from '../../formats/action-receipt.js'
import {EvidenceFault} from '../../formats/evidence-fault.js'
import type {Entry} from '../../formats/entry.js'
import {readEvidenceReceipt} from '../../formats/evidence-receipt.js'
import type {PublicKey} from '../../lib/ed25519.js'
import {isObject, type JsonValue} from '../../lib/json/reader.js'
import {ActionChain, MAX_WARNINGS} from './action-chain.js'
import {knowsNoKey, type Authority} from './authority.js'
import type {ChainReceipt} from './chain-receipt.js'
import {isSignedDecision, verifyDecisionRecord} from './decision-record.js'
import {EvidenceChain} from './evidence-chain.js'
import {HeadCursor, type HeadFileWord} from './head-cursor.js'
import {withoutCr, type Line, type Place} from './lines.js'
import {isJson, readLine, textOfExt, type ReadLine} from './read-line.js'
import {RecorderChain, type LinkedEntry, type NamedFile} from './recorder-chain.js'
import {checkTranscriptRoot, SealWatch} from './seal.js'
import {faultOf, type ChainVerdict} from './verdict.js'
import {completenessOf, headFailure, type LogFile, type LogOptions, type LogVerdict} from './log-verdict.js'

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

/** A line that holds a canonical action receipt, as the quick reader found it. */
export interface QuickLine {
  readonly receipt: ChainReceipt
  /** Where entries are judged. */
  readonly entry: LinkedEntry | undefined
}

/** Lines may come from anywhere. */
export class LogRun {
  readonly #options: LogOptions
  readonly #names: ReadonlyMap<string, NamedFile | undefined>
  /** Over evidence receipts. */
  readonly #authority: Authority
  readonly #recorder: RecorderChain | undefined
  readonly #v1: ActionChain
  readonly #v2: EvidenceChain
  readonly #warnings: string[] = []
  #stopped = false
  readonly #seal = new SealWatch()
  #decisionRecords = 0
  #soundRoots = 0
  #tornTail = false
  #unreadable = false
  readonly #heads: HeadCursor | undefined
  #hasSignedCheckpoint = false

  constructor(files: readonly LogFile[], options: LogOptions) {
    const {trusted, anchor, endorsements = [], strict = false, session, heads} = options
    this.#options = options
    if (heads !== undefined && heads !== 'missing') {
      this.#heads = new HeadCursor(heads, {
        session: options.entrySession ?? session,
        deletedThrough: anchor?.deleted_through_seq,
        trusts: (hex) =>
          trusted.length === 0 ||
          trusted.some((key) => key.hex === hex) ||
          endorsements.some((each) => each.new_signer_key === hex),
      })
    }
    const isChains = options.level === 'chains'
    this.#authority = options.authority ?? {kind: 'raw', keys: trusted}
    this.#names = new Map(files.map((file) => [file.path, file.named]))
    this.#v1 = new ActionChain(
      {
        ...{trusted, endorsements, session, strict, anchor, accepted: options.observer?.receipt},
        heads: isChains ? this.#heads : undefined,
      },
      options.signatures,
    )
    this.#v2 = new EvidenceChain({
      authority: this.#authority,
      expect: options.expect ?? {},
      structuralWithoutKey: options.structuralWithoutKey ?? false,
      suffix: anchor !== undefined,
      accepted: options.observer?.evidence,
    })
    if (!isChains) {
      this.#recorder = new RecorderChain({
        session: options.entrySession,
        signed: trusted.length > 0,
        anchor,
        heads: this.#heads,
      })
    }
  }

  /** Nothing behind the last line taken can be judged. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Receipts are accepted no more: their signatures need no check. */
  get receiptsFailed(): boolean {
    return this.#v1.failed
  }

  /** Keys that are known to be usable, of signatures to come. */
  get keys(): readonly PublicKey[] {
    return this.#keys()
  }

  /** Reads a key that a receipt names. */
  get readKey(): ReadKey {
    return this.#v1.readKey
  }

  /** `last`: nothing follows it in the log. */
  take(line: Line, last: boolean): void {
    const recorder = this.#recorder
    const bytes = recorder ? line.bytes : withoutCr(line.bytes)
    let read: ReadLine
    if (recorder && bytes.length === 0 && !line.tooLong) {
      // before anything is thrown: a file of nothing else must not cost more than its bytes
      recorder.skip()
      recorder.fail('recorder_entry_invalid', 'an empty line', undefined, line)
      return
    }
    try {
      if (line.tooLong) throw new EvidenceFault('malformed_json', 'the line is longer than 8 MiB')
      read = readLine(bytes)
    } catch (error) {
      if (!(error instanceof EvidenceFault)) throw error
      this.#fault(error, line, last, bytes)
      return
    }
    if (recorder && !line.terminated) {
      if (last) {
        this.#torn(line, 'the last line has no line feed')
        return
      }
      recorder.fail('recorder_entry_invalid', 'the last line of the file has no line feed', undefined, line)
    }
    this.#dispatch(read, line)
  }

  /** A line that needs no strict reading. It never ends a log before its time, so nobody asks whether it is the last. */
  takeQuick({receipt, entry}: QuickLine, place: Place): void {
    if (entry) this.#recorder?.pushRead(entry, place, this.#named(place))
    this.#seal.see('action_receipt')
    this.#v1.pushRead(receipt, place)
  }

  #named(line: Place): NamedFile | undefined {
    return line.line === 1 ? this.#names.get(line.file) : undefined
  }

  #fault(error: EvidenceFault, line: Line, last: boolean, bytes: Buffer): void {
    // nobody has read what so long a line holds: one with its LF was written whole, and may not be left out
    const isCut = line.tooLong ? !line.terminated : !isJson(bytes)
    if (last && error.reason === 'malformed_json' && isCut) {
      this.#torn(line, `the last line is torn: ${error.message}`)
    } else {
      this.#unread(error, line)
    }
  }

  /** A write that never finished, at the end of the log. */
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
    if (this.#v1.known > 0 || this.#v2.known === 0) this.#v1.fail(error.reason, error.message, place)
    if (this.#v2.known > 0) this.#v2.fail(error.reason, error.message, place)
  }

  #dispatch({text, value, detailText, extText}: ReadLine, line: Line): void {
    const entry = this.#recorder?.push(text, value, detailText, line, this.#named(line), () => this.#keys())
    if (entry && entry.head.type !== 'action_receipt') this.#options.observer?.entry(entry)
    const {type, detail} = value
    if (typeof type === 'string' && detail !== undefined) {
      this.#seal.see(type)
      if (type === 'checkpoint') this.#hasSignedCheckpoint ||= isSigned(detail)
      if (type === 'action_receipt') {
        if (isObject(detail)) this.#v1.push(detail, 'ext' in detail ? textOfExt(detailText) : undefined, line)
        else this.#v1.fail('malformed_json', 'a receipt is not a JSON object', line)
      } else if (type === 'evidence_receipt') {
        this.#v2.push(() => readEvidenceReceipt(detailText), line)
      } else if (entry) {
        this.#judgeOther(entry, line)
      }
    } else if (value['action_record'] !== undefined) {
      this.#v1.push(value, extText, line)
    } else if (value['record_type'] !== undefined) {
      this.#v2.push(() => readEvidenceReceipt(text), line)
    } else {
      this.#unread(new EvidenceFault('malformed_json', 'the line is neither a recorder entry nor a receipt'), line)
    }
  }

  /** Keys that may sign checkpoints and decision records here. */
  #keys(): readonly PublicKey[] {
    return [...this.#options.trusted, ...this.#v1.authorisedSigners]
  }

  #judgeOther({head, detail}: Entry, line: Line): void {
    const recorder = this.#recorder
    if (!recorder) return
    const fail = (fault: EvidenceFault) => recorder.fail(fault.reason, fault.message, head.seq, line)
    if (head.type === 'transcript_root' && !(this.#options.isExcerpt && this.#v1.known === 0)) {
      // a chain that failed has no root to compare with, and fails the whole by itself
      const fault = this.#v1.failed
        ? undefined
        : faultOf(() => checkTranscriptRoot(detail, recorder.session, this.#v1.running))
      if (fault) fail(fault)
      else if (!this.#v1.failed) this.#soundRoots++
      this.#seal.root(this.#v1.known, recorder.signedCheckpoints)
    } else if (head.type === 'decision' && this.#options.trusted.length > 0 && isSignedDecision(detail)) {
      const fault = faultOf(() => verifyDecisionRecord(detail, this.#keys()))
      if (fault) fail(fault)
      else this.#decisionRecords++
    } else if (this.#options.level === 'whole' && !KNOWN_TYPES.has(head.type)) {
      fail(new EvidenceFault('recorder_entry_invalid', `unknown entry type ${JSON.stringify(head.type)}`))
    }
  }

  finish(): LogVerdict {
    this.#judgeHead()
    const v1 = this.#v1.finish()
    const v2 = this.#v2.finish()
    const sealed = !v1.failure && this.#seal.covers(v1.observed)
    const anchored = sealed && this.#seal.isAnchored(this.#recorder?.signedCheckpoints ?? 0)
    if (this.#options.level === 'whole') this.#judgeEnd(anchored || v1.failure !== undefined)
    const wrongHead = this.#unreadable ? undefined : headFailure(v1.observed > 0 ? v1 : v2, this.#options)
    const withHead = (chain: ChainVerdict, isHead: boolean): ChainVerdict =>
      isHead && wrongHead && !chain.failure ? {...chain, failure: wrongHead, signaturesVerified: false} : chain
    const chains = {v1: withHead(v1, v1.observed > 0 || v2.observed === 0), v2: withHead(v2, v1.observed === 0)}
    const recorder = this.#recorder?.finish()
    const signedParts = v1.observed + v2.observed + (recorder?.signedCheckpoints ?? 0) + this.#decisionRecords
    const failure = recorder?.failure ?? chains.v1.failure ?? chains.v2.failure
    return {
      recorder,
      ...chains,
      unreadable: this.#unreadable,
      failure,
      completeness: completenessOf(this.#options, {isValid: failure === undefined, sealed, anchored}),
      headFile: this.#headFile(),
      roots: this.#soundRoots,
      tornTail: this.#tornTail,
      unsigned: !this.#hasKey(v2.observed > 0) || signedParts === 0,
      warnings: this.#allWarnings(),
    }
  }

  /** A roster speaks for evidence receipts alone. */
  #hasKey(holdsEvidence: boolean): boolean {
    return this.#options.trusted.length > 0 || (holdsEvidence && !knowsNoKey(this.#authority))
  }

  #allWarnings(): readonly string[] {
    const {texts, unheard} = this.#v1.warnings
    const all = [...(this.#options.notes ?? []), ...(this.#heads?.notes ?? []), ...texts, ...this.#warnings]
    const more = Math.max(0, all.length - MAX_WARNINGS) + unheard
    return more === 0 ? all : [...all.slice(0, MAX_WARNINGS), `and ${more} more`]
  }

  /** Level 3: the log must end as a clean stop leaves it. A chain that failed says itself what is wrong. */
  #judgeEnd(settled: boolean): void {
    const fail = (reason: 'incomplete' | 'unanchored', message: string) =>
      this.#recorder?.fail(reason, message, 0, undefined)
    const problem = this.#seal.problem()
    if (problem !== undefined) fail('incomplete', problem)
    // without a key evidence receipts fail as unknown_signer, which says more
    else if (!settled && !this.#options.allowUnanchoredSeal && (this.#v2.known === 0 || !knowsNoKey(this.#authority))) {
      fail('unanchored', 'no checkpoint signed under a trusted key follows the last transcript root')
    }
  }

  /** The recorder stated that more stands in the log: a tail was removed. */
  #judgeHead(): void {
    const recorder = this.#recorder
    const heads = this.#heads
    // what failed was not followed to its end
    if (!heads || this.#v1.failed || recorder?.failed) return
    const fault = recorder ? heads.endOfEntries() : heads.endOfReceipts()
    if (!fault) return
    if (recorder) recorder.fail(fault.reason, fault.message, 0, undefined)
    else this.#v1.fail(fault.reason, fault.message, undefined, 0)
  }

  #headFile(): HeadFileWord | undefined {
    const {heads} = this.#options
    if (heads === undefined || !this.#hasSignedCheckpoint) return undefined
    return this.#heads?.word ?? 'missing'
  }
}

/** True for any signed content. */
function isSigned(checkpoint: JsonValue): boolean {
  const signature = isObject(checkpoint) ? checkpoint['signature'] : undefined
  return typeof signature === 'string' && signature !== ''
}
