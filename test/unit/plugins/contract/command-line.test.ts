// From flags to a lifecycle request: what is missing, malformed or in use, and who may use the keys that everybody knows.
import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {privateKeyFromSeed} from '../../../../src/lib/ed25519.js'
import {sha256} from '../../../../src/lib/hash.js'
import {
  DETERMINISTIC_NOW,
  lifecycleRequest,
  type KeyServices,
  type LifecycleFlags,
} from '../../../../src/plugins/contract/command-line.js'
import {ANNA, BERT, PIN, RECEIPT, roster, ROSTER_KEYS} from '../../../support/contract-store.js'

const fixed = (what: string) => privateKeyFromSeed(sha256(`pipelock deterministic ${what} signer`))
const known = (key_id: string, key_purpose: string, what: string) => ({
  key_id,
  key_purpose,
  public_key_hex: fixed(what).public.hex,
  valid_from: '2026-01-01T00:00:00Z',
  valid_until: null,
  status: 'active',
  principal: 'test',
})
const ACTIVATION = known('deterministic-contract-activation', 'contract-activation-signing', 'forget activation')
const RECEIPTS = known('deterministic-receipt-signing', 'receipt-signing', 'ratify receipt')

function request(more: Partial<LifecycleFlags>, keys = ROSTER_KEYS) {
  const services: KeyServices = {
    loadRoster: () => roster(keys),
    rosterSigner: (_, keyId) => ({
      keyId,
      key: keyId === RECEIPT.id ? RECEIPT.key : ANNA.key,
      principal: keyId,
      path: `/keys/${keyId}`,
    }),
  }
  const flags: LifecycleFlags = {
    'contract-store': '/store',
    roster: '/roster.json',
    'roster-root-fingerprint': PIN,
    'activation-key': ANNA.keyId,
    'receipt-key-agent': RECEIPT.id,
    production: false,
    deterministic: false,
    ...more,
  }
  return lifecycleRequest(flags, undefined, services, DETERMINISTIC_NOW)
}

function codeOf(more: Partial<LifecycleFlags>, keys = ROSTER_KEYS): string {
  try {
    request(more, keys)
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

describe('--deterministic', () => {
  const flags = {
    deterministic: true,
    'activation-key': ACTIVATION.key_id,
    'receipt-key-agent': RECEIPTS.key_id,
  }

  test('signs with the public keys where the roster lists them', () => {
    const {signers, receiptSigner} = request(flags, [...ROSTER_KEYS, ACTIVATION, RECEIPTS])
    expect([signers[0].key.public.hex, receiptSigner.key.public.hex]).toEqual([
      ACTIVATION.public_key_hex,
      RECEIPTS.public_key_hex,
    ])
  })

  test('is refused with every other roster, also for keys that are no test keys', () => {
    expect(codeOf(flags)).toBe('key_unknown')
    expect(codeOf(flags, [...ROSTER_KEYS, ACTIVATION])).toBe('key_unknown')
    expect(codeOf(flags, [...ROSTER_KEYS, RECEIPTS])).toBe('key_unknown')
    // the fixed clock would let an expired key sign
    expect(codeOf({deterministic: true})).toBe('key_unknown')
    expect(codeOf(flags, [...ROSTER_KEYS, {...ACTIVATION, status: 'revoked'}, RECEIPTS])).toBe('key_revoked')
    const other = {...ACTIVATION, public_key_hex: BERT.key.public.hex}
    expect(codeOf(flags, [...ROSTER_KEYS.filter((k) => k.key_id !== BERT.keyId), other, RECEIPTS])).toBe('key_invalid')
  })
})

test('what is missing or in use is wrong usage', () => {
  expect(codeOf({})).toBe('accepted')
  expect(codeOf({'contract-store': undefined})).toBe('usage')
  expect(codeOf({roster: undefined})).toBe('usage')
  expect(codeOf({'roster-root-fingerprint': undefined})).toBe('usage')
  expect(codeOf({'roster-root-fingerprint': 'sha256:12'})).toBe('usage')
  for (const path of ['/roster.json', '/store/active.json', `/keys/${ANNA.keyId}`, `/keys/${RECEIPT.id}`]) {
    expect(codeOf({'receipt-out': path})).toBe('usage')
  }
})
