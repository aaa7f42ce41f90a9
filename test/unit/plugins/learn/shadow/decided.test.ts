// Which blocks of a replay count as decided: those that a ratified contract makes too, of a request that one of its narrowest
// rules covers for information. A gate lets these pass, so whatever else would be blocked must never be among them.
import {expect, test} from 'vitest'
import type {Contract} from '../../../../../src/formats/documents/contract.js'
import {assume} from '../../../../../src/plugins/learn/shadow/assumption.js'
import {decidedBlocks} from '../../../../../src/plugins/learn/shadow/decided.js'
import {replay} from '../../../../../src/plugins/learn/shadow/replay.js'
import {captureLines, hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, contractOf, memoryChain} from '../../../../support/compiling.js'
import {defaultDecisions} from '../../../../../src/plugins/learn/ratify/choose.js'
import {viewsOf} from '../../../../../src/plugins/learn/view/rule-view.js'

const LIST = {url: 'https://api.example.com/v1/items'}
const READ = {tool: {server: 'files', name: 'read'}}
/** Seen in one session of six: kept for information. */
const RARE: readonly CaptureSpec[] = [
  {url: 'https://api.example.com/v1/export', method: 'POST'},
  {url: 'https://api.example.com:8443/v1/export'},
  {url: 'https://mirror.example.net', method: 'CONNECT'},
  {url: 'https://rare.example.org/a/b'},
  {tool: {server: 'files', name: 'write'}},
]

const learned = contractOf(
  compileCaptures(
    Array.from({length: 6}, (_, hour) =>
      [LIST, READ, READ, READ, READ, ...(hour === 3 ? RARE : [])].map((spec, i) => ({
        session: `s${hour}`,
        ts: hourly(hour, i),
        ...spec,
      })),
    ).flat(),
  ),
)

/** Ratified by the defaults; `over` replaces decisions, by rule id. */
function ratified(over: (id: string) => string | undefined = () => undefined): Contract {
  const {decisions} = defaultDecisions(viewsOf(learned.body), {level: 'method', acceptLowConfidence: false})
  const rules = (learned.body.rules ?? []).flatMap((rule) => {
    const state = over(rule.rule_id) ?? decisions.get(rule.rule_id) ?? ''
    return state === 'reject' ? [] : [{...rule, lifecycle_state: state}]
  })
  return {...learned, body: {...learned.body, rules}}
}

const run = (specs: readonly CaptureSpec[], contract = ratified(), decidedBy = ratified()) =>
  replay([memoryChain(captureLines(specs))], {
    assumed: assume(contract.body, undefined, 'method'),
    scanner: () => () => ({action: 'allow', cause: undefined, findings: []}),
    agent: undefined,
    sinceMs: 0,
    nowMs: Date.UTC(2026, 4, 5),
    salt: undefined,
    decided: decidedBlocks('coder.contract.yaml', decidedBy, 'coder'),
  })

test('a request that a rule for information covers is blocked, and decided', async () => {
  expect(await run(RARE)).toMatchObject({newBlocks: RARE.length, decidedBlocks: RARE.length})
  // a candidate that would be enforced by the defaults blocks them as well
  expect(await run(RARE, learned)).toMatchObject({newBlocks: RARE.length, decidedBlocks: RARE.length})
})

const NEW: readonly CaptureSpec[] = [
  {url: 'https://api.example.com/v1/export', method: 'DELETE'},
  {url: 'https://api.example.com/v1/export/7', method: 'POST'},
  {url: 'https://api.example.com/v1/export'},
  {url: 'https://api.example.com:9443/v1/export', method: 'POST'},
  {url: 'https://api.example.com/v1/items', method: 'DELETE'},
  {url: 'https://api.example.com', method: 'CONNECT'},
  {url: 'https://mirror.example.net/a/b'},
  {url: 'https://mirror.example.net:444', method: 'CONNECT'},
  {url: 'https://rare.example.org/a'},
  {url: 'https://elsewhere.example.org/a/b'},
  {tool: {server: 'files', name: 'delete'}},
  {tool: {server: 'shell', name: 'write'}},
]

test.each(NEW.map((spec) => [`${spec.method ?? ''} ${spec.url ?? JSON.stringify(spec.tool)}`, spec] as const))(
  'a request that no narrow rule covers is not decided, a host-wide or any-method rule notwithstanding: %s',
  async (_, spec) => {
    expect(await run([spec])).toMatchObject({newBlocks: 1, decidedBlocks: 0})
    expect(await run([...RARE, spec])).toMatchObject({newBlocks: RARE.length + 1, decidedBlocks: RARE.length})
  },
)

const ruleOf = (id: string) => viewsOf(learned.body).find((rule) => rule.id === id)

test('what the contract in force allows is not decided when a candidate would block it', async () => {
  const narrower = ratified((id) => {
    const rule = ruleOf(id)
    if (rule?.host === 'rare.example.org' && rule.methods.length > 0) return 'enforce'
    return rule?.paths[0]?.value === '/v1/items' ? 'capture_only' : undefined
  })
  expect(await run([LIST], narrower)).toMatchObject({newBlocks: 1, decidedBlocks: 0})
})

test('a rule that was rejected decides nothing', async () => {
  const [rare] = RARE
  const rejecting = ratified((id) => {
    return ruleOf(id)?.paths[0]?.value === '/v1/export' ? 'reject' : undefined
  })
  expect(await run(rare ? [rare] : [], rejecting, rejecting)).toMatchObject({newBlocks: 1, decidedBlocks: 0})
})

test('what the scanners block was blocked before and is no decision', async () => {
  const blocked = RARE.map((spec) => ({...spec, action: 'block'}))
  expect(await run(blocked.slice(0, 2))).toMatchObject({newBlocks: 0, decidedBlocks: 0})
})

test('a candidate, and the contract of another agent, decide nothing and are refused', () => {
  expect(() => decidedBlocks('candidate.yaml', learned, 'coder')).toThrow(/enforces no rule/)
  expect(() => decidedBlocks('coder.contract.yaml', ratified(), 'writer')).toThrow(/is the contract of "coder"/)
})
