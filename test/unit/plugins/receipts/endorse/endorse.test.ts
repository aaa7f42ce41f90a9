// The rotation ceremony: what the old key signs is what a verifier accepts, and everything that would make its word worth
// less is refused before it is given.
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import type {ActionRecord} from '../../../../../src/formats/action-record.js'
import {headLine} from '../../../../../src/formats/evidence-head.js'
import {jsonKeyText, privateKeyFileText, publicKeyFileText} from '../../../../../src/formats/keys/key-file.js'
import {tryLock} from '../../../../../src/lib/lockfile.js'
import {endorseRotation, type EndorseRequest} from '../../../../../src/plugins/receipts/endorse/endorse.js'
import {endorsementText, parseEndorsement} from '../../../../../src/formats/endorsement.js'
import {boundGenesis} from '../../../../../src/plugins/receipts/verify/session-control.js'
import {Log, testKey, verifyTexts} from '../../../../support/evidence.js'

const [one, two, three] = [testKey('one'), testKey('two'), testKey('three')]
const NOW = Date.parse('2026-05-11T00:00:00Z')
const NONCE = 'a'.repeat(32)

const control = (record: Partial<ActionRecord>): Partial<ActionRecord> => ({
  action_type: 'unclassified',
  transport: 'receipt_session',
  run_nonce: NONCE,
  ...record,
})

function opened(session = 'proxy', key = one): Log {
  const payload = {
    run_nonce: NONCE,
    open_nonce: 'b'.repeat(32),
    recorder_session: session,
    signer_key_epoch: key.public.hex,
  }
  const genesis = boundGenesis(payload)
  const open = {...payload, genesis_hash: genesis}
  return new Log(key).receipt(control({chain_prev_hash: genesis, session_control: {kind: 'session_open', open}}))
}

function closed(log: Log, key = one): Log {
  const {hash, seq} = log.receipts
  const close = {
    run_nonce: NONCE,
    open_nonce: 'b'.repeat(32),
    final_seq: seq,
    root_hash: hash,
    receipt_count: seq + 1,
    close_reason: 'graceful_shutdown',
  }
  return log.receipt(control({session_control: {kind: 'session_close', close}}), key)
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'endorse-'))
  writeFileSync(join(folder, 'one.key'), privateKeyFileText(one), {mode: 0o600})
  writeFileSync(join(folder, 'two.pub'), publicKeyFileText(two.public))
})
afterEach(() => rmSync(folder, {recursive: true}))

const at = (name: string): string => join(folder, name)
const put = (log: Log): void => writeFileSync(at('evidence-proxy-0.jsonl'), log.text)
const request = (change: Partial<EndorseRequest> = {}): EndorseRequest => ({
  chain: folder,
  session: 'proxy',
  priorKeyFile: at('one.key'),
  newKeyFile: at('two.pub'),
  rootKeys: [one.public.hex],
  endorsements: [],
  out: at('rotation.json'),
  nowMs: NOW,
  ...change,
})

/** Code, and the reason of evidence. */
async function refusal(change: Partial<EndorseRequest> = {}): Promise<string> {
  const before = existsSync(at('rotation.json'))
  try {
    await endorseRotation(request(change))
    return 'endorsed'
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    expect(existsSync(at('rotation.json'))).toBe(before)
    return error.code === 'evidence_invalid' ? (error.message.split(':')[0] ?? '') : error.code
  }
}

test('a log that ends at the close of an earlier session than its recorder stated is not endorsed', async () => {
  const log = closed(opened().receipt())
  put(log)
  const stated = {
    session_id: 'proxy',
    entry_hash: 'f'.repeat(64),
    checkpoint_signature: '00',
    time: '2026-05-10T10:00:00Z',
  }
  const head = (seq: number) =>
    headLine({...stated, seq, receipt_seq: log.receipts.seq - 1, root_hash: log.receipts.hash}, one)
  writeFileSync(at('evidence-proxy.head'), head(9))
  expect(await refusal()).toBe('head_mismatch')
  rmSync(at('evidence-proxy.head'))
  expect(await refusal()).toBe('endorsed')
})

test('the worked example of the specification is made again, byte for byte of its signature', () => {
  const prior = testKey('pipelock-conformance-test-key-v1')
  const text = endorsementText(
    {
      session_id: 'conformance-session',
      prior_signer_key: prior.public.hex,
      prior_final_seq: 2,
      prior_tail_hash: '4f2e18befefd0e43f1522e5d5d095adaed5459c80329145d7bc0d6dfd60a11eb',
      new_signer_key: '970955695494cf0fb3109671e673ecaeb0a161e834861a325b97b0656e3c9cd1',
      rotated_at: '2026-04-15T12:00:10Z',
    },
    prior,
  )
  expect((JSON.parse(text) as {endorsement: string}).endorsement).toBe(
    'ed25519:bd79a34ace4753f61983ffaa31d6d44bced226578445010ddc19b0a736e93809ba09135a1f6ce33db1c2bb8786553ef87bd6d9d7642084a460f3161a75709a05',
  )
})

test('what was endorsed is accepted under the old key alone, and a second change on top of it', async () => {
  put(closed(opened().receipt()))
  const done = await endorseRotation(request())
  expect(done).toMatchObject({session_id: 'proxy', prior_final_seq: 2, new_signer_key: two.public.hex})
  const text = readFileSync(at('rotation.json'), 'utf8')
  const endorsement = parseEndorsement(Buffer.from(text))
  expect(endorsement.rotated_at).toBe('2026-05-11T00:00:00Z')

  const rotated = closed(opened().receipt())
  rotated.entry('action_receipt', rotated.receipts.rotate(one, two), 'receipt: allow read forward')
  const trusted = [one.public]
  expect((await verifyTexts(rotated.text, {trusted})).failure?.reason).toBe('rotation_unauthorized')
  const verdict = await verifyTexts(rotated.text, {trusted, endorsements: [endorsement]})
  expect([verdict.failure, verdict.v1.signerKeys]).toEqual([undefined, [one.public.hex, two.public.hex]])
})

test('a chain that was rotated before needs the earlier endorsement, and ends with the key that signs now', async () => {
  put(closed(opened().receipt()))
  await endorseRotation(request())
  const log = closed(opened().receipt())
  const open = {
    run_nonce: 'c'.repeat(32),
    open_nonce: 'd'.repeat(32),
    recorder_session: 'proxy',
    prior_chain_head: log.receipts.hash,
    prior_chain_seq: log.receipts.seq - 1,
  }
  const transition = {
    prior_signer_key: one.public.hex,
    prior_chain_seq: log.receipts.seq - 1,
    prior_chain_hash: log.receipts.hash,
  }
  const run = {action_type: 'unclassified', transport: 'receipt_session', run_nonce: open.run_nonce} as const
  log.receipt({...run, chain_seq: 0, key_transition: transition, session_control: {kind: 'session_open', open}}, two)
  const close = {
    run_nonce: open.run_nonce,
    open_nonce: open.open_nonce,
    final_seq: 1,
    root_hash: log.receipts.hash,
    receipt_count: 2,
  }
  log.receipt({...run, session_control: {kind: 'session_close', close}}, two)
  put(log)
  writeFileSync(at('two.key'), privateKeyFileText(two), {mode: 0o600})
  writeFileSync(at('three.pub'), publicKeyFileText(three.public))
  const next = {priorKeyFile: at('two.key'), newKeyFile: at('three.pub'), out: at('second.json')}
  expect(await refusal(next)).toBe('rotation_unauthorized')
  const earlier = [at('rotation.json')]
  expect(await refusal({...next, endorsements: earlier, priorKeyFile: at('one.key')})).toBe('signer_key_mismatch')
  expect(await refusal({...next, endorsements: earlier, newKeyFile: at('one.key')})).toBe('key_transition_invalid')
  await endorseRotation(request({...next, endorsements: earlier}))
  expect(parseEndorsement(readFileSync(at('second.json')))).toMatchObject({
    prior_signer_key: two.public.hex,
    prior_final_seq: 1,
    new_signer_key: three.public.hex,
  })
})

describe('is refused', () => {
  test('while the recorder runs', async () => {
    put(closed(opened()))
    const held = tryLock(at('evidence-proxy.lock'))
    expect(await refusal()).toBe('recorder_locked')
    if (held.held) held.lock.release()
    expect(await refusal()).toBe('endorsed')
    expect(existsSync(at('evidence-proxy.lock'))).toBe(false)
  })

  test('for a tail that is not a session close', async () => {
    put(opened().receipt())
    expect(await refusal()).toBe('session_state_invalid')
    put(closed(opened()).decision())
    expect(await refusal()).toBe('endorsed')
  })

  test('for a chain without session receipts, or with those of another session', async () => {
    put(new Log(one).receipt())
    expect(await refusal()).toBe('session_state_invalid')
    put(closed(opened('other')))
    expect(await refusal()).toBe('session_state_invalid')
    put(new Log(one).decision())
    expect(await refusal()).toBe('no_receipts')
  })

  test('for a chain that does not verify under the root keys', async () => {
    put(closed(opened()))
    expect(await refusal({rootKeys: [two.public.hex]})).toBe('signer_key_mismatch')
    expect(await refusal({rootKeys: ['']})).toBe('usage')
    const {lines} = closed(opened().receipt())
    writeFileSync(at('evidence-proxy-0.jsonl'), lines.join('').replace('"verdict":"allow"', '"verdict":"block"'))
    expect(await refusal()).toBe('recorder_hash_mismatch')
    writeFileSync(at('evidence-proxy-0.jsonl'), lines.join('').slice(0, -5))
    expect(await refusal()).toBe('recorder_torn_record')
    expect(await refusal({session: 'none'})).toBe('evidence_unreadable')
    expect(await refusal({chain: at('nowhere')})).toBe('evidence_unreadable')
  })

  test('with a wrong key', async () => {
    put(closed(opened()))
    writeFileSync(at('two.key'), privateKeyFileText(two), {mode: 0o600})
    expect(await refusal({priorKeyFile: at('two.key')})).toBe('signer_key_mismatch')
    expect(await refusal({newKeyFile: at('one.key')})).toBe('key_transition_invalid')
    writeFileSync(at('half.pub'), publicKeyFileText(one.public), {mode: 0o600})
    expect(await refusal({priorKeyFile: at('half.pub')})).toBe('key_invalid')
    writeFileSync(at('root.json'), jsonKeyText(two, 'roster-root', NOW), {mode: 0o600})
    expect(await refusal({newKeyFile: at('root.json')})).toBe('wrong_key_purpose')
    writeFileSync(at('prior.json'), jsonKeyText(one, 'roster-root', NOW), {mode: 0o600})
    expect(await refusal({priorKeyFile: at('prior.json')})).toBe('wrong_key_purpose')
    chmodSync(at('one.key'), 0o644)
    expect(await refusal()).toBe('file_permissions')
  })

  test('over a file that is there, and for a path that depends on where one stands', async () => {
    put(closed(opened()))
    expect(await refusal({out: 'rotation.json'})).toBe('usage')
    writeFileSync(at('rotation.json'), 'mine')
    expect(await refusal()).toBe('file_exists')
    expect(readFileSync(at('rotation.json'), 'utf8')).toBe('mine')
  })

  test('with an endorsement that was changed, or that no key change of the chain uses', async () => {
    put(closed(opened().receipt()))
    await endorseRotation(request({out: at('old.json')}))
    expect(await refusal({endorsements: [at('old.json')]})).toBe('rotation_unauthorized')
    writeFileSync(
      at('bad.json'),
      readFileSync(at('old.json'), 'utf8').replace('"prior_final_seq": 2', '"prior_final_seq": 3'),
    )
    expect(await refusal({endorsements: [at('bad.json')]})).toBe('signature_invalid')
  })
})
