// The payload sidecar of a capture: the input of a decision as it was judged, before redaction. The format is described
// in docs/formats/capture-payload.md. One strict spelling of members; a later version has another number.
import {isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {PipelockError} from '../core/errors.js'

const PAYLOAD_VERSION = 1

/** Largest document; anything larger gets no sidecar. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024

/** X25519 key and tag before a sealed document. */
export const SEAL_BYTES = 48

export interface UrlPayload {
  readonly surface: 'url'
  readonly method: string
  readonly url: string
  /** In wire order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly requestBytes: number
}

export interface ToolPayload {
  readonly surface: 'tool_policy'
  readonly mcpServer: string
  readonly mcpMethod: string
  readonly toolName: string
  /** The arguments as in the message. */
  readonly toolArgs: string
  readonly requestBytes: number
}

export type CapturePayload = UrlPayload | ToolPayload

const MAX_COUNTER = 999_999
const NAME = /^\d{6}\.payload\.enc$/

/** undefined beyond the last number of six digits. */
export function sidecarName(counter: number): string | undefined {
  return counter > MAX_COUNTER ? undefined : `${String(counter).padStart(6, '0')}.payload.enc`
}

/** A reference is a name beside the chain and nothing else: it comes from an untrusted file. */
export function isSidecarName(name: string): boolean {
  return NAME.test(name)
}

export function payloadText(payload: CapturePayload): string {
  const head = {capture_payload_version: PAYLOAD_VERSION, surface: payload.surface}
  if (payload.surface === 'url') {
    const {method, url, headers, requestBytes} = payload
    return JSON.stringify({...head, method, url, headers, request_bytes: requestBytes})
  }
  const {mcpServer, mcpMethod, toolName, toolArgs, requestBytes} = payload
  return JSON.stringify({
    ...head,
    mcp_server: mcpServer,
    mcp_method: mcpMethod,
    tool_name: toolName,
    tool_args_json: toolArgs,
    request_bytes: requestBytes,
  })
}

const MEMBERS = {
  url: ['method', 'url', 'headers'],
  tool_policy: ['mcp_server', 'mcp_method', 'tool_name', 'tool_args_json'],
} as const

/** Throws PipelockError for anything but a document of this version with exactly its members. */
export function parsePayload(bytes: Uint8Array): CapturePayload {
  const object = objectIn(bytes)
  if (object['capture_payload_version'] !== PAYLOAD_VERSION) {
    throw new PipelockError('unsupported_schema_version', `capture_payload_version is not ${PAYLOAD_VERSION}`)
  }
  const surface = object['surface']
  if (surface !== 'url' && surface !== 'tool_policy') return wrong('surface')
  const known = new Set<string>(['capture_payload_version', 'surface', 'request_bytes', ...MEMBERS[surface]])
  for (const name of Object.keys(object)) {
    if (!known.has(name)) throw new PipelockError('unknown_field', `the payload has a member ${JSON.stringify(name)}`)
  }
  const requestBytes = object['request_bytes']
  if (typeof requestBytes !== 'number' || requestBytes < 0) return wrong('request_bytes')
  const text = (name: string): string => {
    const value = object[name]
    return typeof value === 'string' ? value : wrong(name)
  }
  return surface === 'url'
    ? {surface, method: text('method'), url: text('url'), headers: headersOf(object['headers']), requestBytes}
    : {
        surface,
        mcpServer: text('mcp_server'),
        mcpMethod: text('mcp_method'),
        toolName: text('tool_name'),
        toolArgs: text('tool_args_json'),
        requestBytes,
      }
}

function objectIn(bytes: Uint8Array): JsonObject {
  try {
    const value = readJson(bytes, {maxDepth: 4})
    return isObject(value) ? value : wrong('the document')
  } catch (error) {
    if (error instanceof JsonFault) throw new PipelockError('malformed_json', `the payload: ${error.message}`)
    throw error
  }
}

function headersOf(value: JsonValue | undefined): UrlPayload['headers'] {
  if (!Array.isArray(value)) return wrong('headers')
  return value.map((pair) => {
    const [name, content, ...more] = Array.isArray(pair) ? pair : []
    return typeof name === 'string' && typeof content === 'string' && more.length === 0
      ? ([name, content] as const)
      : wrong('headers')
  })
}

function wrong(name: string): never {
  throw new PipelockError('invalid_field', `the payload: ${name} is missing or of the wrong kind`)
}
