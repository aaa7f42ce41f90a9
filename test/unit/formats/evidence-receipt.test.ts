import {createHash} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {EvidenceFault} from '../../../src/formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
  signEvidenceReceipt,
  type EvidenceDraft,
} from '../../../src/formats/evidence-receipt.js'
import {privateKeyFromSeed} from '../../../src/lib/ed25519.js'
import {sha256Hex} from '../../../src/lib/hash.js'

// RFC 8032, section 7.1, test 1
const key = privateKeyFromSeed(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'))
const signer = {id: 'receipt-signing-test', key}
const draft: EvidenceDraft = {
  payload_kind: 'proxy_decision',
  event_id: '01F8MECHZX3TBDSZ7XRADM79XV',
  timestamp: '2026-04-25T22:00:00Z',
  payload: {
    action_type: 'connect',
    policy_sources: ['test'],
    target: 'example.com',
    transport: 'forward',
    verdict: 'allow',
    winning_source: 'test',
  },
}
const first = {chain_seq: 0, chain_prev_hash: 'genesis'}

const reasonOf = (text: string): string => {
  try {
    parseEvidenceReceipt(readEvidenceReceipt(text))
  } catch (error) {
    if (error instanceof EvidenceFault) return error.reason
    throw error
  }
  return 'accepted'
}

test('the worked example has the published bytes', () => {
  const {text, hash} = signEvidenceReceipt(draft, {chain_seq: 1, chain_prev_hash: 'sha256:0'}, signer)
  const receipt = parseEvidenceReceipt(readEvidenceReceipt(text))
  expect(Buffer.byteLength(receipt.preimage)).toBe(436)
  expect(sha256Hex(receipt.preimage)).toBe('ea571828ad980171b0ef43dfc1a96cb8c8c40cd2c7a7b9099b79a10fc48999bf')
  expect(Buffer.byteLength(text)).toBe(614)
  expect(hash).toBe('b36c02b601bebbf20a7661c5a51491befb823f365255995a7f928c20e418ebd4')
  expect(evidenceReceiptHash(receipt, 'rfc8785')).toBe(hash)
  expect(matchingForm(receipt, key.public)).toBe('rfc8785')
})

test('empty optional members are left out of the signed text', () => {
  const {text} = signEvidenceReceipt(
    {...draft, principal: '', delegation_chain: [], contract_generation: 0, selector_id: 's'},
    first,
    signer,
  )
  expect(text).not.toMatch(/principal|delegation_chain|contract_generation/)
  expect(text).toContain('"selector_id":"s"')
})

test('a draft that no reader would accept is not signed', () => {
  expect(() => signEvidenceReceipt({...draft, payload: {}}, first, signer)).toThrow(EvidenceFault)
  expect(() => signEvidenceReceipt({...draft, event_id: ''}, first, signer)).toThrow(EvidenceFault)
})

test('the purpose follows the kind', () => {
  const {text} = signEvidenceReceipt(
    {
      ...draft,
      payload_kind: 'contract_promote_intent',
      payload: {
        target_manifest_hash: 'sha256:a',
        target_generation: 3,
        prior_manifest_hash: 'sha256:b',
        intent_id: 'i',
      },
    },
    first,
    signer,
  )
  expect(text).toContain('"key_purpose":"contract-activation-signing"')
})

describe('parsing refuses', () => {
  const {text} = signEvidenceReceipt(draft, first, signer)
  const cases: readonly (readonly [string, (t: string) => string, string])[] = [
    ['unchanged', (t) => t, 'accepted'],
    ['record type', (t) => t.replace('evidence_receipt_v2', 'evidence_receipt_v3'), 'unsupported_record_type'],
    ['version', (t) => t.replace('"receipt_version":2', '"receipt_version":3'), 'unsupported_version'],
    ['unknown member', (t) => t.replace('{"chain', '{"a":1,"chain'), 'unknown_field'],
    [
      'crit alone',
      (t) => t.replace('"event_id"', '"crit":["canonicalization"],"event_id"'),
      'unsupported_canonicalization',
    ],
    ['names equal after NFC', (t) => t.replace('"target"', '"\\u00e9":1,"e\\u0301":1,"target"'), 'duplicate_key'],
    ['empty event id', (t) => t.replace('01F8MECHZX3TBDSZ7XRADM79XV', ''), 'missing_required_field'],
    ['present but empty', (t) => t.replace('"event_id"', '"actor":"","event_id"'), 'invalid_field'],
    ['generation 0', (t) => t.replace('"event_id"', '"contract_generation":0,"event_id"'), 'invalid_field'],
    ['seq beyond 2^63-1', (t) => t.replace('"chain_seq":0', '"chain_seq":9223372036854775808'), 'invalid_field'],
    ['payload null', (t) => t.replace(/"payload":\{.*?\}/, '"payload":null'), 'missing_required_field'],
    ['kind', (t) => t.replace('"proxy_decision"', '"proxy_decision_with_spans"'), 'unknown_payload_kind'],
    ['unknown payload member', (t) => t.replace('"target"', '"source_spans":[],"target"'), 'unknown_field'],
    ['empty payload list', (t) => t.replace('["test"]', '[]'), 'missing_required_field'],
    ['payload element', (t) => t.replace('["test"]', '[1.5]'), 'invalid_payload'],
    ['optional payload string empty', (t) => t.replace('"target"', '"rule_id":"","target"'), 'invalid_payload'],
    ['unknown proof member', (t) => t.replace('"signature":{', '"signature":{"x":1,'), 'unknown_field'],
    ['purpose', (t) => t.replace('"receipt-signing"', '"contract-activation-signing"'), 'key_purpose_mismatch'],
    ['algorithm', (t) => t.replace('"ed25519"', '"ed448"'), 'signature_malformed'],
    ['signature shape', (t) => t.replace('"ed25519:', '"ed25519:z'), 'signature_malformed'],
  ]
  test.each(cases)('%s', (_, change, reason) => expect(reasonOf(change(text))).toBe(reason))
})

describe('relations inside payloads', () => {
  const sign = (payload_kind: EvidenceDraft['payload_kind'], payload: EvidenceDraft['payload']) => {
    try {
      signEvidenceReceipt({...draft, payload_kind, payload}, first, signer)
      return 'accepted'
    } catch (error) {
      if (error instanceof EvidenceFault) return error.reason
      throw error
    }
  }
  const committed = {target_manifest_hash: 'sha256:a', prior_manifest_hash: 'sha256:b', intent_id: 'i'}
  const delta = (aggregation: EvidenceDraft['payload']) =>
    sign('shadow_delta', {
      contract_hash: 'c',
      rule_id: 'r',
      original_verdict: 'allow',
      candidate_verdict: 'block',
      aggregation,
    })
  const window = {
    window_start: '2026-01-01T00:00:00Z',
    window_end: '2026-01-01T00:00:00.000000001Z',
    lossless_count: 7,
    delta_sample_count: 2,
    exemplar_ids: ['a'],
  }

  test('reject_reason', () => {
    expect(sign('contract_promote_committed', {...committed, validation_outcome: 'accepted'})).toBe('accepted')
    expect(sign('contract_promote_committed', {...committed, validation_outcome: 'maybe'})).toBe('invalid_payload')
    expect(sign('contract_promote_committed', {...committed, validation_outcome: 'rejected'})).toBe(
      'missing_required_field',
    )
    expect(sign('contract_promote_committed', {...committed, validation_outcome: 'rejected', reject_reason: 'r'})).toBe(
      'accepted',
    )
    expect(sign('contract_promote_committed', {...committed, validation_outcome: 'accepted', reject_reason: 'r'})).toBe(
      'invalid_payload',
    )
  })

  test('aggregation', () => {
    expect(delta(window)).toBe('accepted')
    expect(delta({...window, window_end: window.window_start})).toBe('invalid_payload')
    expect(delta({...window, lossless_count: 1})).toBe('invalid_payload')
    expect(delta({...window, exemplar_ids: ['a', 'b', 'c']})).toBe('invalid_payload')
    expect(delta({...window, lossless_count: 0, delta_sample_count: 0})).toBe('invalid_payload')
  })
})

test('form E verifies and is reported', () => {
  const text = signEvidenceReceipt(
    {...draft, payload: {...draft.payload, target: 'https://x/?a=1&b=2'}},
    first,
    signer,
  ).text
  const receipt = parseEvidenceReceipt(readEvidenceReceipt(text))
  expect(matchingForm(receipt, key.public)).toBe('rfc8785')
  const other = privateKeyFromSeed(createHash('sha256').update('other').digest())
  expect(matchingForm(receipt, other.public)).toBeUndefined()
})
