// The detail of a capture, schema 1: its members in writing order. Captures are written with the writer below; compile
// reads them with its own tolerance for later members. Published in docs/formats/captures.md, Detail.
import {stringG} from '../lib/json/writer.js'

export const CAPTURE_SCHEMA = 1

export type CaptureSurface = 'url' | 'response' | 'dlp' | 'cee' | 'tool_policy' | 'tool_scan'

export type EffectiveAction = 'allow' | 'warn' | 'block' | 'strip' | 'redirect' | 'ask' | 'fail_closed'

export type CaptureOutcome = 'clean' | 'blocked' | 'warned' | 'stripped' | 'redirected' | 'skipped' | 'fail_closed'

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
  /** "" when the session directory is named by the session id itself. */
  readonly session_id_original: string
}

/** Compact text in writer G. */
export function captureText(d: CaptureDetail): string {
  const payload = payloadMembers(d)
  const original = d.session_id_original === '' ? '' : `,"session_id_original":${text(d.session_id_original)}`
  return (
    `{"capture_schema_version":${CAPTURE_SCHEMA},"surface":"${d.surface}","subsurface":${text(d.subsurface)},` +
    `"config_hash":${text(d.config_hash)},"build_version":${text(d.build_version)},"build_sha":${text(d.build_sha)},` +
    `${d.agent === '' ? '' : `"agent":${text(d.agent)},`}${payload}` +
    `"transform_kind":${text(d.transform_kind)},` +
    wire(d) +
    `"request":{"method":${text(d.request.method)},"url":${text(d.request.url)}},` +
    `"raw_findings":${findings(d.raw_findings)},"effective_findings":${findings(d.effective_findings)},` +
    `"effective_action":"${d.effective_action}","outcome":"${d.outcome}"${original}}`
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
