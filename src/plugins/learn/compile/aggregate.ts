// What a compile keeps of its input: counts per distinct shape of an event, never the events (learn §7). The profile reads
// rules off it at the end. Everything here adds up: the aggregates of two parts of the input, taken together in any order,
// are the aggregate of the whole.
import type {Event, HttpEvent, ToolEvent} from './event.js'
import {emptyArguments, narrowArguments, type ToolArguments} from './tool-arguments.js'
import {Tally} from './tally.js'

/** HTTP events that differ in nothing but session, time and size. */
export interface HttpShape {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly method: string
  readonly action: string
  readonly path: string | undefined
  readonly blocked: boolean
  /** Recorder session (index) → events. */
  readonly sessions: Tally
  /** Hour → events. */
  readonly hours: Tally
  readonly payloadBytes: Tally
  readonly scannerBytes: Tally
}

export interface ToolShape {
  readonly server: string
  readonly tool: string
  readonly blocked: boolean
  readonly sessions: Tally
  readonly hours: Tally
  args: ToolArguments
}

/** Distinct requests of one host and port, counted up to the floor that they are compared with. */
export interface Requests {
  readonly traced: Set<string>
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
  dropped: number
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
    dropped: 0,
  }
}

export function hostKey(host: string, port: number | undefined): string {
  return `${host}\0${port ?? ''}`
}

/** Adds one event. `requestLimit` is the number of requests beyond which nobody asks. */
export function addEvent(aggregate: Aggregate, event: Event, requestLimit: number): void {
  aggregate.events++
  aggregate.actionClasses.set(event.actionClass, (aggregate.actionClasses.get(event.actionClass) ?? 0) + 1)
  const session = sessionOf(aggregate, event)
  if (event.kind === 'tool') addTool(aggregate, event, session)
  else addHttp(aggregate, event, session, requestLimit)
}

function sessionOf(aggregate: Aggregate, event: Event): number {
  const known = aggregate.sessions.get(event.session)
  if (known) {
    if (event.hour < known.startHour) known.startHour = event.hour
    return known.index
  }
  const id = ownCopy(event.session)
  const index = aggregate.sessions.size
  aggregate.sessions.set(id, {id, index, startHour: event.hour})
  return index
}

function addHttp(aggregate: Aggregate, event: HttpEvent, session: number, requestLimit: number): void {
  const {host, port, method, action, path, blocked} = event
  // host and path hold no zero byte; the length keeps method and action apart, which may hold any
  const key = `${host ?? ''}\0${port ?? ''}\0${path ?? ''}\0${blocked ? 'b' : 'c'}${method.length}\0${method}${action}`
  let shape = aggregate.http.get(key)
  if (!shape) {
    shape = {
      host: host === undefined ? undefined : ownCopy(host),
      port,
      method: ownCopy(method),
      action: ownCopy(action),
      path: path === undefined ? undefined : ownCopy(path),
      blocked,
      sessions: new Tally(),
      hours: new Tally(),
      payloadBytes: new Tally(),
      scannerBytes: new Tally(),
    }
    aggregate.http.set(key, shape)
  }
  shape.sessions.add(session)
  shape.hours.add(event.hour)
  shape.payloadBytes.add(event.payloadBytes)
  shape.scannerBytes.add(event.scannerBytes)
  if (host !== undefined && !blocked && method !== 'CONNECT')
    addRequest(aggregate, hostKey(host, port), event, requestLimit)
}

function addRequest(aggregate: Aggregate, key: string, event: HttpEvent, limit: number): void {
  let requests = aggregate.requests.get(key)
  if (!requests) {
    requests = {traced: new Set(), untraced: 0}
    aggregate.requests.set(key, requests)
  }
  if (requests.untraced + requests.traced.size >= limit) return
  if (event.traceId === '') requests.untraced++
  else requests.traced.add(ownCopy(`${event.session}\0${event.traceId}`))
}

function addTool(aggregate: Aggregate, event: ToolEvent, session: number): void {
  const key = `${event.blocked ? 'b' : 'c'}${event.server.length}\0${event.server}${event.tool}`
  let shape = aggregate.tools.get(key)
  if (!shape) {
    const {server, tool, blocked} = event
    const args = emptyArguments()
    shape = {server: ownCopy(server), tool: ownCopy(tool), blocked, sessions: new Tally(), hours: new Tally(), args}
    aggregate.tools.set(key, shape)
  }
  shape.sessions.add(session)
  shape.hours.add(event.hour)
  if (!event.blocked) shape.args = narrowArguments(shape.args, event.args)
}

/** A string of its own: a slice would keep the whole line that it was cut from in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}
