// The request of the scan API: one strict JSON object. A member that nobody reads would be a scan that a caller believes in.
import {z} from 'zod'
import {placeJson, type PlacedJson} from '../../lib/json/places.js'
import {decodeUtf8, JsonFault, readJson, type JsonValue} from '../../lib/json/reader.js'

const KINDS = ['url', 'dlp', 'prompt_injection', 'tool_call'] as const
export type Kind = (typeof KINDS)[number]

const MAX_DEPTH = 64
const text = z.string().optional()

const request = z.strictObject({
  kind: text,
  input: z
    .strictObject({
      url: text,
      text,
      content: text,
      tool_name: text,
      arguments: z.unknown().optional(),
    })
    .optional(),
  context: z.strictObject({request_id: text, session_id: text, agent_name: text}).optional(),
  options: z.strictObject({include_evidence: z.boolean().optional()}).optional(),
})

export interface ScanRequest {
  readonly kind: string | undefined
  readonly url: string
  readonly text: string
  readonly content: string
  readonly toolName: string
  /** JSON as received: every spelling of a string is scanned; "" without arguments. */
  readonly arguments: string
  readonly requestId: string | undefined
  readonly includesEvidence: boolean
}

/** `problem`, for people, names the member and no value. */
export function parseScanRequest(bytes: Buffer): ScanRequest | {readonly problem: string} {
  let source: string
  let value: JsonValue
  try {
    source = decodeUtf8(bytes)
    value = readJson(source, {maxDepth: MAX_DEPTH})
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return {problem: `the body is not one JSON object: ${error.message}`}
  }
  const parsed = request.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const at = issue?.path.join('.') ?? ''
    return {problem: `${at === '' ? 'the request' : at}: ${issue?.message ?? 'is not as documented'}`}
  }
  const {kind, input, context, options} = parsed.data
  return {
    kind,
    url: input?.url ?? '',
    text: input?.text ?? '',
    content: input?.content ?? '',
    toolName: input?.tool_name ?? '',
    arguments: input?.arguments === undefined ? '' : sourceOf(source, ['input', 'arguments']),
    requestId: context?.request_id,
    includesEvidence: options?.include_evidence ?? false,
  }
}

function sourceOf(source: string, path: readonly string[]): string {
  let at: PlacedJson | undefined = placeJson(source, MAX_DEPTH)
  for (const name of path) {
    at = at?.kind === 'object' ? at.members.find((member) => member.name === name)?.value : undefined
  }
  return at === undefined ? '' : source.slice(at.start, at.end)
}

export function isKind(name: string | undefined): name is Kind {
  return (KINDS as readonly (string | undefined)[]).includes(name)
}
