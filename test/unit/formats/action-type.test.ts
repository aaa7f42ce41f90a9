// The action type of a request in its receipt, row by row.
import {expect, test} from 'vitest'
import {classifyHttp, classifyMcp} from '../../../src/formats/action-type.js'

test('HTTP: by the exact method', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['GET HEAD OPTIONS TRACE CONNECT', 'read external_read full'],
    ['POST PUT PATCH', 'write external_write compensatable'],
    ['DELETE', 'write external_write irreversible'],
    ['get WS PROPFIND', 'unclassified none unknown'],
  ]
  for (const [methods, expected] of rows)
    for (const method of methods.split(' '))
      expect([method, Object.values(classifyHttp(method)).join(' ')]).toEqual([method, expected])
  expect(classifyHttp('').action_type).toBe('unclassified')
})

test('MCP: by the method, and for a call by the first word of the tool', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['tools/list', '', 'read external_read'],
    ['prompts/get', 'delete_all', 'read external_read'],
    ['tools/call', 'getUser', 'read external_read'],
    ['tools/call', 'GET_user', 'read external_read'],
    ['tools/call', 'check', 'read external_read'],
    ['tools/call', 'put-file', 'write external_write'],
    ['tools/call', 'addRow', 'write external_write'],
    ['tools/call', 'execute_sql', 'delegate external_write'],
    ['tools/call', 'settle', 'unclassified none'],
    ['tools/call', 'listing', 'unclassified none'],
    ['tools/call', 'get2', 'unclassified none'],
    ['tools/call', '\u017fet_x', 'unclassified none'],
    ['tools/call', '', 'unclassified none'],
    ['sampling/createMessage', 'get_x', 'unclassified none'],
  ]
  for (const [method, tool, expected] of rows)
    expect([method, tool, Object.values(classifyMcp(method, tool)).join(' ')]).toEqual([
      method,
      tool,
      `${expected} unknown`,
    ])
})
