// Laws of the evidence formats: what is written is read back, quick and strict reading agree, no change goes unseen.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  canonicalRecord,
  keyReader,
  parseActionReceipt,
  signActionReceipt,
  type ActionRecord,
} from '../../src/formats/action-receipt.js'
import {hashEntry, parseEntryLine, writeEntry} from '../../src/formats/entry.js'
import {readEvidenceObject} from '../../src/formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
  signEvidenceReceipt,
} from '../../src/formats/evidence-receipt.js'
import {verify} from '../../src/lib/ed25519.js'
import {compactJson} from '../../src/lib/json/compact.js'
import {sha256Hex} from '../../src/lib/hash.js'
import type {QuickLine} from '../../src/plugins/receipts/verify/log-run.js'
import {QuickReceipts} from '../../src/plugins/receipts/fast/receipts.js'
import {readRows} from '../../src/plugins/receipts/fast/rows.js'
import {Log, testKey, verifyTexts} from '../support/evidence.js'
import {runs} from '../support/thorough.js'

const key = testKey('property')
const text = fc.string({unit: 'binary'})
const named = fc.string({unit: 'binary', minLength: 1})
/** Identifiers may not carry control characters. */
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
        const [quick] = readQuickly(Buffer.from(signed.text), false)
        // 64-bit integers are left to the strict reader
        if (quick) expectSame(quick, strict)
      }),
    )
  })

  test('the quick reader says of any line what the strict one says, or nothing', () => {
    const log = new Log(key)
    const line = log
      .receipt({redaction: {by_class: {a: 1}}, intent: 'a <b> \u00e9', target: 'http://a/?b&c'})
      .text.trimEnd()
    const bare = parseEntryLine(line).detailText
    const pieces = [
      ...['"', '\\', '0', '1.5', '1e2', '-0', '\\u0061', ',"verdict":"allow"', ' ', '{}', 'null', '\ud800', '\\ud800'],
      ...['9007199254740993', '__proto__', '\n', '\r', '\u0000', '\\u0000', '\u007f', '\\b', '[]', '""', 'false', '}'],
    ]
    let taken = 0
    fc.assert(
      fc.property(
        fc.constantFrom(line, bare),
        fc.nat(),
        fc.nat(2),
        fc.constantFrom('', 'a', '7', '\u00e9', ...pieces),
        fc.boolean(),
        (text, where, cut, piece, entries) => {
          const at = where % text.length
          const changed = Buffer.from(text.slice(0, at) + piece + text.slice(at + cut))
          // among others, since what stands behind a line must not be read as part of it
          const block = Buffer.concat([Buffer.from(`${line}\n`), changed, Buffer.from(`\n${line}\n`)])
          const lines = changed.includes(10) ? [] : [changed.toString('utf8')]
          for (const [i, quick] of readQuickly(block, entries).slice(1, -1).entries()) {
            const own = lines[i]
            if (!quick || own === undefined) continue
            taken++
            const whole = readEvidenceObject(own.replace(/\r$/, ''))
            if (!entries && whole['action_record'] !== undefined) {
              expectSame(quick, parseActionReceipt(whole, undefined, keyReader()))
              continue
            }
            const entry = parseEntryLine(entries ? own : own.replace(/\r$/, ''))
            expectSame(quick, parseActionReceipt(readEvidenceObject(entry.detailText), undefined, keyReader()))
            const {seq, session_id, prev_hash} = entry.head
            const computed = hashEntry(entry.head, entry.detailText)
            if (entries) expect(quick.entry).toEqual({v: 2, seq, session_id, prev_hash, hash: entry.hash, computed})
          }
        },
      ),
      {numRuns: runs(1500)},
    )
    // about a hundred; enough to have compared something
    expect(taken).toBeGreaterThan(30)
  })
})

/** What the quick reader finds in each line of a block. */
function readQuickly(block: Buffer, entries: boolean): readonly (QuickLine | undefined)[] {
  const bytes = Buffer.from(block)
  const receipts = new QuickReceipts(keyReader(), entries)
  receipts.open(bytes, readRows(bytes, {entries, keys: new Map([[key.public.hex, key.public.key]])}))
  const starts = [0, ...[...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1)]
  return starts.filter((at) => at < bytes.length).map((at) => receipts.at(at))
}

function expectSame({receipt}: QuickLine, strict: ReturnType<typeof parseActionReceipt>): void {
  const {digest, signature, signer, envelope, record} = strict
  expect(receipt.whole()).toEqual(record)
  expect({...record, decision_phase: '', run_nonce: '', ...receipt.record}).toMatchObject(record)
  expect(receipt).toMatchObject({hash: sha256Hex(envelope), signer: {hex: signer.hex}})
  expect(receipt.signature).toEqual(signature)
  expect(Buffer.from(receipt.digest)).toEqual(digest)
  expect(receipt.isGood).toBe(verify(signer, digest, signature))
}

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
