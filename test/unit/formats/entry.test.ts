import {describe, expect, test} from 'vitest'
import {
  entryLine,
  hashEntry,
  MAX_ENTRY_BYTES,
  parseEntryLine,
  readEntryLine,
  readHead,
  writeEntry,
  type NewEntry,
} from '../../../src/formats/entry.js'
import {EvidenceFault} from '../../../src/formats/evidence-fault.js'
import {sha256Hex} from '../../../src/lib/hash.js'

const entry: NewEntry = {
  seq: 0,
  ts: '2026-05-10T10:00:00.1Z',
  session_id: 'proxy',
  type: 'decision',
  event_kind: 'proxy_decision',
  transport: 'forward',
  summary: 'allow: scanner',
  prev_hash: 'genesis',
}
const detail = '{"layer":"scanner","pattern":"","request_id":"req-0","verdict":"allow"}'

const reasonOf = (line: string): string => {
  try {
    parseEntryLine(line)
  } catch (error) {
    if (error instanceof EvidenceFault) return error.reason
    throw error
  }
  return 'accepted'
}

test('a written entry has the bytes and the hash of the reference log', () => {
  // first line of the conformance file recorder-v2-chain.jsonl
  expect(writeEntry(entry, detail)).toEqual({
    line: `{"v":2,"seq":0,"ts":"2026-05-10T10:00:00.1Z","session_id":"proxy","type":"decision","event_kind":"proxy_decision","transport":"forward","summary":"allow: scanner","detail":${detail},"prev_hash":"genesis","hash":"df8e5db9423aa646c34324eb8f78dc985744456c0e0eb0f7677e68da41005262"}\n`,
    hash: 'df8e5db9423aa646c34324eb8f78dc985744456c0e0eb0f7677e68da41005262',
    oversize: false,
  })
})

test('parseEntryLine returns the written entry, the detail as raw text', () => {
  const {line, hash} = writeEntry({...entry, summary: '<&>\u2028', trace_id: 't'}, detail)
  const read = parseEntryLine(line.slice(0, -1))
  expect(read.hash).toBe(hash)
  expect(read.detailText).toBe(detail)
  expect(hashEntry(read.head, read.detailText)).toBe(hash)
  expect(read.head.summary).toBe('<&>\u2028')
})

test('the order of hashed fields differs by version', () => {
  const {head} = parseEntryLine(writeEntry(entry, detail).line.trimEnd())
  const tail = `${detail}\0\0genesis`
  expect(hashEntry({...head, v: 1}, detail)).toBe(
    sha256Hex(`1\x000\x002026-05-10T10:00:00.1Z\0proxy\0\0decision\0forward\0allow: scanner\0${tail}`),
  )
  expect(hashEntry({...head, v: 3, chain_kind: 'k', writer_instance_id: 'w'}, detail)).toBe(
    sha256Hex(
      `3\x000\x002026-05-10T10:00:00.1Z\0proxy\0k\0w\0\0decision\0proxy_decision\0forward\0allow: scanner\0${tail}`,
    ),
  )
})

test('a detail over the limit is replaced by its digest', () => {
  const long = JSON.stringify('x'.repeat(MAX_ENTRY_BYTES))
  const {line, oversize} = writeEntry(entry, long)
  expect(oversize).toBe(true)
  expect(line).toContain(`"detail":{"oversize":true,"original_size":${long.length},"sha256":"${sha256Hex(long)}"}`)
})

test('U+0000 is refused by the writer', () => {
  expect(() => writeEntry({...entry, summary: 'a\0b'}, detail)).toThrow(EvidenceFault)
})

describe('the one accepted spelling', () => {
  const {line} = writeEntry(entry, detail)
  const text = line.trimEnd()
  const cases: readonly (readonly [string, (t: string) => string, string])[] = [
    ['unchanged', (t) => t, 'accepted'],
    ['CR at the end', (t) => `${t}\r`, 'recorder_entry_invalid'],
    ['white space', (t) => t.replace('"seq":0', '"seq": 0'), 'recorder_entry_invalid'],
    ['order', (t) => t.replace('"v":2,"seq":0', '"seq":0,"v":2'), 'recorder_entry_invalid'],
    ['another escape', (t) => t.replace('proxy', '\\u0070roxy'), 'recorder_entry_invalid'],
    ['unescaped HTML character', (t) => t.replace('allow: scanner', 'allow: <'), 'recorder_entry_invalid'],
    ['empty optional member', (t) => t.replace('"type"', '"trace_id":"","type"'), 'recorder_entry_invalid'],
    ['version', (t) => t.replace('"v":2', '"v":4'), 'recorder_entry_invalid'],
    ['event_kind in version 1', (t) => t.replace('"v":2', '"v":1'), 'recorder_entry_invalid'],
    ['version 3 without its members', (t) => t.replace('"v":2', '"v":3'), 'recorder_entry_invalid'],
    ['unknown member', (t) => t.replace('"v":2', '"v":2,"x":1'), 'recorder_entry_invalid'],
    ['type', (t) => t.replace('"seq":0', '"seq":"0"'), 'recorder_entry_invalid'],
    ['number spelling', (t) => t.replace('"seq":0', '"seq":0e0'), 'recorder_entry_invalid'],
    ['timestamp', (t) => t.replace('00.1Z', '00.10Z'), 'recorder_entry_invalid'],
    ['U+0000', (t) => t.replace('allow: scanner', 'a\\u0000'), 'recorder_entry_invalid'],
    ['duplicate', (t) => t.replace('"v":2', '"v":2,"v":2'), 'duplicate_key'],
    ['no JSON', (t) => t.slice(0, -1), 'malformed_json'],
    ['white space inside the detail', (t) => t.replace('"layer":', '"layer": '), 'accepted'],
  ]
  test.each(cases)('%s', (_, change, reason) => expect(reasonOf(change(text))).toBe(reason))
})

test('version 3 round trip', () => {
  const {head} = parseEntryLine(writeEntry(entry, detail).line.trimEnd())
  const v3 = {...head, v: 3 as const, chain_kind: 'k', writer_instance_id: 'w'}
  expect(parseEntryLine(entryLine(v3, detail, 'h')).head).toEqual(v3)
})

describe('the head for readers that accept the members of later writers', () => {
  const text = (change: (line: string) => string): string => change(writeEntry(entry, detail).line.trimEnd())
  const headOf = (line: string) => readHead(readEntryLine(line).value, true).head

  test('unknown members and members of other versions are passed over', () => {
    expect(headOf(text((t) => t.replace('"v":2', '"v":2,"later":1,"chain_kind":7')))).toEqual(headOf(text((t) => t)))
    expect(headOf(text((t) => t.replace('"v":2', '"v":1')))).toMatchObject({v: 1, event_kind: ''})
  })

  test.each([
    ['a hashed member of another type', (t: string) => t.replace('"summary":"allow: scanner"', '"summary":1')],
    ['a hashed member left out', (t: string) => t.replace(/"prev_hash":"genesis",/, '')],
    ['a negative seq', (t: string) => t.replace('"seq":0', '"seq":-1')],
    ['U+0000 in a hashed member', (t: string) => t.replace('allow: scanner', 'a\\u0000')],
  ])('%s is refused', (_, change) => expect(() => headOf(text(change))).toThrow(EvidenceFault))
})
