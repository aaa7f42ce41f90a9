// What a compile keeps of its input: counts per distinct shape of an event, never the events. The profile reads
// rules off it at the end. Everything here adds up: the aggregates of two parts of the input, taken together in any order,
// are the aggregate of the whole. What it weighs depends on its content only, so a limit refuses the same captures however
// they are divided.
import {PipelockError} from '../../../core/errors.js'
import type {Event, HttpEvent, ToolEvent} from './event.js'
import {addNames, createSentNames, setNames, type Names, type SentNames} from './sent-names.js'
import {addCall, addKept, type ToolArguments} from './tool-arguments.js'
import {Tally, tallyEntries, type TallyData} from './tally.js'

/** HTTP events that differ in nothing but session, time and size. */
export interface HttpShape {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly method: string
  readonly action: string
  readonly path: string | undefined
  readonly blocked: boolean
  /** Not blocked, and answered with an error by its origin; only wilson_lb_v3 tells it apart. */
  readonly unserved: boolean
  /** Recorder session (index) → events. */
  readonly sessions: Tally
  /** Hour → events. */
  readonly hours: Tally
  readonly payloadBytes: Tally
  readonly scannerBytes: Tally
  /** Names of parameters; undefined while no session sent any. */
  parameters: SentNames | undefined
}

export interface ToolShape {
  readonly server: string
  readonly tool: string
  readonly blocked: boolean
  readonly sessions: Tally
  readonly hours: Tally
  /** Of calls that were not blocked. */
  readonly args: ToolArguments
}

/** Distinct requests of one host and port, up to the floor that they are compared with. */
export interface Requests {
  readonly traced: Set<string>
  /** The floor itself once it is reached. */
  untraced: number
}

export interface SessionStart {
  readonly id: string
  readonly index: number
  /** Hour of the earliest event. */
  startHour: number
}

export interface Aggregate {
  readonly sessions: Map<string, SessionStart>
  readonly http: Map<string, HttpShape>
  readonly tools: Map<string, ToolShape>
  /** By hostKey. */
  readonly requests: Map<string, Requests>
  readonly actionClasses: Map<string, number>
  events: number
  malformed: number
  redacted: number
  foreign: number
  /** Removed, since a regulated value stood in them. */
  regulated: number
  /** Removed, since the name of their agent, server or tool is sensitive. */
  sensitive: number
  dropped: number
  /** Estimated bytes of memory; see `isTooLarge`. */
  weight: number
}

export function createAggregate(): Aggregate {
  return {
    sessions: new Map(),
    http: new Map(),
    tools: new Map(),
    requests: new Map(),
    actionClasses: new Map(),
    events: 0,
    malformed: 0,
    redacted: 0,
    foreign: 0,
    regulated: 0,
    sensitive: 0,
    dropped: 0,
    weight: 0,
  }
}

/** Bytes of the parts of an aggregate, what inference makes of each included; texts count twice their length. */
const SHAPE_BYTES = 2000
const SESSION_BYTES = 200
const REQUEST_BYTES = 150

/** What a compile keeps at most, so that a million invented paths, sizes or trace ids end in a refusal and not without memory. */
const MAX_WEIGHT = 240 * 1024 * 1024

export function isTooLarge(aggregate: Aggregate): boolean {
  return aggregate.weight > MAX_WEIGHT
}

export function tooLarge(): PipelockError {
  return new PipelockError(
    'payload_too_large',
    `the captures hold more distinct paths, hosts, sessions and sizes than a compile keeps (${MAX_WEIGHT >> 20} MiB)`,
    {hint: 'compile fewer sessions: a shorter --since, or --input with some of the files'},
  )
}

export function hostKey(host: string, port: number | undefined): string {
  return `${host}\0${port ?? ''}`
}

/** Adds one event. `requestLimit` is the number of requests of a host beyond which they are not counted. */
export function addEvent(aggregate: Aggregate, event: Event, requestLimit: number): void {
  aggregate.events++
  addClass(aggregate, event.actionClass, 1)
  const session = sessionOf(aggregate, event.session, event.hour)
  if (event.kind === 'tool') addTool(aggregate, event, session)
  else addHttp(aggregate, event, session, requestLimit)
}

export function addClass(aggregate: Aggregate, name: string, events: number): void {
  const known = aggregate.actionClasses.get(name)
  if (known === undefined) {
    aggregate.actionClasses.set(ownCopy(name), events)
    aggregate.weight += REQUEST_BYTES + 2 * name.length
  } else aggregate.actionClasses.set(name, known + events)
}

/** Index of a session that had an event in this hour. */
export function sessionOf(aggregate: Aggregate, id: string, hour: number): number {
  const known = aggregate.sessions.get(id)
  if (known) {
    if (hour < known.startHour) known.startHour = hour
    return known.index
  }
  const own = ownCopy(id)
  const index = aggregate.sessions.size
  aggregate.sessions.set(own, {id: own, index, startHour: hour})
  aggregate.weight += SESSION_BYTES + 2 * id.length
  return index
}

type HttpParts = Pick<HttpShape, 'host' | 'port' | 'method' | 'action' | 'path' | 'blocked' | 'unserved'>

/** host and path hold no zero byte; the length keeps method and action apart, which may hold any. */
function httpShapeKey({host, port, method, action, path, blocked, unserved}: HttpParts): string {
  const kind = blocked ? 'b' : unserved ? 'u' : 'c'
  return `${host ?? ''}\0${port ?? ''}\0${path ?? ''}\0${kind}${method.length}\0${method}${action}`
}

function httpShape(aggregate: Aggregate, parts: HttpParts): HttpShape {
  const key = httpShapeKey(parts)
  const known = aggregate.http.get(key)
  if (known) return known
  const {host, port, method, action, path, blocked, unserved} = parts
  const shape: HttpShape = {
    host: host === undefined ? undefined : ownCopy(host),
    port,
    method: ownCopy(method),
    action: ownCopy(action),
    path: path === undefined ? undefined : ownCopy(path),
    blocked,
    unserved,
    sessions: new Tally(),
    hours: new Tally(),
    payloadBytes: new Tally(),
    scannerBytes: new Tally(),
    parameters: undefined,
  }
  aggregate.http.set(ownCopy(key), shape)
  aggregate.weight += SHAPE_BYTES + 2 * key.length
  return shape
}

function addHttp(aggregate: Aggregate, event: HttpEvent, session: number, requestLimit: number): void {
  const shape = httpShape(aggregate, event)
  aggregate.weight +=
    shape.sessions.add(session) +
    shape.hours.add(event.hour) +
    shape.payloadBytes.add(event.payloadBytes) +
    shape.scannerBytes.add(event.scannerBytes)
  if (event.names?.length !== 0) addParameters(aggregate, shape, session, event.names)
  const {host, port, blocked, unserved, method} = event
  if (host === undefined || blocked || unserved || method === 'CONNECT' || requestLimit === 0) return
  const requests = requestsOf(aggregate, hostKey(host, port))
  if (event.traceId === '') addUntraced(aggregate, requests, 1, requestLimit)
  else addTraced(aggregate, requests, `${event.session}\0${event.traceId}`, requestLimit)
}

function addParameters(aggregate: Aggregate, shape: HttpShape, session: number, names: Names): void {
  aggregate.weight += addNames((shape.parameters ??= createSentNames()), session, names)
}

function requestsOf(aggregate: Aggregate, key: string): Requests {
  let requests = aggregate.requests.get(key)
  if (!requests) {
    requests = {traced: new Set(), untraced: 0}
    aggregate.requests.set(ownCopy(key), requests)
    aggregate.weight += SHAPE_BYTES + 2 * key.length
  }
  return requests
}

/** At the limit only the fact is kept: which requests it was reached with depends on their order. */
function fill(aggregate: Aggregate, requests: Requests, limit: number): void {
  if (requests.untraced + requests.traced.size < limit) return
  for (const trace of requests.traced) aggregate.weight -= requestBytes(trace)
  requests.traced.clear()
  requests.untraced = limit
}

function addUntraced(aggregate: Aggregate, requests: Requests, count: number, limit: number): void {
  if (requests.untraced >= limit) return
  requests.untraced += count
  fill(aggregate, requests, limit)
}

function addTraced(aggregate: Aggregate, requests: Requests, trace: string, limit: number): void {
  if (requests.untraced >= limit || requests.traced.has(trace)) return
  requests.traced.add(ownCopy(trace))
  aggregate.weight += requestBytes(trace)
  fill(aggregate, requests, limit)
}

function requestBytes(trace: string): number {
  return REQUEST_BYTES + 2 * trace.length
}

function toolShape(aggregate: Aggregate, parts: Pick<ToolShape, 'server' | 'tool' | 'blocked'>): ToolShape {
  const {server, tool, blocked} = parts
  const key = toolShapeKey(parts)
  let shape = aggregate.tools.get(key)
  if (!shape) {
    const args: ToolArguments = new Map()
    shape = {server: ownCopy(server), tool: ownCopy(tool), blocked, sessions: new Tally(), hours: new Tally(), args}
    aggregate.tools.set(ownCopy(key), shape)
    aggregate.weight += SHAPE_BYTES + 2 * key.length
  }
  return shape
}

function toolShapeKey({server, tool, blocked}: Pick<ToolShape, 'server' | 'tool' | 'blocked'>): string {
  return `${blocked ? 'b' : 'c'}${server.length}\0${server}${tool}`
}

function addTool(aggregate: Aggregate, event: ToolEvent, session: number): void {
  const shape = toolShape(aggregate, event)
  aggregate.weight += shape.sessions.add(session) + shape.hours.add(event.hour)
  if (!event.blocked) aggregate.weight += addCall(shape.args, session, event.args)
}

type Counted<Shape> = Omit<Shape, 'sessions' | 'hours' | 'payloadBytes' | 'scannerBytes'> & {
  readonly sessions: TallyData
  readonly hours: TallyData
}
export type CountedHttp = Counted<HttpShape> & {readonly payloadBytes: TallyData; readonly scannerBytes: TallyData}
export type CountedTool = Counted<ToolShape>

/** Adds what another thread or file counted; `from` may be a structured clone: its tallies are data without methods. */
export function addAggregate(into: Aggregate, from: Aggregate, requestLimit: number): void {
  const indexes: number[] = []
  for (const {id, index, startHour} of from.sessions.values()) indexes[index] = sessionOf(into, id, startHour)
  for (const [name, events] of from.actionClasses) addClass(into, name, events)
  for (const shape of from.http.values()) addCountedHttp(into, shape, indexes)
  for (const shape of from.tools.values()) addCountedTool(into, shape, indexes)
  for (const [key, {traced, untraced}] of from.requests) addRequests(into, key, untraced, traced, requestLimit)
  into.events += from.events
  into.malformed += from.malformed
  into.redacted += from.redacted
  into.foreign += from.foreign
  into.regulated += from.regulated
  into.sensitive += from.sensitive
  into.dropped += from.dropped
}

/** `indexes` are the sessions of `into` by those of the shape. */
export function addCountedHttp(into: Aggregate, shape: CountedHttp, indexes: readonly number[]): void {
  const own = httpShape(into, shape)
  into.weight +=
    addSessions(own.sessions, shape.sessions, indexes) +
    own.hours.addAll(shape.hours) +
    own.payloadBytes.addAll(shape.payloadBytes) +
    own.scannerBytes.addAll(shape.scannerBytes)
  for (const [index, set] of shape.parameters?.bySession ?? [])
    addParameters(into, own, indexes[index] ?? 0, setNames(set))
}

export function addCountedTool(into: Aggregate, shape: CountedTool, indexes: readonly number[]): void {
  const own = toolShape(into, shape)
  into.weight += addSessions(own.sessions, shape.sessions, indexes) + own.hours.addAll(shape.hours)
  for (const [index, pairs] of shape.args) into.weight += addKept(own.args, indexes[index] ?? 0, pairs)
}

export function addRequests(
  into: Aggregate,
  key: string,
  untraced: number,
  traced: Iterable<string>,
  requestLimit: number,
): void {
  const own = requestsOf(into, key)
  addUntraced(into, own, untraced, requestLimit)
  for (const trace of traced) addTraced(into, own, trace, requestLimit)
}

function addSessions(into: Tally, from: TallyData, indexes: readonly number[]): number {
  let added = 0
  for (const [index, events] of tallyEntries(from)) added += into.add(indexes[index] ?? 0, events)
  return added
}

/** A string of its own: a slice would keep the whole line that it was cut from in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}
