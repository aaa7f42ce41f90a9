// The detail of a capture as learning reads it: types are checked, unknown members are ignored,
// since later writers may add some.
import {isObject, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'

export interface CaptureRecord {
  readonly agent: string
  readonly surface: string
  readonly actionClass: string
  readonly effectiveAction: string
  readonly outcome: string
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
  if (detail['capture_schema_version'] !== 1) return MALFORMED
  const request = detail['request']
  if (!isObject(request)) return MALFORMED
  const outer = texts(detail, 'agent', 'surface', 'action_class', 'effective_action', 'outcome')
  const inner = texts(request, 'method', 'url', 'mcp_method', 'mcp_server', 'tool_name', 'tool_args_json')
  const sizes = ['wire_payload_bytes', 'payload_bytes', 'scanner_bytes'].map((name) => size(detail, name))
  const [wire, payload, scanner] = sizes
  if (!outer || !inner || sizes.includes(null)) return MALFORMED
  const [agent = '', surface = '', actionClass = '', effectiveAction = '', outcome = ''] = outer
  const [method = '', url = '', mcpMethod = '', mcpServer = '', toolName = '', toolArgs] = inner
  return {
    kind: 'capture',
    record: {
      agent,
      surface,
      actionClass,
      effectiveAction,
      outcome,
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
