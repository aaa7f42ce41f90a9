// What counts, what does not, and what ends a compile.
import {describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {inputsOf} from '../../../../../src/plugins/learn/compile/compile.js'
import {ingest} from '../../../../../src/plugins/learn/compile/ingest.js'
import {type Profile} from '../../../../../src/formats/inference-profile.js'
import {resolveInference} from '../../../../../src/plugins/learn/compile/settings.js'
import {captureDetail, captureLines, chainLines, hourly, type CaptureSpec} from '../../../../support/captures.js'
import {memoryChain} from '../../../../support/compiling.js'

const read = (texts: readonly string[], profile: Profile = 'wilson_lb_v2', allowTruncatedChains = false) =>
  ingest(
    texts.map((text) => memoryChain(text)),
    {agent: 'coder', inference: resolveInference(profile, {}), allowTruncatedChains},
  )

const counts = (text: string, profile?: Profile) => {
  const {events, malformed, redacted, foreign, dropped} = read([text], profile).aggregate
  return {events, malformed, redacted, foreign, dropped}
}

const failure = (action: () => unknown): string => {
  try {
    action()
    return 'no error'
  } catch (error) {
    if (error instanceof PipelockError) return `${error.code}: ${error.message}`
    throw error
  }
}

const none = {events: 0, malformed: 0, redacted: 0, foreign: 0, dropped: 0}

test.each<[string, CaptureSpec, Partial<typeof none>]>([
  ['an ordinary request', {}, {events: 1}],
  ['a foreign agent', {agent: 'other'}, {foreign: 1}],
  ['no agent at all', {agent: ''}, {events: 1}],
  ['no URL', {detail: {request: {method: 'GET', url: ''}}}, {malformed: 1}],
  ['user information', {url: 'https://a@api.example.com/'}, {malformed: 1}],
  ['a dot segment', {url: 'https://api.example.com/a/../b'}, {malformed: 1}],
  ['a schema of another version', {detail: {capture_schema_version: 2}}, {malformed: 1}],
  ['a method that is a number', {detail: {request: {method: 1, url: 'https://a.example/'}}}, {malformed: 1}],
  ['a fraction of bytes', {detail: {payload_bytes: 1.5}}, {malformed: 1}],
  ['a time with an offset', {ts: '2026-04-29T12:00:00+01:00'}, {malformed: 1}],
  ['a tool call', {tool: {server: 'files', name: 'read'}}, {events: 1}],
  ['a tool call without server', {tool: {name: 'read'}}, {malformed: 1}],
  ['a blank tool name', {tool: {server: 'files', name: ' '}}, {malformed: 1}],
  ['a target that redaction took away', {url: '[redacted-target]'}, {events: 1}],
  ['a path that redaction took away', {url: 'https://api.example.com/[redacted-path]'}, {events: 1}],
])('v2: %s', (_, spec, expected) => {
  expect(counts(captureLines([spec]))).toEqual({...none, ...expected})
})

test('v1 knows neither tools nor redaction', () => {
  const redacted = chainLines([{type: 'capture', detail: {detected_patterns: [], original_size: 9, redacted: true}}])
  expect(counts(redacted, 'wilson_lb_v1')).toEqual({...none, malformed: 1})
  expect(counts(redacted)).toEqual({...none, redacted: 1})
  expect(counts(captureLines([{tool: {server: 'files', name: 'read'}}]), 'wilson_lb_v1')).toEqual({
    ...none,
    malformed: 1,
  })
  expect(counts(captureLines([{url: '[redacted-target]'}]), 'wilson_lb_v1')).toEqual({...none, malformed: 1})
})

test('other entry types only link the chain; cumulative drop counts are taken once per chain', () => {
  const entries = [
    {type: 'decision', detail: {}},
    {type: 'capture_drop', detail: {count: 100, reason: 'backpressure'}},
    {type: 'capture', detail: captureDetail({})},
    {type: 'capture_drop', detail: {count: 7, reason: 'backpressure'}},
  ]
  expect(counts(chainLines(entries))).toEqual({...none, events: 1, dropped: 100})
  const other = chainLines(entries.map((entry) => ({...entry, session: 'session-2'})))
  expect(read([chainLines(entries), other]).aggregate.dropped).toBe(200)
})

describe('chains', () => {
  const lines = captureLines([{}, {}, {}]).split('\n').slice(0, 3)

  test('malformed JSON is counted and leaves the chain as it is', () => {
    const torn = `${lines[0]}\n{"torn":\n${lines[1]}\n`
    expect(counts(torn)).toEqual({...none, events: 2, malformed: 1})
    expect(counts(`${lines[0]}\n${lines[1]?.replace('"v":2', '"v":2,"v":2')}\n`)).toEqual({
      ...none,
      events: 1,
      malformed: 1,
    })
  })

  test('a fault names file, line and seq', () => {
    const cut = `${lines[0]}\n${lines[2]}\n`
    expect(failure(() => read([cut]))).toBe(
      'hash_chain_broken: memory-0.jsonl line 2, seq 2: prev_hash is not the hash of the entry before',
    )
  })

  test.each([
    ['JSON that is not an object', '[]', 'unsupported_schema_version'],
    ['an entry without hash', lines[0]?.replace(/,"hash":"[^"]*"/, ''), 'hash_chain_broken'],
    ['a time that is a number', lines[0]?.replace(/"ts":"[^"]*"/, '"ts":5'), 'hash_chain_broken'],
    [
      'an escaped zero byte in a hashed text',
      lines[0]?.replace('"transport":"', '"transport":"\\u0000'),
      'hash_chain_broken',
    ],
  ])('%s ends the compile', (_, line, code) => {
    expect(failure(() => read([`${line}\n`]))).toMatch(new RegExp(`^${code}: `))
  })

  test('bytes that are not UTF-8 are malformed', () => {
    const bytes = Buffer.from(`${lines[0]}\n`)
    bytes[bytes.indexOf('forward')] = 0xff
    const {aggregate} = ingest([[{path: 'x', chunks: () => [bytes]}]], {
      agent: 'coder',
      inference: resolveInference('wilson_lb_v2', {}),
      allowTruncatedChains: false,
    })
    expect(aggregate.malformed).toBe(1)
  })

  test('a chain runs over its files; one without its beginning needs consent', () => {
    const options = {agent: 'coder', inference: resolveInference('wilson_lb_v2', {}), allowTruncatedChains: false}
    const [first, ...rest] = lines
    const whole = ingest([memoryChain(`${first}\n`, `${rest.join('\n')}\n`)], options)
    expect(whole.aggregate.events).toBe(3)
    expect(inputsOf(whole).map((input) => input.lines)).toEqual([1, 2])
    const tail = `${rest.join('\n')}\n`
    expect(failure(() => read([tail]))).toMatch(/^hash_chain_broken: .*does not begin at genesis/)
    const accepted = read([tail], 'wilson_lb_v2', true)
    expect([accepted.aggregate.events, accepted.chains.map((chain) => chain.truncated)]).toEqual([2, [true]])
  })

  test('the last line needs no LF, and chunks may be cut anywhere', () => {
    const bytes = Buffer.from(lines.join('\n'))
    const chunks = Array.from({length: Math.ceil(bytes.length / 7)}, (_, i) => bytes.subarray(i * 7, i * 7 + 7))
    const {aggregate, chains} = ingest([[{path: 'x', chunks: () => chunks}]], {
      agent: 'coder',
      inference: resolveInference('wilson_lb_v2', {}),
      allowTruncatedChains: false,
    })
    expect([aggregate.events, chains[0]?.files[0]?.lines]).toEqual([3, 3])
  })
})

test('a session begins with its earliest event, whatever the order of lines', () => {
  const text = captureLines([
    {session: 'a', ts: hourly(5)},
    {session: 'a', ts: hourly(3), action: 'block'},
    {session: 'a', ts: hourly(1), url: 'https://bad url/'},
    {session: 'a', ts: hourly(9)},
  ])
  const hour = Date.UTC(2026, 4, 4, 3) / 3_600_000
  expect(read([text]).aggregate.sessions.get('a')?.startHour).toBe(hour)
})
