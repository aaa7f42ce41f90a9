// Manifests of folders: every kind of change is seen, nothing that an attacker puts there hides another, and a manifest that
// is not plainly one is refused.
import {execFileSync} from 'node:child_process'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../src/core/errors.js'
import {createPorts} from '../../../../src/host/ports.js'
import {sha256Hex} from '../../../../src/lib/hash.js'
import {excluder, problemOf} from '../../../../src/plugins/workspace/exclude.js'
import {parseManifest} from '../../../../src/plugins/workspace/manifest.js'
import {workspaceTools} from '../../../../src/plugins/workspace/tools.js'

let folder: string
let now: number
let tools: ReturnType<typeof workspaceTools>
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workspace-'))
  now = Date.parse('2026-05-01T12:00:00.900Z')
  tools = workspaceTools(createPorts({clock: {now: () => now, monotonic: () => 0}}))
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const at = (name: string): string => join(folder, name)
function put(name: string, text: string, mode = 0o644): void {
  mkdirSync(join(at(name), '..'), {recursive: true})
  writeFileSync(at(name), text)
  chmodSync(at(name), mode)
}
const init = (...excludes: readonly string[]) => tools.init({directory: folder, excludes})
const violations = () => tools.check({directory: folder}).violations
const changes = () => violations().map(({path, type}) => `${type} ${path}`)
const manifestPath = () => at('.integrity-manifest.json')
const stored = () =>
  JSON.parse(readFileSync(manifestPath(), 'utf8')) as {files: Record<string, unknown>; created: string}

function codeOf(action: () => unknown): string {
  try {
    action()
    return 'done'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

test('whoever waits is told of files and bytes, within large files too', () => {
  put('a', 'x'.repeat(600 * 1024))
  put('b/c', 'y')
  init()
  const count: (readonly [files: number, bytes: number])[] = []
  tools.check({directory: folder, onRead: (...reported) => count.push(reported)})
  const kilo = count.map(([files, bytes]) => [files, bytes / 1024])
  expect(kilo.slice(0, 3)).toEqual([
    [0, 256],
    [0, 512],
    [0, 600],
  ])
  expect(count.at(-1)).toEqual([1, 600 * 1024 + 1])
})

test('the manifest is the document of the specification, byte for byte', () => {
  put('b.txt', 'b')
  put('a/run.sh', '#!', 0o755)
  symlinkSync('../b.txt', at('a/link'))
  put('.git/config', 'x')
  put('10', 'ten')
  init('build/**')
  expect(readFileSync(manifestPath(), 'utf8')).toBe(`{
  "version": 1,
  "created": "2026-05-01T12:00:00Z",
  "updated": "2026-05-01T12:00:00Z",
  "files": {
    "10": {
      "sha256": "${sha256Hex('ten')}",
      "size": 3,
      "mode": "0644"
    },
    "a/link": {
      "link": "../b.txt"
    },
    "a/run.sh": {
      "sha256": "${sha256Hex('#!')}",
      "size": 2,
      "mode": "0755"
    },
    "b.txt": {
      "sha256": "${sha256Hex('b')}",
      "size": 1,
      "mode": "0644"
    }
  },
  "excludes": [
    "build/**"
  ]
}
`)
  expect(lstatSync(manifestPath()).mode & 0o777).toBe(0o600)
  expect(violations()).toEqual([])
})

describe('a change is seen', () => {
  beforeEach(() => {
    for (const name of ['a', 'b', 'c/d', '__proto__']) put(name, name)
    symlinkSync('a', at('l'))
    init()
  })

  test('of content, of mode, of both', () => {
    put('a', 'other')
    chmodSync(at('b'), 0o600)
    put('c/d', 'x', 0o4755)
    expect(violations()).toEqual([
      {path: 'a', type: 'modified', expected: sha256Hex('a'), actual: sha256Hex('other')},
      {path: 'b', type: 'permissions', expected: '0644', actual: '0600'},
      {path: 'c/d', type: 'modified', expected: sha256Hex('c/d'), actual: sha256Hex('x')},
      {path: 'c/d', type: 'permissions', expected: '0644', actual: '4755'},
    ])
  })

  test('of the stated size alone: the manifest contradicts itself', () => {
    writeFileSync(manifestPath(), readFileSync(manifestPath(), 'utf8').replace('"size": 1', '"size": 2'))
    const [only, ...more] = violations()
    expect([only, more]).toEqual([{path: 'a', type: 'modified', expected: '2 bytes', actual: '1 bytes'}, []])
  })

  test('of same length and same times', () => {
    const {atime, mtime} = lstatSync(at('a'))
    writeFileSync(at('a'), 'A')
    execFileSync('touch', ['-d', mtime.toISOString(), at('a')])
    expect([changes(), atime instanceof Date]).toEqual([['modified a'], true])
  })

  test('of files that come and go, under any name', () => {
    put('constructor', 'x')
    put('.hidden/deep/.er', 'x')
    unlinkSync(at('__proto__'))
    expect(changes()).toEqual(['added .hidden/deep/.er', 'removed __proto__', 'added constructor'])
  })

  test('of a file into a link, a directory or a pipe, and of a link', () => {
    unlinkSync(at('a'))
    symlinkSync('b', at('a'))
    unlinkSync(at('b'))
    put('b/inside', 'x')
    unlinkSync(at('c/d'))
    execFileSync('mkfifo', [at('c/d')])
    unlinkSync(at('l'))
    symlinkSync('/etc/passwd', at('l'))
    expect(violations().map(({path, type, expected, actual}) => [type, path, expected?.slice(0, 4), actual])).toEqual([
      ['type_changed', 'a', 'file', 'link'],
      ['removed', 'b', sha256Hex('b').slice(0, 4), null],
      ['added', 'b/inside', undefined, sha256Hex('x')],
      ['type_changed', 'c/d', 'file', 'special'],
      ['modified', 'l', 'a', '/etc/passwd'],
    ])
  })

  test('a directory behind a link is not entered', () => {
    symlinkSync('/', at('root'))
    expect(changes()).toEqual(['added root'])
  })

  test('a second name of the manifest is a file like others', () => {
    linkSync(manifestPath(), at('copy'))
    expect(changes()).toEqual(['added copy'])
  })
})

test('the manifest may stand elsewhere; then the usual name is no exception', () => {
  put('w/a', 'a')
  const request = {directory: at('w'), manifest: at('m.json'), excludes: []}
  expect(tools.init(request).files).toBe(1)
  put('w/.integrity-manifest.json', '{}')
  expect(tools.check(request).violations.map(({path}) => path)).toEqual(['.integrity-manifest.json'])
  // inside the folder under another name, also through a link in front of it
  symlinkSync(at('w'), at('v'))
  rmSync(at('w/.integrity-manifest.json'))
  tools.init({directory: at('w'), manifest: at('v/own.json'), excludes: []})
  expect(tools.check({directory: at('w'), manifest: at('w/own.json')}).violations).toEqual([])
})

test('init overwrites neither a manifest nor a signature, and follows no link to one', () => {
  put('a', 'a')
  init()
  expect(codeOf(() => init())).toBe('file_exists')
  unlinkSync(manifestPath())
  put('.integrity-manifest.json.sig', 'x')
  expect(codeOf(() => init())).toBe('file_exists')
  unlinkSync(at('.integrity-manifest.json.sig'))
  symlinkSync(at('a'), manifestPath())
  expect(codeOf(() => init())).toBe('file_exists')
  expect(codeOf(() => violations())).toBe('file_not_regular')
  expect(readFileSync(at('a'), 'utf8')).toBe('a')
})

test('update keeps the first time and the patterns, adds new ones, and tells what it took over', () => {
  put('a', 'a')
  put('log', 'x')
  init('*.tmp')
  put('a', 'b')
  put('x.tmp', 'x')
  now += 60_000
  const made = tools.update({directory: folder, excludes: ['log', '*.tmp']})
  expect(made).toMatchObject({files: 1, excludes: ['*.tmp', 'log'], signature: null})
  expect(made.changes.map(({path, type}) => `${type} ${path}`)).toEqual(['modified a', 'removed log'])
  expect(stored()).toMatchObject({created: '2026-05-01T12:00:00Z', updated: '2026-05-01T12:01:00Z'})
  expect(violations()).toEqual([])
})

test('a pipe, and a name that is no text, are refused by whoever would record them', () => {
  execFileSync('mkfifo', [at('pipe')])
  expect(codeOf(() => init())).toBe('file_not_regular')
  expect(init('pipe').files).toBe(0)
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), 'x')
  expect(codeOf(() => violations())).toBe('file_not_regular')
})

test('a link whose target is no text is refused: two such targets would look alike', () => {
  symlinkSync(Buffer.from([0xff]), at('link'))
  expect(codeOf(() => init())).toBe('file_not_regular')
  expect(init('link').files).toBe(0)
})

test('a folder that is none, and a manifest that is none', () => {
  expect(codeOf(() => tools.init({directory: at('none'), excludes: []}))).toBe('file_not_found')
  expect(codeOf(() => violations())).toBe('file_not_found')
  expect(codeOf(() => tools.init({directory: folder, manifest: at('no/m'), excludes: []}))).toBe('file_not_found')
})

describe('signatures', () => {
  const seal = (content: Buffer): Buffer => Buffer.from(sha256Hex(content))
  test('are over the bytes that stand there, and stand beside them', () => {
    put('a', 'a')
    const made = tools.init({directory: folder, excludes: [], sign: seal})
    expect(made.signature).toBe(`${manifestPath()}.sig`)
    const text = readFileSync(`${manifestPath()}.sig`, 'utf8')
    expect(text).toBe(`${Buffer.from(sha256Hex(readFileSync(manifestPath()))).toString('base64')}\n`)
    expect(tools.check({directory: folder})).toMatchObject({violations: [], isSigned: true})
  })

  test('are checked before a word of the manifest is believed', () => {
    put('a', 'a')
    tools.init({directory: folder, excludes: [], sign: seal})
    const refuse = (): void => {
      throw new PipelockError('signature_invalid', 'no')
    }
    writeFileSync(manifestPath(), 'no JSON')
    expect(codeOf(() => tools.check({directory: folder, verify: refuse}))).toBe('signature_invalid')
    expect(codeOf(() => tools.update({directory: folder, excludes: [], sign: seal, verify: refuse}))).toBe(
      'signature_invalid',
    )
    expect(readFileSync(manifestPath(), 'utf8')).toBe('no JSON')
  })

  test('are not made for a manifest that has none: whoever adds a pattern can remove a signature', () => {
    put('a', 'a')
    tools.init({directory: folder, excludes: [], sign: seal})
    unlinkSync(`${manifestPath()}.sig`)
    const text = readFileSync(manifestPath(), 'utf8').replace('"excludes": []', '"excludes": ["a"]')
    writeFileSync(manifestPath(), text)
    const update = () => tools.update({directory: folder, excludes: [], sign: seal, verify: () => undefined})
    expect(codeOf(update)).toBe('signature_invalid')
    expect(readFileSync(manifestPath(), 'utf8')).toBe(text)
  })

  test('do not get lost: a signed manifest is not replaced by an unsigned one', () => {
    put('a', 'a')
    tools.init({directory: folder, excludes: [], sign: seal})
    const before = readFileSync(manifestPath(), 'utf8')
    put('a', 'b')
    expect(codeOf(() => tools.update({directory: folder, excludes: []}))).toBe('usage')
    expect(readFileSync(manifestPath(), 'utf8')).toBe(before)
  })
})

describe('patterns', () => {
  test.each([
    ['*.log', ['a.log', 'x/b.log', '.log'], ['a.logs', 'log']],
    ['cache', ['cache', 'a/cache'], ['caches', 'a/cache/x']],
    ['build/**', ['build/a', 'build/a/b', 'build/.a'], ['build', 'a/build/x', 'builds/a']],
    ['**/dist', ['dist', 'a/dist', 'a/b/dist'], ['dist/a', 'adist']],
    ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a', 'z', 'a/b', 'b/z']],
    ['a/?.txt', ['a/b.txt'], ['a/bc.txt', 'a/b/c.txt', 'a/.txt']],
    ['a*b*c/x', ['abc/x', 'a1b2c/x'], ['abd/x', 'ab/c/x']],
  ])('%s', (pattern, inside, outside) => {
    const excluded = excluder([pattern])
    expect([problemOf(pattern), inside.filter((path) => !excluded(path)), outside.filter(excluded)]).toEqual([
      undefined,
      [],
      [],
    ])
  })

  test('.git is left out at every depth, and nothing that looks like it', () => {
    const excluded = excluder([])
    expect(['.git', 'a/.git', '.gitignore', '.github', 'a.git'].map(excluded)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  test.each([
    '',
    '/a',
    'a//b',
    './a',
    '../a',
    'a/..',
    '*',
    '**',
    '**/*',
    'a/**/b/**',
    'a**',
    'a\\b',
    'a\0',
    'a'.repeat(1025),
  ])('%j is refused', (pattern) => expect(codeOf(() => init(pattern))).toBe('usage'))

  test('many stars cost little', () => {
    const excluded = excluder([`${'*a'.repeat(200)}b`])
    expect(excluded('a'.repeat(255))).toBe(false)
  })
})

describe('a manifest is refused', () => {
  const good = {
    version: 1,
    created: '2026-05-01T12:00:00Z',
    updated: '2026-05-01T12:00:00Z',
    files: {a: {sha256: 'a'.repeat(64), size: 1, mode: '0644'}} as Record<string, unknown>,
    excludes: [] as unknown[],
  }
  const read = (value: unknown) => () =>
    parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
  test('but not a good one', () => expect(read(good)().files.size).toBe(1))

  test.each<[string, unknown]>([
    ['no JSON', 'x'],
    ['a list', []],
    ['a file twice', '{"version":1,"files":{"a":{},"a":{}}}'],
    ['another version', {...good, version: 2}],
    ['an unknown member', {...good, more: 1}],
    ['no files', {...good, files: undefined}],
    ['no patterns', {...good, excludes: undefined}],
    ['a time that is none', {...good, updated: 'today'}],
    ['a pattern that excludes everything', {...good, excludes: ['**']}],
    ['a pattern that is no text', {...good, excludes: [1]}],
    ['a path out of the folder', {...good, files: {'../a': good.files['a']}}],
    ['an absolute path', {...good, files: {'/a': good.files['a']}}],
    ['a digest in capitals', {...good, files: {a: {sha256: 'A'.repeat(64), size: 1, mode: '0644'}}}],
    ['a mode of three digits', {...good, files: {a: {sha256: 'a'.repeat(64), size: 1, mode: '644'}}}],
    ['a negative size', {...good, files: {a: {sha256: 'a'.repeat(64), size: -1, mode: '0644'}}}],
    ['a link that is a file too', {...good, files: {a: {link: 'b', sha256: 'a'.repeat(64)}}}],
    ['an empty link', {...good, files: {a: {link: ''}}}],
  ])('for %s', (_what, value) => expect(codeOf(read(value))).toBe('manifest_invalid'))
})
