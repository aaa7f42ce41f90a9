// Hash chains of recorder files (learn §3.2, §4). What is hashed is the text of the detail as it stands on the line, never
// a re-serialisation; any break ends the compile, since a candidate must not rest on edited evidence.
import {isUtf8} from 'node:buffer'
import {PipelockError, type ErrorCode} from '../../../core/errors.js'
import {GENESIS, hashEntry, type EntryHead} from '../../../core/formats/entry.js'
import {integerOf, isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {quoted} from '../../../lib/terminal.js'

/** Longest line that is read (learn §4). */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
const MAX_DEPTH = 64

export interface RecorderEntry {
  readonly type: string
  readonly ts: string
  readonly sessionId: string
  readonly traceId: string
  readonly detail: JsonValue | undefined
}

export interface Chain {
  /** The entry of the next line, or undefined when the line is malformed JSON. Throws PipelockError. */
  next(line: Buffer, where: {readonly path: string; readonly line: number}): RecorderEntry | undefined
  /** The first entry continued a chain whose beginning is not there. */
  readonly truncated: boolean
}

/** One chain over the lines of one or more files. `allowTruncated` accepts a first entry that is not the first of its chain. */
export function createChain(allowTruncated: boolean): Chain {
  let previous: string | undefined
  let truncated = false
  return {
    get truncated() {
      return truncated
    },
    next(bytes, where) {
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
      const fail = (code: ErrorCode, reason: string): never => {
        const seq = integerOf(object['seq'])
        const at = `${where.path} line ${where.line}${seq === undefined ? '' : `, seq ${seq}`}`
        throw new PipelockError(code, `${at}: ${reason}`)
      }
      if (version !== 1 && version !== 2)
        fail('unsupported_schema_version', 'recorder entry version is neither 1 nor 2')
      const head = headOf(object, version === 1 ? 1 : 2)
      const hash = object['hash']
      if (!head || typeof hash !== 'string')
        return fail('hash_chain_broken', 'a hashed member is missing or has another type')
      if (hasWhitespace(detailText)) fail('hash_chain_broken', 'the detail contains white space between its tokens')
      if (hashEntry(head, detailText) !== hash) fail('hash_chain_broken', 'the entry does not have the hash it states')
      if (previous === undefined) {
        if (head.prev_hash !== GENESIS) {
          if (!allowTruncated) {
            fail('hash_chain_broken', `the chain does not begin at genesis but after ${quoted(head.prev_hash, 80)}`)
          }
          truncated = true
        }
      } else if (head.prev_hash !== previous) {
        fail('hash_chain_broken', 'prev_hash is not the hash of the entry before')
      }
      previous = hash
      return {
        type: head.type,
        ts: head.ts,
        sessionId: head.session_id,
        traceId: head.trace_id,
        detail: object['detail'],
      }
    },
  }
}

function headOf(object: JsonObject, v: 1 | 2): EntryHead | undefined {
  const text = (name: string, optional = false): string | undefined => {
    const value = object[name]
    if (value === undefined && optional) return ''
    // joined by zero bytes, so a string with one could stand for two fields
    return typeof value === 'string' && !value.includes('\0') ? value : undefined
  }
  const seq = integerOf(object['seq'])
  const ts = text('ts')
  const session_id = text('session_id')
  const trace_id = text('trace_id', true)
  const type = text('type')
  const event_kind = text('event_kind', true)
  const transport = text('transport')
  const summary = text('summary')
  const raw_ref = text('raw_ref', true)
  const prev_hash = text('prev_hash')
  if (seq === undefined || ts === undefined || session_id === undefined || trace_id === undefined) return undefined
  if (type === undefined || event_kind === undefined || transport === undefined || summary === undefined)
    return undefined
  if (raw_ref === undefined || prev_hash === undefined) return undefined
  return {
    v,
    seq,
    ts,
    session_id,
    chain_kind: '',
    writer_instance_id: '',
    trace_id,
    type,
    event_kind,
    transport,
    summary,
    raw_ref,
    prev_hash,
  }
}

/** White space between tokens would let two spellings of one detail both be "the bytes on the line". */
function hasWhitespace(json: string): boolean {
  return /[ \t\r\n]/.test(json) && /[ \t\r\n]/.test(json.replace(/"(?:[^"\\]|\\.)*"/g, ''))
}
