// Progress for people: silent when there is nothing to wait for, one line on a terminal.
import {expect, test} from 'vitest'
import {createMeter, progressText} from '../../../src/lib/progress-meter.js'

const run = (isTerminal: boolean, atMs: readonly number[]): readonly string[] => {
  let nowMs = 0
  const written: string[] = []
  const meter = createMeter(
    'reading',
    isTerminal,
    () => nowMs,
    (text) => written.push(text),
  )
  for (const ms of atMs) {
    nowMs = ms
    meter.update(ms * 1000, 40_000_000)
  }
  meter.end()
  return written
}

test('nothing within the first second', () => {
  expect(run(true, [10, 500, 999])).toEqual([])
  expect(run(false, [10, 500, 999])).toEqual([])
})

test('a terminal has one line that is rewritten and taken away', () => {
  expect(run(true, [1000, 1050, 1200])).toEqual([
    '\r\u001b[Kreading: 1.0 of 40 MB, 1.0 MB/s, 39 s left',
    '\r\u001b[Kreading: 1.2 of 40 MB, 1.0 MB/s, 39 s left',
    '\r\u001b[K',
  ])
})

test('elsewhere a plain line every five seconds', () => {
  expect(run(false, [1000, 2000, 5999, 6000, 7000])).toEqual([
    'reading: 1.0 of 40 MB, 1.0 MB/s, 39 s left\n',
    'reading: 6.0 of 40 MB, 1.0 MB/s, 34 s left\n',
  ])
})

test('files, where nobody knows how many there are', () => {
  let nowMs = 0
  const written: string[] = []
  const meter = createMeter(
    'reading files',
    false,
    () => nowMs,
    (text) => written.push(text),
  )
  for (nowMs of [500, 2000, 3000, 8000]) meter.updateFiles(nowMs / 100, nowMs * 3000)
  expect(written).toEqual(['reading files: 20 files, 6.0 MB, 3.0 MB/s\n', 'reading files: 80 files, 24 MB, 3.0 MB/s\n'])
})

test('no estimate before anything was read, none after everything was', () => {
  expect(progressText(0, 5e6, 2000)).toBe('0.0 of 5.0 MB, 0.0 MB/s')
  expect(progressText(5e6, 5e6, 2000)).toBe('5.0 of 5.0 MB, 2.5 MB/s')
})
