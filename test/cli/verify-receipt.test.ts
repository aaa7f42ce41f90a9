// The commands as a user runs them: exit status, streams, wording that other programs rely on.
import {spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, test} from 'vitest'
import {EvidenceReceipts, Log, Receipts, testKey, withFolder} from '../support/evidence.js'
import {runCommand} from '../support/warm-cli.js'

const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const one = testKey('one')

function run(...args: readonly string[]): {readonly code: number | null; readonly out: string; readonly err: string} {
  const {status, stdout, stderr} = runCommand(args, {cwd: process.cwd(), env: process.env})
  return {code: status, out: stdout, err: stderr}
}

const UNPINNED = 'UNPINNED: signature is self-consistent but the signer was not checked against a trusted key\n'

describe('verify-receipt', () => {
  test('usage', () => {
    expect(run('verify-receipt')).toMatchObject({
      code: 2,
      err: expect.stringContaining('accepts 1 arg(s), received 0') as string,
    })
    expect(run('verify-receipt', 'a', 'b')).toMatchObject({
      code: 2,
      err: expect.stringContaining('accepts 1 arg(s), received 2') as string,
    })
    expect(run('verify-receipt', 'a', '--chain', 'b')).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot pass a file argument together with --chain') as string,
    })
    expect(run('verify-receipt', 'absent.json').code).toBe(1)
    expect(run('verify-receipt', 'absent.json', '--bogus').code).toBe(2)
  })

  test('pinned, unpinned and failing', () =>
    withFolder((folder) => {
      const file = join(folder, 'r.json')
      writeFileSync(file, new Receipts().add(one))
      expect(run('verify-receipt', file, '--key', one.public.hex)).toMatchObject({code: 0, err: ''})
      expect(run('verify-receipt', file)).toMatchObject({code: 0, err: UNPINNED})
      const failed = run('verify-receipt', file, '--key', testKey('two').public.hex)
      expect(failed).toMatchObject({code: 1, err: expect.stringMatching(/^error: signer_key_mismatch: /) as string})
      expect(failed.out).toMatch(new RegExp(`^FAILED: ${file}: `))
      expect(failed.out).toContain('\n  Limit:       stopped: ')
      const {limits} = JSON.parse(run('verify-receipt', file, '--key', testKey('two').public.hex, '--json').out) as {
        readonly limits: readonly string[]
      }
      expect(limits.map((limit) => limit.split(':')[0])).toEqual(['stopped', 'alone'])
    }))

  test('expectations of evidence receipts', () =>
    withFolder((folder) => {
      const file = join(folder, 'r.jsonl')
      const receipts = new EvidenceReceipts()
      receipts.add({id: 'receipts-1', key: one})
      writeFileSync(file, receipts.text)
      const verify = (...words: readonly string[]) => {
        const {code, out} = run('verify-receipt', file, '--key', one.public.hex, '--json', ...words)
        return [code, (JSON.parse(out) as {reason?: string}).reason]
      }
      expect(verify('--expect-signer-id', 'receipts-1', '--expect-payload-kind', 'proxy_decision')).toEqual([
        0,
        undefined,
      ])
      for (const flag of ['signer-id', 'contract', 'manifest', 'payload-kind'])
        expect([flag, ...verify(`--expect-${flag}`, 'other')]).toEqual([flag, 1, 'expectation_mismatch'])
    }))

  test('threads and resumption change nothing but the time, and say what they left out', () =>
    withFolder((folder) => {
      const log = new Log(one)
      for (let i = 0; i < 12; i++) log.receipt()
      const file = join(folder, 'evidence-proxy-0.jsonl')
      const key = one.public.hex
      writeFileSync(file, log.text)
      const verify = (...args: string[]) => run('verify-receipt', file, '--key', key, '--json', ...args)
      const expected = verify('--jobs', '1')
      expect(expected.code).toBe(0)
      expect(verify('--jobs', '8')).toEqual(expected)
      for (const bad of ['0', '65', '1.5', 'x', '-1'])
        expect(run('verify-receipt', file, `--jobs=${bad}`), bad).toMatchObject({code: 2, out: ''})

      const state = join(folder, 'state')
      expect(verify('--resume', state)).toEqual(expected)
      const resumed = JSON.parse(verify('--resume', state).out) as {readonly limits: readonly string[]}
      expect(resumed.limits.find((limit) => limit.startsWith('earlier: '))).toContain(`as ${state} says, not now`)
      // what the file covers counts only for the very bytes that were checked
      const receipt = log.text.split('\n')[7] ?? ''
      writeFileSync(
        file,
        log.text.replace(
          receipt,
          receipt.replace(/"ed25519:./, (s) => s.slice(0, -1) + (s.endsWith('0') ? '1' : '0')),
        ),
      )
      for (const command of [['verify-receipt'], ['integrity', 'verify']])
        expect(run(...command, file, '--key', key, '--resume', state).code).toBe(1)
      const failed = run('verify-receipt', file, '--key', key)
      expect(failed.out).toContain(`\n  Broke at: seq 7\n  Line:     ${file}:8\n`)
    }))

  test('a key is not replaced by a file of its name beside the evidence', () =>
    withFolder((folder) => {
      const name = one.public.hex
      const forger = testKey('two')
      writeFileSync(join(folder, 'r.json'), new Receipts().add(forger))
      writeFileSync(join(folder, name), `${forger.public.hex}\n`)
      const verify = (...key: string[]) =>
        spawnSync(process.execPath, [bin, 'verify-receipt', 'r.json', '--key', ...key], {cwd: folder, encoding: 'utf8'})
      expect(verify(name)).toMatchObject({status: 2, stderr: expect.stringContaining('name of a file') as string})
      expect(verify(`./${name}`).status).toBe(0)
      writeFileSync(join(folder, name), `${name}\n`)
      expect(verify(name).status).toBe(1)
    }))

  test('a whole recorder, and the ways to spoil it', () =>
    withFolder((folder) => {
      const log = new Log(one).decision().receipt().receipt().root().checkpoint()
      const verify = (text: string, key = one) => {
        writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), text)
        const {code, out} = run(
          'verify-receipt',
          '--chain',
          folder,
          '--whole-recorder',
          '--key',
          key.public.hex,
          '--json',
        )
        return [code, (JSON.parse(out) as {reason?: string}).reason]
      }
      const {lines} = log
      const flipped = Buffer.from(log.text)
      flipped[200] = (flipped[200] ?? 0) ^ 1
      expect(verify(log.text)).toEqual([0, undefined])
      expect(verify(log.text, testKey('two'))[0]).toBe(1)
      expect(verify(lines.slice(0, -2).join(''))).toEqual([1, 'incomplete'])
      expect(verify([lines[0], ...lines.slice(2)].join(''))).toEqual([1, 'recorder_chain_break'])
      expect(verify([lines[0], lines[2], lines[1], ...lines.slice(3)].join(''))).toEqual([1, 'recorder_chain_break'])
      expect(verify(flipped.toString('latin1'))[0]).toBe(1)
    }))

  test('the label of a directory names the session', () =>
    withFolder((folder) => {
      expect(run('verify-receipt', '--chain', folder, '--session', 's')).toMatchObject({
        code: 1,
        out: `No receipts found in ${folder} (session s)\n`,
      })
    }))
})

describe('transcript-root', () => {
  test('prints what the chain came to, and nothing of a chain that fails', () =>
    withFolder((folder) => {
      const log = new Log(one, 'agent').receipt().receipt()
      writeFileSync(join(folder, 'evidence-agent-0.jsonl'), log.text)
      const file = join(folder, 'evidence-agent-0.jsonl')
      const key = one.public.hex
      const {code, out} = run('transcript-root', '--chain', folder, '--session', 'agent', '--key', key)
      expect(code).toBe(0)
      expect(out.split('\n').slice(0, 7)).toEqual([
        `Transcript Root: ${folder} (session agent)`,
        '  Session:        agent',
        `  Root hash:      ${log.receipts.hash}`,
        '  Receipt count:  2',
        '  Final seq:      1',
        `  Start:          ${log.receipts.start}`,
        `  End:            ${log.receipts.end}`,
      ])
      expect(JSON.parse(run('transcript-root', file, '--key', key, '--json').out)).toMatchObject({
        session_id: 'agent',
        root_hash: log.receipts.hash,
        receipt_count: 2,
        final_seq: 1,
      })
      expect(run('transcript-root', file)).toMatchObject({
        code: 2,
        err: expect.stringContaining('--key is required') as string,
      })
      expect(run('transcript-root', file, '--key', testKey('two').public.hex)).toMatchObject({code: 1})
      writeFileSync(file, '')
      expect(run('transcript-root', file, '--key', key).code).toBe(1)
    }))
})

describe('integrity verify', () => {
  test('exit status', () =>
    withFolder((folder) => {
      expect(run('integrity', 'verify', folder).code).toBe(2)
      expect(run('integrity', 'verify').code).toBe(2)
      expect(run('integrity', 'verify', folder, '--expect-seq', 'x').code).toBe(2)
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), new Log(one).decision().text)
      expect(run('integrity', 'verify', folder)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^INTACT proxy: 1 entries, /) as string,
      })
      expect(run('integrity', 'verify', folder, '--expect-head', 'f'.repeat(64)).code).toBe(1)
      // a slip of the pen is no verdict
      const short = run('integrity', 'verify', folder, '--expect-head', 'f'.repeat(63))
      expect(short).toMatchObject({code: 2, err: expect.stringMatching(/is not a root hash\nhint: /) as string})
      expect(run('verify-receipt', '--chain', folder, '--expect-head', 'F'.repeat(64)).code).toBe(2)
    }))
})
