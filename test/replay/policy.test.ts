// Captures against a configuration: the document byte for byte, and what must hold whatever the bytes are.
// A changed golden is a changed format: PIPELOCK_UPDATE_GOLDENS=policy-replay rewrites it.
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {loadConfig} from '../../src/host/config/load.js'
import {createPorts} from '../../src/host/ports.js'
import {plugins} from '../../src/plugins/registry.js'
import type {SourceChain} from '../../src/plugins/learn/compile/ingest.js'
import {policyDocument, replayPolicy, type PolicyDiff} from '../../src/plugins/learn/shadow/policy.js'
import {urlScanner, type ScanUrl} from '../../src/plugins/learn/shadow/scanner.js'
import {captureDetail, captureLines, chainLines, hourly, type CaptureSpec} from '../support/captures.js'
import {compileChains, conformanceFile, memoryChain} from '../support/compiling.js'

/** Two domains are blocked that were not. */
const CONFIG = 'fetch_proxy:\n  monitoring:\n    blocklist: ["docs.example.com", "*.example.net"]\n'
const PINNED = 'sha256:harness-candidate-config'

let folder: string
let scanner: () => ScanUrl
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'policy-replay-'))
  writeFileSync(join(folder, 'candidate.yaml'), CONFIG)
  const {config} = await loadConfig(join(folder, 'candidate.yaml'))
  const ports = createPorts({home: folder})
  const [dlp, destination] = await Promise.all([plugins.dlp(), plugins.destination()])
  const credentials = await (await dlp.default.tools(ports)).scanner({...config, dlp: {...config.dlp, scan_env: false}})
  const {stage} = await destination.default.tools(ports)
  scanner = () => urlScanner(stage(config, credentials), {mode: config.mode, enforce: config.enforce})
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const diffOf = (chains: readonly SourceChain[]): Promise<PolicyDiff> =>
  replayPolicy(chains, {scanner, candidateConfigHash: PINNED})

const API = 'https://api.example.com/v1/items'
const DOCS = 'https://docs.example.com/guide'
const session = (n: number): CaptureSpec[] =>
  [
    {url: API},
    {url: DOCS},
    {url: 'https://sink.example.net/x', action: 'block'},
    {url: 'https://sink.example.net/y'},
    {url: API, method: 'POST', action: 'warn'},
    {url: `${API}?k=[redacted-value]`, action: 'block'},
    {url: '[redacted-target]', action: 'block'},
    {tool: {server: 'files', name: 'read_file', args: '{"path":"a"}'}},
    {tool: {server: 'files', name: 'write_file'}, action: 'block'},
    {url: API, detail: {surface: 'dlp'}},
    {url: DOCS, detail: {surface: 'response', payload_ref: '000001.payload.enc'}},
    {url: '', detail: {surface: 'tool_scan'}},
    {url: API, detail: {effective_action: 7}},
  ].map((spec, i): CaptureSpec => ({session: `session-${n}`, ts: hourly(n, i), ...spec}))
const corpus = [1, 2, 3].map((n) => memoryChain(captureLines(session(n))))

const update = process.env['CI'] ? undefined : process.env['PIPELOCK_UPDATE_GOLDENS']

describe('the diff document', () => {
  test('is the golden, byte for byte, and the same again', async () => {
    const text = policyDocument(await diffOf(corpus))
    const path = join(import.meta.dirname, '../../goldens/policy-replay/diff.json')
    if (update === 'policy-replay') {
      mkdirSync(join(path, '..'), {recursive: true})
      writeFileSync(path, text)
    }
    expect(existsSync(path)).toBe(true)
    expect(text).toBe(readFileSync(path, 'utf8'))
    expect(policyDocument(await diffOf(corpus))).toBe(text)
  })

  test('counts by the rules of the specification', async () => {
    const parsed = JSON.parse(policyDocument(await diffOf(corpus))) as Record<string, unknown> & {
      readonly all_records: readonly Record<string, unknown>[]
      readonly changes: readonly unknown[]
    }
    expect(parsed).toMatchObject({
      report_version: 1,
      original_config_hash: 'sha256:test',
      candidate_config_hash: PINNED,
      total_records: 39,
      replayed: 18,
      new_blocks: 6,
      new_allows: 3,
      unchanged: 9,
      evidence_only: 9,
      summary_only: 9,
      dropped: 0,
      skipped: 3,
    })
    expect(Object.keys(parsed).slice(-3)).toEqual(['changes', 'all_records', 'capture_surfaces'])
    expect(parsed.all_records).toHaveLength(36)
    expect(parsed.changes).toEqual(parsed.all_records.filter(({changed}) => changed === true))
    expect(parsed.all_records[1]).toMatchObject({
      change_type: 'new_block',
      candidate_findings: [
        {
          kind: 'dlp',
          action: 'block',
          pattern_name: 'blocklist',
          match_text: 'domain blocked: docs.example.com matches docs.example.com',
        },
      ],
    })
  })

  test('keeps the capture verbatim: members stay in their order', async () => {
    const detail = {...captureDetail({url: API}), b: 1, a: '<'}
    const text = policyDocument(await diffOf([memoryChain(chainLines([{type: 'capture', detail}]))]))
    expect(text).toContain('        "b": 1,\n        "a": "<"\n      },')
  })
})

describe.each([
  ['our corpus', () => corpus],
  ['the harness corpus, one chain for each session', harnessChains],
])('whatever the bytes are: %s', (_, chains) => {
  test('something is newly blocked, something stays, and no tool call leaves its block', async () => {
    const {records} = await diffOf(chains())
    if (records.length === 0) return
    expect(records.filter(({change}) => change === 'new_block').length).toBeGreaterThan(0)
    expect(records.filter(({change}) => change === 'unchanged').length).toBeGreaterThan(0)
    const blocked = records.filter(({surface, original}) => surface === 'tool_policy' && original === 'block')
    expect(blocked.length).toBeGreaterThan(0)
    expect(blocked.filter(({candidate}) => candidate !== undefined && candidate !== 'block')).toEqual([])
    // and nothing but what the sanitiser left visible is judged again
    expect(records.filter(({surface, candidate}) => surface !== 'url' && candidate !== undefined)).toEqual([])
  })

  test('the classification debt is 0 %', () => {
    const list = chains()
    if (list.length === 0) return
    const agent = list === corpus ? 'coder' : 'harness-agent'
    const {review} = compileChains(list, {agent, floors: {min_sessions: 1, min_events: 1, min_windows: 1}})
    expect(review).toMatch(/^- Unclassified action_class events 0\.00% \(0\/\d+\)$/m)
  })
})

interface Line {
  readonly ts: string
  readonly session_id: string
  readonly type: string
  readonly detail: unknown
}

/** The chain of the corpus runs through all sessions; captures of a firewall have one chain each. */
function harnessChains(): readonly SourceChain[] {
  const path = conformanceFile('contracts/replay-harness/corpus.jsonl')
  if (path === undefined) return []
  const bySession = new Map<string, Line[]>()
  for (const text of readFileSync(path, 'utf8').trim().split('\n')) {
    const line = JSON.parse(text) as Line
    bySession.set(line.session_id, [...(bySession.get(line.session_id) ?? []), line])
  }
  return [...bySession.values()].map((lines) =>
    memoryChain(chainLines(lines.map(({ts, session_id: name, type, detail}) => ({ts, session: name, type, detail})))),
  )
}

test('a broken chain is refused with its reason', async () => {
  const text = captureLines(session(1)).replace('"effective_action":"block"', '"effective_action":"allow"')
  await expect(diffOf([memoryChain(text)])).rejects.toMatchObject({code: 'hash_chain_broken'})
})

test('a fresh scanner serves each chain', async () => {
  let made = 0
  const counted = (): ScanUrl => (made++, scanner())
  await replayPolicy(corpus, {scanner: counted, candidateConfigHash: PINNED})
  expect(made).toBe(3)
})
