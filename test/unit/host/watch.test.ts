import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {loadConfig} from '../../../src/host/config/load.js'
import {watchConfig} from '../../../src/host/watch.js'
import type {FileWatch} from '../../../src/lib/watch-file.js'

const folders: string[] = []
const watches: FileWatch[] = []

afterEach(() => {
  for (const watch of watches.splice(0)) watch.close()
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true})
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'watch-'))
  folders.push(path)
  return path
}

function watching(path: string): {next(): Promise<void>; count(): number} {
  let changes = 0
  let wake = (): void => undefined
  watches.push(
    watchConfig({
      path,
      monotonic: () => performance.now(),
      times: {debounceMs: 10, pollMs: 600_000},
      onChange: () => {
        changes++
        wake()
      },
    }),
  )
  let taken = 0
  return {
    count: () => changes,
    async next() {
      while (changes <= taken) await new Promise<void>((done) => (wake = done))
      taken++
    },
  }
}

describe('configuration watch', () => {
  test('a file replaced by rename is reported each time', async () => {
    const path = join(folder(), 'c.yaml')
    writeFileSync(path, 'a')
    const changes = watching(path)
    for (const text of ['b', 'c', 'd']) {
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
      await changes.next()
    }
    expect(changes.count()).toBe(3)
  })

  test('the link swap of a ConfigMap mount is reported', async () => {
    const root = folder()
    const publish = (version: string, text: string): void => {
      mkdirSync(join(root, version))
      writeFileSync(join(root, version, 'c.yaml'), text)
      symlinkSync(version, join(root, '..data_tmp'))
      renameSync(join(root, '..data_tmp'), join(root, '..data'))
    }
    publish('..v1', 'a')
    symlinkSync('..data/c.yaml', join(root, 'c.yaml'))
    const changes = watching(join(root, 'c.yaml'))
    publish('..v2', 'b')
    await changes.next()
    publish('..v3', 'c')
    await changes.next()
    expect(changes.count()).toBe(2)
  })

  test('a FIFO in place of the file is not waited for', async () => {
    const path = join(folder(), 'c.yaml')
    writeFileSync(path, 'a')
    const changes = watching(path)
    unlinkSync(path)
    execFileSync('mkfifo', [path])
    // opening it as any other file would stop the process here
    await expect(loadConfig(path)).rejects.toMatchObject({code: 'config_unreadable'})
    watches.push(watchConfig({path, monotonic: () => performance.now(), onChange: () => undefined}))
    unlinkSync(path)
    writeFileSync(path, 'b')
    await changes.next()
  })

  test('the swap of a directory that the path leads through is reported, whatever the link is called', async () => {
    const root = folder()
    for (const [version, text] of [
      ['blue', 'a'],
      ['green', 'b'],
    ] as const) {
      mkdirSync(join(root, version))
      writeFileSync(join(root, version, 'c.yaml'), text)
    }
    symlinkSync('blue', join(root, 'current'))
    symlinkSync('current/c.yaml', join(root, 'c.yaml'))
    const changes = watching(join(root, 'c.yaml'))
    symlinkSync('green', join(root, 'next'))
    renameSync(join(root, 'next'), join(root, 'current'))
    await changes.next()
    expect(changes.count()).toBe(1)
  })

  test('a file that is removed and written again is reported once', async () => {
    const path = join(folder(), 'c.yaml')
    writeFileSync(path, 'a')
    const changes = watching(path)
    unlinkSync(path)
    writeFileSync(path, 'b')
    await changes.next()
    expect(changes.count()).toBe(1)
  })
})
