// Tool calls of a message or a batch: one verdict each; no call passes along with another.
import {expect, test} from 'vitest'
import {activeContracts} from '../../../../src/core/contract/evaluate.js'
import {evaluateToolCalls, type ToolCallInput} from '../../../../src/core/contract/tool-calls.js'
import {readJson} from '../../../../src/lib/json/reader.js'

const tool = (rule_id: string, name: string, args?: readonly object[]) => ({
  rule_id,
  rule_kind: 'mcp_tool_call',
  lifecycle_state: 'enforce',
  selector: {server: {value: 'files'}, tool: {value: name}, ...(args && {args})},
})
const active = activeContracts({manifestHash: 'sha256:m', generation: 1}, [
  {
    target: {agent: 'coder'},
    selectorId: 'sha256:s',
    contractHash: 'sha256:c',
    rules: [tool('r-read', 'read'), tool('r-list', 'list', [{key: 'limit', value: 20}])],
  },
])

function judge(text: string, more: Partial<ToolCallInput> = {}) {
  const input: ToolCallInput = {
    mode: 'live',
    agent: 'coder',
    server: 'files',
    label: 'mcp_stdio',
    scannerVerdict: () => 'allow',
    killSwitch: false,
    sources: [],
    gate: true,
    ...more,
  }
  return evaluateToolCalls(active, readJson(text, {maxDepth: 16}), input).map(({index, id, outcome, fault}) => [
    index,
    id,
    outcome.verdict,
    outcome.reason,
    outcome.ruleId,
    ...(fault === undefined ? [] : [fault]),
  ])
}

const call = (id: number, name: string, args: string) =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":${args}}}`

test('a batch is judged element by element', () => {
  const batch = `[${[
    call(1, 'read', '{}'),
    '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
    call(3, 'delete', '{}'),
    call(4, 'list', '{"limit":2e1}'),
    call(5, 'list', '{"limit":20.5}'),
    call(6, 'list', '{"limit":null}'),
    call(7, 'list', '{}'),
  ].join(',')}]`
  expect(judge(batch)).toEqual([
    [0, 1, 'allow', '', 'r-read'],
    [2, 3, 'block', 'contract_mcp_default_deny', ''],
    [3, 4, 'allow', '', 'r-list'],
    [4, 5, 'block', 'contract_mcp_args_mismatch', 'r-list'],
    [5, 6, 'block', 'contract_mcp_args_mismatch', 'r-list'],
    [6, 7, 'block', 'contract_mcp_args_mismatch', 'r-list'],
  ])
})

test('a single message, an escaped method name, a notification', () => {
  expect(judge(call(9, 'read', '{}'))).toEqual([[0, 9, 'allow', '', 'r-read']])
  expect(judge('{"method":"tools\\u002fcall","params":{"name":"delete"}}')).toEqual([
    [0, undefined, 'block', 'contract_mcp_default_deny', ''],
  ])
  expect(judge('{"method":"ping"}')).toEqual([])
  expect(judge('[]')).toEqual([])
})

test.each([
  ['no params', '{"method":"tools/call","id":1}'],
  ['a name that is no text', '{"method":"tools/call","id":1,"params":{"name":["read"]}}'],
  ['params as a list', '{"method":"tools/call","id":1,"params":["read"]}'],
  ['a batch in a batch', `[[${call(1, 'delete', '{}')}]]`],
])('%s is an evaluator error: blocked in live mode', (_, text) => {
  expect(judge(text)).toMatchObject(
    [[0, expect.anything(), 'block', 'parse_error', '', expect.any(String)]].map((row) =>
      text.startsWith('[[') ? row.with(1, undefined) : row,
    ),
  )
  expect(judge(text, {mode: 'shadow'})[0]?.[2]).toBe('allow')
})

test('the scanner verdict is per element, and a missing one blocks', () => {
  const batch = `[${call(1, 'read', '{}')},${call(2, 'read', '{}')}]`
  expect(judge(batch, {scannerVerdict: (index) => (index === 0 ? 'block' : undefined)})).toEqual([
    [0, 1, 'block', '', ''],
    [1, 2, 'block', 'scanner_decision_missing', ''],
  ])
})
