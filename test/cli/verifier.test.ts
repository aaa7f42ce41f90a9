// pipelock-verifier as an auditor runs it: exit statuses, streams and JSON. Runs the build.
import {spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {runVerifier} from '../../src/cli/verifier.js'
import {EvidenceReceipts, Receipts, testKey, withFolder} from '../support/evidence.js'

const bin = fileURLToPath(new URL('../../bin/verifier.js', import.meta.url))
const one = testKey('one')
const hex = one.public.hex
const signer = {id: 'receipts-1', key: one}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The verifier behind its entry point, which `spawned` includes. */
async function run(...args: readonly string[]): Promise<Ended> {
  let [out, err] = ['', '']
  const code = await runVerifier(args, {out: (text) => (out += text), err: (text) => (err += text)})
  return {code, out, err}
}
function spawned(...args: readonly string[]): Ended {
  const {status, stdout, stderr} = spawnSync(process.execPath, [bin, ...args], {encoding: 'utf8', timeout: 30_000})
  return {code: status, out: stdout, err: stderr}
}
const json = async (...args: readonly string[]) => {
  const {code, out} = await run(...args, '--json')
  return [code, JSON.parse(out) as Record<string, unknown>] as const
}

test(
  'one receipt of either version, with a key and without',
  () =>
    withFolder(async (folder) => {
      const [v1, v2, bad] = ['v1.jsonl', 'v2.json', 'bad.json'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ]
      const evidence = new EvidenceReceipts()
      writeFileSync(v1, new Receipts().add(one))
      writeFileSync(v2, evidence.add(signer))
      writeFileSync(bad, evidence.text.replace('example.com', 'example.net'))

      const pinned = await run('receipt', v1, '--key', hex)
      expect([pinned.code, pinned.err]).toEqual([0, ''])
      expect(pinned.out).toMatch(/^RECEIPT VALID: .*v1\.jsonl\n {2}record type: {9,}action_receipt_v1\n/)
      expect(pinned.out).toMatch(/\n {2}signatures: +verified\n/)
      const notChecked = 'not checked (self-consistency only; pass --key for provenance)'
      expect((await run('receipt', v2)).out).toContain(notChecked)

      expect(await json('receipt', v1)).toMatchObject([0, {valid: true, signatures_verified: false, trust: 'unpinned'}])
      expect(await json('receipt', v2)).toMatchObject([
        0,
        {valid: true, signatures_verified: false, trust: 'structural'},
      ])
      expect(JSON.stringify(await json('receipt', v2))).toContain(
        'unchecked: no signature of an evidence receipt was checked',
      )
      expect(await json('receipt', v2, '--key', hex)).toMatchObject([0, {signatures_verified: true, trust: 'trusted'}])
      // without a key nothing tells, with one everything does
      expect((await json('receipt', bad))[0]).toBe(0)
      const failed = await run('receipt', bad, '--key', hex)
      expect([failed.code, failed.out]).toEqual([1, ''])
      expect(failed.err).toMatch(/^RECEIPT INVALID: .*\n {2}error: {6}signature_invalid: /)

      expect((await json('receipt', v2, '--expect-payload-kind', 'proxy_decision'))[0]).toBe(0)
      expect(await json('receipt', v2, '--expect-signer-id', 'x')).toMatchObject([1, {reason: 'expectation_mismatch'}])
      expect(await json('receipt', v1, '--expect-contract', 'x')).toMatchObject([1, {reason: 'expectation_mismatch'}])
    }),
  30_000,
)

test(
  'chains in a file or a directory; both versions are verified, and one that fails fails both',
  () =>
    withFolder(async (folder) => {
      const [receipts, evidence] = [new Receipts(), new EvidenceReceipts()]
      for (let i = 0; i < 3; i++) {
        receipts.add(one)
        evidence.add(signer)
      }
      const file = join(folder, 'both')
      const directory = join(folder, 'logs')
      mkdirSync(directory)
      writeFileSync(file, receipts.text + evidence.text)
      writeFileSync(join(directory, 'evidence-proxy-0.jsonl'), receipts.text)
      for (const word of ['chain', 'evidence']) {
        expect(await json(word, file)).toMatchObject([
          0,
          {
            valid: true,
            action_receipt_v1: {receipt_count: 3, trust: 'unpinned'},
            evidence_receipt_v2: {receipt_count: 3, trust: 'structural'},
          },
        ])
      }
      expect((await run('chain', file, '--key', hex)).out.match(/signatures: +verified/g)).toHaveLength(2)
      expect(await json('chain', directory, '--dir', '--key', hex)).toMatchObject([
        0,
        {receipt_count: 3, trust: 'trusted'},
      ])
      expect(await json('chain', directory, '--dir', '--session', 'other')).toMatchObject([1, {reason: 'no_receipts'}])
      expect((await json('chain', directory, '--dir', '--expect-head', receipts.hash))[0]).toBe(0)

      const broken = await run('chain', file, '--expect-head', 'f'.repeat(64))
      expect([broken.code, broken.out]).toEqual([1, ''])
      expect(broken.err).toMatch(/^CHAIN BROKEN: .*\n {2}error: .*\n {2}broken at: {2}seq 0\n/)
      writeFileSync(file, receipts.text + evidence.lines.slice(1).join('\n'))
      expect(await json('chain', file)).toMatchObject([1, {valid: false, reason: 'chain_seq_gap'}])
    }),
  30_000,
)

test(
  '2 for what cannot be read or is no key, 64 for wrong usage',
  () =>
    withFolder(async (folder) => {
      const text = join(folder, 'text')
      writeFileSync(text, 'hello')
      expect((await run('receipt', join(folder, 'absent'))).code).toBe(2)
      expect((await run('chain', join(folder, 'absent'))).code).toBe(2)
      expect((await run('chain', join(folder, 'absent'), '--dir')).code).toBe(2)
      expect((await run('receipt', folder)).code).toBe(2)
      expect((await run('receipt', text)).code).toBe(2)
      expect((await run('receipt', text, '--key', 'no-key')).code).toBe(2)
      for (const words of [
        [],
        ['audit-packet', text],
        ['receipt'],
        ['receipt', text, text],
        ['receipt', text, '--expect-head', 'x'],
        ['receipt', text, '--bogus'],
        ['chain', folder],
        ['chain', text, '--session', 'x'],
      ]) {
        const {code, out, err} = await run(...words)
        expect([words, code, out]).toEqual([words, 64, ''])
        expect(err).toMatch(/^error: .*\n\npipelock-verifier receipt PATH/)
      }
      expect(await run('--help')).toMatchObject({code: 0, err: ''})
    }),
  30_000,
)

test('the program gives the status and both streams of each outcome', () =>
  withFolder(async (folder) => {
    const [v1, bad] = [join(folder, 'v1.jsonl'), join(folder, 'bad.json')]
    const evidence = new EvidenceReceipts()
    evidence.add(signer)
    writeFileSync(v1, new Receipts().add(one))
    writeFileSync(bad, evidence.text.replace('example.com', 'example.net'))
    for (const [code, words] of [
      [0, ['receipt', v1, '--key', hex]],
      [1, ['receipt', bad, '--key', hex, '--json']],
      [1, ['receipt', bad, '--key', hex]],
      [2, ['receipt', join(folder, 'absent')]],
      [64, ['receipt']],
    ] as const) {
      const done = spawned(...words)
      expect([words, done.code]).toEqual([words, code])
      expect(done).toEqual(await run(...words))
    }
  }))
