// One receipt in one file: which version it is, whose signature holds, and what a caller expected of it.
import {describe, expect, test} from 'vitest'
import {authorityOf} from '../../../../../src/plugins/receipts/verify/authority.js'
import {verifySingle, type SingleOptions} from '../../../../../src/plugins/receipts/verify/single.js'
import {EvidenceReceipts, Receipts, testKey} from '../../../../support/evidence.js'
import {RECEIPT, roster, ROSTER_KEYS} from '../../../../support/contract-store.js'

const one = testKey('one')
const two = testKey('two')
const three = testKey('three')
const signer = {id: RECEIPT.id, key: RECEIPT.key}

const action = new Receipts().add(one)
const evidence = new EvidenceReceipts().add(signer)
const otherSignature = (text: string): string =>
  text.replace(/ed25519:./, (start) => (start.endsWith('0') ? 'ed25519:1' : 'ed25519:0'))

/** "valid 1", "valid 2 FORM", or the version and the reason of the failure. */
function outcome(text: string, options: SingleOptions): string {
  const verdict = verifySingle(Buffer.from(text), options)
  if (verdict.failure) return `${verdict.version} ${verdict.failure.reason}: ${verdict.failure.message}`
  return verdict.version === 1 ? 'valid 1' : `valid 2 ${verdict.form ?? 'unsigned'}`
}

describe('an action receipt', () => {
  test.each<[string, string, SingleOptions, string | RegExp]>([
    ['signed by the one trusted key: valid', action, {trusted: [one.public]}, 'valid 1'],
    ['signed by the last of several trusted keys: valid', action, {trusted: [two.public, one.public]}, 'valid 1'],
    ['without a trusted key: valid by itself', action, {trusted: []}, 'valid 1'],
    [
      'signed by another key than the trusted one: signer_key_mismatch',
      action,
      {trusted: [two.public]},
      `1 signer_key_mismatch: signer key ${one.public.hex} is not the trusted key`,
    ],
    [
      'signed by none of the trusted keys: signer_key_untrusted',
      action,
      {trusted: [two.public, three.public]},
      `1 signer_key_untrusted: signer key ${one.public.hex} is none of the trusted keys`,
    ],
    [
      'with another signature: signature_invalid, also without a trusted key',
      otherSignature(action),
      {trusted: []},
      '1 signature_invalid: signature verification failed',
    ],
    [
      'when an evidence receipt is expected: expectation_mismatch',
      action,
      {trusted: [one.public], expect: {payloadKind: 'proxy_decision'}},
      '1 expectation_mismatch: signer id, contract, manifest and payload kind are expected of evidence receipts, ' +
        'and this is an action receipt',
    ],
    ['when nothing is expected: valid', action, {trusted: [one.public], expect: {payloadKind: undefined}}, 'valid 1'],
    ['cut short: malformed_json', action.slice(0, -1), {trusted: [one.public]}, /^1 malformed_json: /],
  ])('%s', (_, text, options, expected) => {
    if (typeof expected === 'string') expect(outcome(text, options)).toBe(expected)
    else expect(outcome(text, options)).toMatch(expected)
  })

  test('with a record_type as well is judged as an action receipt, which has no such member', () => {
    const both = action.replace('{', '{"record_type":"evidence_receipt_v2",')
    expect(outcome(both, {trusted: [one.public]})).toMatch(/^1 unknown_field: /)
  })
})

test('an object of neither kind is judged as an action receipt', () => {
  expect(outcome('{}', {trusted: [one.public]})).toMatch(/^1 [a-z_]+: ./)
})

describe('an evidence receipt', () => {
  const trusted = [RECEIPT.key.public]

  test('has the same hash whether its signature was checked or not', () => {
    const hashOf = (options: SingleOptions) => {
      const verdict = verifySingle(Buffer.from(evidence), options)
      return verdict.failure ? verdict.failure.reason : verdict.hash
    }
    expect(hashOf({trusted})).toMatch(/^[0-9a-f]{64}$/)
    expect(hashOf({trusted: [], structuralWithoutKey: true})).toBe(hashOf({trusted}))
  })

  test.each<[string, string, SingleOptions, string | RegExp]>([
    ['signed by a trusted key: valid', evidence, {trusted: [one.public, ...trusted]}, /^valid 2 rfc8785$/],
    ['without a trusted key: unknown_signer', evidence, {trusted: []}, /^2 unknown_signer: no trusted key was given/],
    [
      'without a trusted key, judged by its structure: valid, in no signed form',
      evidence,
      {trusted: [], structuralWithoutKey: true},
      'valid 2 unsigned',
    ],
    [
      'with a trusted key that did not sign, judged by its structure: the signature is checked all the more',
      evidence,
      {trusted: [one.public], structuralWithoutKey: true},
      /^2 signature_invalid: verification failed under every trusted key$/,
    ],
    ['with another signature: signature_invalid', otherSignature(evidence), {trusted}, /^2 signature_invalid: /],
    [
      'under a roster that lists its signer: valid, whatever raw key is trusted',
      evidence,
      {trusted: [one.public], authority: authorityOf([one.public], roster())},
      'valid 2 rfc8785',
    ],
    [
      'under a roster that does not list its signer: unknown_signer, although its key is trusted',
      evidence,
      {trusted, authority: {kind: 'roster', roster: {keys: new Map()}}},
      /^2 unknown_signer: roster: the roster has no key/,
    ],
    [
      'under a roster, judged by its structure: the signature is checked',
      otherSignature(evidence),
      {trusted: [], authority: authorityOf([], roster()), structuralWithoutKey: true},
      /^2 signature_invalid: /,
    ],
  ])('%s', (_, text, options, expected) => {
    if (typeof expected === 'string') expect(outcome(text, options)).toBe(expected)
    else expect(outcome(text, options)).toMatch(expected)
  })

  test.each<[string, NonNullable<SingleOptions['expect']>, string]>([
    ['signer_key_id', {signerKeyId: 'other'}, '"receipts-1", expected "other"'],
    ['contract_hash', {contractHash: 'sha256:c'}, '"", expected "sha256:c"'],
    ['active_manifest_hash', {activeManifestHash: 'sha256:m'}, '"", expected "sha256:m"'],
    ['payload_kind', {payloadKind: 'shadow_delta'}, '"proxy_decision", expected "shadow_delta"'],
  ])('with another %s than expected: expectation_mismatch, with and without a key', (name, expect_, values) => {
    const message = `2 expectation_mismatch: ${name} is ${values}`
    expect(outcome(evidence, {trusted, expect: expect_})).toBe(message)
    expect(outcome(evidence, {trusted: [], structuralWithoutKey: true, expect: expect_})).toBe(message)
  })

  test('with everything as expected: valid', () => {
    const expected = {
      signerKeyId: 'receipts-1',
      contractHash: '',
      activeManifestHash: '',
      payloadKind: 'proxy_decision',
    }
    expect(outcome(evidence, {trusted, expect: expected})).toBe('valid 2 rfc8785')
  })
})

describe('a signer that the roster names', () => {
  const others = ROSTER_KEYS.filter(({key_id}) => key_id !== RECEIPT.id)
  const [own] = ROSTER_KEYS.filter(({key_id}) => key_id === RECEIPT.id)
  if (!own) throw new TypeError('the roster of the tests has no receipt key')
  const under = (...changes: readonly Partial<typeof own>[]): SingleOptions => {
    const keys = [...others, ...changes.map((change) => ({...own, ...change}))]
    return {trusted: [], authority: authorityOf([], roster(keys))}
  }
  const byKey = new EvidenceReceipts().add({id: RECEIPT.key.public.hex, key: RECEIPT.key})

  test('by its key, listed under one id: valid', () => {
    expect(outcome(byKey, under({key_id: 'recorder'}))).toBe('valid 2 rfc8785')
  })

  test('by its key, listed under two ids: unknown_signer, for one of them may be revoked', () => {
    const options = under({key_id: 'recorder'}, {key_id: 'recorder-2', status: 'revoked'})
    expect(outcome(byKey, options)).toMatch(/^2 unknown_signer: /)
  })

  test.each<[string, Partial<typeof own>, RegExp]>([
    ['revoked: signer_key_untrusted', {status: 'revoked'}, /^2 signer_key_untrusted: roster: .* is revoked/],
    ['not valid yet: signer_key_untrusted', {valid_from: '2026-06-01T00:00:00Z'}, /^2 signer_key_untrusted: roster: /],
    ['expired: signer_key_untrusted', {valid_until: '2026-05-01T00:00:00Z'}, /^2 signer_key_untrusted: roster: /],
    [
      'for another purpose: key_purpose_mismatch',
      {key_purpose: 'contract-compile-signing'},
      /^2 key_purpose_mismatch: /,
    ],
  ])('%s', (_, change, expected) => {
    expect(outcome(evidence, under(change))).toMatch(expected)
  })
})
