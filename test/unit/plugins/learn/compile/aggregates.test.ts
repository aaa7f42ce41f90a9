// Aggregate files are evidence of other machines: what was cut, edited, repeated, made for another compile or signed by
// nobody known is refused with its reason (docs/formats/aggregate.md).
import {createHash} from 'node:crypto'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {privateKeyFromSeed, sign, signatureText} from '../../../../../src/lib/ed25519.js'
import {sections} from '../../../../../src/plugins/learn/config.js'
import {sections as redactionSections} from '../../../../../src/plugins/redaction/config.js'
import {trailerText, type Trailer} from '../../../../../src/plugins/learn/compile/aggregate-write.js'
import {aggregateText, counted, headerFor, merged, unsignedText} from '../../../../support/aggregates.js'
import {captureLines, chainLines, hourly, type CaptureSpec} from '../../../../support/captures.js'
import {HARNESS, memoryChain} from '../../../../support/compiling.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aggregates-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const chain = (session: string, count = 3) =>
  memoryChain(
    captureLines(
      Array.from({length: count}, (_, i): CaptureSpec => ({
        session,
        url: `https://a.example/x/${i}`,
        bytes: i,
        trace: `t${i}`,
      })),
    ),
  )
const one = () => aggregateText(counted([chain('s1')]))

const refusal = async (
  texts: readonly string[],
  over: Parameters<typeof merged>[3] = {},
  spec = {},
): Promise<string> => {
  try {
    await merged(folder, texts, spec, over)
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return `${error.code}: ${error.message.replaceAll(`${folder}/`, '')}`
    throw error
  }
}

/** A file with other lines, and a digest and a signature that fit. */
const resealed = (text: string, change: (lines: string[]) => string[], signer = HARNESS.signer): string => {
  const lines = change(text.trimEnd().split('\n').slice(0, -1))
  const content = lines.map((line) => `${line}\n`).join('')
  const sha256 = `sha256:${createHash('sha256').update(content).digest('hex')}`
  const signature = signatureText(sign(signer.key, Buffer.from(`pipelock aggregate 1\n${sha256}`)))
  const end: Trailer = {lines: lines.length, sha256, signer_key_id: signer.keyId, signature}
  return `${content}${trailerText(end)}\n`
}

const edited = (text: string, from: string | RegExp, to: string): string =>
  resealed(text, (lines) => lines.map((line) => line.replace(from, to)))

test('a whole one is taken', async () => {
  expect((await merged(folder, [one()])).aggregate.events).toBe(3)
  expect(await refusal([resealed(one(), (lines) => lines)])).toBe('accepted')
})

test('bytes do not depend on the order of captures', () => {
  const [a, b] = [chain('s1'), chain('s2', 9)]
  expect(aggregateText(counted([a, b]))).toBe(aggregateText(counted([b, a])))
})

describe('parameter names', () => {
  const V3 = {profile: 'wilson_lb_v3'} as const
  const url = 'https://a.example/x'
  const text = () =>
    aggregateText(
      counted(
        [
          memoryChain(
            captureLines([
              {session: 's1', url: `${url}?b=1&a=1`},
              {session: 's2', url: `${url}?c`},
              {session: 's3', url: `${url}?${'n'.repeat(65)}`},
              {session: 's4', url},
            ]),
          ),
        ],
        V3,
      ),
      V3,
    )
  const SPELLED = '"parameters":[[["a","b"],[0]],[["c"],[1]],[null,[2]]]'

  test('are spelled with the sessions that sent them, null where they are not kept', async () => {
    expect(text()).toContain(`,${SPELLED}}}`)
    expect(await refusal([text()], {}, V3)).toBe('accepted')
  })

  test.each([
    ['names out of order', '[[["b","a"],[0]],[["c"],[1]],[null,[2]]]'],
    ['a name twice', '[[["a","a"],[0]],[["c"],[1]],[null,[2]]]'],
    ['an empty list of names', '[[[],[0]],[["c"],[1]],[null,[2]]]'],
    ['sets out of order', '[[["c"],[1]],[["a","b"],[0]],[null,[2]]]'],
    ['a session with two sets', '[[["a","b"],[0]],[["c"],[0]],[null,[2]]]'],
    ['a session that is not of the line', '[[["a","b"],[0]],[["c"],[9]],[null,[2]]]'],
    ['sessions out of order', '[[["a","b"],[1,0]],[null,[2]]]'],
    ['a set without sessions', '[[["a","b"],[0]],[["c"],[]],[null,[2]]]'],
    ['no set at all', '[]'],
    ['a name that is no text', '[[["a",1],[0]]]'],
    ['a name that is too long', `[[["${'a'.repeat(65)}"],[0]]]`],
    ['a name that no list admits', '[[["%61"],[0]]]'],
    ['too many names', `[[${JSON.stringify(Array.from({length: 65}, (_, i) => `n${i}`).sort())},[0]]]`],
  ])('%s is refused', async (_, members) => {
    expect(await refusal([edited(text(), SPELLED, `"parameters":${members}`)], {}, V3)).toMatch(
      /^aggregate_invalid: .*(?:not a line|one spelling)/,
    )
  })

  test('are refused in a shape that nobody counts them of', async () => {
    const blocked = edited(text(), '"blocked":false', '"blocked":true')
    expect(await refusal([blocked], {}, V3)).toMatch(/no event could have this shape/)
    const other = edited(text(), '"wilson_lb_v3"', '"wilson_lb_v2"')
    expect(await refusal([edited(other, '"request_limit":0', '"request_limit":20')])).toMatch(
      /its profile counts no parameters/,
    )
  })
})

describe('refused', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    [
      'cut off',
      (text) => text.slice(0, text.lastIndexOf('{"end"')),
      /^aggregate_invalid: 0.aggregate: the end is missing/,
    ],
    ['cut in a line', (text) => text.slice(0, 200), /^aggregate_invalid: 0.aggregate line 2: not JSON/],
    ['empty', () => '', /the end is missing/],
    ['a byte edited', (text) => text.replace('a.example', 'b.example'), /^hash_mismatch|duplicate or out of order/],
    ['a line left out', (text) => text.replace(/.*"trace".*\n/, ''), /^hash_mismatch: 0.aggregate: the content/],
    ['something after the end', (text) => `${text}{}\n`, /something follows the end/],
    ['two in one file', (text) => text + text, /something follows the end/],
    ['white space', (text) => text.replace('{"totals"', '{ "totals"'), /line 3: not in the one spelling/],
    [
      'a repeated line',
      (text) => resealed(text, (lines) => lines.toSpliced(3, 0, lines[3] ?? '')),
      /line 5: duplicate/,
    ],
    ['lines exchanged', (text) => resealed(text, (lines) => lines.toReversed()), /line 1: the header is missing/],
    ['another version', (text) => edited(text, '"version":2', '"version":1'), /line 1: not a line of an aggregate/],
    ['a member that is unknown', (text) => edited(text, '"dropped":0', '"dropped":0,"x":1'), /not in the one spelling/],
    ['a member twice', (text) => edited(text, '"dropped":0', '"dropped":0,"dropped":0'), /line 2: not JSON/],
    [
      'more events than the shapes have',
      (text) => edited(text, '"events":3,"malformed"', '"events":4,"malformed"'),
      /do not add up/,
    ],
    ['a negative count', (text) => edited(text, '"malformed":0', '"malformed":-1'), /line 3: not a line/],
    ['a fraction', (text) => edited(text, '"malformed":0', '"malformed":0.5'), /line 3: not a line/],
    [
      'a session that is not listed',
      (text) => edited(text, '"sessions":[0,', '"sessions":[1,'),
      /no event could have this shape/,
    ],
    [
      'a host that no URL has',
      (text) => edited(text, /"host":"a.example"(.*"path":"\/x\/0")/, '"host":"A.example"$1'),
      /no event|wrong place/,
    ],
    [
      'a path with a dot segment',
      (text) => edited(text, '"path":"/x/2"', '"path":"/x/.."'),
      /no event could|out of order/,
    ],
    ['a capital letter in a path', (text) => edited(text, '"path":"/x/2"', '"path":"/x/2A"'), /no event could/],
    ['a path of a book', (text) => edited(text, '"path":"/x/2"', `"path":"/x/2${'a'.repeat(5000)}"`), /no event could/],
    [
      'an hour beyond the calendar',
      (text) => edited(text, /"hours":\[\d+/, '"hours":[9007199254740991'),
      /an hour that/,
    ],
    ['a session beyond it', (text) => edited(text, /"hour":\d+/, '"hour":-9007199254740991'), /an hour that/],
    ['a size below zero', (text) => edited(text, /"payload_bytes":\[\d+/, '"payload_bytes":[-1'), /a size below zero/],
  ])('%s', async (_, change, reported) => {
    expect(await refusal([change(one())])).toMatch(reported)
  })

  test('for another agent, profile or floor, naming which', async () => {
    expect(await refusal([one()], {}, {agent: 'other'})).toMatch(
      /^aggregate_mismatch: 0.aggregate: agent is "coder", .* "other"/,
    )
    expect(await refusal([one()], {}, {profile: 'wilson_lb_v1'})).toMatch(/^aggregate_mismatch: .*profile is/)
    expect(await refusal([one()], {}, {floors: {min_events: 7}})).toMatch(
      /^aggregate_mismatch: .*request_limit is "20", .* "7"/,
    )
  })

  test('a chain in two files, the same file twice, a part of a chain beside the whole', async () => {
    const both = aggregateText(counted([chain('s2'), chain('s1')]))
    expect(await refusal([one(), both])).toMatch(
      /^aggregate_repeated: the chain of .* is in 0.aggregate and in 1.aggregate/,
    )
    expect(await refusal([one(), one()])).toMatch(/^aggregate_repeated/)
    const twice = resealed(one(), (all) => all.toSpliced(2, 0, (all[1] ?? '').replace('memory-0', 'memory-1')))
    expect(await refusal([twice])).toMatch(/^aggregate_repeated: 0.aggregate: "memory-1.* hold the same chain/)
    const tail = captureLines([{session: 's1', url: 'https://a.example/x/0'}, {session: 's1'}])
      .split('\n')
      .slice(1)
    const whole = memoryChain(captureLines([{session: 's1', url: 'https://a.example/x/0'}, {session: 's1'}]))
    const spec = {allowTruncatedChains: true}
    const part = aggregateText(counted([memoryChain(tail.join('\n'))], spec))
    expect(await refusal([aggregateText(counted([whole])), part], {}, spec)).toMatch(/^aggregate_repeated/)
  })

  test('a chain without its beginning, unless that is accepted', async () => {
    const spec = {allowTruncatedChains: true}
    const tail = captureLines([{}, {url: 'https://b.example/'}])
      .split('\n')
      .slice(1)
      .join('\n')
    const text = aggregateText(counted([memoryChain(tail)], spec))
    expect(await refusal([text])).toMatch(/^hash_chain_broken: .* does not begin at genesis/)
    expect(await refusal([text], {}, spec)).toBe('accepted')
  })

  test('signed by nobody, by somebody unknown, by a key that is not his', async () => {
    const none = unsignedText(counted([chain('s1')]))
    expect(none).toMatch(/"signer_key_id":null,"signature":null\}\}\n$/)
    expect(await refusal([none])).toMatch(/^signature_invalid: 0.aggregate is not signed/)
    expect(await refusal([none], {allowUnsigned: true})).toBe('accepted')
    // half signed is not unsigned
    for (const member of ['"signature":null', '"signer_key_id":null']) {
      const half = none.replace(member, member.replace('null', `"${HARNESS.signer.keyId}"`))
      expect(await refusal([half], {allowUnsigned: true})).toMatch(/^signature_invalid/)
    }
    const other = {keyId: 'other', key: privateKeyFromSeed(Buffer.alloc(32, 7))}
    expect(await refusal([resealed(one(), (lines) => lines, other)])).toMatch(/^key_unknown: .*"other"/)
    const impostor = resealed(one(), (lines) => lines, {...other, keyId: HARNESS.signer.keyId})
    expect(await refusal([impostor])).toMatch(/^signature_invalid/)
    expect(await refusal([impostor], {allowUnsigned: true})).toMatch(/^signature_invalid/)
    expect(await refusal([impostor], {keysOf: () => [other.key.public]})).toBe('accepted')
  })
})

test('drop sentinels may come with every file and count once, by their highest count', async () => {
  const sentinel = (...counts: readonly number[]) =>
    memoryChain(chainLines(counts.map((count) => ({type: 'capture_drop', session: 'meta', detail: {count}}))))
  const texts = [
    aggregateText(counted([chain('s1'), sentinel(1)])),
    aggregateText(counted([chain('s2'), sentinel(1, 100)])),
    aggregateText(counted([chain('s3'), sentinel(1)])),
  ]
  const {aggregate, chains} = await merged(folder, texts)
  expect([aggregate.events, aggregate.dropped, chains.length]).toEqual([9, 100, 4])
})

test('what was left out is carried, from file to file', async () => {
  const {privacy} = sections.learn.parse({privacy: {regulated_patterns: [{name: 'plan', regex: 'secret-[0-9]+'}]}})
  const plain = {sections: {privacy, redaction: redactionSections.redaction.parse({})}, engine: undefined}
  const captures = (session: string): string =>
    captureLines([
      {session},
      {session, agent: 'other'},
      {session, url: ''},
      {session, url: 'https://a.example/secret-1'},
      {session, detail: {capture_schema_version: undefined, redacted: true}},
    ])
  const one = (session: string) => aggregateText(counted([memoryChain(captures(session))], {}, plain))
  const both = await merged(folder, [one('s1'), one('s2')])
  const again = await merged(folder, [aggregateText(both), one('s3')])
  const {events, foreign, malformed, redacted, regulated: removed} = again.aggregate
  expect({events, foreign, malformed, redacted, removed}).toEqual({
    events: 3,
    foreign: 3,
    malformed: 3,
    redacted: 3,
    removed: 3,
  })
})

test('a shape with very many sizes goes over several lines', async () => {
  const sizes = Array.from({length: 9000}, (_, i): CaptureSpec => ({bytes: i, ts: hourly(i % 3)}))
  const own = counted([memoryChain(captureLines(sizes))])
  const text = aggregateText(own)
  expect(text.split('\n').filter((line) => line.startsWith('{"http"'))).toHaveLength(3)
  const {aggregate} = await merged(folder, [text])
  const [shape] = [...aggregate.http.values()]
  expect([shape?.payloadBytes.distinct, shape?.sessions.total, aggregate.weight]).toEqual([
    9000,
    9000,
    own.aggregate.weight,
  ])
})

test('where checkpoints are required, aggregates made without are refused; the header spells it in one way', async () => {
  const header = {...headerFor(), checkpointsRequired: true}
  expect(await refusal([one()], {header})).toBe(
    'aggregate_mismatch: 0.aggregate: its captures were counted without asking for checkpoints',
  )
  const required = edited(one(), /("request_limit":\d+)/, '$1,"checkpoints_required":true')
  expect(await refusal([required], {header})).toBe('accepted')
  expect(await refusal([required])).toBe('accepted')
  const other = edited(one(), /("request_limit":\d+)/, '$1,"checkpoints_required":false')
  expect(await refusal([other])).toMatch(/^aggregate_invalid: .*one spelling/)
})
