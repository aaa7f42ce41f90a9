import {describe, expect, test} from 'vitest'
import {sign, signatureText} from '../../../../../src/lib/ed25519.js'
import {sha256} from '../../../../../src/lib/hash.js'
import {MAX_LINE_BYTES} from '../../../../../src/formats/evidence-fault.js'
import {parseRetentionAnchor} from '../../../../../src/formats/retention-anchor.js'
import {
  Log,
  Receipts,
  retentionAnchor,
  testKey,
  verifyTexts,
  type TestLogOptions,
} from '../../../../support/evidence.js'
import {sampled} from '../../../../support/thorough.js'

const one = testKey('one')
const two = testKey('two')

const whole = (level: 'integrity' | 'whole', options: TestLogOptions = {}): TestLogOptions => ({
  level,
  trusted: [one.public],
  structuralWithoutKey: level === 'integrity',
  ...options,
})
const outcome = async (texts: Parameters<typeof verifyTexts>[0], options: TestLogOptions = whole('integrity')) => {
  const {failure, completeness} = await verifyTexts(texts, options)
  return failure ? [failure.reason, failure.seq] : ['valid', completeness]
}
/** decision, two receipts, root, checkpoint */
const clean = () => new Log(one).decision().receipt().receipt().root().checkpoint()

describe('a cleanly stopped log', () => {
  test('levels 2 and 3', async () => {
    expect(await outcome(clean().text)).toEqual(['valid', 'anchored'])
    expect(await outcome(clean().text, whole('whole'))).toEqual(['valid', 'anchored'])
  })
  test('without a key it is sealed at best, and says unsigned', async () => {
    const verdict = await verifyTexts(clean().text, whole('integrity', {trusted: []}))
    expect([verdict.failure, verdict.completeness, verdict.unsigned]).toEqual([undefined, 'sealed', true])
    expect(await outcome(clean().text, whole('whole', {trusted: []}))).toEqual(['unanchored', 0])
  })
  test('with another key', async () =>
    expect((await outcome(clean().text, whole('integrity', {trusted: [two.public]})))[0]).toBe('checkpoint_invalid'))
  test('an expected head', async () => {
    const log = clean()
    expect(await outcome(log.text, whole('integrity', {expectHead: log.receipts.hash, expectSeq: 1}))).toEqual([
      'valid',
      'head_verified',
    ])
    expect(await outcome(log.text, whole('integrity', {expectHead: log.receipts.hash, expectSeq: 2}))).toEqual([
      'head_mismatch',
      0,
    ])
  })
})

test('a line longer than any may be is refused, however canonical it is; one as long as it may be is read', async () => {
  const outcomeOf = async (length: number) => {
    const receipts = new Receipts()
    receipts.add(one)
    const bare = new Receipts()
    bare.add(one)
    const shortest = bare.add(one, {intent: 'x'}).length
    receipts.add(one, {intent: 'x'.repeat(length - shortest + 1)})
    expect(receipts.lines[1]).toHaveLength(length)
    receipts.add(one)
    const {v1} = await verifyTexts(receipts.text, {trusted: [one.public]})
    return v1.failure ? [v1.failure.reason, v1.failure.message] : v1.receiptCount
  }
  expect(await outcomeOf(MAX_LINE_BYTES)).toBe(3)
  expect(await outcomeOf(MAX_LINE_BYTES + 1)).toEqual(['malformed_json', 'the line is longer than 8 MiB'])
})

describe('lines', () => {
  const {lines} = clean()
  const changed = (change: (lines: string[]) => void) => {
    const copy = [...lines]
    change(copy)
    return copy.join('')
  }
  test.each<[string, string, [string, number]]>([
    ['one removed', changed((l) => l.splice(1, 1)), ['recorder_chain_break', 2]],
    ['two swapped', changed((l) => l.splice(1, 2, l[2] ?? '', l[1] ?? '')), ['recorder_chain_break', 2]],
    ['the first removed', changed((l) => l.splice(0, 1)), ['recorder_entry_invalid', 1]],
    [
      'an outer member edited',
      changed((l) => l.splice(0, 1, (l[0] ?? '').replace('"summary":"decision"', '"summary":"Decision"'))),
      ['recorder_hash_mismatch', 0],
    ],
    ['a CR', changed((l) => l.splice(1, 1, (l[1] ?? '').replace('\n', '\r\n'))), ['recorder_entry_invalid', 1]],
    ['an empty line', changed((l) => l.splice(2, 0, '\n')), ['recorder_entry_invalid', 2]],
    ['no JSON in the middle', changed((l) => l.splice(2, 1, '{"v":2,\n')), ['malformed_json', 2]],
    [
      'a bare receipt',
      changed((l) => l.splice(1, 0, `${JSON.stringify(JSON.parse(l[1] ?? '').detail)}\n`)),
      ['recorder_entry_invalid', 1],
    ],
    [
      'another session',
      clean().text.replaceAll('"session_id":"proxy"', '"session_id":"other"'),
      ['recorder_entry_invalid', 0],
    ],
  ])('%s', async (_, text, expected) => expect(await outcome(text)).toEqual(expected))

  test('every single byte counts', async () => {
    const bytes = Buffer.from(clean().text)
    const places = [...bytes.keys()].filter((i) => i % 7 === 0)
    for (const i of sampled(places, 120)) {
      const copy = Buffer.from(bytes)
      copy[i] = (copy[i] ?? 0) ^ 1
      const {failure} = await verifyTexts({0: copy}, whole('integrity'))
      expect([i, failure === undefined]).toEqual([i, false])
    }
  })
})

describe('torn tails', () => {
  const text = clean().text
  const half = text.slice(0, -40)
  test('a last line that is not JSON', async () => {
    expect(await outcome(half)).toEqual(['recorder_torn_record', 4])
    expect(await outcome(half, {trusted: [one.public]})).toEqual(['malformed_json', 2])
  })
  test('a last line without LF is torn for the recorder only', async () => {
    expect(await outcome(text.trimEnd())).toEqual(['recorder_torn_record', 4])
    expect(await outcome(text.trimEnd(), {trusted: [one.public]})).toEqual(['valid', 'not_proven'])
  })
  test('tolerated: left out, with a warning', async () => {
    for (const level of ['chains', 'integrity'] as const) {
      const verdict = await verifyTexts(half, {level, trusted: [one.public], tolerateTornTail: true})
      expect([verdict.failure, verdict.tornTail, verdict.warnings.length]).toEqual([undefined, true, 1])
      expect(verdict.warnings[0]).toContain('recorder_torn_record')
    }
  })
  test('never in the middle', async () => {
    const broken = `${text.slice(0, 40)}\n${text}`
    expect((await outcome(broken, {trusted: [one.public], tolerateTornTail: true}))[0]).toBe('malformed_json')
  })
  test('a last line that is JSON but no object is not torn', async () => {
    expect((await outcome(`${text}12\n`, whole('integrity', {tolerateTornTail: true})))[0]).toBe('malformed_json')
  })
  test('a line longer than any may be is torn without its LF only', async () => {
    for (const [spaces, behind] of [
      [8 * 1024 * 1024 + 1, ''],
      [8 * 1024 * 1024 + 200_000, '  '],
    ] as const) {
      const long = `${text}${' '.repeat(spaces)}`
      expect(await outcome(long + behind)).toEqual(['recorder_torn_record', 5])
      expect(await outcome(`${long}\n`)).toEqual(['malformed_json', 5])
      const {failure} = await verifyTexts(`${long}\n`, {trusted: [one.public], tolerateTornTail: true})
      expect(failure?.reason).toBe('malformed_json')
    }
  })
  test('ill-formed UTF-8 at the end', async () => {
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0x22, 0xff, 0x22])])
    expect((await verifyTexts({0: bytes}, whole('integrity'))).failure?.reason).toBe('recorder_torn_record')
  })
})

describe('checkpoints', () => {
  const log = (change: object, key: typeof one | undefined = one) =>
    new Log(one).decision().decision().checkpoint(key, change).text
  test.each([
    ['first_seq', {first_seq: 1}],
    ['last_seq', {last_seq: 0}],
    ['entry_count', {entry_count: 1}],
    ['a member too many', {extra: 1}],
    ['a bad signature', {signature: '0'.repeat(128)}],
    ['a signature of another shape', {signature: 'ed25519:00'}],
  ])('%s', async (_, change) => expect(await outcome(log(change))).toEqual(['checkpoint_invalid', 2]))
  test('ranges are compared without a key too', async () =>
    expect(await outcome(log({first_seq: 1}), whole('integrity', {trusted: []}))).toEqual(['checkpoint_invalid', 2]))
  test('unsigned', async () => expect(await outcome(log({signature: ''}))).toEqual(['checkpoint_unsigned', 2]))
  test('first_seq of the second one is behind the first', async () => {
    const text = new Log(one).decision().checkpoint().decision().checkpoint().text
    expect(await outcome(text)).toEqual(['valid', 'not_proven'])
  })
  test('signed by the successor that the chain authorised', async () => {
    const l = new Log(one).receipt()
    l.entry('action_receipt', l.receipts.rotate(one, two))
    l.checkpoint(two)
    expect(await outcome(l.text, whole('integrity', {trusted: [one.public, two.public]}))).toEqual([
      'valid',
      'not_proven',
    ])
    expect((await outcome(l.text))[0]).toBe('checkpoint_invalid')
  })
})

describe('transcript roots', () => {
  test.each([
    ['final_seq', {final_seq: 7}],
    ['root_hash', {root_hash: 'f'.repeat(64)}],
    ['receipt_count', {receipt_count: 1}],
    ['session_id', {session_id: 'other'}],
    ['start_time', {start_time: '2026-05-10T09:00:00Z'}],
    ['end_time', {end_time: '2026-05-10T12:00:00Z'}],
  ])('a wrong %s', async (_, change) =>
    expect(await outcome(new Log(one).receipt().receipt().root(change).text)).toEqual(['seal_mismatch', 2]),
  )
  test('receipts after it: a new run, not sealed', async () => {
    expect(await outcome(new Log(one).receipt().root().checkpoint().receipt().text)).toEqual(['valid', 'not_proven'])
  })
  test('after a key change it covers the last segment', async () => {
    const l = new Log(one).receipt().receipt()
    l.entry('action_receipt', l.receipts.rotate(one, two))
    l.root().checkpoint(two)
    expect(await outcome(l.text, whole('whole', {trusted: [one.public, two.public]}))).toEqual(['valid', 'anchored'])
  })
})

describe('level 3', () => {
  test('no root', async () =>
    expect(await outcome(new Log(one).receipt().checkpoint().text, whole('whole'))).toEqual(['incomplete', 0]))
  test('an entry after the root', async () =>
    expect(await outcome(new Log(one).receipt().root().decision().checkpoint().text, whole('whole'))).toEqual([
      'incomplete',
      0,
    ]))
  test('no checkpoint after the root', async () => {
    const {text} = new Log(one).receipt().root()
    expect(await outcome(text, whole('whole'))).toEqual(['unanchored', 0])
    expect(await outcome(text, whole('whole', {allowUnanchoredSeal: true}))).toEqual(['valid', 'sealed'])
  })
  test('an unknown type', async () => {
    const {text} = new Log(one).receipt().entry('surprise', '{}').root().checkpoint()
    expect(await outcome(text, whole('whole'))).toEqual(['recorder_entry_invalid', 1])
    expect(await outcome(text)).toEqual(['valid', 'anchored'])
  })
  test('evidence receipts without a key', async () => {
    const {text} = new Log(one).receipt().evidenceReceipt({id: 'k', key: one}).root().checkpoint()
    expect(await outcome(text, whole('whole', {trusted: []}))).toEqual(['unknown_signer', 0])
    expect(await outcome(text, whole('integrity', {trusted: []}))).toEqual(['valid', 'sealed'])
  })
})

describe('several files', () => {
  const {lines} = clean()
  const split = (name: number) => ({0: lines.slice(0, 2).join(''), [name]: lines.slice(2).join('')})
  test('one chain across them', async () => expect(await outcome(split(2))).toEqual(['valid', 'anchored']))
  test('a name that is not the first seq', async () =>
    expect(await outcome(split(3))).toEqual(['recorder_entry_invalid', 2]))
  test('the first file removed', async () => {
    expect(await outcome({2: lines.slice(2).join('')})).toEqual(['recorder_chain_break', 2])
  })
  test('a line cut at the end of the first one', async () => {
    expect((await outcome({0: lines.slice(0, 2).join('').trimEnd(), 2: lines.slice(2).join('')}))[0]).toBe(
      'recorder_entry_invalid',
    )
  })
})

describe('signed decision records', () => {
  const record = (key = one, change: object = {}) => {
    const fields = {
      version: 1,
      type: 'decision_record',
      session_id: 'proxy',
      timestamp: '2026-05-10T10:00:00Z',
      verdict: 'block',
      scanner_result: {layer: 'dlp', pattern: 'aws'},
      policy_rule: {source: 'config'},
      request_context: {transport: 'forward'},
      ...change,
    }
    const signature = signatureText(sign(key, sha256(JSON.stringify(fields))))
    const all = {...fields, signature}
    return JSON.stringify(Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))))
  }
  test('good, forged, and incomplete', async () => {
    expect(await outcome(new Log(one).entry('decision', record()).text)).toEqual(['valid', 'not_proven'])
    expect(await outcome(new Log(one).entry('decision', record(two)).text)).toEqual(['signature_invalid', 0])
    expect(await outcome(new Log(one).entry('decision', record(one, {verdict: ''})).text)).toEqual([
      'missing_required_field',
      0,
    ])
    expect(await outcome(new Log(one).entry('decision', record(one, {note: 1})).text)).toEqual(['unknown_field', 0])
  })
})

describe('a retained suffix', () => {
  const log = () => new Log(one).decision().receipt().checkpoint().receipt().receipt().root().checkpoint()
  const cut = (change: object = {}, key = one) => {
    const full = log()
    const deleted = JSON.parse(full.lines[2] ?? '') as {seq: number; hash: string}
    const receipt = new Log(one).decision().receipt()
    const text = retentionAnchor(
      {
        session_id: 'proxy',
        deleted_through_seq: deleted.seq,
        entry_hash: deleted.hash,
        receipt_seq: 0,
        receipt_hash: receipt.receipts.hash,
        time: '2026-05-11T00:00:00Z',
        ...change,
      },
      key,
    )
    return {
      kept: {3: full.lines.slice(3).join('')},
      anchor: parseRetentionAnchor(Buffer.from(text), 'proxy', new Set([one.public.hex])),
    }
  }
  test('verifies from the anchor, and says so', async () => {
    const {kept, anchor} = cut()
    expect(await outcome(kept, whole('integrity', {anchor}))).toEqual(['valid', 'retained_suffix'])
    expect(await outcome(kept, whole('whole', {anchor}))).toEqual(['valid', 'retained_suffix'])
    expect(await outcome(kept, {anchor, trusted: [one.public]})).toEqual(['valid', 'retained_suffix'])
  })
  test('without it the head is missing', async () =>
    expect(await outcome(cut().kept)).toEqual(['recorder_chain_break', 3]))
  test.each([
    ['deleted_through_seq', {deleted_through_seq: 1}],
    ['entry_hash', {entry_hash: 'f'.repeat(64)}],
    ['receipt_seq', {receipt_seq: 4}],
    ['receipt_hash', {receipt_hash: 'f'.repeat(64)}],
  ])('an anchor with another %s', async (_, change) => {
    const {kept, anchor} = cut(change)
    expect((await outcome(kept, whole('integrity', {anchor})))[0]).toBe('retention_anchor_invalid')
  })
  describe('behind a change of the key', () => {
    const both = [one.public, two.public]
    const behind = (build: (log: Log) => void, key: typeof one) => {
      const full = new Log(one).decision().receipt().checkpoint()
      const deleted = JSON.parse(full.lines[2] ?? '') as {seq: number; hash: string}
      const members = {
        session_id: 'proxy',
        deleted_through_seq: deleted.seq,
        entry_hash: deleted.hash,
        receipt_seq: 0,
        receipt_hash: full.receipts.hash,
        time: '2026-05-11T00:00:00Z',
      }
      build(full)
      const anchor = parseRetentionAnchor(
        Buffer.from(retentionAnchor(members, key)),
        'proxy',
        new Set(both.map(({hex}) => hex)),
      )
      return verifyTexts({3: full.lines.slice(3).join('')}, {anchor, trusted: both})
    }
    const rotates =
      (change = {}) =>
      (full: Log) =>
        void full.entry('action_receipt', full.receipts.rotate(one, two, change))

    test.each<[string, (log: Log) => void, typeof one, string | undefined]>([
      ['the first receipt is of the new segment: valid where the new key signed the anchor', rotates(), two, undefined],
      [
        'the first receipt is of the new segment, and the old key signed the anchor: refused',
        rotates(),
        one,
        'the first receipt has another signer than the anchor',
      ],
      [
        'the first receipt names another seq than the anchor: refused',
        rotates({prior_chain_seq: 7}),
        two,
        'key_transition prior_chain_seq is not the last seq of the prior segment',
      ],
      [
        'the first receipt names another hash than the anchor: refused',
        rotates({prior_chain_hash: 'f'.repeat(64)}),
        two,
        'key_transition prior_chain_hash is not the last hash of the prior segment',
      ],
      [
        'the first receipt is of another key without a change: refused',
        (full) => void full.receipt({}, two),
        one,
        'the first receipt has another signer than the anchor',
      ],
    ])('%s', async (_, build, key, message) => {
      const {failure} = await behind(build, key)
      expect(failure?.message).toBe(message)
      if (message !== undefined) expect(failure?.reason).toBe('retention_anchor_invalid')
    })
  })

  test('signed by somebody else, or for another session', () => {
    expect(() => cut({}, two)).toThrow(/not trusted/)
    expect(() => cut({session_id: 'other'})).toThrow(/another session/)
  })
})
