// `pipelock report` as a user runs it: exit status, what is counted, what the page may never replace.
import {mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {EvidenceReceipts, Log, Receipts, testKey, withFolder} from '../support/evidence.js'
import {runCommand} from '../support/warm-cli.js'

const one = testKey('one')
const two = testKey('two')

function run(folder: string, ...args: readonly string[]) {
  const {status, stdout, stderr} = runCommand(['report', ...args], {cwd: folder, env: process.env})
  return {code: status, out: stdout, err: stderr}
}

interface Counted {
  readonly count: number
  readonly blocked: number
}

interface Json {
  readonly ok: boolean
  readonly reason: string | null
  readonly totals: Readonly<Record<string, number>>
  readonly agents: readonly (Counted & {readonly agent: string})[]
  readonly hosts: readonly (Counted & {readonly host: string})[]
  readonly reasons: readonly (Counted & {readonly layer: string})[]
  readonly contracts: readonly (Counted & {readonly contract_hash: string; readonly generation: string})[]
  readonly timeline: {readonly buckets: readonly {readonly allowed: number; readonly blocked: number}[]}
  readonly interventions: {
    readonly latest: readonly {readonly seq: number; readonly line: number; readonly file: string}[]
  }
  readonly lifecycle: {readonly latest: readonly {readonly kind: string}[]}
  readonly gaps: {readonly lost_entries: number; readonly page: number}
  readonly key_changes: readonly {readonly from: string; readonly to: string}[]
  readonly integrity: {readonly sessions: readonly {readonly id: string; readonly receipts: string}[]}
  readonly page: {readonly file: string; readonly lines: number; readonly receipts: number} | null
}

function json(folder: string, ...args: readonly string[]): Json & {readonly code: number | null} {
  const {code, out} = run(folder, ...args, '--json')
  return {...(JSON.parse(out) as Json), code}
}

const CONTRACT = `sha256:${'ab'.repeat(32)}`

function ordinary(folder: string, change: (text: string) => string = (text) => text): void {
  const log = new Log(one)
  log.receipt({actor: 'coder', target: 'https://api.example/1'})
  log.receipt({actor: 'coder', target: 'https://evil.example/2', verdict: 'block', layer: 'dlp', pattern: 'AWS Key'})
  log.receipt({actor: 'tester', target: 'build.example:443', method: 'CONNECT', transport: 'connect'})
  log.receipt({
    actor: 'tester',
    target: 'read_file',
    transport: 'mcp_stdio',
    contract_hash: CONTRACT,
    contract_generation: 2,
  })
  log.entry('recovery', '{"lost_entries":7,"reason":"ENOSPC"}', 'recovery: 7 entries could not be written', '')
  log.root().checkpoint()
  writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), change(log.text))
}

const keys = ['--key', one.public.hex]

describe('report', () => {
  test('counts what happened and says what it stands on', () =>
    withFolder((folder) => {
      ordinary(folder)
      const {code, ...report} = json(folder, '--evidence', '.', ...keys)
      expect([code, report.ok, report.reason, report.page]).toEqual([0, true, null, null])
      expect(report.totals).toMatchObject({decisions: 4, blocked: 1, receipts: 4, entries: 7, receipts_not_judged: 0})
      expect(report.agents.map(({agent, count, blocked}) => [agent, count, blocked])).toEqual([
        ['coder', 2, 1],
        ['tester', 2, 0],
      ])
      expect(report.hosts.map(({host}) => host).sort()).toEqual([
        '(MCP tool)',
        'api.example',
        'build.example',
        'evil.example',
      ])
      expect(report.reasons).toMatchObject([{verdict: 'block', layer: 'dlp', pattern: 'AWS Key', count: 1}])
      expect(report.contracts).toMatchObject([{contract_hash: CONTRACT, generation: '2', count: 1}])
      expect(report.gaps).toMatchObject({seen: 1, lost_entries: 7})
      expect(report.interventions.latest).toMatchObject([{seq: 1, line: 2}])
      expect(report.timeline.buckets.map(({allowed, blocked}) => allowed + blocked)).toEqual([1, 1, 1, 1])
      expect(report.integrity.sessions).toMatchObject([{id: 'proxy', receipts: 'trusted'}])
      expect(run(folder, '--evidence', '.', ...keys).out).toMatch(/^VERIFIED \.: 4 decisions, 1 blocked, .*\n/)
      expect(run(folder, '--evidence', '.').out).toMatch(/^INTACT, UNPINNED /)
    }))

  test('filters count less and verify all', () =>
    withFolder((folder) => {
      ordinary(folder)
      const agent = json(folder, '--evidence', '.', ...keys, '--agent', 'tester')
      expect(agent.totals).toMatchObject({decisions: 2, decisions_left_out: 2, receipts: 4})
      const time = ['--since', '2026-05-10T10:00:01Z', '--until', '2026-05-10T10:00:02Z']
      expect(json(folder, '--evidence', '.', ...time).totals).toMatchObject({decisions: 2, decisions_left_out: 2})
      expect(json(folder, '--evidence', '.', '--since', '1h').totals['decisions']).toBe(0)
      expect(json(folder, '--evidence', '.', '--since', '2026-05-10').totals['decisions']).toBe(4)
      for (const wrong of [
        ['--since', 'soon'],
        ['--since', '2026-05-11', '--until', '2026-05-10'],
        ['--agent', ''],
      ]) {
        expect(run(folder, '--evidence', '.', ...wrong).code).toBe(2)
      }
    }))

  test('report: a log that fails is named and counted in no figure, and still has its page', () =>
    withFolder((folder) => {
      ordinary(folder, (text) => text.replace('evil.example/2', 'good.example/2'))
      const {code, ...report} = json(folder, '--evidence', '.', ...keys, '--html', 'page.html')
      expect([code, report.ok, report.reason]).toEqual([1, false, 'recorder_hash_mismatch'])
      expect(report.totals).toMatchObject({decisions: 1, receipts: 4, receipts_not_judged: 3})
      expect(report.page).toMatchObject({file: 'page.html', receipts: 1})
      const page = readFileSync(join(folder, 'page.html'), 'utf8')
      expect(page).toContain('The evidence does not verify')
      expect(page).not.toContain('evil.example')
    }))

  test('a signature that threads find bad ends the figures where the verdict ends', () =>
    withFolder((folder) => {
      const log = new Log(one)
      for (let i = 0; i < 3000; i++) log.receipt()
      const good = log.text
      const at = good.indexOf('"chain_seq":2000')
      const bad = good.indexOf('ed25519:', at) + 20
      writeFileSync(
        join(folder, 'evidence-proxy-0.jsonl'),
        `${good.slice(0, bad)}${good[bad] === '0' ? '1' : '0'}${good.slice(bad + 1)}`,
      )
      const report = json(folder, '--evidence', '.', '--jobs', '4')
      expect(report.totals).toMatchObject({decisions: 2000, receipts: 3000, receipts_not_judged: 1000})
    }))

  test('changes of keys are told, and both keys are needed', () =>
    withFolder((folder) => {
      const receipts = new Receipts()
      receipts.add(one)
      receipts.rotate(one, two)
      receipts.add(two)
      writeFileSync(join(folder, 'receipts.jsonl'), receipts.text)
      const both = json(folder, '--evidence', 'receipts.jsonl', ...keys, '--key', two.public.hex)
      expect([both.code, both.key_changes]).toMatchObject([0, [{from: one.public.hex, to: two.public.hex}]])
      expect(json(folder, '--evidence', 'receipts.jsonl', ...keys)).toMatchObject({
        code: 1,
        reason: 'rotation_unauthorized',
      })
    }))

  test('a log without a key counts, and says that nobody signed it', () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), new Log(one).decision().decision().text)
      const report = json(folder, '--evidence', '.', '--html', 'page.html')
      expect([report.code, report.totals['decisions'], report.totals['decisions_unsigned']]).toEqual([0, 2, 2])
      expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('Intact, but nothing in it is signed')
    }))

  test('a decision that only says that it is signed counts as unsigned', () =>
    withFolder((folder) => {
      const claim = (extra: string) => `{"layer":"dlp",${extra}"verdict":"allow"}`
      const log = new Log(one).receipt().checkpoint().entry('decision', claim('"signature":"ed25519:00",'))
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), log.text)
      expect(json(folder, '--evidence', '.', ...keys).totals).toMatchObject({decisions: 2, decisions_unsigned: 1})
      log.entry('decision', claim('"signature":"ed25519:00","type":"decision_record",'))
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), log.text)
      // under a key its signature would be verified, and the log would fail
      expect(json(folder, '--evidence', '.').totals).toMatchObject({decisions: 3, decisions_unsigned: 2})
      expect(json(folder, '--evidence', '.', ...keys).code).toBe(1)
    }))

  test('what is no decision is not counted as one', () =>
    withFolder((folder) => {
      const log = new Log(one, 's1')
      const contract = {contract_hash: CONTRACT, contract_generation: 2}
      log.entry('capture', '{}').entry('capture_drop', '{"count":3,"reason":"backpressure"}').receipt(contract)
      log.evidenceReceipt({id: one.public.hex, key: one})
      writeFileSync(join(folder, 'evidence-s1-0.jsonl'), log.text)
      const {totals, gaps, contracts} = json(folder, '--evidence', '.', ...keys)
      expect(contracts).toMatchObject([{contract_hash: CONTRACT, count: 1}])
      expect([totals, gaps]).toMatchObject([
        {decisions: 1, receipts: 2, captures: 1},
        {seen: 1, lost_entries: 3},
      ])
      const bare = new EvidenceReceipts()
      bare.add({id: one.public.hex, key: one})
      writeFileSync(join(folder, 'bare.jsonl'), bare.text)
      expect(json(folder, '--evidence', 'bare.jsonl', ...keys).totals).toMatchObject({decisions: 1, receipts: 1})
    }))

  test('a host is that of the whole address, however long what stands before it', () =>
    withFolder((folder) => {
      const log = new Log(one)
      log.receipt({target: `https://${'good.example-'.repeat(40)}@evil.example/x`})
      log.receipt({target: `https://evil.example:8443/${'x'.repeat(5000)}`}).receipt({target: 'http://['})
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), log.text)
      expect(json(folder, '--evidence', '.').hosts.map(({host, count}) => [host, count])).toEqual([
        ['evil.example', 2],
        ['(no address)', 1],
      ])
    }))

  test('the page is private, and never takes the place of evidence', () =>
    withFolder((folder) => {
      ordinary(folder)
      mkdirSync(join(folder, 'out'))
      expect(run(folder, '--evidence', '.', '--html', 'out/page.html').code).toBe(0)
      expect(statSync(join(folder, 'out/page.html')).mode & 0o777).toBe(0o600)
      const before = readFileSync(join(folder, 'evidence-proxy-0.jsonl'), 'utf8')
      symlinkSync('evidence-proxy-0.jsonl', join(folder, 'link.html'))
      writeFileSync(join(folder, 'evidence-proxy.head'), '{}')
      expect(run(folder, '--evidence', '.', '--html', 'out/page.html').code).toBe(0)
      for (const html of [
        'evidence-proxy-0.jsonl',
        'evidence-other-0.jsonl',
        'link.html',
        'evidence-proxy.head',
        'out',
      ]) {
        expect(run(folder, '--evidence', '.', '--html', html)).toMatchObject({
          code: 2,
          err: expect.stringContaining('is not an earlier page and may be evidence') as string,
        })
      }
      expect(readFileSync(join(folder, 'evidence-proxy-0.jsonl'), 'utf8')).toBe(before)
      writeFileSync(join(folder, 'bare.txt'), before)
      expect(run(folder, '--evidence', 'bare.txt', '--html', 'bare.txt').code).toBe(2)
      expect(run(folder, '--evidence', '.', '--html', 'no/page.html')).toMatchObject({
        code: 2,
        err: expect.stringContaining('no is not a directory') as string,
      })
      expect(run(folder, '--evidence', 'absent').code).toBe(2)
      expect(run(folder, '--evidence', 'out')).toMatchObject({
        code: 2,
        err: expect.stringContaining('no evidence') as string,
      })
    }))

  test('only so much evidence goes into a page, spread over its sessions', () =>
    withFolder((folder) => {
      for (const session of ['a', 'b', 'c', 'd']) {
        const log = new Log(one, session)
        for (let i = 0; i < 50; i++) log.receipt()
        writeFileSync(join(folder, `evidence-${session}-0.jsonl`), log.text)
      }
      const report = json(folder, '--evidence', '.', ...keys, '--html', 'page.html', '--embed', '40')
      expect(report.page).toMatchObject({lines: 40, receipts: 40})
      expect(json(folder, '--evidence', '.', ...keys, '--html', 'page.html', '--embed', '0').page).toMatchObject({
        lines: 0,
      })
    }))
})
