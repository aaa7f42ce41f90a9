// The receipts that ratify and promote leave, verified under a roster by somebody else: two signers of different purpose in
// one chain. Runs the build.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {contractYaml, decodeContract} from '../../src/formats/documents/contract.js'
import type {KeyInfo} from '../../src/formats/documents/roster.js'
import {jsonKeyText} from '../../src/formats/key-file.js'
import {publishPair} from '../../src/plugins/signing/keystore.js'
import {
  ANNA,
  COMPILE,
  contract,
  ENVIRONMENT,
  httpRule,
  makeStore,
  NOW,
  PIN,
  RECEIPT,
  rosterFile,
  ROSTER_KEYS,
  type TestStore,
} from '../support/contract-store.js'
import {EvidenceReceipts, Log, Receipts, testKey} from '../support/evidence.js'
import {linkedVerifier} from '../support/offline-verifier.js'
import {runCommand} from '../support/warm-cli.js'

const project = fileURLToPath(new URL('../..', import.meta.url))

let store: TestStore
let folder: string
let receipts: string

const run = (...args: readonly string[]) => {
  const {status, stdout, stderr} = runCommand(args, {cwd: project, env: process.env})
  return {status, out: stdout, err: stderr}
}

beforeAll(() => {
  store = makeStore()
  folder = store.path('..')
  receipts = join(folder, 'lifecycle.jsonl')
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, {mode: 0o600})
  write('anna.json', jsonKeyText(ANNA.key, 'contract-activation-signing', NOW, ANNA.keyId))
  write('receipts.json', jsonKeyText(RECEIPT.key, 'receipt-signing', NOW, RECEIPT.id))
  write('roster.json', rosterFile())
  write('candidate.yaml', contractYaml(contract('agent-a', [httpRule('r-1')])))
  write('decisions.json', JSON.stringify({'r-1': 'enforce'}))
  publishPair(folder, 'compile-1', COMPILE, 'first', false)
  const common = ['--keystore', folder, '--receipt-key-agent', RECEIPT.id, '--receipt-out', receipts]
  const ratified = join(folder, 'ratified.yaml')
  const candidate = ['--candidate', join(folder, 'candidate.yaml'), '--decisions', join(folder, 'decisions.json')]
  expect(run('learn', 'ratify', ...common, ...candidate, '--out', ratified)).toMatchObject({status: 0})
  const {contract_hash} = decodeContract(readFileSync(ratified), 'yaml').body
  const promoted = run(
    ...['learn', 'promote', ...common, '--activation-key', ANNA.keyId, '--contract-store', store.directory],
    ...['--roster', join(folder, 'roster.json'), '--roster-root-fingerprint', PIN, '--candidate', ratified],
    ...['--contract', contract_hash, '--selector', 'agent-a', '--environment-id', ENVIRONMENT.id],
    ...['--tenant', ENVIRONMENT.tenant, '--deployment-id', ENVIRONMENT.deployment_id],
  )
  expect(promoted).toMatchObject({status: 0})
})
afterAll(() => store.remove())

/** Verifies the receipts, or others, under a roster in which some keys are different. */
function verify(change: Readonly<Record<string, Partial<KeyInfo>>> = {}, file = receipts, ...more: readonly string[]) {
  const roster = join(folder, 'changed.json')
  writeFileSync(roster, rosterFile(ROSTER_KEYS.map((info) => ({...info, ...change[info.key_id]}))))
  const flags = ['--roster', roster, '--roster-root-fingerprint', PIN, '--json', ...more]
  const {status, out} = run('verify-receipt', file, ...flags)
  return {status, json: JSON.parse(out) as Record<string, unknown>}
}

function copy(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('under the roster', () => {
  test('the chain of ratify and promote is valid, and trusted', () => {
    expect(verify()).toMatchObject({
      status: 0,
      json: {valid: true, signatures_verified: true, trust: 'trusted', receipt_count: 3, final_seq: 2},
    })
    const signers = readFileSync(receipts, 'utf8').match(/"signer_key_id":"[^"]*"/g)
    expect(new Set(signers).size).toBe(2)
  })

  test('integrity verify holds evidence receipts against it as well', () => {
    const integrity = (...flags: readonly string[]) => {
      const {status, out, err} = run('integrity', 'verify', receipts, '--json', ...flags)
      return [status, status === 2 ? err : (JSON.parse(out) as Record<string, unknown>)]
    }
    const roster = ['--roster', join(folder, 'roster.json'), '--roster-root-fingerprint']
    expect(integrity(...roster, PIN)).toMatchObject([0, {ok: true, unsigned: false}])
    // no key at all leaves signatures open; an action key alone allows one signer
    expect(integrity()).toMatchObject([1, {ok: false, reason: 'signer_key_id_mismatch'}])
    expect(integrity(...roster, `sha256:${'0'.repeat(64)}`)).toEqual([2, expect.stringContaining('wrong root')])
    expect(integrity('--roster', join(folder, 'roster.json'))[0]).toBe(2)
    const forged = copy('forged.jsonl', readFileSync(receipts, 'utf8').replace(/"event_id":"./, '"event_id":"z'))
    const [status, out] =
      [run('integrity', 'verify', forged, '--json', ...roster, PIN)].map((r) => [r.status, r.out])[0] ?? []
    expect([status, String(out).includes('signature_invalid')]).toEqual([1, true])
  })

  describe('a report', () => {
    const roster = (pin = PIN) => ['--roster', join(folder, 'roster.json'), '--roster-root-fingerprint', pin]
    const report = (evidence: string, ...flags: readonly string[]) => {
      const {status, out, err} = run('report', '--evidence', evidence, '--json', ...flags)
      return {status, err, json: status === 2 ? undefined : (JSON.parse(out) as Record<string, unknown>)}
    }

    test('holds evidence receipts against it, and the page does so again', async () => {
      const page = join(folder, 'page.html')
      const {status, json} = report(receipts, ...roster(), '--html', page)
      expect(status).toBe(0)
      expect(json).toMatchObject({ok: true, pinned: true, keys: [], roster: {root_fingerprint: PIN}})
      const text = readFileSync(page, 'utf8')
      expect(text).toContain(`--roster-root-fingerprint ${PIN}`)
      const [, data = ''] = /<script type="application\/json" id="evidence">(.*)<\/script>/.exec(text) ?? []
      const embedded = JSON.parse(data) as {keys: string[]; roster: KeyInfo[]}
      const offline = linkedVerifier()
      const judge = (keys: readonly KeyInfo[]) => {
        const lines = offline.linesOf('log', new Uint8Array(readFileSync(receipts)))
        return offline.verifyLines({lines, isRecorder: false, keys: embedded.keys, roster: keys})
      }
      expect(await judge(embedded.roster)).toMatchObject({ok: true, signatures: {evidence: 3}})
      const revoked = embedded.roster.map((info) => ({...info, status: 'revoked'}))
      expect((await judge(revoked)).failures).toMatchObject([{reason: 'signer_key_untrusted'}])
    })

    test('says that action receipts beside them are unpinned without a key, and what is wrong with a roster', () => {
      const mixed = join(folder, 'mixed')
      mkdirSync(mixed)
      const log = new Log(RECEIPT.key).receipt()
      // as a recorder names itself
      log.evidenceReceipt({id: RECEIPT.key.public.hex, key: RECEIPT.key}).root().checkpoint()
      writeFileSync(join(mixed, 'evidence-proxy-0.jsonl'), log.text)
      expect(report(mixed, ...roster())).toMatchObject({status: 0, json: {ok: true, pinned: false}})
      const key = ['--key', RECEIPT.key.public.hex]
      expect(report(mixed, ...roster(), ...key)).toMatchObject({status: 0, json: {ok: true, pinned: true}})
      const stranger = new EvidenceReceipts()
      stranger.add({id: testKey('one').public.hex, key: testKey('one')})
      const unknown = report(copy('stranger.jsonl', stranger.text), ...roster())
      expect(unknown).toMatchObject({status: 1, json: {reason: 'unknown_signer'}})
      expect(report(mixed, ...roster(`sha256:${'0'.repeat(64)}`))).toMatchObject({
        status: 2,
        err: expect.stringContaining('wrong root') as string,
      })
    })
  })

  test('without --json nobody is told that it is unpinned', () => {
    const flags = ['--roster', join(folder, 'roster.json'), '--roster-root-fingerprint', PIN]
    expect(run('verify-receipt', receipts, ...flags)).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^CHAIN VALID: /) as string,
      err: '',
    })
  })

  test('each receipt by itself', () => {
    for (const [i, line] of readFileSync(receipts, 'utf8').trimEnd().split('\n').entries()) {
      const single = verify({}, copy('single.json', line))
      expect(single).toMatchObject({status: 0, json: {trust: 'trusted', chain_seq: i}})
    }
  })

  test('a flipped byte anywhere', () => {
    const bytes = readFileSync(receipts)
    for (let at = 5; at < bytes.length; at += Math.ceil(bytes.length / 7)) {
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      const path = join(folder, 'flipped.jsonl')
      writeFileSync(path, flipped)
      expect([at, verify({}, path).status]).toEqual([at, 1])
    }
  })

  test.each<[string, Readonly<Record<string, Partial<KeyInfo>>>, string, number]>([
    ['a revoked activation key', {[ANNA.keyId]: {status: 'revoked'}}, 'signer_key_untrusted', 1],
    ['a receipt key not valid yet', {[RECEIPT.id]: {valid_from: '2999-01-01T00:00:00Z'}}, 'signer_key_untrusted', 0],
    [
      'an activation key that expired',
      {[ANNA.keyId]: {valid_until: '2026-01-02T00:00:00Z'}},
      'signer_key_untrusted',
      1,
    ],
    [
      'a receipt key of another purpose',
      {[RECEIPT.id]: {key_purpose: 'contract-compile-signing'}},
      'key_purpose_mismatch',
      0,
    ],
    ['an id that is not listed', {[RECEIPT.id]: {key_id: 'receipts-2'}}, 'unknown_signer', 0],
    ['another key under the id', {[RECEIPT.id]: {public_key_hex: COMPILE.public.hex}}, 'signature_invalid', 0],
  ])('%s', (_, change, reason, broken_at_seq) => {
    expect(verify(change)).toMatchObject({status: 1, json: {valid: false, trust: 'untrusted', reason, broken_at_seq}})
  })

  test('an action receipt is not vouched for by a roster', () => {
    const one = testKey('one')
    const action = new Receipts().add(one)
    const mixed = copy('mixed.jsonl', `${readFileSync(receipts, 'utf8')}${action}\n`)
    expect(verify({}, mixed)).toMatchObject({status: 1, json: {valid: false, reason: 'unknown_signer'}})
    expect(verify({}, mixed, '--key', one.public.hex)).toMatchObject({status: 0, json: {trust: 'trusted'}})
    expect(verify({}, copy('action.json', action))).toMatchObject({status: 1, json: {reason: 'unknown_signer'}})
  })
})

test('without a roster a second signer ends the chain', () => {
  const {status, out} = run('verify-receipt', receipts, '--key', RECEIPT.key.public.hex, '--json')
  expect([status, (JSON.parse(out) as {reason: string}).reason]).toEqual([1, 'signer_key_id_mismatch'])
})

describe('wrong usage', () => {
  const wrong = (...flags: readonly string[]) => {
    const {status, out, err} = run('verify-receipt', receipts, ...flags)
    expect([status, out]).toEqual([2, ''])
    return err
  }
  test('another root', () => {
    const pin = `sha256:${'0'.repeat(64)}`
    expect(wrong('--roster', join(folder, 'roster.json'), '--roster-root-fingerprint', pin)).toContain('wrong root')
  })
  test('a roster that is damaged or absent', () => {
    const damaged = copy('damaged.json', rosterFile().replace('op-anna', 'op-amma'))
    expect(wrong('--roster', damaged, '--roster-root-fingerprint', PIN)).toContain('signature_invalid')
    expect(wrong('--roster', join(folder, 'none.json'), '--roster-root-fingerprint', PIN)).toContain('roster_read')
  })
  test('one flag without the other', () => {
    wrong('--roster', join(folder, 'roster.json'))
    wrong('--roster-root-fingerprint', PIN)
  })
})
