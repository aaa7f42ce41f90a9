// A configuration that others can change is reported, and refused in strict mode; log and captures do not follow links
// either.
import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {loadConfig} from '../../../../src/host/config/load.js'
import {whoElseWrites} from '../../../../src/host/config/trust.js'
import {startFirewall} from '../../../support/firewalls.js'

const isRoot = process.getuid?.() === 0
const STRICT = 'mode: strict\napi_allowlist: [a.example]\n'
let root: string
let folder: string
let file: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trust-'))
  folder = join(root, 'etc')
  mkdirSync(folder, {mode: 0o755})
  file = join(folder, 'pipelock.yaml')
  writeFileSync(file, STRICT, {mode: 0o644})
})
afterEach(() => rmSync(root, {recursive: true, force: true}))

describe('configuration file', () => {
  test('that only its owner can write is trusted', () => {
    expect(whoElseWrites(file)).toBeUndefined()
  })

  test('that everyone can write, or whose folder everyone can write, is reported with the mode', () => {
    chmodSync(file, 0o646)
    expect(whoElseWrites(file)).toBe(`${file} can be written by everyone: mode 0646 (chmod go-w)`)
    chmodSync(file, 0o644)
    chmodSync(folder, 0o777)
    expect(whoElseWrites(file)).toMatch(/^its folder .*etc can be written by everyone: mode 0777/)
  })

  test('in a sticky folder is trusted', () => {
    chmodSync(folder, 0o1777)
    expect(whoElseWrites(file)).toBeUndefined()
  })

  test('behind a link is judged by the folders of link and target', () => {
    const link = join(root, 'link.yaml')
    symlinkSync(file, link)
    expect(whoElseWrites(link)).toBeUndefined()
    chmodSync(folder, 0o757)
    expect(whoElseWrites(link)).toMatch(/etc can be written by everyone/)
    chmodSync(folder, 0o755)
    chmodSync(root, 0o777)
    expect(whoElseWrites(link)).toMatch(/^its folder/)
    chmodSync(root, 0o755)
  })

  test("of the user's own group is trusted, as on systems with a group per user", () => {
    chmodSync(file, 0o664)
    expect(whoElseWrites(file)).toBeUndefined()
  })

  test.runIf(isRoot)('of another user or group is reported (run as root, who may give files away)', () => {
    chownSync(file, 12_345, 0)
    expect(whoElseWrites(file)).toContain('belongs to user 12345')
    chownSync(file, 0, 12_345)
    chmodSync(file, 0o664)
    expect(whoElseWrites(file)).toContain('can be written by group 12345: mode 0664')
  })

  test('that others can change is a warning, and refused in strict mode', async () => {
    chmodSync(file, 0o666)
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /strict mode refuses a configuration that others can change: .*mode 0666/,
      ) as string,
    })
    writeFileSync(file, '')
    expect((await loadConfig(file)).warnings).toEqual([
      {field: 'configuration', message: expect.stringContaining('mode 0666') as string},
    ])
    // the flag --mode counts, too
    await expect(loadConfig(file, {mode: 'strict'})).rejects.toMatchObject({code: 'config_invalid'})
  })
})

describe('start, place that is a link,', () => {
  const BASE = 'flight_recorder: {enabled: false}\n'

  test('audit log: refused, and its target gets no line', async () => {
    symlinkSync(join(root, 'target'), join(root, 'audit.log'))
    await expect(
      startFirewall(`${BASE}logging: {output: file, file: ${join(root, 'audit.log')}}\n`),
    ).rejects.toMatchObject({code: 'file_not_regular', message: expect.stringContaining('is a link') as string})
  })

  test('capture folder: refused', async () => {
    mkdirSync(join(root, 'target'))
    symlinkSync(join(root, 'target'), join(root, 'captures'))
    await expect(
      startFirewall(`${BASE}learn: {enabled: true, capture_dir: ${join(root, 'captures')}}\n`),
    ).rejects.toMatchObject({code: 'file_not_regular', message: expect.stringContaining('is a link') as string})
  })
})
