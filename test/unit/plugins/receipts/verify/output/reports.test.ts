import {execFileSync} from 'node:child_process'
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../../src/core/errors.js'
import type {IntegrityRequest, ReceiptRequest} from '../../../../../../src/plugins/receipts/verify/requests.js'
import {receiptTools} from '../../../../../../src/plugins/receipts/tools.js'
import {resolveTrustedKeys} from '../../../../../../src/plugins/receipts/verify/trusted-key.js'
import {EvidenceReceipts, Log, Receipts, retentionAnchor, testKey, withFolder} from '../../../../../support/evidence.js'

const one = testKey('one')
const signer = {id: 'receipts-1', key: one}

const request = (change: Partial<ReceiptRequest>): ReceiptRequest => ({
  session: 'proxy',
  keys: [one.public.hex],
  endorsements: [],
  wholeRecorder: false,
  allowUnanchoredSeal: false,
  strict: false,
  requirePinned: false,
  tolerateTornTail: false,
  retainedSuffix: false,
  ...change,
})

const inFile = (name: string, text: string, change: Partial<ReceiptRequest> = {}) =>
  withFolder(async (folder) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    const report = await receiptTools.verifyReceipts(request({file: path, ...change}))
    return {...report, text: report.text.replaceAll(path, 'FILE'), json: report.json as Record<string, unknown>}
  })

describe('expectations', () => {
  const evidence = (): EvidenceReceipts => {
    const receipts = new EvidenceReceipts()
    receipts.add(signer)
    return receipts
  }
  const met = {signerKeyId: 'receipts-1', payloadKind: 'proxy_decision'}
  const outcome = async (name: string, text: string, expected: ReceiptRequest['expect']) => {
    const {json, valid} = await inFile(name, text, {expect: expected})
    return valid ? 'valid' : [json['reason'], json['valid'], json['signatures_verified']]
  }
  const MISSED = ['expectation_mismatch', false, false]

  test.each([
    ['signer id', {signerKeyId: 'receipts-2'}],
    ['contract', {contractHash: 'sha256:a'}],
    ['manifest', {activeManifestHash: 'sha256:a'}],
    ['payload kind', {payloadKind: 'key_rotation'}],
    ['an empty text', {contractHash: '', signerKeyId: ''}],
  ])('%s: of a receipt by itself, of a chain, and beside one that is met', async (_what, expected) => {
    for (const name of ['r.json', 'r.jsonl']) {
      expect(await outcome(name, evidence().text, expected)).toEqual(MISSED)
      expect(await outcome(name, evidence().text, {...met, ...expected})).toEqual(MISSED)
    }
  })

  test('are met, and undefined ones are none', async () => {
    for (const name of ['r.json', 'r.jsonl']) {
      expect(await outcome(name, evidence().text, met)).toBe('valid')
      expect(await outcome(name, new Receipts().add(one), {contractHash: undefined})).toBe('valid')
    }
  })

  test('action receipts alone never meet one; beside evidence receipts they need not', async () => {
    for (const name of ['r.json', 'r.jsonl']) expect(await outcome(name, new Receipts().add(one), met)).toEqual(MISSED)
    const both = `${new Receipts().add(one)}\n${evidence().text}`
    expect(await outcome('r.jsonl', both, met)).toBe('valid')
    expect(await outcome('r.jsonl', both, {...met, payloadKind: 'key_rotation'})).toEqual(MISSED)
  })
})

describe('verify-receipt', () => {
  test('text of a single receipt; what an attacker wrote is escaped', async () => {
    const r = new Receipts()
    r.add(one, {
      target: 'https://x/\u001b[2J\u202e',
      timestamp: '2026-05-10T10:00:00.123456789Z',
      principal: '',
      method: '',
      actor: 'a',
    })
    const {text, valid} = await inFile('receipt.json', r.text)
    expect(valid).toBe(true)
    expect(text).toBe(
      [
        'OK: FILE',
        '  Action ID:   action-0',
        '  Action Type: read',
        '  Verdict:     allow',
        '  Target:      https://x/\\x1b[2J\\u{202e}',
        '  Transport:   forward',
        '  Timestamp:   2026-05-10T10:00:00Z',
        `  Signer:      ${one.public.hex}`,
        '  Chain seq:   0',
        '  Chain prev:  genesis',
        '  Actor:       a',
        '  Policy Hash: defaults',
        '  Limit:       alone: one receipt says nothing about what else was done',
      ].join('\n'),
    )
  })

  test('the full record follows when there is a method or a layer', async () => {
    const {text} = await inFile('receipt.json', new Receipts().add(one))
    expect(text).toContain('\n\n  Full record:\n  {\n    "version": 1,\n    "action_id": "action-0",\n')
    expect(text.endsWith('\n  }')).toBe(true)
  })

  test('text of chains', async () => {
    const r = new Receipts()
    r.add(one)
    r.add(one)
    const signed = '\n  Limit:     signed: receipts; nothing else in the files was verified'
    const limits = `${signed}\n  Limit:     tail: not shown: entries cut off the end; to detect that, pass a root hash kept elsewhere (--expect-head)`
    expect((await inFile('c.jsonl', r.text)).text).toBe(
      `CHAIN VALID: FILE\n  Receipts:  2\n  Final seq: 1\n  Root hash: ${r.hash}\n  Start:     2026-05-10T10:00:00Z\n  End:       2026-05-10T10:00:01Z${limits}`,
    )
    expect((await inFile('c.jsonl', r.text.replace('"chain_prev_hash":"g', '"chain_prev_hash":"x'))).text).toBe(
      `CHAIN BROKEN: FILE\n  Error:    seq 0: signature: verification failed\n  Broke at: seq 0\n  Line:     FILE:1\n  Limit:     stopped: what follows the first failure of a chain was not judged${limits}`,
    )
    expect(await inFile('c.jsonl', '')).toMatchObject({
      valid: false,
      text: 'No receipts found in FILE',
      json: {reason: 'no_receipts', broken_at_seq: 0},
    })
  })

  test('JSON of a chain leaves out what is empty, and tells the position even when it is 0', async () => {
    const r = new Receipts()
    r.add(one)
    const {json} = await inFile('c.jsonl', r.text, {keys: []})
    expect(json).toMatchObject({
      valid: true,
      signatures_verified: false,
      trust: 'unpinned',
      completeness: 'not_proven',
      final_seq: 0,
    })
    expect(json).not.toHaveProperty('warnings')
    expect((await inFile('c.jsonl', r.text, {keys: [testKey('two').public.hex]})).json).toMatchObject({
      valid: false,
      signatures_verified: false,
      trust: 'untrusted',
      reason: 'signer_key_mismatch',
      broken_at_seq: 0,
    })
  })

  test('without a key, --require-pinned fails what would be valid', async () => {
    expect(await inFile('r.json', new Receipts().add(one), {keys: [], requirePinned: true})).toMatchObject({
      valid: false,
      json: {reason: 'unknown_signer'},
    })
  })

  test('both versions in one file: one object with a member for each, and one failure fails the whole', async () => {
    const v1 = new Receipts()
    const v2 = new EvidenceReceipts()
    const text = [v1.add(one), v2.add(signer), v1.add(one), v2.add(signer)].join('\n')
    expect((await inFile('c.jsonl', text)).json).toMatchObject({
      valid: true,
      signatures_verified: true,
      trust: 'trusted',
      action_receipt_v1: {valid: true, receipt_count: 2, final_seq: 1, signatures_verified: true},
      evidence_receipt_v2: {
        valid: true,
        receipt_count: 2,
        final_seq: 1,
        canonicalization: 'rfc8785',
        signer_key_id: 'receipts-1',
      },
    })
    expect((await inFile('c.jsonl', text.replace('example.com"', 'example.net"'))).json).toMatchObject({
      valid: false,
      reason: 'signature_invalid',
      broken_at_seq: 0,
      action_receipt_v1: {valid: true},
      evidence_receipt_v2: {valid: false, reason: 'signature_invalid'},
    })
    expect((await inFile('c.jsonl', `${text}\n{}`)).json).toMatchObject({valid: false, reason: 'malformed_json'})
  })

  test('wrong usage', async () => {
    const usage = expect.objectContaining({code: 'usage'})
    await expect(inFile('r.json', '{}', {endorsements: ['x']})).rejects.toEqual(usage)
    await expect(inFile('c.jsonl', '', {endorsements: ['x'], keys: []})).rejects.toEqual(usage)
    await expect(inFile('r.json', '{}', {keys: ['zz']})).rejects.toEqual(usage)
    await expect(inFile('r.json', '{}', {keys: ['./absent.pub']})).rejects.toEqual(usage)
    await expect(inFile('r.json', '{}', {keys: [`01${'00'.repeat(31)}`]})).rejects.toEqual(usage)
  })

  test('a file longer than any receipt is refused without being read', async () => {
    expect(await inFile('r.json', ' '.repeat(17 * 1024 * 1024))).toMatchObject({
      valid: false,
      json: {reason: 'malformed_json'},
    })
  })
})

describe('trusted keys', () => {
  const {hex, raw} = one.public
  test.each([
    ['hex', hex],
    ['upper case', hex.toUpperCase()],
    ['with white space', ` ${hex}\n`],
    ['key file text', `pipelock-ed25519-public-v1\n${Buffer.from(raw).toString('base64')}\n`],
  ])('%s', (_, value) => expect(resolveTrustedKeys([value, '']).map((k) => k.hex)).toEqual([hex]))
  test('files of both kinds', () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'a.pub'), `pipelock-ed25519-public-v1\n${Buffer.from(raw).toString('base64')}\n`)
      writeFileSync(join(folder, 'b'), `${hex}\n`)
      expect(resolveTrustedKeys([join(folder, 'a.pub'), join(folder, 'b')])).toHaveLength(1)
      writeFileSync(
        join(folder, 'c'),
        `pipelock-ed25519-private-v1\n${Buffer.concat([one.seed, raw]).toString('base64')}\n`,
      )
      execFileSync('mkfifo', [join(folder, one.public.hex)])
      expect(() => resolveTrustedKeys([join(folder, one.public.hex)])).toThrow(PipelockError)
      expect(() => resolveTrustedKeys([join(folder, 'c')])).toThrow(PipelockError)
    }))
})

test('a FIFO among the evidence is refused, not waited for, and a device without an end is not read', () =>
  withFolder(async (folder) => {
    symlinkSync('/dev/zero', join(folder, 'zero.jsonl'))
    await expect(receiptTools.verifyIntegrity(integrity({path: join(folder, 'zero.jsonl')}))).rejects.toMatchObject({
      code: 'evidence_unreadable',
    })
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('pipe', join(folder, 'pipe.json'))
    await expect(receiptTools.verifyReceipts(request({file: join(folder, 'pipe.json')}))).rejects.toMatchObject({
      code: 'file_not_regular',
    })
    symlinkSync('/dev/zero', join(folder, 'zero.json'))
    const {valid, json} = await receiptTools.verifyReceipts(request({file: join(folder, 'zero.json')}))
    expect([valid, json]).toMatchObject([false, {reason: 'malformed_json'}])
    execFileSync('mkfifo', [join(folder, 'evidence-proxy-0.jsonl'), join(folder, 'evidence-other.retained.json')])
    await expect(receiptTools.verifyIntegrity(integrity({path: folder}))).rejects.toMatchObject({
      code: 'evidence_unreadable',
    })
    await expect(
      receiptTools.verifyReceipts(request({chain: folder, session: 'other', retainedSuffix: true})),
    ).rejects.toMatchObject({code: 'evidence_unreadable'})
  }))

test('one long name does not push the rows of the others out of sight', () =>
  withFolder(async (folder) => {
    for (const session of ['a', 'b'.repeat(200)])
      writeFileSync(join(folder, `evidence-${session}-0.jsonl`), new Log(one, session).receipt().checkpoint().text)
    const {text} = await receiptTools.verifyIntegrity(integrity({path: folder}))
    const row = text.split('\n').find((line) => line.startsWith('a  '))
    expect(row?.length).toBeLessThan(170)
  }))

const integrity = (change: Partial<IntegrityRequest> & {path: string}): IntegrityRequest => ({
  keys: [one.public.hex],
  recursive: false,
  strict: false,
  retainedSuffix: false,
  ...change,
})

describe('a retained suffix', () => {
  /** A log of which the first entry was deleted, or nothing. */
  const inFolder = (deleted: boolean, use: (folder: string) => Promise<void>) =>
    withFolder(async (folder) => {
      const log = new Log(one).decision()
      const anchor = {
        session_id: 'proxy',
        deleted_through_seq: 0,
        entry_hash: log.hash,
        receipt_seq: 0,
        receipt_hash: 'genesis',
        time: '2026-05-11T00:00:00Z',
      }
      log.receipt().root().checkpoint()
      if (deleted) writeFileSync(join(folder, 'evidence-proxy.retained.json'), retentionAnchor(anchor, one))
      writeFileSync(join(folder, `evidence-proxy-${deleted ? 1 : 0}.jsonl`), log.lines.slice(deleted ? 1 : 0).join(''))
      await use(folder)
    })
  const responses = async (folder: string) => {
    const expected = request({chain: folder, retainedSuffix: true})
    const reports = [
      await receiptTools.verifyReceipts(expected),
      await receiptTools.verifyReceipts({...expected, wholeRecorder: true}),
      await receiptTools.verifyIntegrity(integrity({path: folder, retainedSuffix: true})),
    ]
    return reports.map((report) => report.json as {reason?: string | null; warnings?: string[]; completeness?: string})
  }

  test('starts from its anchor', () =>
    inFolder(true, async (folder) => {
      expect(await responses(folder)).toMatchObject([
        {valid: true, completeness: 'retained_suffix'},
        {valid: true, completeness: 'retained_suffix'},
        {ok: true, sessions: [{completeness: 'retained_suffix'}], warnings: []},
      ])
    }))
  test('a missing anchor does not pass for a missing head', () =>
    inFolder(true, async (folder) => {
      rmSync(join(folder, 'evidence-proxy.retained.json'))
      const reason = 'retention_anchor_invalid'
      expect(await responses(folder)).toMatchObject([{reason}, {reason}, {ok: false, reason}])
    }))
  test('a log without anchor is verified from its beginning, with a warning', () =>
    inFolder(false, async (folder) => {
      const warnings = [expect.stringContaining('verified from its beginning')]
      expect(await responses(folder)).toMatchObject([
        {valid: true, completeness: 'not_proven', warnings},
        {valid: true, completeness: 'anchored', warnings},
        {ok: true, sessions: [{completeness: 'anchored'}], warnings},
      ])
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), new Log(one).decision().receipt().lines[1] ?? '')
      expect((await responses(folder)).slice(1)).toMatchObject([
        {reason: 'recorder_entry_invalid'},
        {reason: 'recorder_entry_invalid'},
      ])
    }))
  test('needs a directory', () =>
    inFolder(false, async (folder) => {
      const path = join(folder, 'evidence-proxy-0.jsonl')
      await expect(receiptTools.verifyIntegrity(integrity({path, retainedSuffix: true}))).rejects.toMatchObject({
        code: 'usage',
      })
    }))
})

describe('a roster and a whole recorder', () => {
  test('seals still need a key: a roster signs no checkpoints', () =>
    withFolder(async (folder) => {
      const log = new Log(one).receipt().evidenceReceipt(signer).root()
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), log.checkpoint().text)
      const info = {
        key_id: signer.id,
        key_purpose: 'receipt-signing',
        public_key_hex: one.public.hex,
        valid_from: '2026-01-01T00:00:00Z',
        valid_until: null,
        status: 'active',
      }
      const roster = {keys: new Map([[signer.id, {info, purpose: 'receipt-signing' as const, public: one.public}]])}
      const whole = request({chain: folder, wholeRecorder: true, roster})
      const {valid, json} = await receiptTools.verifyReceipts({...whole, keys: []})
      expect([valid, json]).toMatchObject([false, {reason: 'unanchored'}])
    }))
})

describe('integrity verify', () => {
  const log = (session: string) => new Log(one, session).decision().receipt().root().checkpoint().text
  const inFolder = (use: (folder: string) => Promise<void>) =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'evidence-agent-0.jsonl'), log('agent'))
      writeFileSync(join(folder, 'evidence-agent-debug-0.jsonl'), log('agent-debug'))
      mkdirSync(join(folder, 'below'))
      writeFileSync(
        join(folder, 'below', 'evidence-proxy-0.jsonl'),
        log('proxy').replace('"verdict":"allow"', '"verdict":"block"'),
      )
      await use(folder)
    })

  test('every session of a folder, files matched by their whole session name', () =>
    inFolder(async (folder) => {
      const {ok, json, text} = await receiptTools.verifyIntegrity(integrity({path: folder}))
      expect(ok).toBe(true)
      expect(text.split('\n').slice(0, 2)).toEqual([
        'INTACT agent: 4 entries, 1 receipts, 0 evidence receipts, completeness=anchored',
        'INTACT agent-debug: 4 entries, 1 receipts, 0 evidence receipts, completeness=anchored',
      ])
      expect(json).toMatchObject({
        ok: true,
        reason: null,
        truncated_tail: false,
        unsigned: false,
        sessions: [
          {id: 'agent', completeness: 'anchored'},
          {id: 'agent-debug', completeness: 'anchored'},
        ],
      })
      expect(json).toHaveProperty(['chains', 0], {
        kind: 'recorder',
        id: 'agent',
        entries: 4,
        first_seq: 0,
        last_seq: 3,
        head_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        signed_checkpoints: 1,
        broken: null,
      })
    }))

  test('sessions whose names look the same are shown apart', () =>
    withFolder(async (folder) => {
      for (const name of ['caf\u00e9', 'cafe\u0301']) writeFileSync(join(folder, `evidence-${name}-0.jsonl`), log(name))
      const {ok, text} = await receiptTools.verifyIntegrity(integrity({path: folder}))
      expect(ok).toBe(true)
      const output = (name: string): string => `INTACT ${name}: 4 entries`
      expect(
        text
          .split('\n')
          .filter((line) => line.startsWith('INTACT'))
          .toSorted(),
      ).toEqual([expect.stringContaining(output('cafe\\u{301}')), expect.stringContaining(output('caf\u00e9'))])
      expect(text.normalize('NFC')).toBe(text)
    }))

  test('below the folder, and one session of it', () =>
    inFolder(async (folder) => {
      const {ok, text, json} = await receiptTools.verifyIntegrity(integrity({path: folder, recursive: true}))
      expect(ok).toBe(false)
      expect(text).toContain('VIOLATED below/proxy: 4 entries, 1 receipts')
      expect(text).toContain(
        `  at entry seq 0 (${join(folder, 'below', 'evidence-proxy-0.jsonl')}:1): recorder_hash_mismatch: `,
      )
      expect(json).toMatchObject({reason: 'recorder_hash_mismatch'})
      const place = `${join(folder, 'below', 'evidence-proxy-0.jsonl')}:1`
      expect(text.split('\n')[0]).toBe(
        `TAMPERED: session "below/proxy", first failure at ${place}: recorder_hash_mismatch`,
      )
      const single = await receiptTools.verifyIntegrity(integrity({path: folder, session: 'agent'}))
      expect(single.text.match(/^INTACT/gm)).toHaveLength(1)
    }))

  test('a matrix of sessions and verdicts, and the first failure of all', () =>
    inFolder(async (folder) => {
      const bare = new Receipts()
      bare.add(one)
      writeFileSync(join(folder, 'bare.jsonl'), bare.text)
      writeFileSync(join(folder, 'other.jsonl'), '{}\n')
      const {ok, text, json} = await receiptTools.verifyIntegrity(integrity({path: folder, recursive: true}))
      const broken = join(folder, 'below', 'evidence-proxy-0.jsonl')
      expect(ok).toBe(false)
      expect(text).toContain(
        [
          '',
          'session      recorder  receipts  evidence receipts  roots  checkpoints  completeness',
          'agent        intact    trusted   none               match  signed       anchored',
          'agent-debug  intact    trusted   none               match  signed       anchored',
          'bare.jsonl   absent    trusted   none               none   none         not proven',
          'below/proxy  broken    trusted   none               none   none         not proven',
          '',
          `first failure: below/proxy, ${broken}:1, seq 0: recorder_hash_mismatch: `,
        ].join('\n'),
      )
      expect(text).toContain(`skipped: ${join(folder, 'other.jsonl')} `)
      expect(json).toMatchObject({
        sessions: [
          {id: 'agent', recorder: 'intact', receipts: 'trusted', roots: 'match', checkpoints: 'signed'},
          {id: 'agent-debug'},
          {id: 'bare.jsonl', recorder: 'absent', receipts: 'trusted', roots: 'none', checkpoints: 'none'},
          {id: 'below/proxy', recorder: 'broken', completeness: 'not_proven'},
        ],
        first_failure: {session: 'below/proxy', file: broken, line: 1, seq: 0, reason: 'recorder_hash_mismatch'},
        skipped: [join(folder, 'other.jsonl')],
      })
    }))

  test('each verdict says what it does not show', () =>
    inFolder(async (folder) => {
      const limits = async (change: Partial<IntegrityRequest>) => {
        const {json} = await receiptTools.verifyIntegrity(integrity({path: folder, session: 'agent', ...change}))
        return (json as {sessions: {limits: string[]}[]}).sessions[0]?.limits.map((text) => text.split(';')[0])
      }
      expect(await limits({})).toEqual([
        'signed: receipts, and entries up to seq 2',
        'head: the log has signed checkpoints, and the head file that is written with them is missing beside it: where the log ended is not known',
        'tail: not shown: entries cut off the end, be it whole runs after a seal',
      ])
      expect(await limits({keys: []})).toEqual([
        'unpinned: receipts agree with the key that they name',
        'signed: receipts',
        'head: the log has signed checkpoints, and the head file that is written with them is missing beside it: where the log ended is not known',
        'tail: not shown: entries cut off the end, be it whole runs after a seal',
      ])
      const {json} = await receiptTools.verifyIntegrity(integrity({path: folder, session: 'agent'}))
      const head = (json as {chains: {kind: string; head_hash: string}[]}).chains.find((c) => c.kind === 'receipt')
      expect(await limits({expectHead: head?.head_hash})).toEqual([
        'signed: receipts, and entries up to seq 2',
        expect.stringMatching(/^head: /),
      ])
      expect(await limits({expectHead: 'f'.repeat(64)})).toContain(
        'stopped: what follows the first failure of a chain was not judged',
      )
    }))

  test('a file is known by the session of its entries', () =>
    inFolder(async (folder) => {
      const {json} = await receiptTools.verifyIntegrity(integrity({path: join(folder, 'evidence-agent-0.jsonl')}))
      expect(json).toMatchObject({sessions: [{id: 'agent'}]})
    }))

  test('bare receipts are checked as chains', () =>
    withFolder(async (folder) => {
      const r = new Receipts()
      r.add(one)
      writeFileSync(join(folder, 'bare.jsonl'), r.text)
      const {ok, text} = await receiptTools.verifyIntegrity(integrity({path: join(folder, 'bare.jsonl')}))
      expect(ok).toBe(true)
      expect(text).toContain('INTACT bare.jsonl: 0 entries, 1 receipts, 0 evidence receipts, completeness=not_proven')
    }))

  test('a log that was emptied is not intact', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'evidence-proxy-0.jsonl'), '')
      const {ok, json} = await receiptTools.verifyIntegrity(integrity({path: folder}))
      expect([ok, (json as {reason: string}).reason]).toEqual([false, 'no_receipts'])
    }))

  test('what cannot be read, and wrong usage, exit with 2', () =>
    inFolder(async (folder) => {
      const code = async (request: Partial<IntegrityRequest> & {path: string}) => {
        const error: unknown = await receiptTools.verifyIntegrity(integrity(request)).catch((e: unknown) => e)
        return error instanceof PipelockError ? [error.code, error.exitCode] : error
      }
      expect(await code({path: join(folder, 'absent')})).toEqual(['evidence_unreadable', 2])
      expect(await code({path: folder, session: 'absent'})).toEqual(['evidence_unreadable', 2])
      expect(await code({path: folder, expectSeq: 1n})).toEqual(['usage', 2])
    }))
})
