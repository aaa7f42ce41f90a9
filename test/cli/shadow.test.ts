// `learn shadow` as an operator uses it: captures, a compiled candidate, reports, receipts that verify. Runs the build.
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {captureLines, type CaptureSpec} from '../support/captures.js'
import {compileCaptures, contractOf, HARNESS} from '../support/compiling.js'
import {runCommand} from '../support/warm-cli.js'

/** `--deterministic` replays at noon of this day. */
const at = (hour: number, second = 0) =>
  `2026-04-29T${String(hour).padStart(2, '0')}:00:${String(second).padStart(2, '0')}Z`
const ITEMS = {url: 'https://api.example.com/v1/items'}
const ORDERS = {url: 'https://api.example.com/v1/orders', method: 'POST'}
const day = Array.from({length: 6}, (_, hour) =>
  [ITEMS, ORDERS].flatMap((spec) =>
    Array.from({length: 4}, (__, i): CaptureSpec => ({session: `s${hour}`, ts: at(hour, i), ...spec})),
  ),
).flat()
const compiled = compileCaptures(day)
const hash = contractOf(compiled).body.contract_hash

let folder = ''
let contract = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shadow-'))
  contract = join(folder, 'candidate.yaml')
  writeFileSync(contract, compiled.contract)
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

let sessions = ''
let made = 0
beforeEach(() => {
  sessions = join(folder, `sessions-${made++}`)
})

const session = (name: string, specs: readonly CaptureSpec[]) => {
  mkdirSync(join(sessions, name), {recursive: true})
  const lines = captureLines(specs.map((spec, i) => ({ts: at(10, i), session: name, ...spec})))
  writeFileSync(join(sessions, name, `evidence-${name}-0.jsonl`), lines)
}

interface Done {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

const pipelock = (...words: string[]): Done => {
  const {status, stdout, stderr} = runCommand(words, {
    cwd: folder,
    env: {PATH: process.env['PATH'] ?? '', HOME: folder, PIPELOCK_HOME: join(folder, 'home')},
  })
  return {status, out: stdout, err: stderr}
}
const KEY = ['--contract-key', HARNESS.signer.key.public.hex]
const shadow = (...words: string[]): Done =>
  pipelock('learn', 'shadow', '--contract', contract, '--sessions', sessions, '--deterministic', ...words)
const report = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'))
const audit = ({err}: Done): unknown => JSON.parse(/^\{.*\}$/m.exec(err)?.[0] ?? 'null')

describe('a session that does what the others did', () => {
  test('has no new blocks', () => {
    session('s9', [ITEMS, ORDERS, ITEMS])
    const done = shadow(...KEY, '--out', 'same.md', '--out-json', 'same.json', '--fail-on-new-blocks')
    expect(done).toMatchObject({
      status: 0,
      out: 'shadow: 3 records, 3 replayed, 0 changed (0 new blocks, 0 new allows), written to same.md\n',
    })
    expect(report('same.json')).toMatchObject({
      contract_hash: hash,
      generated_at: '2026-04-30T12:00:00Z',
      total_records: 3,
      assumption: 'enforce',
      level: 'method',
      verified: true,
      capture_surfaces: {url: {grade: 'full', sidecar: false}},
      unmatched: [],
    })
    expect(readFileSync(join(folder, 'same.md'), 'utf8')).toContain('No quarantine candidates.')
    expect(audit(done)).toMatchObject({event: 'learn_shadow', sessions: 1, events_ingested: 3, noop: false})
  })

  test('is no passed gate when nothing was judged', () => {
    session('s9', [ITEMS])
    const done = shadow(...KEY, '--duration', '1s', '--fail-on-new-blocks', '--out', 'none.md')
    expect(done).toMatchObject({status: 1, out: expect.stringContaining('0 replayed') as string})
    expect(done.err).toContain('warning: no record was replayed')
    expect(shadow(...KEY, '--duration', '1s', '--out', 'none.md').status).toBe(0)
    // as written, a candidate enforces nothing
    expect(shadow(...KEY, '--assume', 'as-written', '--fail-on-new-blocks', '--out', 'none.md').status).toBe(1)
  })

  test('is judged by the scanners of the configuration that is given', () => {
    session('s9', [ITEMS, ORDERS])
    const config = join(folder, 'blocklist.yaml')
    writeFileSync(config, 'fetch_proxy:\n  monitoring:\n    blocklist: ["api.example.com"]\n')
    expect(shadow(...KEY, '--config', config, '--json').out).toContain('"new_blocks": 2')
    writeFileSync(config, 'mode: audit\nfetch_proxy:\n  monitoring:\n    blocklist: ["api.example.com"]\n')
    const audited: unknown = JSON.parse(shadow(...KEY, '--config', config, '--json').out)
    expect(audited).toMatchObject({new_blocks: 0, new_allows: 2, batches: [{CandidateVerdict: 'warn'}, {}]})
  })
})

describe('a session that does something else', () => {
  const strange = [
    ITEMS,
    {url: 'https://evil.example.net/x'},
    {url: 'https://evil.example.net/x'},
    {...ITEMS, method: 'DELETE'},
    {url: 'https://api.example.com/v1/admin'},
    {url: `https://api.example.com/v1/items?k=[redacted-value]`, action: 'block'},
  ]

  test('has new blocks, and fails when it is told to', () => {
    session('s9', strange)
    const done = shadow(...KEY, '--fail-on-new-blocks', '--out-json', 'new.json')
    expect(done.status).toBe(1)
    expect(done.out).toContain('- `GET evil.example.net/x`: 2 events')
    expect(report('new.json')).toMatchObject({
      new_blocks: 4,
      new_allows: 0,
      default_denies: 4,
      unmatched: [{events: 2}, {}, {}],
    })
    expect(shadow(...KEY, '--out-json', 'new.json').status).toBe(0)
  })

  test('leaves receipts that verify, and a second run continues their chain', () => {
    session('s9', strange)
    const log = ['--recorder-dir', 'evidence']
    expect(audit(shadow(...KEY, ...log))).toMatchObject({
      receipts_emitted: 1,
      signer_key_id: 'deterministic-receipt-signing',
    })
    expect(audit(shadow(...KEY, ...log))).toMatchObject({receipts_emitted: 1})
    const [name = ''] = readdirSync(join(folder, 'evidence')).filter((file) => file.endsWith('.jsonl'))
    expect(name).toBe('evidence-proxy-0.jsonl')
    const lines = readFileSync(join(folder, 'evidence', name), 'utf8')
      .trim()
      .split('\n')
    const entries = lines.map((line) => JSON.parse(line) as {type: string; detail: Record<string, unknown>})
    const receipts = entries.filter(({type}) => type === 'evidence_receipt')
    expect(receipts.map(({detail}) => detail['chain_seq'])).toEqual([0, 1])
    expect(receipts[0]).toMatchObject({
      event_kind: 'shadow_delta',
      transport: 'shadow',
      session_id: 'proxy',
      detail: {
        principal: 'learn',
        actor: 'shadow',
        contract_hash: hash,
        payload: {
          contract_hash: hash,
          rule_id: 'default_deny',
          original_verdict: 'allow',
          candidate_verdict: 'block',
          aggregation: {window_start: '2026-04-29T10:00:00Z', window_end: '2026-04-29T10:01:00Z', lossless_count: 4},
        },
      },
    })
    const key = (receipts[0]?.detail['signature'] as {signer_key_id: string}).signer_key_id
    expect(pipelock('integrity', 'verify', 'evidence', '--key', key).status).toBe(0)
    expect(pipelock('integrity', 'verify', 'evidence', '--key', HARNESS.signer.key.public.hex).status).toBe(1)
    const chain = pipelock('verify-receipt', join('evidence', name), '--key', key, '--json')
    expect(JSON.parse(chain.out)).toMatchObject({valid: true})
  })
})

describe('the contract', () => {
  beforeEach(() => session('s9', [{url: 'https://evil.example.net/x'}]))

  test('needs its signer’s key', () => {
    const done = shadow()
    expect(done).toMatchObject({status: 1, out: ''})
    expect(done.err).toMatch(/error: key_missing.*\nhint: .*--contract-key/)
  })

  test('is taken from the key store', () => {
    const agent = join(folder, 'store', 'agents', HARNESS.signer.keyId)
    mkdirSync(agent, {recursive: true})
    const {raw} = HARNESS.signer.key.public
    writeFileSync(join(agent, 'id_ed25519.pub'), `pipelock-ed25519-public-v1\n${Buffer.from(raw).toString('base64')}\n`)
    expect(shadow('--keystore', 'store').status).toBe(0)
  })

  test('without a key is for diagnostics only: marked, and without receipts', () => {
    const done = shadow('--allow-unsigned-contract-for-diagnostics', '--recorder-dir', 'none', '--out-json', 'u.json')
    expect(done.status).toBe(0)
    expect(done.err).toContain('warning: the contract is not verified')
    expect(done.out).toContain('- signature: unverified')
    expect(report('u.json')).toMatchObject({verified: false, new_blocks: 1})
    expect(audit(done)).toMatchObject({receipts_emitted: 0})
    expect(() => readdirSync(join(folder, 'none'))).toThrow('ENOENT')
  })

  test('with a key is verified even for diagnostics', () => {
    const other = contract.replace('candidate', 'forged')
    writeFileSync(other, compiled.contract.replace(/^signature: .*$/m, `signature: "ed25519:${'0'.repeat(128)}"`))
    const words = ['learn', 'shadow', '--contract', other, '--sessions', sessions]
    const done = pipelock(...words, ...KEY, '--allow-unsigned-contract-for-diagnostics')
    expect(done.status).toBe(1)
    expect(done.err).toContain('error: signature_invalid')
  })
})

describe('refusals', () => {
  beforeEach(() => session('s9', [ITEMS]))

  test.each<[readonly string[], number, string]>([
    [['--escrow-private-key', '00'], 2, 'usage'],
    [['--agent', 'coder'], 2, 'usage'],
    [['--assume', 'as-written', '--level', 'host'], 2, 'usage'],
    [['--assume', 'nothing'], 2, 'usage'],
    [['--duration', 'soon'], 2, 'usage'],
    [['--out', 'x.md', '--out-json', './x.md'], 2, 'usage'],
    [['--out', 'candidate.yaml'], 2, 'usage'],
    [['--contract-key', ''], 2, 'usage'],
    [['--config', 'absent.yaml'], 2, 'config_unreadable'],
  ])('%j', (words, status, code) => {
    const done = shadow(...KEY, ...words)
    expect(done.err).toContain(`error: ${code}`)
    expect(done.status).toBe(status)
    expect(readFileSync(contract, 'utf8')).toBe(compiled.contract)
  })

  test('a folder without sessions', () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty, {recursive: true})
    const words = ['learn', 'shadow', '--contract', contract, ...KEY, '--sessions']
    expect(pipelock(...words, empty).err).toContain('error: no_captures')
    expect(pipelock(...words, join(folder, 'absent')).err).toContain('error: file_not_found')
    expect(pipelock(...words, contract).err).toContain('error: file_not_found')
  })

  test('a receipt key that is not there, before anything is written', () => {
    const words = ['learn', 'shadow', '--contract', contract, ...KEY, '--sessions', sessions]
    const done = pipelock(...words, '--recorder-dir', 'never', '--out', 'never.md')
    expect(done).toMatchObject({status: 1, out: ''})
    expect(done.err).toContain('error: key_missing')
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([])
  })
})

test('takes the agent’s captures from the configured folder', () => {
  const root = join(folder, 'captures')
  sessions = root
  session('coder|1', [
    {...ITEMS, agent: 'coder'},
    {...ITEMS, agent: 'other'},
  ])
  session('other|1', [{url: 'https://evil.example.net/x', agent: 'other'}])
  const config = join(folder, 'captures.yaml')
  writeFileSync(config, `learn:\n  capture_dir: ${root}\n`)
  const words = ['learn', 'shadow', '--contract', contract, ...KEY, '--config', config, '--deterministic']
  const done = pipelock(...words, '--json')
  expect(JSON.parse(done.out)).toMatchObject({total_records: 1, new_blocks: 0})
  expect(audit(done)).toMatchObject({foreign_agent_events: 1, sessions: 1})
  expect(JSON.parse(pipelock(...words, '--json', '--agent', 'other').out)).toMatchObject({
    total_records: 1,
    new_blocks: 1,
  })
})
