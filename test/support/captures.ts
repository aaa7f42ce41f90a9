// Recorder chains of captures, built by hand: the input of a compile, without a running firewall.
import {hashEntry} from '../../src/formats/entry.js'

export interface CaptureSpec {
  readonly url?: string
  readonly method?: string
  readonly action?: string
  readonly outcome?: string
  readonly session?: string
  readonly trace?: string
  readonly ts?: string
  readonly agent?: string
  readonly actionClass?: string
  readonly bytes?: number
  readonly tool?: {readonly server?: string; readonly name: string; readonly args?: string}
  /** Members that replace those of the detail. */
  readonly detail?: Readonly<Record<string, unknown>>
}

const OUTCOMES: Readonly<Record<string, string>> = {allow: 'clean', block: 'blocked', warn: 'warned'}

export function captureDetail(spec: CaptureSpec): Record<string, unknown> {
  const {action = 'allow', tool} = spec
  return {
    capture_schema_version: 1,
    surface: tool ? 'tool_policy' : 'url',
    subsurface: 'forward',
    config_hash: 'sha256:test',
    build_version: 'test',
    build_sha: 'test',
    ...(spec.agent === '' ? {} : {agent: spec.agent ?? 'coder'}),
    action_class: spec.actionClass ?? 'read',
    ...(spec.bytes === undefined ? {} : {payload_bytes: spec.bytes, scanner_bytes: spec.bytes}),
    payload_complete: false,
    transform_kind: '',
    request: {
      method: spec.method ?? 'GET',
      url: spec.url ?? (tool ? '' : 'https://api.example.com/'),
      ...(tool ? {tool_name: tool.name, mcp_method: 'tools/call'} : {}),
      ...(tool?.server === undefined ? {} : {mcp_server: tool.server}),
      ...(tool?.args === undefined ? {} : {tool_args_json: tool.args}),
    },
    raw_findings: null,
    effective_findings: null,
    effective_action: action,
    outcome: spec.outcome ?? OUTCOMES[action] ?? 'clean',
    ...spec.detail,
  }
}

export interface EntrySpec {
  readonly type: string
  readonly ts?: string
  readonly session?: string
  readonly trace?: string
  readonly detail: unknown
}

/** Lines of one chain, each with its LF. */
export function chainLines(
  entries: readonly EntrySpec[],
  first: {readonly seq: number; readonly prev: string} = {seq: 0, prev: 'genesis'},
): string {
  let prev = first.prev
  return entries
    .map(({type, ts = '2026-04-29T12:00:00Z', session = 'session-1', trace = '', detail}, i) => {
      const text = JSON.stringify(detail)
      const head = {
        v: 2 as const,
        seq: first.seq + i,
        ts,
        session_id: session,
        ...(trace === '' ? {} : {trace_id: trace}),
        type,
        event_kind: type === 'capture' ? 'url' : type,
        transport: 'forward',
        summary: 'made by a test',
      }
      const hash = hashEntry(
        {trace_id: '', raw_ref: '', chain_kind: '', writer_instance_id: '', ...head, prev_hash: prev},
        text,
      )
      const line = `${JSON.stringify(head).slice(0, -1)},"detail":${text},"prev_hash":"${prev}","hash":"${hash}"}\n`
      prev = hash
      return line
    })
    .join('')
}

export function captureLines(specs: readonly CaptureSpec[]): string {
  return chainLines(
    specs.map((spec) => ({
      type: 'capture',
      detail: captureDetail(spec),
      ...(spec.ts === undefined ? {} : {ts: spec.ts}),
      ...(spec.session === undefined ? {} : {session: spec.session}),
      ...(spec.trace === undefined ? {} : {trace: spec.trace}),
    })),
  )
}

/** Start of the n-th hour after a fixed one, plus seconds. */
export function hourly(n: number, seconds = 0): string {
  return new Date(Date.UTC(2026, 4, 4, n, 0, seconds)).toISOString().replace('.000', '')
}
