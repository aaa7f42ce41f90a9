// The detail of a capture, schema 1: its members in the order they are written (learn §3.3). The writer below is the one
// that captures are made with; compile reads it with its own tolerance for later members.
import {stringG} from '../../lib/json/writer.js'

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

/** Members that this build does not observe (samples, sidecars, MCP) are optional in the schema and left out. */
export interface CaptureDetail {
  readonly surface: CaptureSurface
  readonly subsurface: string
  readonly config_hash: string
  readonly build_version: string
  readonly build_sha: string
  readonly agent: string
  readonly payload_bytes: number
  readonly payload_complete: boolean
  readonly transform_kind: string
  readonly request: CaptureRequest
  readonly raw_findings: readonly CaptureFinding[]
  readonly effective_findings: readonly CaptureFinding[]
  readonly effective_action: EffectiveAction
  readonly outcome: CaptureOutcome
  /** "" when the session directory bears the session id itself. */
  readonly session_id_original: string
}

/** Compact text in writer G. */
export function captureText(d: CaptureDetail): string {
  const payload = d.payload_bytes > 0 ? `"payload_bytes":${d.payload_bytes},` : ''
  const original = d.session_id_original === '' ? '' : `,"session_id_original":${text(d.session_id_original)}`
  return (
    `{"capture_schema_version":${CAPTURE_SCHEMA},"surface":"${d.surface}","subsurface":${text(d.subsurface)},` +
    `"config_hash":${text(d.config_hash)},"build_version":${text(d.build_version)},"build_sha":${text(d.build_sha)},` +
    `${d.agent === '' ? '' : `"agent":${text(d.agent)},`}${payload}"payload_complete":${d.payload_complete},` +
    `"transform_kind":${text(d.transform_kind)},` +
    `"request":{"method":${text(d.request.method)},"url":${text(d.request.url)}},` +
    `"raw_findings":${findings(d.raw_findings)},"effective_findings":${findings(d.effective_findings)},` +
    `"effective_action":"${d.effective_action}","outcome":"${d.outcome}"${original}}`
  )
}

function findings(list: readonly CaptureFinding[]): string {
  return list.length === 0 ? 'null' : `[${list.map(finding).join(',')}]`
}

function finding(f: CaptureFinding): string {
  const member = (name: string, value: string | undefined) => (value === undefined ? '' : `,"${name}":${text(value)}`)
  return `{"kind":${text(f.kind)}${member('action', f.action)}${member('severity', f.severity)}${member('pattern_name', f.pattern_name)}}`
}

const text = (value: string): string => stringG(value.isWellFormed() ? value : value.toWellFormed())
