// The rules of the house that a reader would otherwise have to watch: rooms, packages, exports, start-up weight, plugins.
import {existsSync, readFileSync} from 'node:fs'
import {beforeAll, describe, expect, test} from 'vitest'
import {HOOK_NAMES} from '../../src/core/plugin.js'
import {REASONS} from '../../src/core/reasons.js'
import {hookProblem, pluginProblem} from '../../src/host/plugin-checks.js'
import {plugins, type AnyPlugin} from '../../src/plugins/registry.js'
import {exportedValues, usesIn} from '../support/exports.js'
import {
  importCycles,
  packageOf,
  readSources,
  type SourceFacts,
  staticClosure,
  staticPackages,
} from '../support/imports.js'
import {moduleState, sectionsIn, sourceTree, sourceTrees} from '../support/source-code.js'
import {KNOWN_CYCLES} from './import-cycles.js'
import {MODULE_STATE} from './module-state.js'
import {SECTION_READERS} from './section-names.js'

let sources: ReadonlyMap<string, SourceFacts>

beforeAll(() => {
  sources = readSources()
})

function isCommand(path: string): boolean {
  return path.startsWith('src/commands/')
}

type Room = 'commands' | 'cli' | 'host' | 'transports' | 'registry' | 'plugin' | 'core' | 'formats' | 'errors' | 'lib'

const FOLDERS: ReadonlySet<string> = new Set(['commands', 'cli', 'host', 'transports', 'core', 'formats', 'lib'])

function roomOf(path: string): Room {
  const [, room = '', name = ''] = path.split('/')
  if (room === 'plugins') return name === 'registry.ts' || name === 'effective-config.ts' ? 'registry' : 'plugin'
  // the catalogue of error codes is a leaf that the formats refuse with
  if (path === 'src/core/errors.ts') return 'errors'
  if (FOLDERS.has(room)) return room as Room
  throw new Error(`${path} is in no room`)
}

const BELOW: Readonly<Record<Room, readonly Room[]>> = {
  commands: ['cli', 'host', 'registry', 'core', 'formats', 'errors', 'lib'],
  cli: ['cli', 'host', 'registry', 'core', 'formats', 'errors', 'lib'],
  host: ['host', 'transports', 'registry', 'core', 'formats', 'errors', 'lib'],
  transports: ['transports', 'core', 'formats', 'errors', 'lib'],
  registry: ['registry', 'plugin', 'core', 'formats', 'errors', 'lib'],
  plugin: ['core', 'formats', 'errors', 'lib'],
  core: ['core', 'formats', 'errors', 'lib'],
  formats: ['formats', 'errors', 'lib'],
  errors: [],
  lib: ['lib'],
}

describe('rooms', () => {
  test('import only what is below them', () => {
    const wrong: string[] = []
    for (const {path, imports} of sources.values()) {
      const room = roomOf(path)
      for (const {target, isOurs, typeOnly} of imports) {
        if (!isOurs) continue
        const to = roomOf(target)
        const own = room === 'plugin' && to === 'plugin' && folder(path) === folder(target)
        // plugins know each other by the interfaces of core/services alone; commands print the results of plugins
        const typed = typeOnly && (room === 'commands' || room === 'cli') && to === 'plugin'
        if (!own && !typed && !BELOW[room].includes(to)) wrong.push(`${path} imports ${target}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('have no cycle of files that need one another to load', () => {
    expect(firstCycle(sources)).toBeUndefined()
    const file = (path: string, target: string): SourceFacts => ({
      path,
      imports: [{target, isOurs: true, typeOnly: false, dynamic: false}],
      hasDefaultExport: false,
    })
    const ring = ['src/lib/a.ts', 'src/lib/b.ts', 'src/lib/c.ts']
    const circular = new Map(ring.map((path, i) => [path, file(path, ring[(i + 1) % 3] ?? '')]))
    expect(firstCycle(circular)).toEqual([...ring, 'src/lib/a.ts'])
  })

  test('have no cycle of imports, by value or type, beyond the known ones, which may only shrink', () => {
    expect(cycleProblems(importCycles(sources), KNOWN_CYCLES)).toEqual([])
  })

  test('the list of known cycles, with a member more or fewer than the source has, is an error', () => {
    const known = [['src/lib/a.ts', 'src/lib/b.ts', 'src/lib/c.ts']]
    const [all = []] = known
    expect(cycleProblems(known, known)).toEqual([])
    expect(cycleProblems([all, ['src/lib/d.ts', 'src/lib/e.ts']], known)).toEqual([
      'src/lib/d.ts is in a new import cycle with src/lib/e.ts',
      'src/lib/e.ts is in a new import cycle with src/lib/d.ts',
    ])
    expect(cycleProblems([[...all, 'src/lib/d.ts']], known)).toHaveLength(4)
    expect(cycleProblems([all.slice(0, 2)], known)).toEqual([
      'src/lib/c.ts left its import cycle: remove it from test/unit/import-cycles.ts',
    ])
    expect(cycleProblems([], known)).toHaveLength(3)
    const halves = [
      ['src/lib/a.ts', 'src/lib/b.ts'],
      ['src/lib/c.ts', 'src/lib/d.ts'],
    ]
    expect(cycleProblems(halves, [halves.flat()])).toEqual([
      'src/lib/a.ts, src/lib/c.ts: the import cycle was split: list its parts in test/unit/import-cycles.ts',
    ])
  })

  test('a cycle is found through types and import() as well', () => {
    const file = (path: string, target: string, over: {typeOnly?: boolean; dynamic?: boolean}): SourceFacts => ({
      path,
      imports: [{target, isOurs: true, typeOnly: false, dynamic: false, ...over}],
      hasDefaultExport: false,
    })
    const files = [
      file('src/lib/a.ts', 'src/lib/b.ts', {typeOnly: true}),
      file('src/lib/b.ts', 'src/lib/c.ts', {dynamic: true}),
      file('src/lib/c.ts', 'src/lib/b.ts', {}),
      file('src/lib/d.ts', 'src/lib/a.ts', {}),
    ]
    const cycles = (...more: SourceFacts[]): readonly (readonly string[])[] =>
      importCycles(new Map([...files, ...more].map((facts) => [facts.path, facts])))
    expect(cycles()).toEqual([['src/lib/b.ts', 'src/lib/c.ts']])
    expect(cycles(file('src/lib/c.ts', 'src/lib/d.ts', {}))).toEqual([
      ['src/lib/a.ts', 'src/lib/b.ts', 'src/lib/c.ts', 'src/lib/d.ts'],
    ])
  })

  test('have no cycle of folders whose files need one another to load', () => {
    expect(importCycles(foldersOf(sources))).toEqual([])
    const file = (path: string, target: string): SourceFacts => ({
      path,
      imports: [{target, isOurs: true, typeOnly: false, dynamic: false}],
      hasDefaultExport: false,
    })
    const files = [file('src/lib/json/a.ts', 'src/lib/b.ts'), file('src/lib/c.ts', 'src/lib/json/d.ts')]
    expect(importCycles(foldersOf(new Map(files.map((facts) => [facts.path, facts]))))).toEqual([
      ['src/lib', 'src/lib/json'],
    ])
  })

  test('hold only files that exist', () => {
    const missing = [...sources.values()].flatMap(({path, imports}) =>
      imports.filter((i) => i.isOurs && !sources.has(i.target)).map((i) => `${path} imports ${i.target}`),
    )
    expect(missing).toEqual([])
  })
})

/**
 * The folders of the files, each with the folders that it loads. A module `x.ts` beside its parts in `x/` belongs to them; the
 * catalogue of error codes is a leaf by itself.
 */
function foldersOf(files: ReadonlyMap<string, SourceFacts>): ReadonlyMap<string, SourceFacts> {
  const all = new Set(Array.from(files.keys(), (path) => path.slice(0, path.lastIndexOf('/'))))
  const of = (path: string): string => {
    if (roomOf(path) === 'errors') return path
    const parts = path.replace(/\.ts$/, '')
    return all.has(parts) ? parts : path.slice(0, path.lastIndexOf('/'))
  }
  const folders = new Map<string, SourceFacts>()
  const open = (path: string): SourceFacts => {
    const facts = folders.get(path) ?? {path, imports: [], hasDefaultExport: false}
    folders.set(path, facts)
    return facts
  }
  for (const {path, imports} of files.values()) {
    const facts = open(of(path))
    const targets = imports.filter((i) => i.isOurs && !i.typeOnly && !i.dynamic && of(i.target) !== of(path))
    for (const each of targets) open(of(each.target))
    const added = targets.map((each) => ({...each, target: of(each.target)}))
    folders.set(facts.path, {...facts, imports: [...facts.imports, ...added]})
  }
  return folders
}

/** Differences between the cycles of the source and the listed ones, in words. */
function cycleProblems(actual: readonly (readonly string[])[], known: readonly (readonly string[])[]): string[] {
  const problems = actual.flatMap((cycle) => {
    const listed = known.find((each) => cycle.every((path) => each.includes(path)))
    if (listed) return []
    return cycle.map((path) => `${path} is in a new import cycle with ${cycle.filter((p) => p !== path).join(', ')}`)
  })
  for (const listed of known) {
    const parts = actual.filter((cycle) => cycle.every((path) => listed.includes(path)))
    if (parts.length > 1) {
      const firsts = parts.map(([first]) => first).join(', ')
      problems.push(`${firsts}: the import cycle was split: list its parts in test/unit/import-cycles.ts`)
    }
    for (const path of listed) {
      if (actual.some((cycle) => cycle.includes(path))) continue
      problems.push(`${path} left its import cycle: remove it from test/unit/import-cycles.ts`)
    }
  }
  return problems
}

/** The files of a cycle of static value imports, the first one again at its end; types and import() make none. */
function firstCycle(files: ReadonlyMap<string, SourceFacts>): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const {target, isOurs, typeOnly, dynamic} of files.get(path)?.imports ?? []) {
      if (!isOurs || typeOnly || dynamic) continue
      const cycle = visit(target, [...trail, path])
      if (cycle) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const path of files.keys()) {
    const cycle = visit(path, [])
    if (cycle) return cycle
  }
  return undefined
}

/** The names in backquotes of one line of a plugin's README.md. */
function codeSpans(text: string, label: string): readonly string[] {
  const [, line = ''] = new RegExp(`^- ${label}: (.+)$`, 'm').exec(text) ?? []
  return [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

function folder(path: string): string {
  return path.split('/').slice(0, 3).join('/')
}

/** The one file of src that imports a package, so that it can be replaced in one place. */
const PACKAGES: Readonly<Record<string, string | readonly string[]>> = {
  '@inquirer/prompts': 'src/lib/prompt.ts',
  '@noble/ciphers': 'src/lib/sealed-box.ts',
  '@noble/ed25519': 'src/lib/ed25519-point.ts',
  // BLAKE2 for sealed boxes; SHA-2 where there is no node:crypto; Keccak for wallet addresses
  '@noble/hashes': ['src/lib/sealed-box.ts', 'src/lib/web/hash.ts', 'src/plugins/destination/wallet-address.ts'],
  '@opentelemetry/otlp-transformer': 'src/plugins/emission/otlp.ts',
  '@peculiar/x509': 'src/lib/x509.ts',
  '@scure/bip39': 'src/plugins/dlp/bip39.ts',
  '@oclif/core': 'src/cli/oclif.ts',
  '@oclif/plugin-not-found': 'src/cli/command-not-found.ts',
  'ipaddr.js': 'src/lib/ip.ts',
  'json-canonicalize': 'src/lib/jcs.ts',
  'lru-cache': '',
  marked: 'src/lib/terminal-markdown.ts',
  // a tree for reading, and places in a source for changing it
  parse5: ['src/plugins/shield/markup/html-reader.ts', 'src/transports/html-text.ts'],
  'prom-client': 'src/plugins/metrics/counters.ts',
  re2: 'src/lib/regex/native.ts',
  re2js: 'src/lib/regex/fallback.ts',
  // @peculiar/x509 needs it
  'reflect-metadata': 'src/lib/x509.ts',
  'sonic-boom': 'src/plugins/logging/log-stream.ts',
  'structured-headers': 'src/lib/structured-fields.ts',
  tldts: '',
  // requests of clients, byte by byte; and requests of our own
  undici: ['src/plugins/emission/http.ts', 'src/transports/http-pool.ts'],
  yaml: 'src/lib/yaml/document.ts',
}

describe('packages', () => {
  test('are imported in one file each; zod where schemas are', () => {
    const users = new Map<string, Set<string>>()
    for (const {path, imports} of sources.values()) {
      for (const {target, isOurs} of imports) {
        const name = isOurs ? undefined : packageOf(target)
        if (name === undefined) continue
        users.set(name, (users.get(name) ?? new Set()).add(path))
      }
    }
    for (const [name, files] of users) {
      if (name === 'zod') {
        for (const file of files)
          expect(file).toMatch(
            /\/config\.ts$|^src\/plugins\/scan-api\/request\.ts$|^src\/host\/config\/|^src\/core\/plugin(?:-api)?\.ts$/,
          )
        continue
      }
      expect(Object.keys(PACKAGES)).toContain(name)
      const expected = PACKAGES[name]
      if (expected === '') expect([name, ...files]).toHaveLength(2)
      else expect([name, ...[...files].sort()]).toEqual([name, ...[expected].flat()])
    }
  })

  test('of package.json are all used, and none beside them', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      dependencies: Record<string, string>
      optionalDependencies: Record<string, string>
      oclif: {plugins: readonly string[]}
    }
    const declared = Object.keys({...manifest.dependencies, ...manifest.optionalDependencies}).sort()
    const used = [...sources.values()].flatMap(({imports}) =>
      imports.filter((i) => !i.isOurs).map((i) => packageOf(i.target)),
    )
    const names = [...used.filter((name) => name !== undefined), ...manifest.oclif.plugins]
    expect([...new Set(names)].sort()).toEqual(declared)
  })
})

test('only commands and plugin tables have a default export', () => {
  for (const {path, hasDefaultExport} of sources.values()) {
    const isExpected = /^src\/plugins\/[^/]+\/index\.ts$/.test(path) || isCommand(path)
    expect([path, hasDefaultExport]).toEqual([path, isExpected])
  }
})

/** Loaded by name, from where no test looks. */
const LOADED_BY_NAME: Readonly<Record<string, string>> = {
  'src/cli/command-not-found.ts handleUnknownCommand': 'package.json names it for oclif',
  'src/lib/web/hash.ts sha256': 'stands for src/lib/hash.ts in the verifier that runs without Node',
  'src/lib/web/hash.ts sha256Hex': 'stands for src/lib/hash.ts in the verifier that runs without Node',
}

describe('exports', () => {
  test('a value is exported only where another file uses it', () => {
    const trees = sourceTrees('src', 'test', 'bench', 'scripts', 'bin', 'examples')
    const uses = usesIn(trees)
    const unused = [...trees].flatMap(([path, source]) => {
      const used = uses.get(path)
      const names = path.startsWith('src/') && !used?.has('*') ? exportedValues(source) : []
      return names.filter((name) => used?.has(name) !== true).map((name) => `${path} ${name}`)
    })
    expect(unused.sort()).toEqual(Object.keys(LOADED_BY_NAME).sort())
  })

  test('used are names, namespaces, import() and paths below dist; not a name of another file, nor an own use', () => {
    const trees = new Map(
      Object.entries({
        'src/a.ts': 'export const one = 1; export function two() { return three }; export const three = 3, four = 4',
        'src/b.ts': "export {five as six} from './c.js'; export type {Seven} from './c.js'; export interface Eight {}",
        'src/c.ts': "import {one as own} from './a.js'; export class five {}; export default own",
        'src/d.ts': "import * as all from './b.js'; all; export const one = 1",
        'bench/e.mjs': "const {four} = await dist('a.js'); import('../dist/d.js')",
      }).map(([path, text]) => [path, sourceTree(path, text)]),
    )
    const uses = usesIn(trees)
    expect(Object.fromEntries([...trees].map(([path, source]) => [path, exportedValues(source)]))).toEqual({
      'src/a.ts': ['one', 'two', 'three', 'four'],
      'src/b.ts': ['six'],
      'src/c.ts': ['five'],
      'src/d.ts': ['one'],
      'bench/e.mjs': [],
    })
    expect(Object.fromEntries([...uses].map(([path, names]) => [path, [...names].sort()]))).toEqual({
      'src/a.ts': ['*', 'one'],
      'src/b.ts': ['*'],
      'src/c.ts': ['Seven', 'five'],
      'src/d.ts': ['*'],
    })
  })
})

describe('module state', () => {
  test('a name at module level that changes while the program runs is listed with its reason', () => {
    const actual = [...sourceTrees('src')].flatMap(([path, source]) =>
      moduleState(source).map((one) => `${path} ${one}`),
    )
    const listed = Object.entries(MODULE_STATE).flatMap(([path, names]) =>
      Object.keys(names).map((one) => `${path} ${one}`),
    )
    expect(actual.sort()).toEqual(listed.sort())
  })

  test('a counter, a grown list and a table changed by a function are state; a constant and a local are not', () => {
    const text = `
      let served = 0
      const seen: string[] = [], table = new Map(), sizes = {small: 1}, names = ['a']
      const filled = new Uint8Array(4)
      for (let i = 0; i < 4; i++) filled[i] = i
      export function serve(name: string) {
        const local: string[] = []
        local.push(name)
        seen.push(name)
        if (!table.has(name)) sizes.small++
        return [local, names.length, served, !filled[0]]
      }
    `
    expect(moduleState(sourceTree('src/lib/a.ts', text)).toSorted()).toEqual(['seen', 'served', 'sizes'])
  })
})

describe('configuration sections', () => {
  /** Of several words: `dlp`, `learn` and their like are also words of the language and names of plugins. */
  const owners = async (): Promise<ReadonlyMap<string, string>> => {
    const all = new Map<string, string>()
    for (const [name, load] of Object.entries(plugins)) {
      const {default: plugin} = (await load()) as unknown as {default: AnyPlugin}
      for (const section of plugin.sections) if (section.includes('_')) all.set(section, `src/plugins/${name}`)
    }
    return all
  }
  /** Also labels of layers and reasons, which findings carry everywhere. */
  const LABELS = new Set([
    'media_policy',
    'address_protection',
    'seed_phrase_detection',
    'work_budget',
    'mediation_envelope',
  ])
  /** A member of /stats with the name of the section. */
  const COUNTERS = new Set(['src/plugins/metrics/counters.ts cross_request_detection'])

  test('a section is read only in the folder of its plugin, and in the listed files', async () => {
    const all = await owners()
    const distinctive = new Set([...all.keys()].filter((section) => !LABELS.has(section)))
    const readings = [...sourceTrees('src')].flatMap(([path, source]) =>
      sectionsIn(source, distinctive)
        .filter((section) => folder(path) !== all.get(section) && !COUNTERS.has(`${path} ${section}`))
        .map((section) => ({path, section})),
    )
    const isListed = (path: string): boolean => path in SECTION_READERS || folder(path) in SECTION_READERS
    expect(readings.filter(({path}) => !isListed(path)).map(({path, section}) => `${path} reads ${section}`)).toEqual(
      [],
    )
    const readers = new Set(readings.flatMap(({path}) => [path, folder(path)]))
    expect(Object.keys(SECTION_READERS).filter((path) => !readers.has(path))).toEqual([])
  })

  test('a member, a pattern and the path of a setting are readings; a sentence is not', () => {
    const text = `
      const {a_b: one} = config
      const two = config.c_d.enabled
      const hint = 'raise e_f.size for longer texts'
      const path = \`g_h[\${i}].regex\`
      const field = 'i_j.size'
    `
    const names = new Set(['a_b', 'c_d', 'e_f', 'g_h', 'i_j'])
    expect(sectionsIn(sourceTree('src/lib/a.ts', text), names)).toEqual(['a_b', 'c_d', 'g_h', 'i_j'])
  })
})

describe('start-up', () => {
  test('a command loads the base class and little else', () => {
    const commands = [...sources.keys()].filter(isCommand)
    expect(commands.length).toBeGreaterThan(10)
    for (const command of commands) {
      expect([command, ...staticPackages(command, sources)]).toEqual([command])
      // the base class with its eleven leaves, and at most five more: shared flags, shell words, plurals, the next step
      const modules = staticClosure(command, sources)
      expect([command, modules.size <= 18]).toEqual([command, true])
    }
  })

  test('the table of a plugin loads no package', () => {
    const tables = [...sources.keys()].filter((p) => /^src\/plugins\/[^/]+\/index\.ts$/.test(p))
    expect(tables).toHaveLength(Object.keys(plugins).length)
    for (const table of tables) expect([table, ...staticPackages(table, sources)]).toEqual([table])
  })

  test('tools of a plugin load no configuration schema', () => {
    for (const path of sources.keys()) {
      if (!/^src\/plugins\/[^/]+\/tools\.ts$/.test(path)) continue
      expect([path, staticPackages(path, sources).includes('zod')]).toEqual([path, false])
    }
  })
})

describe('plugins', () => {
  const fake = (over: Partial<AnyPlugin>): AnyPlugin => ({
    name: 'fake',
    sections: [],
    schema: () => Promise.resolve({}),
    reasons: [],
    state: () => undefined,
    create: () => ({service: {}}),
    ...over,
  })

  test('keep the rules that types cannot hold', async () => {
    const owners = new Map<string, string>()
    for (const load of Object.values(plugins)) {
      const {default: plugin} = (await load()) as unknown as {default: AnyPlugin}
      expect(pluginProblem(plugin, Object.keys(await plugin.schema()), owners)).toBeUndefined()
      for (const reason of plugin.reasons) expect(Object.keys(REASONS)).toContain(reason)
    }
    for (const section of ['fetch_proxy', 'dlp', 'internal', 'flight_recorder', 'learn', 'learn_lock', 'logging']) {
      expect(owners.has(section)).toBe(true)
    }
  })

  test('have a README.md that names their sections, hooks, guide and first file', async () => {
    for (const [name, load] of Object.entries(plugins)) {
      const {default: plugin} = (await load()) as unknown as {default: AnyPlugin}
      const page = new URL(`../../src/plugins/${name}/README.md`, import.meta.url)
      expect([name, existsSync(page)]).toEqual([name, true])
      const text = readFileSync(page, 'utf8')
      expect([name, ...codeSpans(text, 'Configuration sections')]).toEqual([name, ...plugin.sections])
      expect(codeSpans(text, 'Hooks').filter((hook) => !(HOOK_NAMES as readonly string[]).includes(hook))).toEqual([])
      for (const label of ['Guide', 'First file to read']) {
        const [, target = ''] = new RegExp(`^- ${label}: \\[[^\\]]+\\]\\(([^)]+)\\)$`, 'm').exec(text) ?? []
        expect([name, label, target !== '' && existsSync(new URL(target, page))]).toEqual([name, label, true])
      }
    }
  })

  test('are refused when they break one', () => {
    const owners = new Map([['dlp', 'dlp']])
    expect(pluginProblem(fake({sections: ['dlp']}), ['dlp'], owners)).toMatch(/two owners: dlp, fake/)
    expect(pluginProblem(fake({sections: ['x']}), [], owners)).toMatch(/without a schema/)
    expect(pluginProblem(fake({}), ['x'], owners)).toMatch(/without naming it/)
    expect(pluginProblem(fake({reasons: ['no_such' as never]}), [], owners)).toMatch(/unknown reason no_such/)
    expect(hookProblem('fake', {inspcet: () => []} as never)).toMatch(/unknown hook inspcet/)
    expect(
      hookProblem('fake', Object.fromEntries(HOOK_NAMES.map((name) => [name, () => undefined])) as never),
    ).toBeUndefined()
  })
})
