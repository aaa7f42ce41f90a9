// Captures on disk: sessions by pair, pause and age, chains that verify, and losses that are counted where compile looks.
import {randomBytes} from 'node:crypto'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {hashEntry, parseEntryLine, type Entry} from '../../../../../src/formats/entry.js'
import {privateKeyFromSeed, verify} from '../../../../../src/lib/ed25519.js'
import {boxPrivateKey} from '../../../../../src/lib/sealed-box.js'
import type {Capture} from '../../../../../src/plugins/learn/capture/capture-queue.js'
import {machineOf} from '../../../../../src/plugins/learn/capture/session.js'
import {CaptureWriter, type WriterOptions} from '../../../../../src/plugins/learn/capture/writer.js'
import {discoverByAgent} from '../../../../../src/plugins/learn/compile/discover.js'

const T0 = Date.UTC(2026, 3, 15, 12)
const MINUTE = 60_000

let directory: string
let now: number
const failures: string[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-captures-'))
  now = T0
  failures.length = 0
})
afterEach(() => rmSync(directory, {recursive: true}))

const writer = (more: Partial<WriterOptions> = {}): CaptureWriter =>
  new CaptureWriter({
    directory,
    maxAgeMs: () => 12 * 60 * MINUTE,
    now: () => now,
    onFailure: (message) => void failures.push(message),
    random: (bytes) => randomBytes(bytes),
    ...more,
  })

function capture(n: number, more: Partial<Capture> = {}): Capture {
  return {
    atMs: now,
    agent: 'coder',
    client: '127.0.0.1',
    transport: 'forward',
    requestId: `req-${n}`,
    detail: {
      surface: 'url',
      subsurface: 'forward_url',
      config_hash: 'defaults',
      build_version: '0.1.0',
      build_sha: '',
      agent: 'coder',
      request_bytes: 0,
      transform_kind: '',
      request: {method: 'GET', url: `http://api.example.com/items/${n}?a=<1>&b=2`},
      raw_findings: [],
      effective_findings: [],
      effective_action: 'allow',
      outcome: 'clean',
    },
    ...more,
  }
}

/** Entries of a session directory, every rule of the entry and the chain checked. */
function chain(name: string): readonly Entry[] {
  const files = readdirSync(join(directory, name)).filter((file) => file.endsWith('.jsonl'))
  const number = (file: string) => Number(/-(\d+)\.jsonl$/.exec(file)?.[1])
  const entries = files
    .sort((a, b) => number(a) - number(b))
    .flatMap((file) =>
      readFileSync(join(directory, name, file), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .map(parseEntryLine)
  let previous = 'genesis'
  for (const [i, entry] of entries.entries()) {
    expect(entry.head.seq).toBe(i)
    expect(entry.head.prev_hash).toBe(previous)
    expect(hashEntry(entry.head, entry.detailText)).toBe(entry.hash)
    previous = entry.hash
  }
  return entries
}

const sessions = () => readdirSync(directory).filter((name) => name !== 'capture-meta')

describe('sessions', () => {
  test('are one chain each, in a directory of their name', () => {
    const captures = writer()
    for (let n = 0; n < 5; n++) captures.add(capture(n))
    captures.close()
    expect(sessions()).toEqual(['coder|127.0.0.1|20260415T120000Z'])
    const entries = chain('coder|127.0.0.1|20260415T120000Z')
    expect(entries).toHaveLength(5)
    expect(entries[0]).toMatchObject({
      head: {type: 'capture', event_kind: 'url', summary: 'forward_url:allow', trace_id: 'req-0', transport: 'forward'},
      detail: {capture_schema_version: 1, agent: 'coder', effective_action: 'allow', raw_findings: null},
    })
    expect(entries[0]?.detailText).not.toContain('action_class')
    expect(captures.counts).toMatchObject({records: 5, dropped: 0, sessions: 1})
  })

  test('end after half an hour of silence and at their greatest age', () => {
    const captures = writer()
    for (const minutes of [0, 29, 58, 89]) {
      now = T0 + minutes * MINUTE
      captures.add(capture(minutes))
    }
    for (let minutes = 100; minutes <= 100 + 12 * 60; minutes += 20) {
      now = T0 + minutes * MINUTE
      captures.add(capture(minutes))
    }
    captures.close()
    expect(sessions()).toEqual([
      'coder|127.0.0.1|20260415T120000Z',
      'coder|127.0.0.1|20260415T132900Z',
      'coder|127.0.0.1|20260416T014000Z',
    ])
  })

  test('are apart for agents, clients and process starts, even within one second', () => {
    for (let start = 0; start < 3; start++) {
      const captures = writer()
      captures.add(capture(0))
      captures.add(capture(1, {client: '::1'}))
      captures.add(capture(2, {agent: 'other'}))
      captures.close()
    }
    expect(sessions()).toHaveLength(9)
    for (const name of sessions()) expect(chain(name)).toHaveLength(1)
  })

  test('whose id is no file name are named by its hash, with the id in each record', () => {
    const captures = writer()
    captures.add(capture(0, {agent: 'a..b'}))
    captures.add(capture(1, {agent: 'x'.repeat(120)}))
    captures.close()
    expect(captures.counts.sanitised).toEqual({unsafe_path: 1, overlength: 1, unknown: 0})
    for (const name of sessions()) {
      expect(name).toMatch(/^h-[0-9a-f]{32}$/)
      const [entry] = chain(name)
      expect(entry?.head.session_id).toBe(name)
      expect(JSON.parse(entry?.detailText ?? '')).toMatchObject({
        session_id_original: expect.stringMatching(/\|127\.0\.0\.1\|20260415T120000Z$/),
      })
    }
  })

  test('end with the name of the machine, and are found by agent', () => {
    const captures = writer({machine: () => 'runner-1'})
    captures.add(capture(0))
    captures.add(capture(1))
    captures.add(capture(2, {client: '::1'}))
    captures.close()
    const name = 'coder|127.0.0.1|20260415T120000Z|runner-1'
    expect(sessions()).toEqual([name, 'coder|::1|20260415T120000Z|runner-1'])
    expect(sessions().map(machineOf)).toEqual(['runner-1', 'runner-1'])
    expect(chain(name).map(({head}) => head.session_id)).toEqual([name, name])
    expect(discoverByAgent(directory, 'coder', 0)).toMatchObject({chains: {length: 2}, skipped: []})
  })

  test('with a machine that restarts within one second are apart', () => {
    for (let start = 0; start < 2; start++) {
      const captures = writer({machine: () => 'a'})
      captures.add(capture(0))
      captures.close()
    }
    expect(sessions()).toEqual(['coder|127.0.0.1|20260415T120000Z|a', 'coder|127.0.0.1|20260415T120001Z|a'])
  })

  test('whose id is no file name keep the machine in session_id_original', () => {
    const captures = writer({machine: () => 'm'.repeat(63)})
    captures.add(capture(0, {agent: 'x'.repeat(60), detail: {...capture(0).detail, agent: 'x'.repeat(60)}}))
    captures.close()
    const [name = ''] = sessions()
    expect(name).toMatch(/^h-[0-9a-f]{32}$/)
    const detail = JSON.parse(chain(name)[0]?.detailText ?? '') as {readonly session_id_original: string}
    expect(machineOf(detail.session_id_original)).toBe('m'.repeat(63))
    expect(discoverByAgent(directory, 'x'.repeat(60), 0)).toMatchObject({chains: [[expect.any(String)]], skipped: []})
  })

  test('keep their chain when more of them are open than files may be', () => {
    const captures = writer()
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 80; n++) captures.add(capture(round, {client: `10.0.0.${n}`}))
    }
    captures.close()
    expect(sessions()).toHaveLength(80)
    for (const name of sessions()) {
      expect(chain(name)).toHaveLength(3)
      expect(readdirSync(join(directory, name))).toHaveLength(1)
    }
  })
})

test('chains carry a signed checkpoint at each interval and at their end, none twice', () => {
  const key = privateKeyFromSeed(Buffer.alloc(32, 5))
  const captures = writer({checkpoints: () => ({key, interval: 3})})
  for (let n = 0; n < 7; n++) captures.add(capture(n))
  captures.close()
  captures.close()
  const entries = chain('coder|127.0.0.1|20260415T120000Z')
  expect(entries.map(({head}) => head.type[1])).toEqual([...'aaahaaahah'])
  const ranges = entries
    .filter(({head}) => head.type === 'checkpoint')
    .map(({head, detailText}) => {
      const {signature, ...range} = JSON.parse(detailText) as {readonly signature: string}
      expect(verify(key.public, Buffer.from(head.prev_hash, 'ascii'), Buffer.from(signature, 'hex'))).toBe(true)
      return Object.values(range)
    })
  expect(ranges).toEqual([
    [3, 0, 2],
    [3, 4, 6],
    [1, 8, 8],
  ])
  expect(captures.counts.records).toBe(7)
})

describe('sidecars', () => {
  const recipient = boxPrivateKey(Buffer.alloc(32, 3)).public
  const names = () => readdirSync(join(directory, sessions()[0] ?? '')).filter((name) => name.endsWith('.enc'))

  test('are left out, and counted, where too many wait or one is too large; the captures stay', () => {
    const captures = writer()
    captures.add(capture(0, {payload: {text: 'x'.repeat(2 * 1024 * 1024), recipient}}))
    for (let n = 1; n < 1030; n++) captures.add(capture(n, {payload: {text: '{}', recipient}}))
    captures.close()
    expect(captures.counts).toMatchObject({records: 1030, dropped: 0, sidecars: {written: 1023, dropped: 7}})
    expect(names()).toHaveLength(1023)
    const details = chain(sessions()[0] ?? '').map(({detailText}) => detailText)
    expect(details.filter((text) => text.includes('"payload_complete":false'))).toHaveLength(7)
  })
})

describe('losses', () => {
  test('are counted from the first, at every hundredth and at the end, over restarts', () => {
    for (let start = 0; start < 2; start++) {
      const captures = writer()
      for (let n = 0; n < 4096 + 250; n++) captures.add(capture(n))
      captures.close()
      expect(captures.counts).toMatchObject({records: 4096, dropped: 250})
    }
    const counts = chain('capture-meta').map((entry) => JSON.parse(entry.detailText) as {count: number; reason: string})
    expect(counts.at(-1)).toEqual({count: 500, reason: 'backpressure'})
    expect(counts.map(({count}) => count)).toEqual([...counts.map(({count}) => count)].sort((a, b) => a - b))
  })

  test('include what could not be written', () => {
    const captures = writer()
    // a file stands where the directory of captures was: nothing can be created below it
    rmSync(directory, {recursive: true})
    writeFileSync(directory, '')
    for (let n = 0; n < 3; n++) captures.add(capture(n))
    captures.close()
    expect(captures.counts).toMatchObject({records: 0, dropped: 3})
    expect(failures).toHaveLength(1)
    rmSync(directory)
    const again = writer()
    again.add(capture(0))
    again.close()
    expect(again.counts).toMatchObject({records: 1, dropped: 0})
  })

  test('are written beside a damaged count', () => {
    const lose = () => {
      const captures = writer()
      for (let n = 0; n < 4097; n++) captures.add(capture(n))
      captures.close()
    }
    lose()
    const [file = ''] = readdirSync(join(directory, 'capture-meta'))
    const path = join(directory, 'capture-meta', file)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"count":1', '"count":0'))
    lose()
    expect(readdirSync(join(directory, 'capture-meta')).sort()).toEqual([
      'evidence-capture-meta-0.jsonl',
      `evidence-capture-meta.${T0}-0.jsonl`,
    ])
  })
})

describe('sessions and a clock that is set', () => {
  const TEN_YEARS = 10 * 365 * 24 * 60 * MINUTE

  test('begin anew when the clock is far ahead or far back, and are not held open by a time to come', () => {
    const w = writer()
    for (const at of [T0, T0 + TEN_YEARS, T0 + MINUTE, T0 + 2 * MINUTE, T0 - TEN_YEARS, T0 + 3 * MINUTE]) {
      now = at
      w.add(capture(1))
    }
    w.close()
    // one minute between two of them is no pause
    expect(w.counts).toMatchObject({sessions: 5, dropped: 0})
  })

  test('are no more than so many at one time: the captures of others are dropped and counted', () => {
    const w = writer({maxSessions: 3})
    for (let i = 0; i < 6; i++) w.add(capture(i, {agent: `invented-${i}`}))
    w.add(capture(6, {agent: 'invented-0'}))
    w.close()
    expect(w.counts).toMatchObject({sessions: 3, records: 4, dropped: 3})
    expect(readdirSync(directory).filter((name) => name !== 'capture-meta')).toHaveLength(3)
  })
})
