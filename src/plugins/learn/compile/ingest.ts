// Reading captures: one streaming pass over verified chains, a line at a time; only the aggregate stays. A file
// may be read in parts, by several threads and in any order: each part is verified on its own, then the parts are joined
// in input order, so the first fault in that order is the one that is told.
import {createHash} from 'node:crypto'
import {PipelockError, type ErrorCode} from '../../../core/errors.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {isObject} from '../../../lib/json/reader.js'
import {splitLines} from '../../../lib/line-reader.js'
import {addEvent, createAggregate, isTooLarge, tooLarge, type Aggregate} from './aggregate.js'
import {attestationKeys, ChainAttestation, PartAttestation, type AttestedPart} from './attestation.js'
import {sidecarOpener} from '../sidecar/open.js'
import {decodeCapture, type CaptureRecord} from '../../../formats/capture.js'
import {createChainSet} from './chain-set.js'
import type {ChainSummary, InputSummary} from './chain-summary.js'
import {
  checkAttachment,
  createSegment,
  EntryFault,
  faultAt,
  MAX_LINE_BYTES,
  type Attachment,
  type Place,
  type RecorderEntry,
} from './chain.js'
import {DEFAULT_PRIVACY, fromPlain, type PlainPrivacy, type Privacy} from '../privacy/privacy.js'
import {eventOf} from './event.js'
import {countsSessions, requestLimitOf, type Inference} from './settings.js'

/** One file of a chain. */
export interface Source {
  /** As it is named in the compile manifest. */
  readonly path: string
  chunks(): Iterable<Uint8Array>
}

/** Files that hold one recorder chain, in sequence order. */
export type SourceChain = readonly Source[]

/** Plain data, since threads are started with it. */
export interface IngestOptions {
  readonly agent: string
  readonly inference: Inference
  readonly allowTruncatedChains: boolean
  /** Default: what holds without configuration. */
  readonly privacy?: PlainPrivacy | undefined
  /** 32 bytes of the private key that opens sidecars; without it none is read. */
  readonly escrowKey?: Uint8Array | undefined
  /** Raw public keys: every chain of captures must be covered by checkpoints that one of them signed. Default: not asked. */
  readonly checkpointKeys?: readonly Uint8Array[] | undefined
}

export interface Ingested {
  readonly aggregate: Aggregate
  /** In the order of the sources. */
  readonly chains: readonly ChainSummary[]
}

/** The outcome of reading one part of a file. */
export interface Part {
  readonly lines: number
  readonly first: (Attachment & {readonly line: number}) | undefined
  readonly last: string | undefined
  readonly entries: number
  readonly dropped: number
  readonly missingSidecars: number
  /** Present where checkpoints are required. */
  readonly attested: AttestedPart | undefined
  readonly fault: PartFault | undefined
}

export interface PartFault {
  readonly code: ErrorCode
  readonly message: string
  readonly seq: string | undefined
  /** Within the part; undefined when the file itself could not be read. */
  readonly line: number | undefined
}

export interface ReadFile {
  readonly path: string
  readonly sha256: string
  readonly parts: readonly Part[]
}

/** Throws PipelockError for a broken chain, an unknown entry version or an overlong line. */
export function ingest(sources: readonly SourceChain[], options: IngestOptions): Ingested {
  const aggregate = createAggregate()
  const take = createTaker(aggregate, options)
  const keys = attestationKeys(options.checkpointKeys)
  const chains = sources.map((chain) => {
    const files: ReadFile[] = []
    for (const {path, chunks} of chain) {
      const hash = createHash('sha256')
      const part = scanPart(hashing(chunks(), hash), (entry) => take(entry, path), keys)
      files.push({path, sha256: `sha256:${hash.digest('hex')}`, parts: [part]})
      if (part.fault) break
    }
    return joinChain(files, options)
  })
  return finishIngest(aggregate, chains)
}

/** Chains first, then copies, then size: which fault is told must not depend on how the work was divided. */
export function finishIngest(aggregate: Aggregate, chains: readonly ChainSummary[]): Ingested {
  const set = createChainSet()
  for (const chain of chains) set.add(chain)
  return countDrops(aggregate, set.chains)
}

/** Of chains that are known to be different ones. */
export function countDrops(aggregate: Aggregate, chains: readonly ChainSummary[]): Ingested {
  if (isTooLarge(aggregate)) throw tooLarge()
  for (const {dropped} of chains) aggregate.dropped += dropped
  return {aggregate, chains}
}

/** Passes chunks on; what is read also goes into the hash. */
export function* hashing(chunks: Iterable<Uint8Array>, hash: ReturnType<typeof createHash>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

/** What becomes of a line of a file that was verified; undefined stands for malformed JSON. */
export type Taker = (entry: RecorderEntry | undefined, path: string) => Taken

export type Taken = 'missing_sidecar' | undefined

/** Reads lines until their end or a fault. With `keys`, checkpoints are judged too. */
export function scanPart(
  chunks: Iterable<Uint8Array>,
  take: (entry: RecorderEntry | undefined) => Taken,
  keys: readonly PublicKey[] | undefined,
): Part {
  const segment = createSegment()
  const attestation = keys && new PartAttestation(keys)
  let lines = 0
  let entries = 0
  let dropped = 0
  let missingSidecars = 0
  let first: Part['first']
  let fault: PartFault | undefined
  try {
    for (const {line, bytes, tooLong} of splitLines(chunks, MAX_LINE_BYTES)) {
      lines = line
      if (tooLong) throw new EntryFault('payload_too_large', OVERLONG)
      const entry = segment.next(bytes)
      if (segment.first && !first) first = {...segment.first, line}
      attestation?.next(entry, line)
      if (entry?.type === 'capture_drop') dropped = Math.max(dropped, dropCount(entry))
      else entries++
      if (take(entry) === 'missing_sidecar') missingSidecars++
    }
  } catch (error) {
    fault = partFault(error, lines)
  }
  const attested = attestation?.outcome
  return {lines, first, last: segment.lastHash, entries, dropped, missingSidecars, attested, fault}
}

const OVERLONG = `the line is longer than ${MAX_LINE_BYTES} bytes`

/** Other errors are thrown on. */
export function partFault(error: unknown, line: number): PartFault {
  if (error instanceof EntryFault) return {code: error.code, message: error.message, seq: error.seq, line}
  if (error instanceof PipelockError) return {code: error.code, message: error.message, seq: undefined, line: undefined}
  throw error
}

/** Links the parts of the files of one chain, in order. Throws the first fault. */
export function joinChain(
  files: readonly ReadFile[],
  {allowTruncatedChains, checkpointKeys}: Pick<IngestOptions, 'allowTruncatedChains' | 'checkpointKeys'>,
): ChainSummary {
  const attestation = checkpointKeys && new ChainAttestation()
  let first: string | undefined
  let last: string | undefined
  let truncated = false
  let entries = 0
  let dropped = 0
  let missingSidecars = 0
  const inputs = files.map(({path, sha256, parts}): InputSummary => {
    let lines = 0
    for (const part of parts) {
      if (part.first) {
        const at = {path, line: lines + part.first.line}
        truncated = attach(part.first, last, allowTruncatedChains, at) || truncated
        if (truncated && first === undefined) attestation?.truncated()
        first ??= part.first.hash
        last = part.last
      }
      if (part.attested) attestation?.add(part.attested, path, lines)
      if (part.fault) {
        const {line, ...fault} = part.fault
        throw line === undefined
          ? new PipelockError(fault.code, fault.message)
          : faultAt(fault, {path, line: lines + line})
      }
      lines += part.lines
      entries += part.entries
      dropped = Math.max(dropped, part.dropped)
      missingSidecars += part.missingSidecars
    }
    return {path, sha256, lines}
  })
  attestation?.finish()
  return {files: inputs, first, last, truncated, entries, dropped, missingSidecars}
}

function attach(first: Attachment, before: string | undefined, allowTruncated: boolean, at: Place): boolean {
  try {
    return checkAttachment(first, before, allowTruncated)
  } catch (error) {
    throw error instanceof EntryFault ? faultAt(error, at) : error
  }
}

/** The lines of a source. Throws `payload_too_large`. */
export function* linesOf(source: Source): Generator<Buffer> {
  for (const {line, bytes, tooLong} of splitLines(source.chunks(), MAX_LINE_BYTES)) {
    if (tooLong) throw faultAt(new EntryFault('payload_too_large', OVERLONG), {path: source.path, line})
    yield bytes
  }
}

/** Adds entries to an aggregate, until that is too large; what is refused in the end need not be counted. */
export function createTaker(aggregate: Aggregate, options: IngestOptions): Taker {
  const privacy = options.privacy === undefined ? DEFAULT_PRIVACY : fromPlain(options.privacy)
  const open = options.escrowKey === undefined ? undefined : sidecarOpener(options.escrowKey)
  return (entry, path) => {
    if (isTooLarge(aggregate)) return undefined
    if (!entry) aggregate.malformed++
    else if (entry.type === 'capture') {
      const record = countable(aggregate, entry, options)
      if (!record) return undefined
      const payload = open?.(path, entry.detail)
      if (payload === 'missing') {
        addCapture(aggregate, entry, record, options, privacy)
        return 'missing_sidecar'
      }
      // of what was sealed only the size is learned: the rest would stand in a contract
      const sized = payload === undefined ? record : {...record, payloadBytes: payload.requestBytes}
      addCapture(aggregate, entry, sized, options, privacy)
    }
    return undefined
  }
}

/** A capture of this agent; what is none is counted. */
function countable(aggregate: Aggregate, entry: RecorderEntry, options: IngestOptions): CaptureRecord | undefined {
  const decoded = decodeCapture(entry.detail)
  if (decoded.kind === 'redacted' && countsSessions(options.inference.profile)) {
    aggregate.redacted++
    return undefined
  }
  if (decoded.kind !== 'capture') {
    aggregate.malformed++
    return undefined
  }
  if (decoded.record.agent !== '' && decoded.record.agent !== options.agent) {
    aggregate.foreign++
    return undefined
  }
  return decoded.record
}

function addCapture(
  aggregate: Aggregate,
  entry: RecorderEntry,
  record: CaptureRecord,
  options: IngestOptions,
  privacy: Privacy,
): void {
  const {profile} = options.inference
  const filtered = privacy.filter(record)
  if (filtered.kind !== 'kept') {
    aggregate[filtered.kind]++
    return
  }
  const event = eventOf(profile, entry, filtered.record, privacy.isSensitive)
  // a pattern may be of a whole name, which the filter saw in its URL only
  if (event?.kind === 'http' && event.names?.some(privacy.isRegulated)) aggregate.regulated++
  else if (event) addEvent(aggregate, event, requestLimitOf(options.inference))
  else aggregate.malformed++
}

/** The count of a drop sentinel, which is cumulative over its chain. */
export function dropCount(entry: RecorderEntry): number {
  const count = isObject(entry.detail) ? entry.detail['count'] : undefined
  return typeof count === 'number' && count > 0 ? count : 0
}
