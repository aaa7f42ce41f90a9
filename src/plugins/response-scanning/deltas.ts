// The text that one event adds to which running text: the deltas of language model providers by choice, anything else as it
// stands. Never throws.

export interface Delta {
  /** Which running text it belongs to. */
  readonly key: string
  readonly value: string
  /** The data as it stands, and no piece of a longer text that somebody joins without a gap. */
  readonly isRaw: boolean
}

type Json = {readonly [name: string]: unknown}

export function deltasOf(data: string): readonly Delta[] {
  if (data === '') return []
  const json = data.startsWith('{') ? parse(data) : undefined
  const deltas = json ? [...choices(json), ...blocks(json), ...candidates(json)] : []
  return deltas.length > 0 ? deltas : [{key: '', value: data, isRaw: true}]
}

/** `choices[].delta.content` and the arguments of its tool calls. */
function choices(json: Json): readonly Delta[] {
  return list(json['choices']).flatMap((choice, at) => {
    const delta = object(choice['delta']) ?? {}
    const index = number(choice['index']) ?? at
    return [
      ...text(`choice ${index}`, delta['content']),
      ...text(`reasoning ${index}`, delta['reasoning_content']),
      ...text(`choice ${index}`, choice['text']),
      ...list(delta['tool_calls']).flatMap((call, i) =>
        text(`call ${index} ${number(call['index']) ?? i}`, object(call['function'])?.['arguments']),
      ),
    ]
  })
}

/** `delta.text`, `delta.thinking` and `delta.partial_json` of a content block; `delta` itself where it is a text. */
function blocks(json: Json): readonly Delta[] {
  const index = number(json['index']) ?? number(json['output_index']) ?? 0
  if (typeof json['delta'] === 'string') return text(`text ${index}`, json['delta'])
  const delta = object(json['delta']) ?? {}
  return [
    ...text(`text ${index}`, delta['text']),
    ...text(`thinking ${index}`, delta['thinking']),
    ...text(`json ${index}`, delta['partial_json']),
  ]
}

/** `candidates[].content.parts[].text`. */
function candidates(json: Json): readonly Delta[] {
  return list(json['candidates']).flatMap((candidate, at) =>
    list(object(candidate['content'])?.['parts']).flatMap((part) =>
      text(`candidate ${number(candidate['index']) ?? at}`, part['text']),
    ),
  )
}

function text(key: string, value: unknown): readonly Delta[] {
  return typeof value === 'string' && value !== '' ? [{key, value, isRaw: false}] : []
}

function parse(data: string): Json | undefined {
  try {
    return object(JSON.parse(data))
  } catch {
    return undefined // no JSON, or none that ends: it is a text like any other
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function object(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
