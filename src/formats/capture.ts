// The detail of a capture, schema 1: its members in writing order, and the reader that learning uses. The reader holds members
// to their types and passes over unknown ones, since later writers may add some. Published in docs/formats/captures.md, Detail.
import {isObject, type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {stringG} from '../lib/json/writer.js'

const CAPTURE_SCHEMA = 1

export type CaptureSurface = 'url' | 'response' | 'dlp' | 'cee' | 'tool_policy' | 'tool_scan'

export type EffectiveAction = 'allow' | 'warn' | 'block' | 'strip' | 'redirect' | 'ask' | 'fail_closed'

export type CaptureOutcome = 'clean' | 'blocked' | 'warned' | 'stripped' | 'redirected' | 'skipped' | 'fail_closed'

/** First digit of an HTTP status (RFC 9110, Status Codes). */
export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx'

export interface CaptureRequest {
  readonly method: string
  /** Sanitised when redaction is on; may be empty. */
  readonly url: string
}

/** Never the matched text: it would carry the secret into every copy of the capture. */
export interface CaptureFinding {
  readonly kind: string
  readonly action?: string
  readonly severity?: string
  readonly pattern_name?: string
}

/** The sidecar that holds the whole input. */
export interface SealedPayload {
  /** File name beside the chain. */
  readonly ref: string
  /** Digest of the sealed file: a digest of the plain content would let anybody check a guess. */
  readonly sha256: string
  /** Size of the plain content. */
  readonly bytes: number
}

/** Members that this build does not observe (samples, MCP) are optional in the schema and left out. */
export interface CaptureDetail {
  readonly surface: CaptureSurface
  readonly subsurface: string
  readonly config_hash: string
  readonly build_version: string
  readonly build_sha: string
  readonly agent: string
  /** Size of the request. */
  readonly request_bytes: number
  /** undefined: without sidecar; its input is then incomplete. */
  readonly payload?: SealedPayload | undefined
  readonly transform_kind: string
  readonly request: CaptureRequest
  readonly raw_findings: readonly CaptureFinding[]
  readonly effective_findings: readonly CaptureFinding[]
  readonly effective_action: EffectiveAction
  readonly outcome: CaptureOutcome
  /** Of the answer that the agent got; undefined where it got none from the origin. */
  readonly status_class?: StatusClass | undefined
  /** "" when the session directory is named by the session id itself. */
  readonly session_id_original: string
}

/** Compact text in writer G. */
export function captureText(d: CaptureDetail): string {
  const payload = payloadMembers(d)
  const answered = d.status_class === undefined ? '' : `,"status_class":"${d.status_class}"`
  const original = d.session_id_original === '' ? '' : `,"session_id_original":${text(d.session_id_original)}`
  return (
    `{"capture_schema_version":${CAPTURE_SCHEMA},"surface":"${d.surface}","subsurface":${text(d.subsurface)},` +
    `"config_hash":${text(d.config_hash)},"build_version":${text(d.build_version)},"build_sha":${text(d.build_sha)},` +
    `${d.agent === '' ? '' : `"agent":${text(d.agent)},`}${payload}` +
    `"transform_kind":${text(d.transform_kind)},` +
    wire(d) +
    `"request":{"method":${text(d.request.method)},"url":${text(d.request.url)}},` +
    `"raw_findings":${findings(d.raw_findings)},"effective_findings":${findings(d.effective_findings)},` +
    `"effective_action":"${d.effective_action}","outcome":"${d.outcome}"${answered}${original}}`
  )
}

/**
 * With a sidecar, `payload_bytes` is the size of its content, and the size of the request goes to the wire's member.
 */
function payloadMembers({payload, request_bytes: bytes}: CaptureDetail): string {
  if (payload === undefined) return `${bytes > 0 ? `"payload_bytes":${bytes},` : ''}"payload_complete":false,`
  const {ref, sha256} = payload
  return `"payload_ref":${text(ref)},"payload_sha256":"${sha256}","payload_bytes":${payload.bytes},"payload_complete":true,`
}

function wire({payload, request_bytes: bytes}: CaptureDetail): string {
  return payload === undefined ? '' : `"wire_payload_bytes":${bytes},`
}

function findings(list: readonly CaptureFinding[]): string {
  return list.length === 0 ? 'null' : `[${list.map(finding).join(',')}]`
}

function finding(f: CaptureFinding): string {
  const member = (name: string, value: string | undefined) => (value === undefined ? '' : `,"${name}":${text(value)}`)
  return `{"kind":${text(f.kind)}${member('action', f.action)}${member('severity', f.severity)}${member('pattern_name', f.pattern_name)}}`
}

const text = (value: string): string => stringG(value.isWellFormed() ? value : value.toWellFormed())

/** A capture as it is read: "" for members that are absent. */
export interface CaptureRecord {
  readonly agent: string
  readonly surface: string
  readonly actionClass: string
  readonly effectiveAction: string
  readonly outcome: string
  readonly statusClass: string
  readonly sessionIdOriginal: string
  readonly method: string
  readonly url: string
  readonly mcpMethod: string
  readonly mcpServer: string
  readonly toolName: string
  readonly toolArgs: string | undefined
  readonly payloadBytes: number
  readonly scannerBytes: number
}

export type Decoded =
  | {readonly kind: 'capture'; readonly record: CaptureRecord}
  /** The recorder replaced the detail because it held a secret: neither event nor malformed. */
  | {readonly kind: 'redacted'}
  | {readonly kind: 'malformed'}

const MALFORMED: Decoded = {kind: 'malformed'}

export function decodeCapture(detail: JsonValue | undefined): Decoded {
  if (!isObject(detail)) return MALFORMED
  if (detail['capture_schema_version'] === undefined && detail['redacted'] === true) return {kind: 'redacted'}
  if (detail['capture_schema_version'] !== CAPTURE_SCHEMA) return MALFORMED
  const request = detail['request']
  if (!isObject(request)) return MALFORMED
  const outer = texts(detail, 'agent', 'surface', 'action_class', 'effective_action', 'outcome')
  const inner = texts(request, 'method', 'url', 'mcp_method', 'mcp_server', 'tool_name', 'tool_args_json')
  const sizes = ['wire_payload_bytes', 'payload_bytes', 'scanner_bytes'].map((name) => size(detail, name))
  const [wire, payload, scanner] = sizes
  if (!outer || !inner || sizes.includes(null)) return MALFORMED
  const [agent = '', surface = '', actionClass = '', effectiveAction = '', outcome = ''] = outer
  const [statusClass = '', sessionIdOriginal = ''] = texts(detail, 'status_class', 'session_id_original') ?? []
  const [method = '', url = '', mcpMethod = '', mcpServer = '', toolName = '', toolArgs] = inner
  return {
    kind: 'capture',
    record: {
      agent,
      surface,
      actionClass,
      effectiveAction,
      outcome,
      statusClass,
      sessionIdOriginal,
      method,
      url,
      mcpMethod,
      mcpServer,
      toolName,
      toolArgs,
      payloadBytes: Math.max(0, wire ?? payload ?? 0),
      scannerBytes: Math.max(0, scanner ?? 0),
    },
  }
}

/** Members that are absent or null are undefined; one of another type makes the whole undefined. */
function texts(object: JsonObject, ...names: readonly string[]): readonly (string | undefined)[] | undefined {
  const members: (string | undefined)[] = []
  for (const name of names) {
    const value = object[name]
    if (value === undefined || value === null) members.push(undefined)
    else if (typeof value === 'string') members.push(value)
    else return undefined
  }
  return members
}

/** undefined when absent, null when it is no exact integer. */
function size(object: JsonObject, name: string): number | undefined | null {
  const value = object[name]
  if (value === undefined || value === null) return undefined
  return typeof value === 'number' ? value : null
}
