// The lines of an aggregate file (docs/formats/aggregate.md): one spelling for each fact, so that the same captures give
// the same bytes and a reader can hold every line to what it says.
import type {ChainSummary, InputSummary} from './chain-summary.js'
import {isObject, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {hostKey, type Aggregate, type CountedHttp, type CountedTool} from './aggregate.js'
import {PROFILES, type Profile} from './settings.js'
import type {TallyData} from './tally.js'
import {tallyEntries} from './tally.js'
import {addNames, areNames, createSentNames, nameSets, setNames, type SentNames} from './sent-names.js'
import {isArgumentPair, pairOfText, pairText, sortedPairs, type ToolArguments} from './tool-arguments.js'

const FORMAT_VERSION = 2

/** What aggregates must share to be merged. */
export interface AggregateHeader {
  readonly agent: string
  readonly profile: Profile
  /** Requests of a host beyond which nobody counts: `floors.min_events`. */
  readonly requestLimit: number
  /** Every chain was covered by signed checkpoints when it was counted. */
  readonly checkpointsRequired: boolean
}

export type Totals = Pick<Aggregate, 'events' | 'malformed' | 'redacted' | 'foreign' | 'regulated' | 'sensitive'>

export interface RequestLine {
  readonly host: string
  readonly port: number | undefined
  readonly untraced: number
}

export interface TraceLine {
  readonly host: string
  readonly port: number | undefined
  readonly session: string
  readonly trace: string
}

/** In the order in which they stand in a file. */
export type Line =
  | {readonly kind: 'header'; readonly header: AggregateHeader}
  | {readonly kind: 'chain'; readonly chain: ChainSummary}
  | {readonly kind: 'totals'; readonly totals: Totals}
  | {readonly kind: 'class'; readonly name: string; readonly events: number}
  | {readonly kind: 'session'; readonly id: string; readonly hour: number}
  | {readonly kind: 'requests'; readonly requests: RequestLine}
  | {readonly kind: 'trace'; readonly trace: TraceLine}
  | {readonly kind: 'http'; readonly shape: CountedHttp; readonly part: number}
  | {readonly kind: 'tool'; readonly shape: CountedTool; readonly part: number}

export const KINDS: readonly Line['kind'][] = [
  'header',
  'chain',
  'totals',
  'class',
  'session',
  'requests',
  'trace',
  'http',
  'tool',
]

/** The order of lines of one kind. */
export function orderKey(line: Line): string {
  switch (line.kind) {
    case 'header':
    case 'totals':
      return ''
    case 'chain':
      return chainKey(line.chain)
    case 'class':
      return line.name
    case 'session':
      return line.id
    case 'requests':
      return hostKey(line.requests.host, line.requests.port)
    case 'trace':
      return `${hostKey(line.trace.host, line.trace.port)}\0${line.trace.session}\0${line.trace.trace}`
    case 'http': {
      const {host, port, path, method, action, blocked, unserved} = line.shape
      return JSON.stringify([
        host ?? null,
        port ?? null,
        path ?? null,
        method,
        action,
        blocked,
        ...(unserved ? [true] : []),
        String(line.part).padStart(8, '0'),
      ])
    }
    case 'tool':
      return JSON.stringify([
        line.shape.server,
        line.shape.tool,
        line.shape.blocked,
        String(line.part).padStart(8, '0'),
      ])
  }
}

export function chainKey({files, first, last}: ChainSummary): string {
  const [file] = files
  return [file?.path ?? '', first ?? '', last ?? '', file?.sha256 ?? ''].join('\0')
}

/** Text of a line without its LF. */
export function lineText(line: Line): string {
  return JSON.stringify({[line.kind]: membersOf(line)})
}

function membersOf(line: Line): object {
  switch (line.kind) {
    case 'header': {
      const {agent, profile, requestLimit, checkpointsRequired} = line.header
      const required = checkpointsRequired ? {checkpoints_required: true} : {}
      return {version: FORMAT_VERSION, agent, profile, request_limit: requestLimit, ...required}
    }
    case 'chain': {
      const {first, last, truncated, entries, dropped, files} = line.chain
      const inputs = files.map(({path, sha256, lines}) => ({path, sha256, lines}))
      return {first: first ?? null, last: last ?? null, truncated, entries, dropped, files: inputs}
    }
    case 'totals': {
      const {events, malformed, redacted, foreign, regulated, sensitive} = line.totals
      return {events, malformed, redacted, foreign, regulated, sensitive}
    }
    case 'class':
      return {name: line.name, events: line.events}
    case 'session':
      return {id: line.id, hour: line.hour}
    case 'requests': {
      const {host, port, untraced} = line.requests
      return {host, port: port ?? null, untraced}
    }
    case 'trace': {
      const {host, port, session, trace} = line.trace
      return {host, port: port ?? null, session, trace}
    }
    case 'http': {
      const {host, port, path, method, action, blocked, unserved} = line.shape
      const {sessions, hours, payloadBytes, scannerBytes, parameters} = line.shape
      return {
        host: host ?? null,
        port: port ?? null,
        path: path ?? null,
        method,
        action,
        blocked,
        ...(unserved ? {unserved} : {}),
        part: line.part,
        sessions: flat(sessions),
        hours: flat(hours),
        payload_bytes: flat(payloadBytes),
        scanner_bytes: flat(scannerBytes),
        ...(parameters ? {parameters: parameterMembers(parameters)} : {}),
      }
    }
    case 'tool': {
      const {server, tool, blocked, sessions, hours, args} = line.shape
      return {
        server,
        tool,
        blocked,
        part: line.part,
        args: argumentMembers(args),
        sessions: flat(sessions),
        hours: flat(hours),
      }
    }
  }
}

function flat(tally: TallyData): readonly number[] {
  return [...tallyEntries(tally)].sort((a, b) => a[0] - b[0]).flat()
}

/** Session, its pairs; sessions that keep nothing are left out: their calls are among the sessions of the line. */
function argumentMembers(args: ToolArguments): readonly (readonly [number, readonly (readonly [string, unknown])[]])[] {
  return [...args]
    .filter(([, pairs]) => pairs.length > 0)
    .sort(([a], [b]) => a - b)
    .map(([session, pairs]) => [session, pairs.map(pairOfText)])
}

/** Names, or null where they were not kept, with the sessions that sent them. */
function parameterMembers(sent: SentNames): readonly (readonly [readonly string[] | null, readonly number[]])[] {
  return nameSets(sent).map(([set, sessions]) => [setNames(set) ?? null, [...sessions].sort((a, b) => a - b)])
}

/** A line by its members; undefined when it is none. That the text is its one spelling is for the caller to compare. */
export function parseLine(value: JsonValue): Line | undefined {
  if (!isObject(value)) return undefined
  const [kind] = Object.keys(value)
  const members = value[kind ?? '']
  if (!isObject(members)) return undefined
  try {
    return read(
      KINDS.find((known) => known === kind),
      members,
    )
  } catch (error) {
    if (error instanceof Wrong) return undefined
    throw error
  }
}

class Wrong extends Error {}

function read(kind: Line['kind'] | undefined, m: JsonObject): Line {
  switch (kind) {
    case 'header': {
      const profile = m['profile']
      const known = PROFILES.find((name) => name === profile)
      if (m['version'] !== FORMAT_VERSION || known === undefined) throw new Wrong()
      const requestLimit = count(m['request_limit'])
      // spelled only where it holds: a reader that compares spellings refuses any other value
      const checkpointsRequired = m['checkpoints_required'] === true
      return {kind, header: {agent: text(m['agent']), profile: known, requestLimit, checkpointsRequired}}
    }
    case 'chain':
      return {
        kind,
        chain: {
          first: optional(m['first'], text),
          last: optional(m['last'], text),
          truncated: flag(m['truncated']),
          entries: count(m['entries']),
          dropped: count(m['dropped']),
          files: list(m['files']).map(inputOf),
        },
      }
    case 'totals': {
      const [events, malformed, redacted, foreign] = [m['events'], m['malformed'], m['redacted'], m['foreign']]
      return {
        kind,
        totals: {
          events: count(events),
          malformed: count(malformed),
          redacted: count(redacted),
          foreign: count(foreign),
          regulated: count(m['regulated']),
          sensitive: count(m['sensitive']),
        },
      }
    }
    case 'class':
      return {kind, name: text(m['name']), events: count(m['events'])}
    case 'session':
      return {kind, id: text(m['id']), hour: integer(m['hour'])}
    case 'requests':
      return {kind, requests: {host: text(m['host']), port: optional(m['port'], count), untraced: count(m['untraced'])}}
    case 'trace': {
      const place = {host: text(m['host']), port: optional(m['port'], count)}
      return {kind, trace: {...place, session: text(m['session']), trace: text(m['trace'])}}
    }
    case 'http':
      return {
        kind,
        part: count(m['part']),
        shape: {
          host: optional(m['host'], text),
          port: optional(m['port'], count),
          path: optional(m['path'], text),
          method: text(m['method']),
          action: text(m['action']),
          blocked: flag(m['blocked']),
          // spelled only where it holds
          unserved: m['unserved'] === true,
          sessions: tally(m['sessions']),
          hours: tally(m['hours']),
          payloadBytes: tally(m['payload_bytes']),
          scannerBytes: tally(m['scanner_bytes']),
          parameters: parametersOf(m['parameters'], tally(m['sessions'])),
        },
      }
    case 'tool':
      return {
        kind,
        part: count(m['part']),
        shape: {
          server: text(m['server']),
          tool: text(m['tool']),
          blocked: flag(m['blocked']),
          args: argumentsOf(m['args'], tally(m['sessions']), m['blocked'] === true),
          sessions: tally(m['sessions']),
          hours: tally(m['hours']),
        },
      }
    case undefined:
      throw new Wrong()
  }
}

function text(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new Wrong()
  return value
}

function integer(value: JsonValue | undefined): number {
  if (typeof value !== 'number') throw new Wrong()
  return value
}

function count(value: JsonValue | undefined): number {
  const number = integer(value)
  if (number < 0) throw new Wrong()
  return number
}

function flag(value: JsonValue | undefined): boolean {
  if (typeof value !== 'boolean') throw new Wrong()
  return value
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new Wrong()
  return value
}

function optional<T>(value: JsonValue | undefined, parse: (value: JsonValue | undefined) => T): T | undefined {
  return value === null ? undefined : parse(value)
}

function inputOf(value: JsonValue): InputSummary {
  if (!isObject(value)) throw new Wrong()
  return {path: text(value['path']), sha256: text(value['sha256']), lines: count(value['lines'])}
}

/** Key, count, key, count: keys ascending, counts at least 1. */
function tally(value: JsonValue | undefined): TallyData {
  const few = list(value).map(integer)
  if (few.length % 2 === 1) throw new Wrong()
  for (let i = 0; i < few.length; i += 2) {
    const isAscending = i === 0 || (few[i - 2] ?? 0) < (few[i] ?? 0)
    if (!isAscending || (few[i + 1] ?? 0) < 1) throw new Wrong()
  }
  return {key: -1, first: 0, few, many: undefined}
}

function parametersOf(value: JsonValue | undefined, sessions: TallyData): SentNames | undefined {
  // spelled only where somebody sent a name
  if (value === undefined) return undefined
  const known = new Set([...tallyEntries(sessions)].map(([session]) => session))
  const sent = createSentNames()
  for (const entry of list(value)) {
    const [set = null, senders] = list(entry)
    const names = set === null ? undefined : list(set).map(text)
    if (names && !areNames(names)) throw new Wrong()
    for (const sender of list(senders).map(integer)) {
      // a session has one set, and is one of the line
      if (!known.delete(sender)) throw new Wrong()
      addNames(sent, sender, names)
    }
  }
  if (sent.bySession.size === 0) throw new Wrong()
  return sent
}

function argumentsOf(value: JsonValue | undefined, sessions: TallyData, blocked: boolean): ToolArguments {
  const known: ToolArguments = new Map()
  if (!blocked) for (const [session] of tallyEntries(sessions)) known.set(session, [])
  for (const entry of list(value)) {
    const [index, pairs] = list(entry)
    const session = integer(index ?? null)
    if (known.get(session)?.length !== 0) throw new Wrong()
    const texts = list(pairs).map((pair) => {
      const [key, argument = null] = list(pair)
      const name = text(key)
      if (!isArgumentPair(name, argument)) throw new Wrong()
      return pairText(name, argument)
    })
    const distinct = sortedPairs(new Set(texts))
    if (distinct.length !== texts.length || distinct.length === 0) throw new Wrong()
    known.set(session, distinct)
  }
  return known
}
