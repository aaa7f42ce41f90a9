// Old evidence goes only after a signed anchor says where the rest begins, and what is left verifies from there.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {facts, keyA, keyB, open, T0} from './fixtures.js'
import {MemoryDirectory} from '../../../support/memory-log.js'
import {sessionFiles} from '../../../../src/formats/entry-tail.js'
import {receiptTools} from '../../../../src/plugins/receipts/tools.js'
import type {RecorderOptions} from '../../../../src/plugins/recorder/recorder.js'

const DAY = 24 * 60 * 60 * 1000
const ANCHOR = 'evidence-proxy.retained.json'
const files = (directory: MemoryDirectory) => sessionFiles(directory.names(), 'proxy')

/** A closed log of several files, one day apart, beginning at T0. */
function log(more: Partial<RecorderOptions> = {}, count = 10): MemoryDirectory {
  const directory = new MemoryDirectory()
  const recorder = open(directory, {maxEntriesPerFile: 3, ...more})
  for (let n = 0; n < count; n++) recorder.decide(facts(n))
  recorder.close(T0 + 20_000)
  files(directory).forEach((name, i) => directory.times.set(name, T0 + i * DAY))
  return directory
}

async function verdict(directory: MemoryDirectory, retainedSuffix: boolean) {
  const path = mkdtempSync(join(tmpdir(), 'pipelock-retention-'))
  try {
    for (const [name, bytes] of directory.files) writeFileSync(join(path, name), bytes)
    const keys = [keyA.public.hex, keyB.public.hex]
    return await receiptTools.verifyIntegrity({path, keys, recursive: false, strict: false, retainedSuffix})
  } finally {
    rmSync(path, {recursive: true})
  }
}

describe('expiry', () => {
  test('removes old files behind an anchor; the rest verifies as a retained suffix, and the chain continues', async () => {
    const directory = log()
    const before = files(directory)
    const recorder = open(directory, {maxEntriesPerFile: 3, retentionDays: 1})
    recorder.expire(T0 + 2.5 * DAY)
    recorder.decide(facts(50))
    recorder.close(T0 + 3 * DAY)
    expect(files(directory)).toEqual(expect.arrayContaining(before.slice(2)))
    expect(files(directory)).not.toContain(before[1])
    expect((await verdict(directory, true)).ok).toBe(true)
    expect((await verdict(directory, false)).ok).toBe(false)
  })

  test('never removes the newest file, however old, and nothing twice', () => {
    const directory = log()
    const newest = files(directory).at(-1)
    const recorder = open(directory, {maxEntriesPerFile: 3, retentionDays: 1})
    recorder.expire(T0 + 1000 * DAY)
    expect(files(directory)).toEqual([newest])
    const anchor = directory.files.get(ANCHOR)
    recorder.expire(T0 + 2000 * DAY)
    expect(directory.files.get(ANCHOR)).toEqual(anchor)
  })

  test('survives a stop at every step: the anchor stands before anything goes, and the next run ends the work', async () => {
    for (let step = 0; ; step++) {
      const directory = log()
      const recorder = open(directory, {maxEntriesPerFile: 3, retentionDays: 1})
      let count = 0
      let struck = false
      directory.fault = (call) => {
        if (!['replace', 'remove', 'directory-sync'].includes(call) || count++ < step) return undefined
        struck = true
        return 'fail'
      }
      try {
        recorder.expire(T0 + 3.5 * DAY)
      } catch {
        // what a crash would leave
      }
      directory.fault = () => undefined
      if (!struck) {
        expect(step).toBeGreaterThan(4)
        return
      }
      if (!directory.files.has(ANCHOR)) expect(files(directory)).toHaveLength(files(log()).length)
      const again = open(directory, {maxEntriesPerFile: 3, retentionDays: 1})
      again.expire(T0 + 3.5 * DAY)
      again.decide(facts(60))
      again.close(T0 + 4 * DAY)
      expect((await verdict(directory, true)).ok, `step ${step}`).toBe(true)
    }
  })

  test('does not cover up for files that somebody else removed', () => {
    const directory = log()
    const notices: string[] = []
    const [first, second] = files(directory)
    directory.files.delete(first ?? '')
    const recorder = open(directory, {retentionDays: 1, onNotice: (text) => void notices.push(text)})
    recorder.expire(T0 + 1000 * DAY)
    expect(files(directory)).toContain(second)
    expect(directory.files.has(ANCHOR)).toBe(false)
    expect(notices.join()).toMatch(/head is missing/)
  })

  test('is not led by an anchor that another key signed', () => {
    const foreign = log({key: keyB})
    const theirs = open(foreign, {key: keyB, maxEntriesPerFile: 3, retentionDays: 1})
    theirs.expire(T0 + 1000 * DAY)
    const directory = log()
    directory.files.set(ANCHOR, foreign.files.get(ANCHOR) ?? Buffer.alloc(0))
    const before = files(directory)
    open(directory, {maxEntriesPerFile: 3, retentionDays: 1}).expire(T0)
    expect(files(directory)).toEqual(before)
  })

  test('keeps what the current key cannot attest, and continues once its own receipts follow', async () => {
    const directory = log()
    const old = files(directory)
    const recorder = open(directory, {key: keyB, maxEntriesPerFile: 3, retentionDays: 1})
    recorder.expire(T0 + 2.5 * DAY)
    expect(files(directory)).toEqual(old)
    for (let n = 0; n < 6; n++) recorder.decide(facts(30 + n))
    recorder.close(T0 + 40_000)
    files(directory).forEach((name) => directory.times.set(name, T0))
    const again = open(directory, {key: keyB, maxEntriesPerFile: 3, retentionDays: 1})
    again.expire(T0 + 10 * DAY)
    expect(files(directory).length).toBeLessThan(old.length)
    // a root without the receipts that it speaks of could not be verified: they stay together
    expect(files(directory)).not.toContain(old[0])
    expect((await verdict(directory, true)).ok).toBe(true)
  })

  test('removes sidecars by their age alone, of this session only', () => {
    const directory = log()
    const names = [
      'evidence-proxy-1-raw-' + 'a'.repeat(32) + '.raw.enc',
      'evidence-proxy-2.raw.enc',
      'evidence-proxy-3.torn-5',
    ]
    const others = ['evidence-other-1.raw.enc', 'evidence-proxy-1.txt', 'evidence-proxy.head']
    for (const name of [...names, ...others]) directory.files.set(name, Buffer.alloc(1))
    const recent = 'evidence-proxy-9.raw.enc'
    directory.files.set(recent, Buffer.alloc(1))
    directory.times.set(recent, T0)
    open(directory, {retentionDays: 1}).expire(T0 + DAY / 2)
    for (const name of names) expect(directory.files.has(name), name).toBe(false)
    for (const name of [...others, recent]) expect(directory.files.has(name), name).toBe(true)
  })
})

test('a head is appended after each signed checkpoint', () => {
  const directory = log({checkpointInterval: 4})
  const lines = (directory.files.get('evidence-proxy.head') ?? Buffer.alloc(0)).toString('utf8').trim().split('\n')
  const heads = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(heads.length).toBeGreaterThan(1)
  expect(heads.at(-1)).toMatchObject({version: 1, session_id: 'proxy', receipt_seq: 9, signer_key: keyA.public.hex})
})
