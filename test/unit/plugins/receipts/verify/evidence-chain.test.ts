import {describe, expect, test} from 'vitest'
import type {RosterKey} from '../../../../../src/formats/documents/roster.js'
import type {KeyPurpose} from '../../../../../src/formats/key-purpose.js'
import type {Authority} from '../../../../../src/plugins/receipts/verify/authority.js'
import type {PublicKey} from '../../../../../src/lib/ed25519.js'
import {EvidenceReceipts, testKey, verifyTexts, type TestLogOptions} from '../../../../support/evidence.js'

const one = testKey('one')
const two = testKey('two')
const signer = {id: 'receipts-1', key: one}

const chain = (build: (r: EvidenceReceipts) => void) => {
  const receipts = new EvidenceReceipts()
  build(receipts)
  return receipts.text
}
const outcome = async (text: string, options: TestLogOptions = {}) => {
  const {failure, v2} = await verifyTexts(text, {trusted: [one.public], ...options})
  return failure ? [failure.reason, failure.seq] : ['valid', v2.receiptCount]
}
const good = chain((r) => {
  r.add(signer)
  r.add(signer)
  r.add(signer)
})

describe('links', () => {
  const lines = good.trimEnd().split('\n')
  test('a whole chain', async () => expect(await outcome(good)).toEqual(['valid', 3]))
  test('with a hole', async () => expect(await outcome([lines[0], lines[2]].join('\n'))).toEqual(['chain_seq_gap', 1]))
  test('another first receipt', async () => {
    const other = chain((r) => r.add(signer, {actor: 'x'})).trimEnd()
    expect(await outcome([other, lines[1]].join('\n'))).toEqual(['chain_break', 1])
  })
  test('a placeholder for the genesis', async () => {
    expect(await outcome(chain((r) => r.add(signer, {}, {chain_prev_hash: 'sha256:0'})))).toEqual(['chain_break', 0])
  })
  test('a payload edited', async () =>
    expect(await outcome(good.replace('example.com', 'example.net'))).toEqual(['signature_invalid', 0]))
  test('structure and links without a key', async () => {
    expect(await outcome(good, {trusted: []})).toEqual(['unknown_signer', 0])
    expect(await outcome(good, {trusted: [], structuralWithoutKey: true})).toEqual(['valid', 3])
    expect(await outcome([lines[0], lines[2]].join('\n'), {trusted: [], structuralWithoutKey: true})).toEqual([
      'chain_seq_gap',
      1,
    ])
  })
  test('another id needs a key set that lists both', async () => {
    const text = chain((r) => {
      r.add(signer)
      r.add({...signer, id: 'receipts-2'})
    })
    expect(await outcome(text)).toEqual(['signer_key_id_mismatch', 1])
  })
})

describe('expectations', () => {
  test.each([
    ['signerKeyId', {signerKeyId: 'other'}],
    ['contractHash', {contractHash: 'sha256:a'}],
    ['activeManifestHash', {activeManifestHash: 'sha256:a'}],
    ['payloadKind', {payloadKind: 'key_rotation'}],
  ])('%s', async (_, expect_) => expect(await outcome(good, {expect: expect_})).toEqual(['expectation_mismatch', 0]))
})

describe('a roster', () => {
  interface Listed {
    readonly id: string
    readonly key: PublicKey
    readonly purpose: KeyPurpose
    readonly status: string
    readonly validFrom: string
    readonly validUntil: string | null
  }
  const entry = (change: Partial<Listed> = {}): readonly [string, RosterKey] => {
    const {id, key, purpose, status, validFrom, validUntil} = {
      id: 'receipts-1',
      key: one.public,
      purpose: 'receipt-signing' as const,
      status: 'active',
      validFrom: '2026-01-01T00:00:00Z',
      validUntil: null,
      ...change,
    }
    const info = {
      key_id: id,
      key_purpose: purpose,
      public_key_hex: key.hex,
      valid_from: validFrom,
      valid_until: validUntil,
      status,
    }
    return [id, {info, purpose, public: key}]
  }
  const roster = (...keys: readonly (readonly [string, RosterKey])[]): Authority => ({
    kind: 'roster',
    roster: {keys: new Map(keys)},
  })

  test.each<[string, Authority, [string, number]]>([
    ['an active key', roster(entry()), ['valid', 3]],
    ['an unlisted id', roster(entry({id: 'x'})), ['unknown_signer', 0]],
    ['a revoked key', roster(entry({status: 'revoked'})), ['signer_key_untrusted', 0]],
    ['a root key', roster(entry({status: 'root'})), ['signer_key_untrusted', 0]],
    ['not yet valid', roster(entry({validFrom: '2027-01-01T00:00:00Z'})), ['signer_key_untrusted', 0]],
    ['no longer valid', roster(entry({validUntil: '2026-05-10T10:00:00Z'})), ['signer_key_untrusted', 1]],
    [
      'no longer valid from the start',
      roster(entry({validUntil: '2026-05-10T09:59:59Z'})),
      ['signer_key_untrusted', 0],
    ],
    ['an unreadable end', roster(entry({validUntil: 'never'})), ['signer_key_untrusted', 0]],
    ['an unreadable bound', roster(entry({validFrom: 'yesterday'})), ['signer_key_untrusted', 0]],
    ['another purpose', roster(entry({purpose: 'contract-activation-signing'})), ['key_purpose_mismatch', 0]],
    ['another key under the id', roster(entry({key: two.public})), ['signature_invalid', 0]],
  ])('%s', async (_, authority, expected) => expect(await outcome(good, {authority})).toEqual(expected))

  test('a key as its own id stands for the one id that lists it, and for nothing more', async () => {
    const byKey = (key = one) =>
      chain((r) => {
        r.add({id: key.public.hex, key})
        r.add({id: key.public.hex, key})
      })
    const judged = (...keys: readonly (readonly [string, RosterKey])[]) =>
      outcome(byKey(), {authority: roster(...keys)})
    expect(await judged(entry({id: 'x'}))).toEqual(['valid', 2])
    expect(await judged(entry({id: 'x', status: 'revoked'}))).toEqual(['signer_key_untrusted', 0])
    expect(await judged(entry({id: 'x', purpose: 'contract-activation-signing'}))).toEqual(['key_purpose_mismatch', 0])
    expect(await judged(entry({id: 'x', key: two.public}))).toEqual(['unknown_signer', 0])
    expect(await judged(entry({id: 'x'}), entry({id: 'y', status: 'revoked'}))).toEqual(['unknown_signer', 0])
    // an id that is spelled like somebody's key is that of whom the roster says
    expect(await judged(entry({id: one.public.hex, key: two.public}), entry({id: 'x'}))).toEqual([
      'signature_invalid',
      0,
    ])
  })

  test('two ids of different purpose in one chain', async () => {
    const text = chain((r) => {
      r.add(
        {id: 'activation', key: two},
        {
          payload_kind: 'contract_promote_intent',
          payload: {
            target_manifest_hash: 'sha256:a',
            target_generation: 1,
            prior_manifest_hash: 'sha256:b',
            intent_id: 'i',
          },
        },
      )
      r.add(signer, {
        payload_kind: 'contract_promote_committed',
        payload: {
          target_manifest_hash: 'sha256:a',
          prior_manifest_hash: 'sha256:b',
          intent_id: 'i',
          validation_outcome: 'accepted',
        },
      })
    })
    const authority = roster(
      entry(),
      entry({id: 'activation', key: two.public, purpose: 'contract-activation-signing'}),
    )
    expect(await outcome(text, {authority})).toEqual(['valid', 2])
  })
})

describe('what is said of a fault', () => {
  const [first = '', second = '', third = ''] = good.trimEnd().split('\n')
  test.each<[string, string, string]>([
    ['a hole', [first, third].join('\n'), 'position 1: seq gap: expected 1, got 2'],
    [
      'another first receipt',
      [chain((r) => r.add(signer, {actor: 'x'})).trimEnd(), second].join('\n'),
      'position 1: chain_prev_hash mismatch',
    ],
    [
      'another id',
      chain((r) => {
        r.add(signer)
        r.add({...signer, id: 'receipts-2'})
      }),
      'position 1: signer_key_id "receipts-2" is not that of the first receipt',
    ],
  ])('%s', async (_, text, message) => {
    const {failure, v2} = await verifyTexts(text, {trusted: [one.public]})
    expect(failure?.message).toBe(message)
    expect([failure?.place?.line, v2.receiptCount]).toEqual([2, 1])
  })

  test('a line behind it that is no receipt ends the chain at its position and line', async () => {
    const {v2} = await verifyTexts(`${first}\n{"record_type":\n`, {trusted: [one.public]})
    expect(v2.failure).toMatchObject({reason: 'malformed_json', seq: 1, place: {line: 2}})
    expect(v2.failure?.message).not.toBe('')
  })
})

describe('what a chain came to', () => {
  const judged = async (text: string, options: TestLogOptions) => (await verifyTexts(text, options)).v2

  test('nothing where there is none', async () => {
    expect(await judged('', {trusted: [one.public]})).toEqual({
      recordType: 'evidence_receipt_v2',
      observed: 0,
      receiptCount: 0,
      firstSeq: undefined,
      finalSeq: undefined,
      rootHash: '',
      startTime: '',
      endTime: '',
      failure: undefined,
      signaturesVerified: false,
      signerKeys: [],
      segments: [],
      signerKeyId: '',
      canonicalization: undefined,
    })
  })

  test('its position, its times and its form, whether its signatures could be checked or not', async () => {
    const receipts = new EvidenceReceipts()
    for (let i = 0; i < 3; i++) receipts.add(signer)
    const expected = {
      observed: 3,
      receiptCount: 3,
      firstSeq: 0,
      finalSeq: 2,
      rootHash: receipts.hash,
      startTime: '2026-05-10T10:00:00Z',
      endTime: '2026-05-10T10:00:02Z',
      signerKeyId: 'receipts-1',
      canonicalization: 'rfc8785',
    }
    expect(await judged(good, {trusted: [one.public]})).toMatchObject({...expected, signaturesVerified: true})
    expect(await judged(good, {trusted: [], structuralWithoutKey: true})).toMatchObject({
      ...expected,
      signaturesVerified: false,
    })
  })

  test('no verified signatures where a later receipt has a fault', async () => {
    const [first, , third] = good.trimEnd().split('\n')
    const verdict = await judged([first, third].join('\n'), {trusted: [one.public]})
    expect([verdict.receiptCount, verdict.signaturesVerified]).toEqual([1, false])
  })
})

test('a second signer that the roster does not list is another signer, whoever the first one was', async () => {
  const text = chain((r) => {
    r.add(signer)
    r.add({id: 'receipts-2', key: two})
  })
  const listed: RosterKey = {
    info: {
      key_id: 'receipts-1',
      key_purpose: 'receipt-signing',
      public_key_hex: one.public.hex,
      valid_from: '2026-01-01T00:00:00Z',
      valid_until: null,
      status: 'active',
    },
    purpose: 'receipt-signing',
    public: one.public,
  }
  const authority: Authority = {kind: 'roster', roster: {keys: new Map([['receipts-1', listed]])}}
  expect(await outcome(text, {authority})).toEqual(['signer_key_id_mismatch', 1])
})
