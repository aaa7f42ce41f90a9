// Verified copies of plugins are removed when nobody uses them, and nothing else is: on a real folder.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {maintainCopies, RENEWAL_MS} from '../../../src/host/outside/copies.js'
import {readPluginFolder} from '../../../src/host/outside/folder.js'
import {snapshotOf} from '../../../src/host/outside/snapshot.js'
import {startFirewall} from '../../support/firewalls.js'
import {probePlugin} from '../../support/outside-plugins.js'

const DAY_S = 24 * 60 * 60
const [A, B, C] = ['a'.repeat(64), 'b'.repeat(64), '0c'.repeat(32)] as const

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'copies-'))
  mkdirSync(join(home, 'plugins'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(home, {recursive: true, force: true})
})

const at = (name: string): string => join(home, 'plugins', name)
const names = (): string[] => readdirSync(join(home, 'plugins')).sort()

function age(path: string, days: number): void {
  const then = Date.now() / 1000 - days * DAY_S
  utimesSync(path, then, then)
}

/** A folder with a file, last used so many days ago. */
function folder(path: string, days: number): void {
  mkdirSync(join(path, 'lib'), {recursive: true})
  writeFileSync(join(path, 'lib/index.mjs'), 'export default {}')
  age(path, days)
}

/** A file system may stamp a moment after the clock of the process. */
const daysSinceUse = (path: string): number =>
  Math.round(Math.max(0, Date.now() - statSync(path).mtimeMs) / 1000 / DAY_S)

describe('copies of plugins', () => {
  test('one that was not used for 30 days is removed; a younger one stays', () => {
    folder(at(A), 31)
    folder(at(B), 29)
    folder(at(C), 0)
    maintainCopies(home, [])
    expect(names()).toEqual([C, B].sort())
  })

  test('one in use is renewed first, whatever its age', () => {
    folder(at(A), 400)
    folder(at(B), 31)
    maintainCopies(home, [A])
    expect(names()).toEqual([A])
    expect(daysSinceUse(at(A))).toBe(0)
  })

  test('a staging folder of a killed process is removed after a day', () => {
    folder(at('.new-Ab3dE9'), 2)
    folder(at('.new-000000'), 0.5)
    maintainCopies(home, [])
    expect(names()).toEqual(['.new-000000'])
  })

  test.each([
    ['a name of 63 digits', 'a'.repeat(63)],
    ['a name of 65 digits', 'a'.repeat(65)],
    ['upper-case digits', 'A'.repeat(64)],
    ['another name', 'notes'],
    ['a hidden copy', `.${'a'.repeat(64)}`],
    ['a longer staging name', '.new-Ab3dE9x'],
    ['a staging name with another beginning', 'x.new-Ab3dE9'],
  ])('a folder with %s stays', (_, name) => {
    folder(at(name), 400)
    maintainCopies(home, [])
    expect(names()).toEqual([name])
  })

  test('a file with the name of a copy stays', () => {
    writeFileSync(at(A), 'x')
    age(at(A), 400)
    maintainCopies(home, [])
    expect(names()).toEqual([A])
  })

  test('a link with the name of a copy stays, and so does its target', () => {
    folder(join(home, 'elsewhere'), 400)
    symlinkSync(join(home, 'elsewhere'), at(A))
    symlinkSync(join(home, 'elsewhere'), at('.new-Ab3dE9'))
    maintainCopies(home, [])
    expect(names()).toEqual(['.new-Ab3dE9', A])
    expect(existsSync(join(home, 'elsewhere/lib/index.mjs'))).toBe(true)
  })

  test('a link inside a removed copy is not followed', () => {
    folder(join(home, 'elsewhere'), 0)
    folder(at(A), 31)
    symlinkSync(join(home, 'elsewhere'), join(at(A), 'link'))
    age(at(A), 31)
    maintainCopies(home, [])
    expect(names()).toEqual([])
    expect(existsSync(join(home, 'elsewhere/lib/index.mjs'))).toBe(true)
  })

  test('behind a linked folder of copies nothing is removed: it may belong to another program', () => {
    rmSync(join(home, 'plugins'), {recursive: true})
    folder(join(home, 'containers', A), 400)
    symlinkSync(join(home, 'containers'), join(home, 'plugins'))
    maintainCopies(home, [])
    expect(names()).toEqual([A])
  })

  test('without the folder, or with a file in its place, nothing happens and nothing fails', () => {
    rmSync(join(home, 'plugins'), {recursive: true})
    maintainCopies(home, [A])
    expect(existsSync(join(home, 'plugins'))).toBe(false)
    writeFileSync(join(home, 'plugins'), 'x')
    maintainCopies(home, [A])
    expect(statSync(join(home, 'plugins')).isFile()).toBe(true)
  })

  test('loading a plugin renews its copy and leaves no other folder', () => {
    const plugin = probePlugin('create: () => ({hooks: {}})')
    const files = readPluginFolder(plugin.folder)
    const copy = snapshotOf(files, home)
    age(copy, 31)
    expect(snapshotOf(files, home)).toBe(copy)
    expect(daysSinceUse(copy)).toBe(0)
    expect(names()).toEqual([plugin.sha256])
    rmSync(plugin.folder, {recursive: true})
  })
})

describe('a running firewall', () => {
  const QUIET = 'fetch_proxy: {listen: "127.0.0.1:0"}\nflight_recorder: {enabled: false}\n'
  const LOGGED = 'logging: {output: file, file: audit.log}\n'

  test('renews its copy every day, and removes those of others that are not used', async () => {
    vi.useFakeTimers({toFake: ['setInterval', 'clearInterval']})
    const plugin = probePlugin('create: () => ({hooks: {}})')
    const entry = `plugins: [{path: ${JSON.stringify(plugin.folder)}, sha256: ${plugin.sha256}}]\n`
    const fw = await startFirewall(`${QUIET}${LOGGED}${entry}`)
    try {
      const copies = join(fw.folder, 'home/plugins')
      const own = join(copies, plugin.sha256)
      age(own, 400)
      folder(join(copies, A), 31)
      folder(join(copies, B), 29)
      vi.advanceTimersByTime(RENEWAL_MS)
      expect(readdirSync(copies).sort()).toEqual([plugin.sha256, B].sort())
      expect(daysSinceUse(own)).toBe(0)
    } finally {
      await fw.close()
      rmSync(plugin.folder, {recursive: true})
    }
    expect(vi.getTimerCount()).toBe(0)
  })

  test('starts where the copies cannot be maintained', async () => {
    const fw = await startFirewall(`${QUIET}${LOGGED}`, {start: false})
    try {
      mkdirSync(join(fw.folder, 'home'), {recursive: true})
      writeFileSync(join(fw.folder, 'home/plugins'), 'x')
      await fw.firewall.start()
      expect(fw.firewall.addresses().main.port).toBeGreaterThan(0)
    } finally {
      await fw.close()
    }
  })
})
