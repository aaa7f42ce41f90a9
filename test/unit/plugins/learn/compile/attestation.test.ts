// Checkpoints that a compile requires: what none covers is refused, at the same place however the reading is
// divided among parts and threads.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {createCheckpoint} from '../../../../../src/formats/checkpoint.js'
import {privateKeyFromSeed} from '../../../../../src/lib/ed25519.js'
import {readFiles} from '../../../../../src/plugins/learn/compile/read-files.js'
import {resolveInference} from '../../../../../src/plugins/learn/compile/settings.js'
import {captureDetail, chainLines} from '../../../../support/captures.js'
import {sampled, THOROUGH} from '../../../../support/thorough.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'attestation-'))
})
afterEach(() => rmSync(root, {recursive: true}))

const key = privateKeyFromSeed(Buffer.alloc(32, 5))
const stranger = privateKeyFromSeed(Buffer.alloc(32, 6))
const options = {agent: 'coder', inference: resolveInference('wilson_lb_v2', {}), allowTruncatedChains: false}
const DROP = {type: 'capture_drop', detail: {count: 2, reason: 'backpressure'}}

interface Making {
  /** Changes the detail of the checkpoint at this position. */
  readonly at?: number
  readonly change?: (detail: Record<string, unknown>) => Record<string, unknown>
}

/** Lines by letters: a capture, d drop sentinel, c checkpoint, x a checkpoint of a stranger, u an unsigned one. */
function linesOf(letters: string, {at, change = (detail) => detail}: Making = {}): readonly string[] {
  let prev = 'genesis'
  let after = -1
  return [...letters].map((letter, seq) => {
    const signer = {c: key, x: stranger}[letter]
    const {detail} = createCheckpoint({seq, prevHash: prev, atMs: 0}, after, signer)
    const stated = JSON.parse(detail) as Record<string, unknown>
    const entry =
      letter === 'a'
        ? {type: 'capture', detail: captureDetail({url: `https://api.example.com/${seq}`})}
        : letter === 'd'
          ? DROP
          : {type: 'checkpoint', detail: seq === at ? change(stated) : stated}
    if (entry.type === 'checkpoint') after = seq
    const line = chainLines([entry], {seq, prev})
    prev = (JSON.parse(line) as {readonly hash: string}).hash
    return line
  })
}

async function outcome(
  files: readonly (readonly string[])[],
  threads: number,
  partBytes: number,
  more: {readonly allowTruncatedChains?: boolean; readonly checkpointKeys?: readonly Uint8Array[] | undefined} = {},
): Promise<string> {
  const chain = files.map((lines, n) => {
    const path = join(root, `${n}.jsonl`)
    writeFileSync(path, lines.join(''))
    return {path, name: `${n}.jsonl`}
  })
  const asked = {...options, checkpointKeys: [key.public.raw], ...more}
  try {
    const {aggregate} = await readFiles([chain], asked, {threads, partBytes, progress: () => {}})
    return `${aggregate.events} events, ${aggregate.dropped} dropped`
  } catch (error) {
    if (error instanceof PipelockError) return `${error.code}: ${error.message}`
    throw error
  }
}

/** One outcome for every way to divide the work: among parts, and `threaded` among threads, which start for each reading. */
async function everyWay(
  lines: readonly string[],
  more: Parameters<typeof outcome>[3] = {},
  threaded = true,
): Promise<string> {
  const expected = await outcome([lines], 1, 1 << 20, more)
  for (const partBytes of [400, 1100, 2600]) expect(await outcome([lines], 1, partBytes, more)).toBe(expected)
  for (const threads of THOROUGH ? [2, 4] : threaded ? [2] : []) {
    expect(await outcome([lines], threads, 400, more)).toBe(expected)
  }
  return expected
}

const CASES: readonly (readonly [name: string, letters: string, making: Making, reported: string | RegExp])[] = [
  ['covered', 'aaacaaacaac', {}, '8 events, 0 dropped'],
  ['drops in a chain of captures', 'aadcaac', {}, '4 events, 2 dropped'],
  ['drop sentinels alone', 'dddd', {}, '0 events, 2 dropped'],
  ['nothing', '', {}, '0 events, 0 dropped'],
  [
    'an unsigned tail',
    'aaacaaacaaaa',
    {},
    'checkpoint_unsigned: 0.jsonl line 9, seq 8: 4 entries from here to the end of the chain are covered by no checkpoint',
  ],
  ['a drop sentinel as tail', 'aaacd', {}, /^checkpoint_unsigned: 0.jsonl line 5, seq 4: 1 entry /],
  ['no checkpoint', 'aaaaaaaa', {}, /^checkpoint_unsigned: 0.jsonl line 1, seq 0: 8 entries /],
  ['unsigned', 'aaacaaau', {}, 'checkpoint_unsigned: 0.jsonl line 8, seq 7: the checkpoint is not signed'],
  ['another signer', 'aaaxaaac', {}, /^checkpoint_invalid: 0.jsonl line 4, seq 3: .* does not verify/],
  ['another signer at the end', 'aaacaaax', {}, /^checkpoint_invalid: 0.jsonl line 8, seq 7: .* does not verify/],
  [
    'a prefixed signature',
    'aaacaaac',
    {at: 7, change: (detail) => ({...detail, signature: `ed25519:${String(detail['signature'])}`})},
    /^checkpoint_invalid: 0.jsonl line 8, seq 7/,
  ],
  [
    'a range that begins elsewhere',
    'aaacaaac',
    {at: 7, change: (detail) => ({...detail, first_seq: 5, entry_count: 2})},
    'checkpoint_invalid: 0.jsonl line 8, seq 7: first_seq is 5, expected 4',
  ],
  [
    'a first range that does not begin at 0',
    'aaacaaac',
    {at: 3, change: (detail) => ({...detail, first_seq: 1, entry_count: 2})},
    'checkpoint_invalid: 0.jsonl line 4, seq 3: first_seq is 1, expected 0',
  ],
  [
    'another end',
    'aaacaaac',
    {at: 7, change: (detail) => ({...detail, last_seq: 7, entry_count: 4})},
    'checkpoint_invalid: 0.jsonl line 8, seq 7: last_seq is 7, expected 6',
  ],
  [
    'another count',
    'aaacaaac',
    {at: 7, change: (detail) => ({...detail, entry_count: 4})},
    'checkpoint_invalid: 0.jsonl line 8, seq 7: entry_count is 4, expected 3',
  ],
  [
    'another member',
    'aaacaaac',
    {at: 3, change: (detail) => ({...detail, more: 1})},
    /^checkpoint_invalid: 0.jsonl line 4, seq 3: .*unknown or missing members/,
  ],
]
const threadedCases = new Set(sampled(CASES, 5).map(([name]) => name))

test.each(CASES)('%s', async (name, letters, making, reported) => {
  const result = await everyWay(linesOf(letters, making), {}, threadedCases.has(name))
  if (typeof reported === 'string') expect(result).toBe(reported)
  else expect(result).toMatch(reported)
})

test('a line outside the chain is covered by nothing', async () => {
  const lines = linesOf('aaacaaac').toSpliced(5, 0, '{"torn":\n')
  expect(await everyWay(lines)).toBe(
    'checkpoint_unsigned: 0.jsonl line 6: the line is malformed JSON, which no checkpoint covers',
  )
})

test('a chain continues over files; the tail is reported where it begins', async () => {
  const lines = linesOf('aaacaaaaa')
  const files = [lines.slice(0, 2), lines.slice(2, 6), lines.slice(6)]
  for (const threads of [1, 2]) {
    for (const partBytes of [400, 1 << 20]) {
      expect(await outcome(files, threads, partBytes)).toMatch(/^checkpoint_unsigned: 1.jsonl line 3, seq 4: 5 entries/)
    }
  }
})

test('behind a missing beginning that is accepted, the checkpoints still hold', async () => {
  const more = {allowTruncatedChains: true}
  expect(await everyWay(linesOf('aaacaaac').slice(2), more)).toBe('4 events, 0 dropped')
  expect(await everyWay(linesOf('aaacaaaca').slice(2), more)).toMatch(/^checkpoint_unsigned: 0.jsonl line 7, seq 8/)
})

test('sequence numbers that jump are found by counting', async () => {
  const [first = ''] = linesOf('a')
  const {hash} = JSON.parse(first) as {readonly hash: string}
  const second = chainLines([{type: 'capture', detail: captureDetail({})}], {seq: 5, prev: hash})
  const prevHash = (JSON.parse(second) as {readonly hash: string}).hash
  const {detail} = createCheckpoint({seq: 6, prevHash, atMs: 0}, -1, key)
  const end = chainLines([{type: 'checkpoint', detail: JSON.parse(detail) as unknown}], {seq: 6, prev: prevHash})
  expect(await everyWay([first, second, end])).toBe(
    'checkpoint_invalid: 0.jsonl line 3, seq 6: entry_count is 6, the chain has 2',
  )
})

test('without keys nothing is asked, without a fitting key nothing passes', async () => {
  expect(await everyWay(linesOf('aaaxaaaua'), {checkpointKeys: undefined})).toBe('7 events, 0 dropped')
  expect(await everyWay(linesOf('aaac'), {checkpointKeys: []})).toMatch(/^checkpoint_invalid/)
  expect(await everyWay(linesOf('aaxaac'), {checkpointKeys: [key.public.raw, stranger.public.raw]})).toMatch(
    /^4 events/,
  )
})
