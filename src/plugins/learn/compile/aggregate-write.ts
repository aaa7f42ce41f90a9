// Writes an aggregate file (docs/formats/aggregate.md): sorted lines, so that the bytes depend on what was read and not on
// its order, then a trailer with their digest, which the compile key signs.
import {createHash} from 'node:crypto'
import {sign, signatureText} from '../../../lib/ed25519.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {HttpShape, ToolShape} from './aggregate.js'
import {KINDS, lineText, orderKey, type AggregateHeader, type Line} from './aggregate-lines.js'
import type {Signer} from './compile.js'
import {renumbered} from './sent-names.js'
import type {Ingested} from './ingest.js'
import {Tally, tallyEntries, type TallyData} from './tally.js'

/** Pairs of one tally on one line: a shape with more continues in further lines, which bounds the length of a line. */
const PAIRS = 4096
/** Sessions of one line that say which parameters they sent: at most 64 names of 64 bytes, each byte an escape of six. */
const SESSIONS_WITH_NAMES = 512
/** Sessions of one line that say which arguments they keep: at most 64 times 256 pairs. */
const SESSIONS_WITH_ARGUMENTS = 64
const PIECE_BYTES = 256 * 1024

/** What the signature of a trailer is over. */
export function signedMessage(sha256: string): Buffer {
  return Buffer.from(`pipelock aggregate 1\n${sha256}`, 'utf8')
}

/** The file in pieces; `signer` is undefined for one that says it is unsigned. */
export function* aggregateBytes(
  ingested: Ingested,
  header: AggregateHeader,
  signer: Signer | undefined,
): Generator<Uint8Array> {
  const hash = createHash('sha256')
  let piece: string[] = []
  let size = 0
  let lines = 0
  for (const line of linesOf(ingested, header)) {
    const text = `${lineText(line)}\n`
    piece.push(text)
    size += text.length
    lines++
    if (size < PIECE_BYTES) continue
    const bytes = Buffer.from(piece.join(''), 'utf8')
    hash.update(bytes)
    yield bytes
    piece = []
    size = 0
  }
  const bytes = Buffer.from(piece.join(''), 'utf8')
  hash.update(bytes)
  yield bytes
  const sha256 = `sha256:${hash.digest('hex')}`
  const signature = signer ? signatureText(sign(signer.key, signedMessage(sha256))) : null
  yield Buffer.from(`${trailerText({lines, sha256, signer_key_id: signer?.keyId ?? null, signature})}\n`, 'utf8')
}

export interface Trailer {
  readonly lines: number
  readonly sha256: string
  readonly signer_key_id: string | null
  readonly signature: string | null
}

export function trailerText({lines, sha256, signer_key_id, signature}: Trailer): string {
  return JSON.stringify({end: {lines, sha256, signer_key_id, signature}})
}

function* linesOf(ingested: Ingested, header: AggregateHeader): Generator<Line> {
  for (const kind of KINDS) yield* sorted([...linesOfKind(kind, ingested, header)])
}

function* sorted(lines: readonly Line[]): Generator<Line> {
  const keyed = lines.map((line) => ({line, key: orderKey(line)}))
  for (const {line} of keyed.sort((a, b) => compareCodePoints(a.key, b.key))) yield* divided(line)
}

function* linesOfKind(kind: Line['kind'], ingested: Ingested, header: AggregateHeader): Generator<Line> {
  const {aggregate, chains} = ingested
  switch (kind) {
    case 'header':
      yield {kind, header}
      return
    case 'chain':
      for (const chain of chains) yield {kind, chain}
      return
    case 'totals':
      yield {kind, totals: aggregate}
      return
    case 'class':
      for (const [name, events] of aggregate.actionClasses) yield {kind, name, events}
      return
    case 'session':
      for (const {id, startHour} of aggregate.sessions.values()) yield {kind, id, hour: startHour}
      return
    case 'requests':
      for (const [key, {untraced}] of aggregate.requests) yield {kind, requests: {...placeOf(key), untraced}}
      return
    case 'trace':
      for (const [key, {traced}] of aggregate.requests) {
        for (const request of traced) {
          const [session = '', trace = ''] = request.split('\0')
          yield {kind, trace: {...placeOf(key), session, trace}}
        }
      }
      return
    case 'http':
    case 'tool': {
      const ranks = sessionRanks(ingested)
      if (kind === 'http') {
        for (const shape of aggregate.http.values()) yield {kind, shape: ranked(shape, ranks), part: 0}
      } else {
        for (const shape of aggregate.tools.values()) yield {kind, shape: ranked(shape, ranks), part: 0}
      }
    }
  }
}

function placeOf(key: string): {readonly host: string; readonly port: number | undefined} {
  const [host = '', port = ''] = key.split('\0')
  return {host, port: port === '' ? undefined : Number(port)}
}

/** Session index → its place among the sorted ids, which is what the file calls it. */
function sessionRanks({aggregate}: Ingested): readonly number[] {
  const ranks: number[] = []
  const ids = [...aggregate.sessions.values()].sort((a, b) => compareCodePoints(a.id, b.id))
  for (const [rank, {index}] of ids.entries()) ranks[index] = rank
  return ranks
}

function ranked<Shape extends HttpShape | ToolShape>(shape: Shape, ranks: readonly number[]): Shape {
  const sessions = new Tally()
  for (const [index, events] of shape.sessions.entries()) sessions.add(ranks[index] ?? 0, events)
  if (!('args' in shape)) {
    const parameters = shape.parameters && renumbered(shape.parameters, (index) => ranks[index])
    return {...shape, sessions, parameters}
  }
  const args = new Map([...shape.args].map(([index, pairs]) => [ranks[index] ?? 0, pairs] as const))
  return {...shape, sessions, args}
}

/** A shape with long tallies as several lines. */
function* divided(line: Line): Generator<Line> {
  if (line.kind !== 'http' && line.kind !== 'tool') {
    yield line
    return
  }
  const {shape} = line
  const tallies = [
    shape.sessions,
    shape.hours,
    ...('payloadBytes' in shape ? [shape.payloadBytes, shape.scannerBytes] : []),
  ]
  const hasArguments = 'args' in shape && [...shape.args.values()].some((pairs) => pairs.length > 0)
  const hasNames = 'parameters' in shape && shape.parameters !== undefined
  const most = hasArguments ? SESSIONS_WITH_ARGUMENTS : hasNames ? SESSIONS_WITH_NAMES : PAIRS
  if (tallies.every((tally) => tallySize(tally) <= most)) {
    yield line
    return
  }
  const cut = tallies.map((tally) => [...tallyEntries(tally)].sort((a, b) => a[0] - b[0]))
  const parts = Math.max(...cut.map((pairs) => Math.ceil(pairs.length / most)))
  for (let part = 0; part < parts; part++) {
    const [sessions, hours, payloadBytes, scannerBytes] = cut.map((pairs) =>
      tallyOf(pairs.slice(part * most, (part + 1) * most)),
    )
    const both = {sessions: sessions ?? new Tally(), hours: hours ?? new Tally()}
    if (line.kind === 'tool') {
      const args = new Map([...line.shape.args].filter(([session]) => both.sessions.countOf(session) > 0))
      yield {kind: 'tool', shape: {...line.shape, ...both, args}, part}
    } else {
      const sizes = {payloadBytes: payloadBytes ?? new Tally(), scannerBytes: scannerBytes ?? new Tally()}
      const isHere = (session: number): number | undefined => (both.sessions.countOf(session) > 0 ? session : undefined)
      const parameters = line.shape.parameters && renumbered(line.shape.parameters, isHere)
      yield {kind: 'http', shape: {...line.shape, ...both, ...sizes, parameters}, part}
    }
  }
}

function tallySize({few, many, first}: TallyData): number {
  return many?.size ?? (first > 0 ? 1 : 0) + (few?.length ?? 0) / 2
}

function tallyOf(pairs: readonly (readonly [number, number])[]): Tally {
  const tally = new Tally()
  for (const [key, count] of pairs) tally.add(key, count)
  return tally
}
