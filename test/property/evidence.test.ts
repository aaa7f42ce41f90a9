// Laws of the evidence formats: what is written is read back, quick and strict reading agree, no change goes unseen.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  canonicalRecord,
  keyReader,
  parseActionReceipt,
  signActionReceipt,
  type ActionRecord,
} from '../../src/core/formats/action-receipt.js'
import {hashEntry, parseEntryLine, writeEntry} from '../../src/core/formats/entry.js'
import {readEvidenceObject} from '../../src/core/formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
  signEvidenceReceipt,
} from '../../src/core/formats/evidence-receipt.js'
import {compactJson} from '../../src/lib/json/compact.js'
import {readQuickLine} from '../../src/plugins/receipts/quick-line.js'
import {Log, testKey, verifyTexts} from '../support/evidence.js'

const key = testKey('property')
const text = fc.string({unit: 'binary'})
const named = fc.string({unit: 'binary', minLength: 1})
/** Identifiers may not carry control characters (receipts §2.8 row 8). */
const identifier = named.map((s) => s.replace(/[\u0000-\u001f\u007f]/g, '.'))
const uint64 = fc.bigInt(0n, 2n ** 64n - 1n).map((n) => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n))
const counts = fc.dictionary(
  text,
  uint64.map((n) => (BigInt(n) >= 2n ** 63n ? 1 : n)),
  {noNullPrototype: false},
)

const record: fc.Arbitrary<ActionRecord> = fc.record(
  {
    version: fc.constant(1 as const),
    action_id: identifier,
    action_type: fc.constantFrom('read' as const, 'write' as const),
    timestamp: fc.constantFrom('2026-05-10T10:00:00Z', '2026-05-10T10:00:00.123456789Z'),
    principal: identifier,
    actor: identifier,
    delegation_chain: fc.option(fc.array(identifier)),
    target: named,
    intent: text,
    data_classes_in: fc.array(text),
    side_effect_class: text,
    reversibility: text,
    policy_hash: identifier,
    verdict: named,
    session_contaminated: fc.boolean(),
    contract_generation: uint64,
    transport: named,
    pattern: text,
    redaction: fc.record(
      {profile: text, total_redactions: fc.integer(), by_class: counts, cache_boundary_kept: fc.boolean()},
      {requiredKeys: []},
    ),
    chain_prev_hash: text,
    chain_seq: uint64,
  },
  {
    requiredKeys: [
      'version',
      'action_id',
      'action_type',
      'timestamp',
      'principal',
      'actor',
      'delegation_chain',
      'target',
      'side_effect_class',
      'reversibility',
      'policy_hash',
      'verdict',
      'transport',
      'chain_prev_hash',
      'chain_seq',
    ],
  },
)

describe('action receipts', () => {
  test('reading what was signed gives the same bytes, strictly and quickly', () => {
    fc.assert(
      fc.property(record, (r) => {
        const signed = signActionReceipt(r, key)
        const strict = parseActionReceipt(readEvidenceObject(signed.text), undefined, keyReader())
        expect(strict.envelope).toBe(signed.text)
        expect(canonicalRecord(strict.record)).toBe(canonicalRecord(r))
        const quick = readQuickLine(signed.text, keyReader())
        // 64-bit integers are left to the strict reader
        if (quick) expect(quick.receipt).toEqual({...strict, signer: quick.receipt.signer})
      }),
    )
  })

  test('the quick reader takes no line that the strict one refuses, whatever was changed', () => {
    const line = new Log(key).receipt({redaction: {by_class: {a: 1}}}).text.trimEnd()
    const pieces = [
      '"',
      '\\',
      '0',
      '1.5',
      '1e2',
      '-0',
      '\\u0061',
      ',"verdict":"allow"',
      ' ',
      '{}',
      'null',
      '\ud800',
      '\\ud800',
      '9007199254740993',
      '__proto__',
    ]
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(4), fc.constantFrom(...pieces), (at, cut, piece) => {
        const changed = line.slice(0, at) + piece + line.slice(at + cut)
        if (changed === line || !readQuickLine(changed, keyReader())) return
        const read = parseEntryLine(changed)
        parseActionReceipt(readEvidenceObject(read.detailText), undefined, keyReader())
      }),
      {numRuns: 2000},
    )
  })
})

describe('entries', () => {
  test('round trip of every string that may be hashed', () => {
    const hashed = text.map((s) => s.replaceAll('\0', ''))
    fc.assert(
      fc.property(hashed, hashed, hashed, uint64, fc.json(), (summary, transport, trace_id, seq, json) => {
        const detail = compactJson(json)
        const written = writeEntry(
          {
            seq,
            ts: '2026-05-10T10:00:00Z',
            session_id: 's',
            type: 'capture',
            event_kind: 'url',
            transport,
            summary,
            trace_id,
            prev_hash: 'genesis',
          },
          detail,
        )
        const read = parseEntryLine(written.line.slice(0, -1))
        expect(read.detailText).toBe(detail)
        expect(read.hash).toBe(hashEntry(read.head, detail))
        expect(read.head).toMatchObject({summary: summary.toWellFormed(), transport: transport.toWellFormed(), seq})
      }),
    )
  })
})

describe('evidence receipts', () => {
  test('sign, read, verify and hash agree for any text', () => {
    fc.assert(
      fc.property(named, named, (target, rule) => {
        const payload = {
          action_type: 'read',
          target,
          verdict: 'allow',
          transport: 'forward',
          policy_sources: [rule],
          winning_source: 'contract',
        }
        const signed = signEvidenceReceipt(
          {payload_kind: 'proxy_decision', event_id: 'e', timestamp: '2026-05-10T10:00:00Z', payload},
          {chain_seq: 0, chain_prev_hash: 'genesis'},
          {id: 'k', key},
        )
        const receipt = parseEvidenceReceipt(readEvidenceReceipt(signed.text))
        expect(matchingForm(receipt, key.public)).toBe('rfc8785')
        expect(evidenceReceiptHash(receipt, 'rfc8785')).toBe(signed.hash)
      }),
    )
  })
})

test('no single-byte change of a sealed log goes unseen', async () => {
  const bytes = Buffer.from(new Log(key).decision().receipt().evidenceReceipt({id: 'k', key}).root().checkpoint().text)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({min: 1, max: 255}), async (at, mask) => {
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] ?? 0) ^ mask
      expect((await verifyTexts({0: copy}, {level: 'whole', trusted: [key.public]})).failure).toBeDefined()
    }),
  )
})
