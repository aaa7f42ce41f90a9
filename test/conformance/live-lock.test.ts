// The live-lock matrix: eleven transports by seven invariants, every member of the outcome record.
import {existsSync, readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {describe, expect, test} from 'vitest'
import {activeContracts, evaluate} from '../../src/core/contract/evaluate.js'
import {parseDestination} from '../../src/formats/target.js'
import {liveLock} from '../support/live-lock.mjs'

const data = resolve(
  process.env['PIPELOCK_CONFORMANCE'] ?? '../shared/conformance',
  'contracts/livelock/transport_matrix.json',
)
const present = existsSync(data)
if (!present) console.log(`no conformance data at ${data}: the live-lock matrix is skipped`)

interface Row {
  readonly transport: string
  readonly gate_api: string
  readonly invariant: string
  readonly mode: string
  readonly method: string
  readonly target: string
  readonly effective_action: string
  readonly scanner_verdict: string
  readonly scanner_matched: boolean
  readonly contract_state: string
  readonly kill_switch: boolean
  readonly [member: string]: unknown
}

const EMPTY = {
  verdict: '',
  live_verdict: '',
  winning_source: '',
  policy_sources: [] as string[],
  rule_id: '',
  reason: '',
  resolved: false,
  drift_mode: '',
  drift_kind: '',
}

const evaluateLiveLock = liveLock({activeContracts, evaluate, parseDestination})

describe.skipIf(!present)('live-lock matrix', () => {
  const rows = present ? (JSON.parse(readFileSync(data, 'utf8')) as readonly Row[]) : []

  test('has all its rows', () => {
    expect(rows).toHaveLength(77)
  })

  test.each(rows.map((row) => [`${row.transport} ${row.invariant}`, row] as const))('%s', (_name, row) => {
    const mcp = row.transport === 'mcp_tool_call'
    const allowed = rows.find((r) => r.transport === row.transport && r.contract_state === 'allow')?.target ?? ''
    const path = mcp ? '' : new URL(allowed).pathname
    const selector = mcp
      ? {server: {value: 'stripe'}, tool: {value: allowed}}
      : {
          host: {value: new URL(allowed).hostname, data_class: 'public'},
          methods: [row.method],
          ...(row.transport === 'forward_connect' ? {} : {paths: [{value: path, data_class: 'public'}]}),
          effective_action: row.effective_action,
        }
    const rule = {
      rule_id: `r-${row.transport}-allow`,
      rule_kind: mcp ? 'mcp_tool_call' : 'http_destination',
      lifecycle_state: 'enforce',
      selector,
    }
    const observed = evaluateLiveLock({
      layer: row.gate_api.split('.')[0],
      mode: row.mode,
      agent: 'agent-a',
      contract:
        row.contract_state === 'none'
          ? null
          : {contract_hash: 'sha256:c', selector: {agent: 'agent-a', selector_id: 'sha256:s'}, rules: [rule]},
      method: row.method,
      ...(mcp ? {server: 'stripe', tool: row.target, arguments: {}} : {target: row.target}),
      effective_action: row.effective_action,
      scanner: {verdict: row.scanner_verdict, matched: row.scanner_matched},
      kill_switch: row.kill_switch,
    })
    const expected = Object.fromEntries(Object.entries(EMPTY).map(([name, empty]) => [name, row[name] ?? empty]))
    expect(observed).toEqual(expected)
  })
})
