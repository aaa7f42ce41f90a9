// Contract verdicts for a JSON-RPC message of a tool protocol: each `tools/call` is judged by itself, in a batch too,
// so that an allowed call cannot carry a denied one past the contract.
import {isObject, type JsonValue} from '../../lib/json/reader.js'
import {evaluate, type ActiveContracts, type Evaluation, type LockInput} from './evaluate.js'

export interface ToolCallInput extends Omit<LockInput, 'subject' | 'scannerVerdict'> {
  readonly server: string
  /** Effective action of the scanners for one element; undefined is a missing decision, which blocks. */
  readonly scannerVerdict: (index: number) => string | undefined
}

export interface ToolCallVerdict extends Evaluation {
  /** Index in the batch; 0 for a single message. */
  readonly index: number
  /** Id of the request, for the error response to a denied call; undefined for a notification. */
  readonly id: JsonValue | undefined
}

/**
 * One verdict for every tool call of the message, in order; other methods have none. A call without a name, and a batch
 * inside a batch, which a server might unfold, are evaluator errors: in live mode they block.
 */
export function evaluateToolCalls(
  active: ActiveContracts | undefined,
  message: JsonValue,
  input: ToolCallInput,
): readonly ToolCallVerdict[] {
  const {server, scannerVerdict, ...rest} = input
  const elements = Array.isArray(message) ? message : [message]
  return elements.flatMap((element, index): readonly ToolCallVerdict[] => {
    const call = toolCall(element)
    if (!call) return []
    const {tool, values, id} = call
    const subject = {kind: 'mcp', server, tool, arguments: values} as const
    return [{...evaluate(active, {...rest, subject, scannerVerdict: scannerVerdict(index)}), index, id}]
  })
}

function toolCall(element: JsonValue) {
  if (Array.isArray(element)) return {tool: '', values: undefined, id: undefined}
  if (!isObject(element) || element['method'] !== 'tools/call') return undefined
  const params = element['params']
  const name = isObject(params) ? params['name'] : undefined
  return {
    tool: typeof name === 'string' ? name : '',
    values: isObject(params) ? params['arguments'] : undefined,
    id: element['id'],
  }
}
