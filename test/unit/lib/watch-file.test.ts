// The watch on one file: bursts are joined, events that never pause are still answered, and a directory that is removed or
// replaced is watched again.
import {mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {watchFile, type FileWatch, type WatchTimes} from '../../../src/lib/watch-file.js'

let directory: string
let watch: FileWatch | undefined
const watches: FileWatch[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'watch-'))
})
afterEach(() => {
  watch?.close()
  for (const open of watches.splice(0)) open.close()
  rmSync(directory, {recursive: true, force: true})
})

const NEVER = 3_600_000

/** Resolves with the number of writes after which the change is reported; the file is written without a pause. */
function writesUntilReported(times: Partial<WatchTimes>): Promise<number> {
  let writes = 0
  let isReported = false
  watch = watchFile({
    path: join(directory, 'active.json'),
    monotonic: () => performance.now(),
    onChange: () => (isReported = true),
    onFault: () => {},
    onPresence: () => {},
    times: {pollMs: NEVER, retryMs: NEVER, ...times},
  })
  return new Promise((resolve) => {
    const write = (): void => {
      if (isReported) return resolve(writes)
      writeFileSync(join(directory, 'active.json'), String(writes++))
      setTimeout(write, 1)
    }
    write()
  })
}

test('events that never pause are reported after the longest wait', async () => {
  expect(await writesUntilReported({debounceMs: NEVER, forceMs: 40})).toBeGreaterThan(1)
})

test('a pause reports the change before that', async () => {
  expect(await writesUntilReported({debounceMs: 0, forceMs: NEVER})).toBeGreaterThan(0)
})

test('a directory that is removed is reported missing, and watched again once it exists', async () => {
  const path = join(directory, 'store', 'active.json')
  mkdirSync(join(directory, 'store'))
  const events: (boolean | 'change')[] = []
  const waiting: {readonly event: boolean | 'change'; readonly done: () => void}[] = []
  const push = (event: boolean | 'change'): void => {
    events.push(event)
    for (const waiter of [...waiting]) if (waiter.event === event) waiter.done()
  }
  const next = (event: boolean | 'change'): Promise<void> => new Promise((done) => waiting.push({event, done}))
  watch = watchFile({
    path,
    monotonic: () => performance.now(),
    onChange: () => push('change'),
    onPresence: push,
    times: {debounceMs: 0, pollMs: 50, retryMs: 20},
  })
  const missing = next(false)
  rmSync(join(directory, 'store'), {recursive: true})
  await missing
  const present = next(true)
  mkdirSync(join(directory, 'store'))
  await present
  const changed = next('change')
  writeFileSync(path, 'x')
  await changed
  expect(events.filter((event) => event !== 'change')).toEqual([false, true])
})

test('a directory that is replaced by another of its name is watched', async () => {
  mkdirSync(join(directory, 'store'))
  const path = join(directory, 'store', 'active.json')
  let changes = 0
  let wake = (): void => undefined
  watch = watchFile({
    path,
    monotonic: () => performance.now(),
    onChange: () => {
      changes++
      wake()
    },
    times: {debounceMs: 0, pollMs: 50, retryMs: 20},
  })
  mkdirSync(join(directory, 'new'))
  renameSync(join(directory, 'store'), join(directory, 'old'))
  renameSync(join(directory, 'new'), join(directory, 'store'))
  writeFileSync(path, 'x')
  const before = changes
  while (changes < before + 3) await new Promise<void>((done) => (wake = done))
  expect(changes).toBeGreaterThan(before)
})

test('events of other files in the directory are not reported, those of a link on the way to the file are', async () => {
  mkdirSync(join(directory, 'v1'))
  mkdirSync(join(directory, 'v2'))
  for (const version of ['v1', 'v2']) writeFileSync(join(directory, version, 'c.yaml'), version)
  symlinkSync('v1', join(directory, 'current'))
  symlinkSync('current/c.yaml', join(directory, 'c.yaml'))
  const counted = (name: string): {readonly count: () => number; readonly next: () => Promise<void>} => {
    let changes = 0
    let wake = (): void => undefined
    watches.push(
      watchFile({
        path: join(directory, name),
        monotonic: () => performance.now(),
        onChange: () => {
          changes++
          wake()
        },
        times: {debounceMs: 0, pollMs: NEVER, retryMs: NEVER},
      }),
    )
    return {count: () => changes, next: () => new Promise((done) => (wake = done))}
  }
  const file = counted('c.yaml')
  await file.next()
  const log = counted('agent.log')
  await log.next()
  for (let i = 0; i < 3; i++) {
    const written = log.next()
    writeFileSync(join(directory, 'agent.log'), String(i))
    await written
  }
  expect(file.count()).toBe(1)
  const swapped = file.next()
  symlinkSync('v2', join(directory, 'new'))
  renameSync(join(directory, 'new'), join(directory, 'current'))
  await swapped
  expect(file.count()).toBe(2)
})
