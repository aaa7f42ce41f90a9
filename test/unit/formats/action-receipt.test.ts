import {createHash} from 'node:crypto'
import {expect, test, describe} from 'vitest'
import {
  canonicalRecord,
  keyReader,
  parseActionReceipt,
  signActionReceipt,
  type ActionRecord,
} from '../../../src/formats/action-receipt.js'
import {EvidenceFault, readEvidenceObject} from '../../../src/formats/evidence-fault.js'
import {privateKeyFromSeed} from '../../../src/lib/ed25519.js'
import {sha256Hex} from '../../../src/lib/hash.js'

// the seed of the published test key
const key = privateKeyFromSeed(createHash('sha256').update('pipelock-conformance-test-key-v1').digest())
const record: ActionRecord = {
  version: 1,
  action_id: 'conformance-00000',
  action_type: 'write',
  timestamp: '2026-04-15T12:00:00Z',
  principal: 'org:conformance-test',
  actor: 'agent:conformance-runner',
  delegation_chain: ['test-policy-v1', 'test-grant'],
  target: 'https://api.example.com/conformance',
  side_effect_class: 'external_write',
  reversibility: 'compensatable',
  policy_hash: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  verdict: 'allow',
  transport: 'https',
  method: 'POST',
  chain_prev_hash: 'genesis',
  chain_seq: 0,
}

const parse = (text: string, ext?: string) => parseActionReceipt(readEvidenceObject(text), ext, keyReader())
const reasonOf = (text: string): string => {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof EvidenceFault) return error.reason
    throw error
  }
  return 'accepted'
}

describe('the worked example', () => {
  const signed = signActionReceipt(record, key)

  test('canonical record, envelope and receipt hash', () => {
    const canonical = canonicalRecord(record)
    expect(Buffer.byteLength(canonical)).toBe(523)
    expect(sha256Hex(canonical)).toBe('5fd30d1f46ab86e20815fc79e1e23749e605d00b0c78fe30356196b5c6429639')
    expect(Buffer.byteLength(signed.text)).toBe(784)
    expect(signed.text).toContain(
      'ed25519:9f0b431db60ea4e56b03708278d10055ab74f037b287eb448e26352c6f43c12ad08dd6645d786ebe4e28682f90c1afb3c5bc63a3c221833b153abe6bf79a2e0c',
    )
    expect(signed.hash).toBe('9994a67b9cb324bae8d648b5baccd5d5403600b2bc5047a40d0355a610f2dc44')
  })

  test('reading it back gives the same bytes', () => {
    expect(parse(signed.text).envelope).toBe(signed.text)
    expect(parse(signed.text).record).toEqual(record)
  })
})

describe('writer G', () => {
  test('zero members are left out when optional and written otherwise', () => {
    const text = canonicalRecord({
      ...record,
      intent: '',
      data_classes_in: [],
      session_contaminated: false,
      contract_generation: 0n,
      redaction: {},
      delegation_chain: null,
      principal: '',
    })
    expect(text).toBe(
      canonicalRecord(record)
        .replace('["test-policy-v1","test-grant"]', 'null')
        .replace('org:conformance-test', '')
        .replace('"chain_prev_hash"', '"redaction":{},"chain_prev_hash"'),
    )
  })

  test('escapes, 64-bit integers and maps sorted by code point', () => {
    const text = canonicalRecord({
      ...record,
      target: '<a>&\u2028\u2029/é\u007f"\\\b\f\n\r\t\u0001',
      redaction: {by_class: {'\u{1f600}': 1, '\uff01': 2, a: 2n ** 63n - 1n}},
      chain_seq: 2n ** 64n - 1n,
    })
    expect(text).toContain('"target":"\\u003ca\\u003e\\u0026\\u2028\\u2029/é\u007f\\"\\\\\\b\\f\\n\\r\\t\\u0001"')
    expect(text).toContain('"by_class":{"a":9223372036854775807,"\uff01":2,"\u{1f600}":1}')
    expect(text).toContain('"chain_seq":18446744073709551615')
  })

  test('a lone surrogate is signed as U+FFFD and verifies when read back', () => {
    const {text} = signActionReceipt({...record, target: 'a\ud800b'}, key)
    expect(parse(text).record.target).toBe('a\ufffdb')
  })
})

describe('ext', () => {
  test('enters the hash compacted, with its spelling kept', () => {
    const {text} = signActionReceipt(record, key)
    const ext = '{ "z" : 1e2,\n "a":"<\\u003c>" , "n":-0 }'
    const receipt = parse(`${text.slice(0, -1)},"ext":${ext}}`, ext)
    expect(receipt.envelope).toBe(`${text.slice(0, -1)},"ext":{"z":1e2,"a":"\\u003c\\u003c\\u003e","n":-0}}`)
  })
})

describe('the order of checks', () => {
  const {text} = signActionReceipt(record, key)
  const cases: readonly (readonly [string, (t: string) => string, string])[] = [
    ['no JSON', (t) => t.slice(1), 'malformed_json'],
    ['not an object', () => '[]', 'malformed_json'],
    ['byte order mark', (t) => `\ufeff${t}`, 'malformed_json'],
    ['second value', (t) => `${t}{}`, 'malformed_json'],
    [
      'duplicate after unescaping',
      (t) => t.replace('"verdict":', '"verdic\\u0074":"block","verdict":'),
      'duplicate_key',
    ],
    ['too deep', (t) => `${t.slice(0, -1)},"ext":${'['.repeat(128)}${']'.repeat(128)}}`, 'nesting_too_deep'],
    ['version 2', (t) => t.replace('"version":1', '"version":2'), 'unsupported_version'],
    ['version 1.0', (t) => t.replace('"version":1', '"version":1.0'), 'unsupported_version'],
    ['no record', () => '{"version":1}', 'missing_required_field'],
    [
      'unknown in envelope',
      (t) => t.replace('{"version":1,', '{"version":1,"record_type":"action_receipt_v1",'),
      'unknown_field',
    ],
    ['unknown in record', (t) => t.replace('"verdict"', '"note":"","verdict"'), 'unknown_field'],
    ['case variant', (t) => t.replace('"verdict"', '"Verdict"'), 'unknown_field'],
    ['unknown below', (t) => t.replace('"chain_prev_hash"', '"redaction":{"x":1},"chain_prev_hash"'), 'unknown_field'],
    ['null in a member', (t) => t.replace('"POST"', 'null'), 'invalid_field'],
    ['missing member', (t) => t.replace('"principal":"org:conformance-test",', ''), 'missing_required_field'],
    ['fraction', (t) => t.replace('"chain_seq":0', '"chain_seq":0.0'), 'invalid_field'],
    ['minus zero', (t) => t.replace('"chain_seq":0', '"chain_seq":-0'), 'invalid_field'],
    ['beyond 64 bits', (t) => t.replace('"chain_seq":0', '"chain_seq":18446744073709551616'), 'invalid_field'],
    [
      'record version',
      (t) => t.replace('"action_record":{"version":1', '"action_record":{"version":2'),
      'unsupported_version',
    ],
    ['empty action id', (t) => t.replace('conformance-00000', ''), 'missing_required_field'],
    ['action type', (t) => t.replace('"action_type":"write"', '"action_type":"Write"'), 'invalid_action_type'],
    ['timestamp with zeros', (t) => t.replace('12:00:00Z', '12:00:00.120Z'), 'invalid_field'],
    ['header injection', (t) => t.replace('agent:conf', 'agent:\\u0007conf'), 'header_injection'],
    ['signature shape', (t) => t.replace('ed25519:9f', 'ed25519:9'), 'signature_malformed'],
    ['key of small order', (t) => t.replace(key.public.hex, `01${'00'.repeat(31)}`), 'signature_malformed'],
    ['uppercase key', (t) => t.replace(key.public.hex, key.public.hex.toUpperCase()), 'signature_malformed'],
    ['zero value of an optional member', (t) => t.replace('"method"', '"intent":"","method"'), 'accepted'],
    ['members in another order', (t) => t.replace('"version":1,', '').replace(/}$/, ',"version":1}'), 'accepted'],
  ]
  test.each(cases)('%s', (_, change, reason) => {
    expect(change(text)).not.toBe('')
    expect(reasonOf(change(text))).toBe(reason)
  })
})
