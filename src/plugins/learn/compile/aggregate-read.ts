// Reads aggregate files and adds them up (docs/formats/aggregate.md). Whoever made one is known by its signature; a file
// that was cut, edited, made for another compile or counted already is refused with the reason, since counting evidence
// twice confirms what was seen once.
import {createHash} from 'node:crypto'
import {isUtf8} from 'node:buffer'
import {PipelockError, type ErrorCode} from '../../../core/errors.js'
import type {ChainSummary} from './chain-summary.js'
import {isCanonicalSegment} from '../../../formats/path-pattern.js'
import {normalizeHost} from '../../../formats/target.js'
import {parseSignatureText, verify, type PublicKey} from '../../../lib/ed25519.js'
import {isObject, JsonFault, readJson, type JsonValue} from '../../../lib/json/reader.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {splitLines} from '../../../lib/line-reader.js'
import {quoted} from '../../../lib/terminal.js'
import {
  addClass,
  addCountedHttp,
  addCountedTool,
  addRequests,
  createAggregate,
  hostKey,
  isTooLarge,
  sessionOf,
  type Aggregate,
  type CountedHttp,
} from './aggregate.js'
import {
  chainKey,
  KINDS,
  lineText,
  orderKey,
  parseLine,
  type AggregateHeader,
  type Line,
  type Totals,
} from './aggregate-lines.js'
import {signedMessage, trailerText, type Trailer} from './aggregate-write.js'
import {MAX_LINE_BYTES} from './chain.js'
import {createChainSet, type ChainSet} from './chain-set.js'
import {countDrops, type Ingested} from './ingest.js'
import {fileRange, readFileCoded} from './source-file.js'
import {tallyEntries, type TallyData} from './tally.js'

/** Small letters may have more bytes than the 2048 that a request can ask for. */
const MAX_PATH_BYTES = 4096

/** Hours whose begin and end are years of four digits: others cannot be written. */
const FIRST_HOUR = Date.parse('0001-01-01T00:00:00Z') / 3_600_000
const LAST_HOUR = Date.parse('9999-12-31T00:00:00Z') / 3_600_000
const NO_HOUR = 'an hour that no event could have'

export interface MergeOptions {
  /** What every file must have been made for. */
  readonly header: AggregateHeader
  /** The keys that may have signed in the name of this id; none for a signer that is not trusted. */
  readonly keysOf: (signerKeyId: string) => readonly PublicKey[]
  readonly allowUnsigned: boolean
  readonly allowTruncatedChains: boolean
  readonly progress: (readBytes: number, totalBytes: number) => void
}

/** The files together, in whatever order they come. Throws PipelockError. */
export async function readAggregates(paths: readonly string[], options: MergeOptions): Promise<Ingested> {
  const aggregate = createAggregate()
  const chains = createChainSet()
  const total = paths.reduce((sum, path) => sum + fileRange(path).to, 0)
  let bytes = 0
  for (const path of paths) {
    const chunks = function* (): Generator<Uint8Array> {
      for (const chunk of readFileCoded(path)) {
        bytes += chunk.length
        yield chunk
      }
    }
    readAggregate(path, chunks(), aggregate, chains, options)
    options.progress(bytes, total)
    // an interrupt gets its turn
    await new Promise(setImmediate)
  }
  const sorted = [...chains.chains].sort((a, b) => compareCodePoints(chainKey(a), chainKey(b)))
  return countDrops(aggregate, sorted)
}

/** Totals as stated, and as the lines add up to. */
interface Sums {
  stated: Totals
  classes: number
  tools: number
  readonly http: {sessions: number; hours: number; payload: number; scanner: number}
  toolHours: number
}

function readAggregate(
  path: string,
  chunks: Iterable<Uint8Array>,
  into: Aggregate,
  chains: ChainSet,
  options: MergeOptions,
): void {
  const hash = createHash('sha256')
  const sums: Sums = {
    stated: {events: 0, malformed: 0, redacted: 0, foreign: 0, regulated: 0, sensitive: 0},
    classes: 0,
    tools: 0,
    toolHours: 0,
    http: {sessions: 0, hours: 0, payload: 0, scanner: 0},
  }
  const indexes: number[] = []
  let position = {kind: -1, key: ''}
  let lines = 0
  let trailer: Trailer | undefined
  const fail = (reason: string, code: ErrorCode = 'aggregate_invalid'): never => {
    throw new PipelockError(code, `${path}${reason.startsWith('line ') ? ' ' : ': '}${reason}`)
  }
  for (const {line: number, bytes, tooLong, terminated} of splitLines(chunks, MAX_LINE_BYTES)) {
    const at = `line ${number}`
    if (tooLong) fail(`${at}: longer than ${MAX_LINE_BYTES} bytes`)
    if (trailer) fail(`${at}: something follows the end`)
    const value = readValue(bytes) ?? fail(`${at}: not JSON`)
    const end = trailerOf(value)
    if (end) {
      if (!terminated || trailerText(end) !== bytes.toString('utf8'))
        fail(`${at}: not in the one spelling of the format`)
      trailer = end
      continue
    }
    const line = parseLine(value) ?? fail(`${at}: not a line of an aggregate of this version`)
    if (!terminated || lineText(line) !== bytes.toString('utf8')) fail(`${at}: not in the one spelling of the format`)
    if (lines === 0 && line.kind !== 'header') fail(`${at}: the header is missing`)
    const next = {kind: KINDS.indexOf(line.kind), key: orderKey(line)}
    const order = next.kind - position.kind || compareCodePoints(next.key, position.key)
    const isEmptyChain = line.kind === 'chain' && line.chain.first === undefined
    if (order < 0 || (order === 0 && !isEmptyChain)) fail(`${at}: duplicate or out of order`)
    position = next
    if (line.kind === 'header') checkHeader(path, line.header, options.header)
    const problem = addLine(line, into, indexes, sums, options.header)
    if (problem !== undefined) fail(`${at}: ${problem}`)
    if (line.kind === 'chain') {
      checkBeginning(path, line.chain, options.allowTruncatedChains)
      chains.add(line.chain, path)
    }
    hash.update(bytes).update('\n')
    lines++
  }
  if (!trailer) return fail('the end is missing: the file was cut off')
  if (trailer.lines !== lines || trailer.sha256 !== `sha256:${hash.digest('hex')}`) {
    fail('the content does not have the digest that its end states', 'hash_mismatch')
  }
  if (!addsUp(sums)) fail('the counts do not add up')
  checkSignature(path, trailer, options)
  into.events += sums.stated.events
  into.malformed += sums.stated.malformed
  into.redacted += sums.stated.redacted
  into.foreign += sums.stated.foreign
  into.regulated += sums.stated.regulated
  into.sensitive += sums.stated.sensitive
}

function checkBeginning(path: string, chain: ChainSummary, allowTruncated: boolean): void {
  if (!chain.truncated || allowTruncated) return
  const name = quoted(chain.files[0]?.path ?? '')
  throw new PipelockError('hash_chain_broken', `${path}: the chain of ${name} does not begin at genesis`)
}

function readValue(bytes: Buffer): JsonValue | undefined {
  try {
    return isUtf8(bytes) ? readJson(bytes.toString('utf8'), {maxDepth: 8}) : undefined
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

function trailerOf(value: JsonValue): Trailer | undefined {
  const end = isObject(value) ? value['end'] : undefined
  if (!isObject(end)) return undefined
  const {lines, sha256, signer_key_id = null, signature = null} = end
  if (typeof lines !== 'number' || typeof sha256 !== 'string') return undefined
  if (signer_key_id !== null && typeof signer_key_id !== 'string') return undefined
  if (signature !== null && typeof signature !== 'string') return undefined
  return {lines, sha256, signer_key_id, signature}
}

/** Names what differs, so that an operator knows which machine to look at. */
function checkHeader(path: string, own: AggregateHeader, requested: AggregateHeader): void {
  const fields = [
    ['agent', own.agent, requested.agent],
    ['profile', own.profile, requested.profile],
    ['request_limit', String(own.requestLimit), String(requested.requestLimit)],
  ] as const
  for (const [name, result, expected] of fields) {
    if (result !== expected) {
      const message = `${path}: ${name} is ${quoted(result)}, this compile has ${quoted(expected)}`
      throw new PipelockError('aggregate_mismatch', message, {
        hint: 'make all aggregates with the agent, --inference and learn.inference of the compile',
      })
    }
  }
  if (requested.checkpointsRequired && !own.checkpointsRequired) {
    throw new PipelockError('aggregate_mismatch', `${path}: its captures were counted without asking for checkpoints`, {
      hint: 'count them again with learn aggregate --require-checkpoints',
    })
  }
}

function checkSignature(path: string, trailer: Trailer, options: MergeOptions): void {
  const {signer_key_id: id, signature} = trailer
  if (id === null || signature === null) {
    if (options.allowUnsigned && id === null && signature === null) return
    throw new PipelockError('signature_invalid', `${path} is not signed`, {
      hint: 'let the machine that made it sign with the compile key, or take it as it is with --allow-unsigned-aggregates',
    })
  }
  const keys = options.keysOf(id)
  if (keys.length === 0) {
    throw new PipelockError('key_unknown', `${path} is signed by ${quoted(id)}, whose key is not trusted here`, {
      hint: 'name its public key file with --aggregate-key',
    })
  }
  const bytes = parseSignatureText(signature)
  const message = signedMessage(trailer.sha256)
  if (!bytes || !keys.some((key) => verify(key, message, bytes))) {
    throw new PipelockError(
      'signature_invalid',
      `${path}: no key that is trusted here made the signature of ${quoted(id)}`,
      {
        hint: 'name the public key file of the machine that made it with --aggregate-key',
      },
    )
  }
}

/** What is wrong with a line, or undefined once it is added. Beyond the limit nothing is added: the compile is refused anyway. */
function addLine(
  line: Line,
  into: Aggregate,
  indexes: number[],
  sums: Sums,
  {requestLimit, profile}: AggregateHeader,
): string | undefined {
  const add = !isTooLarge(into)
  switch (line.kind) {
    case 'header':
    case 'chain':
      return undefined
    case 'totals':
      sums.stated = line.totals
      return undefined
    case 'class':
      sums.classes += line.events
      if (add) addClass(into, line.name, line.events)
      return undefined
    case 'session':
      if (!isHour(line.hour)) return NO_HOUR
      indexes.push(add ? sessionOf(into, line.id, line.hour) : 0)
      return undefined
    case 'requests':
    case 'trace': {
      const {host, port} = line.kind === 'trace' ? line.trace : line.requests
      if (!isPlace(host, port)) return 'no host and port'
      const untraced = line.kind === 'requests' ? line.requests.untraced : 0
      const traced = line.kind === 'trace' ? [`${line.trace.session}\0${line.trace.trace}`] : []
      if (add) addRequests(into, hostKey(host, port), untraced, traced, requestLimit)
      return undefined
    }
    case 'http': {
      const {shape} = line
      const {hours, payloadBytes, scannerBytes} = shape
      if (!isHttp(shape) || !areKnown(shape.sessions, indexes)) return 'no event could have this shape'
      if (shape.parameters && profile !== 'wilson_lb_v3') return 'its profile counts no parameters'
      if (!keysAre(hours, isHour)) return NO_HOUR
      if (!keysAre(payloadBytes, isSize) || !keysAre(scannerBytes, isSize)) return 'a size below zero'
      sums.http.sessions += totalOf(shape.sessions)
      sums.http.hours += totalOf(shape.hours)
      sums.http.payload += totalOf(shape.payloadBytes)
      sums.http.scanner += totalOf(shape.scannerBytes)
      if (add) addCountedHttp(into, shape, indexes)
      return undefined
    }
    case 'tool': {
      const {shape} = line
      if (shape.server.trim() === '' || shape.tool.trim() === '') return 'no event could have this shape'
      if (!areKnown(shape.sessions, indexes)) return 'a session that the file does not list'
      if (!keysAre(shape.hours, isHour)) return NO_HOUR
      sums.tools += totalOf(shape.sessions)
      sums.toolHours += totalOf(shape.hours)
      if (add) addCountedTool(into, shape, indexes)
      return undefined
    }
  }
}

function addsUp({stated, classes, tools, toolHours, http}: Sums): boolean {
  const {sessions, hours, payload, scanner} = http
  const isEven = sessions === hours && sessions === payload && sessions === scanner && tools === toolHours
  return isEven && sessions + tools === stated.events && classes === stated.events
}

function totalOf(tally: TallyData): number {
  let total = 0
  for (const [, count] of tallyEntries(tally)) total += count
  return total
}

function areKnown(sessions: TallyData, indexes: readonly number[]): boolean {
  for (const [index] of tallyEntries(sessions)) if (indexes[index] === undefined) return false
  return true
}

/** What learning would never have counted must not come in by this door: inference relies on canonical hosts and paths. */
function isHttp({host, port, path, method, action, blocked, unserved, parameters}: CountedHttp): boolean {
  if (parameters && (blocked || unserved || path === undefined)) return false
  if (method === '' || method !== method.trim().toUpperCase() || action !== action.trim().toLowerCase()) return false
  if (host === undefined) return port === undefined && path === undefined
  return isPlace(host, port) && (path === undefined || isCanonical(path))
}

function isPlace(host: string, port: number | undefined): boolean {
  return normalizeHost(host) === host && (port === undefined || (port > 0 && port < 65_536))
}

function isCanonical(path: string): boolean {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return false
  const [front, ...segments] = path.split('/')
  if (front !== '' || segments.length === 0) return false
  return path === '/' || segments.every(isCanonicalSegment)
}

function isHour(hour: number): boolean {
  return hour >= FIRST_HOUR && hour <= LAST_HOUR
}

function isSize(bytes: number): boolean {
  return bytes >= 0
}

function keysAre(tally: TallyData, isFit: (key: number) => boolean): boolean {
  for (const [key] of tallyEntries(tally)) if (!isFit(key)) return false
  return true
}
