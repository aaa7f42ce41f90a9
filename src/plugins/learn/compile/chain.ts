// Hash chains of recorder files. What is hashed is the text of the detail as it stands on the line, never
// a re-serialisation; any break ends the compile, since a candidate must not rest on edited evidence.
import {isUtf8} from 'node:buffer'
import {PipelockError, type ErrorCode, type ErrorOptions} from '../../../core/errors.js'
import {GENESIS, hashEntry, readHead, type EntryHead} from '../../../formats/entry.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {integerOf, isObject, JsonFault, readJson, type JsonValue} from '../../../lib/json/reader.js'
import {quoted} from '../../../lib/terminal.js'

/** Longest line that is read. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
const MAX_DEPTH = 64

export interface RecorderEntry {
  readonly seq: bigint
  readonly prevHash: string
  readonly type: string
  readonly ts: string
  readonly sessionId: string
  readonly traceId: string
  readonly detail: JsonValue | undefined
  /** The detail as it stands on the line. */
  readonly detailText: string
}

/** What ends a compile: a broken chain, an unknown version, an overlong line. It knows its place within a part of a file only. */
export class EntryFault extends Error {
  readonly code: ErrorCode
  /** Of the entry, as far as it could be read. */
  readonly seq: string | undefined

  constructor(code: ErrorCode, reason: string, seq?: string) {
    super(reason)
    this.name = 'EntryFault'
    this.code = code
    this.seq = seq
  }
}

export interface Place {
  readonly path: string
  readonly line: number
}

/** The error that people read. */
export function faultAt(
  fault: Pick<EntryFault, 'code' | 'seq' | 'message'>,
  where: Place,
  options: ErrorOptions = {},
): PipelockError {
  const at = `${where.path} line ${where.line}${fault.seq === undefined ? '' : `, seq ${fault.seq}`}`
  return new PipelockError(fault.code, `${at}: ${fault.message}`, options)
}

/** Where a run of entries attaches to what stands before it. */
export interface Attachment {
  readonly seq: string
  readonly prevHash: string
  readonly hash: string
}

/** A run of entries of one chain, each verified and linked to the one before; the first one's link is for the caller to judge. */
export interface Segment {
  /** The entry of the next line, or undefined when the line is malformed JSON. Throws EntryFault. */
  next(line: Buffer): RecorderEntry | undefined
  readonly first: Attachment | undefined
  readonly lastHash: string | undefined
}

export function createSegment(): Segment {
  let first: Attachment | undefined
  let previous: string | undefined
  return {
    get first() {
      return first
    },
    get lastHash() {
      return previous
    },
    next(bytes) {
      const read = readEntry(bytes)
      if (!read) return undefined
      const {head, hash, ...details} = read
      if (previous !== undefined && head.prev_hash !== previous) {
        throw new EntryFault('hash_chain_broken', NOT_LINKED, String(head.seq))
      }
      // copies: slices would keep the whole line in memory
      first ??= {seq: String(head.seq), prevHash: ownCopy(head.prev_hash), hash: ownCopy(hash)}
      previous = hash
      const {type, ts, session_id: sessionId, trace_id: traceId, prev_hash: prevHash} = head
      return {seq: BigInt(head.seq), prevHash, type, ts, sessionId, traceId, ...details}
    },
  }
}

const NOT_LINKED = 'prev_hash is not the hash of the entry before'

/**
 * Holds the first entry of a run to what stands before it: the hash of the last entry there, or nothing. True when it
 * continues a chain whose beginning is missing, which is accepted only when `allowTruncated` is.
 */
export function checkAttachment(first: Attachment, before: string | undefined, allowTruncated: boolean): boolean {
  const {prevHash, seq} = first
  if (before !== undefined) {
    if (prevHash !== before) throw new EntryFault('hash_chain_broken', NOT_LINKED, seq)
    return false
  }
  if (prevHash === GENESIS) return false
  if (allowTruncated) return true
  const reason = `the chain does not begin at genesis but after ${quoted(prevHash, 80)}`
  throw new EntryFault('hash_chain_broken', reason, seq)
}

export interface Chain {
  /** The entry of the next line, or undefined when the line is malformed JSON. Throws PipelockError. */
  next(line: Buffer, where: Place): RecorderEntry | undefined
  /** The first entry continued a chain whose beginning is not there. */
  readonly truncated: boolean
}

/** One chain over the lines of one or more files. `allowTruncated` accepts a first entry that is not the first of its chain. */
export function createChain(allowTruncated: boolean): Chain {
  const segment = createSegment()
  let attached = false
  let truncated = false
  return {
    get truncated() {
      return truncated
    },
    next(line, where) {
      try {
        const entry = segment.next(line)
        if (!attached && segment.first) {
          truncated = checkAttachment(segment.first, undefined, allowTruncated)
          attached = true
        }
        return entry
      } catch (error) {
        throw error instanceof EntryFault ? faultAt(error, where) : error
      }
    },
  }
}

interface ReadEntry {
  readonly head: EntryHead
  readonly hash: string
  readonly detail: JsonValue | undefined
  readonly detailText: string
}

/** An entry that has the hash it states; undefined when the line is malformed JSON. Throws EntryFault. */
function readEntry(bytes: Buffer): ReadEntry | undefined {
  let detailText = 'null'
  let value: JsonValue
  try {
    if (!isUtf8(bytes)) return undefined
    const line = bytes.toString('utf8')
    value = readJson(line, {
      maxDepth: MAX_DEPTH,
      onRootMember(name, start, end) {
        if (name === 'detail') detailText = line.slice(start, end)
      },
    })
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
  const object = isObject(value) ? value : {}
  const version = object['v']
  const fault = (code: ErrorCode, reason: string): EntryFault => {
    const seq = integerOf(object['seq'])
    return new EntryFault(code, reason, seq === undefined ? undefined : String(seq))
  }
  if (version !== 1 && version !== 2) {
    throw fault('unsupported_schema_version', 'recorder entry version is neither 1 nor 2')
  }
  let read
  try {
    read = readHead(object, true)
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    throw fault('hash_chain_broken', error.message)
  }
  const {head, hash} = read
  if (hasWhitespace(detailText)) {
    throw fault('hash_chain_broken', 'the detail contains white space between its tokens')
  }
  if (hashEntry(head, detailText) !== hash) {
    throw fault('hash_chain_broken', 'the entry does not have the hash it states')
  }
  return {head, hash, detail: object['detail'], detailText}
}

function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

/** White space between tokens would let two spellings of one detail both be "the bytes on the line". */
function hasWhitespace(json: string): boolean {
  return /[ \t\r\n]/.test(json) && /[ \t\r\n]/.test(json.replace(/"(?:[^"\\]|\\.)*"/g, ''))
}
