// Captures become events: what was asked of whom, whether it was blocked, in which hour.
import {requestPath} from '../../../formats/path-pattern.js'
import {namesOf, type Names} from './sent-names.js'
import {parseDestination} from '../../../formats/target.js'
import {parseTimestampLoosely} from '../../../lib/timestamp.js'
import type {CaptureRecord} from '../../../formats/capture.js'
import {countsSessions, type Profile} from './settings.js'

interface Observed {
  /** Id of the recorder session. */
  readonly session: string
  readonly traceId: string
  /** Hours since the epoch: the window. */
  readonly hour: number
  readonly blocked: boolean
  readonly actionClass: string
}

export interface HttpEvent extends Observed {
  readonly kind: 'http'
  readonly method: string
  readonly action: string
  /** undefined when redaction took the destination away. */
  readonly host: string | undefined
  /** Only when it is not the default port of the scheme. */
  readonly port: number | undefined
  /** The origin answered with an error, where the profile tells. */
  readonly unserved: boolean
  /** Canonical; undefined when redaction took it away. */
  readonly path: string | undefined
  /** Names of parameters, where the profile counts them and the event counts. */
  readonly names: Names
  readonly payloadBytes: number
  readonly scannerBytes: number
}

export interface ToolEvent extends Observed {
  readonly kind: 'tool'
  readonly server: string
  readonly tool: string
  readonly args: string | undefined
}

export type Event = HttpEvent | ToolEvent

const REDACTED_TARGET = '[redacted-target]'
const REDACTED_PATH = '/[redacted-path]'
const BLOCKING = new Set(['block', 'fail_closed'])
const NO_NAMES: readonly string[] = []
const BLOCKED = new Set(['blocked', 'fail_closed'])

/** undefined when the capture is malformed. */
export function eventOf(
  profile: Profile,
  entry: {readonly sessionId: string; readonly traceId: string; readonly ts: string},
  record: CaptureRecord,
  isHiddenName?: (name: string) => boolean,
): Event | undefined {
  const time = parseTimestampLoosely(entry.ts)
  if (!time) return undefined
  const action = lower(record.effectiveAction)
  const observed: Observed = {
    session: sessionOf(profile, entry.sessionId, record),
    traceId: entry.traceId,
    hour: Math.floor(time.unixMs / 3_600_000),
    blocked: BLOCKING.has(action) || BLOCKED.has(lower(record.outcome)),
    actionClass: lower(record.actionClass) || 'unclassified',
  }
  if (countsSessions(profile) && isToolCall(record)) {
    const {mcpServer, toolName, toolArgs} = record
    return {...observed, kind: 'tool', server: mcpServer.trim(), tool: toolName.trim(), args: toolArgs}
  }
  const place = placeOf(profile, record.url)
  if (!place) return undefined
  const {rawQuery, ...at} = place
  const unserved = profile === 'wilson_lb_v3' && !observed.blocked && /^[45]xx$/.test(record.statusClass)
  const hasNames =
    profile === 'wilson_lb_v3' && !observed.blocked && !unserved && rawQuery !== '' && at.path !== undefined
  return {
    ...observed,
    ...at,
    kind: 'http',
    method: record.method.trim().toUpperCase() || 'UNKNOWN',
    action,
    unserved,
    names: hasNames ? namesOf(rawQuery, isHiddenName) : NO_NAMES,
    payloadBytes: record.payloadBytes,
    scannerBytes: record.scannerBytes,
  }
}

/** A folder that could not have the name of its session says the name in its captures: it may name the machine. */
function sessionOf(profile: Profile, id: string, {sessionIdOriginal}: CaptureRecord): string {
  const named = profile === 'wilson_lb_v3' && sessionIdOriginal !== '' ? sessionIdOriginal : id
  return named || '(empty)'
}

function lower(text: string): string {
  return text.trim().toLowerCase()
}

function isToolCall(record: CaptureRecord): boolean {
  return (
    record.surface === 'tool_policy' &&
    record.mcpMethod === 'tools/call' &&
    record.toolName.trim() !== '' &&
    record.mcpServer.trim() !== ''
  )
}

type Where = Pick<HttpEvent, 'host' | 'port' | 'path'> & {readonly rawQuery: string}

function placeOf(profile: Profile, url: string): Where | undefined {
  const redactable = countsSessions(profile)
  if (redactable && url === REDACTED_TARGET) return {host: undefined, port: undefined, path: undefined, rawQuery: ''}
  const target = parseDestination(url)
  if (!target) return undefined
  const port = target.isDefaultPort ? undefined : target.port
  const {host, rawQuery} = target
  if (redactable && target.rawPath === REDACTED_PATH) return {host, port, path: undefined, rawQuery}
  const path = requestPath(target.rawPath)
  return typeof path === 'string' ? undefined : {host, port, path: path.canonical, rawQuery}
}
