// The watch on one file of a directory: events that never pause are answered all the same.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {watchDirectory, type DirectoryWatch, type WatchTimes} from '../../../../src/plugins/contract/directory-watch.js'

let directory: string
let watch: DirectoryWatch | undefined
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'watch-'))
})
afterEach(() => {
  watch?.close()
  rmSync(directory, {recursive: true, force: true})
})

const NEVER = 3_600_000

/** Resolves with the number of writes after which the change was told; the file is written without a pause. */
function writesUntilTold(times: Partial<WatchTimes>): Promise<number> {
  let writes = 0
  let isTold = false
  watch = watchDirectory({
    directory,
    file: 'active.json',
    monotonic: () => performance.now(),
    onChange: () => (isTold = true),
    onFault: () => {},
    onPresence: () => {},
    times: {pollMs: NEVER, retryMs: NEVER, ...times},
  })
  return new Promise((resolve) => {
    const write = (): void => {
      if (isTold) return resolve(writes)
      writeFileSync(join(directory, 'active.json'), String(writes++))
      setTimeout(write, 1)
    }
    write()
  })
}

test('a flood of events that never pauses is answered after the longest wait', async () => {
  expect(await writesUntilTold({debounceMs: NEVER, forceMs: 40})).toBeGreaterThan(1)
})

test('a pause answers before that', async () => {
  expect(await writesUntilTold({debounceMs: 0, forceMs: NEVER})).toBeGreaterThan(0)
})
