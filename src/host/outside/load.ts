// Plugins of the operator, named in the configuration by folder or package and by the digest of their files. Everything
// about one is checked before its code runs, and every fault is a problem of the configuration: it refuses the start,
// and a reload keeps the running policy.
import {existsSync} from 'node:fs'
import {dirname, isAbsolute, join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import type {Surface} from '../../core/explanation.js'
import {API_VERSION, type Plugin, type PluginExplanation} from '../../core/plugin-api.js'
import {errorText} from '../../lib/error-text.js'
import {inTime} from './in-time.js'
import type {Schemas} from '../config/schemas.js'
import {schemaTools} from '../config/outside-schemas.js'
import {FolderFault, type PluginFolder, readPluginFolder} from './folder.js'
import {snapshotOf} from './snapshot.js'

/** An entry of `plugins`. */
export interface PluginEntry {
  readonly path: string
  readonly package: string
  readonly sha256: string
}

export interface OutsidePlugin {
  readonly name: string
  readonly digest: string
  readonly schemas: Schemas
  readonly plugin: Plugin<Readonly<Record<string, unknown>>>
}

export interface OutsideProblem {
  readonly field: string
  readonly message: string
}

export type OutsideResult =
  | {readonly ok: true; readonly plugins: readonly OutsidePlugin[]}
  | {readonly ok: false; readonly problems: readonly OutsideProblem[]}

export interface OutsideOptions {
  /** Folder of the configuration file. */
  readonly directory: string
  /** Where the verified copies are kept. */
  readonly home: string
  /** Sections and plugin names that are taken. */
  readonly sections: ReadonlySet<string>
  readonly names: ReadonlySet<string>
}

const IMPORT_MS = 30_000

export async function loadOutsidePlugins(
  entries: readonly PluginEntry[],
  options: OutsideOptions,
): Promise<OutsideResult> {
  const plugins: OutsidePlugin[] = []
  const problems: OutsideProblem[] = []
  for (const [i, entry] of entries.entries()) {
    const field = `plugins[${i}]`
    try {
      const taken = {
        names: new Set([...options.names, ...plugins.map(({name}) => name)]),
        sections: new Set([...options.sections, ...plugins.flatMap(({schemas}) => Object.keys(schemas))]),
      }
      plugins.push(await loadOne(entry, {...options, ...taken}))
    } catch (error) {
      if (!(error instanceof FolderFault)) throw error
      problems.push({field: error instanceof DigestFault ? `${field}.sha256` : field, message: error.message})
    }
  }
  return problems.length > 0 ? {ok: false, problems} : {ok: true, plugins}
}

/** The files of a plugin, or of a package, from the folder of the configuration. Throws FolderFault. */
export function pluginFolder(entry: Pick<PluginEntry, 'path' | 'package'>, directory: string): PluginFolder {
  return readPluginFolder(entry.path === '' ? packageFolder(entry.package, directory) : from(entry.path, directory))
}

class DigestFault extends FolderFault {}

async function loadOne(entry: PluginEntry, options: OutsideOptions): Promise<OutsidePlugin> {
  const folder = pluginFolder(entry, options.directory)
  if (folder.digest !== entry.sha256) {
    throw new DigestFault(
      `the files have the digest ${folder.digest}, not ${entry.sha256}: review what changed before you write the new one here`,
    )
  }
  const entryFile = entryOf(folder)
  const plugin = checked(await imported(join(snapshot(folder, options.home), entryFile)), options.names)
  const {z, looseMapping} = await schemaTools()
  const schemas = schemasOf(plugin, z)
  for (const [section, schema] of Object.entries(schemas)) {
    if (options.sections.has(section)) {
      throw new FolderFault(`plugin ${plugin.name}: the section ${section} belongs to pipelock or to another plugin`)
    }
    const loose = looseMapping(schema)
    if (loose === undefined) continue
    const where = loose === '' ? section : `${section}.${loose}`
    throw new FolderFault(
      `plugin ${plugin.name}: ${where} is not strict (write z.strictObject): it would ignore a mistyped key`,
    )
  }
  return {name: plugin.name, digest: folder.digest, schemas, plugin}
}

function snapshot(folder: PluginFolder, home: string): string {
  try {
    return snapshotOf(folder, home)
  } catch (error) {
    if (error instanceof FolderFault) throw error
    throw new FolderFault(`the verified copy cannot be written below ${home}: ${errorText(error)}`)
  }
}

async function imported(path: string): Promise<unknown> {
  try {
    const module = (await inTime(import(pathToFileURL(path).href), IMPORT_MS)) as {readonly default?: unknown}
    return module.default
  } catch (error) {
    throw new FolderFault(`the code cannot be loaded: ${errorText(error)}`)
  }
}

function from(path: string, directory: string): string {
  return isAbsolute(path) ? path : resolve(directory, path)
}

/** The nearest installed package, as Node finds it from the configuration file. */
function packageFolder(name: string, directory: string): string {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(at) === at) throw new FolderFault(`the package ${name} is not installed in ${directory} or above`)
  }
}

/** `main` of its package.json, else index.mjs, else index.js. */
function entryOf({files}: PluginFolder): string {
  const names = new Set(files.map(({path}) => path))
  const manifest = files.find(({path}) => path === 'package.json')
  const main = manifest && mainOf(manifest.bytes)
  const candidates = main === undefined ? ['index.mjs', 'index.js'] : [main]
  const present = candidates.find((name) => names.has(name))
  if (present === undefined) throw new FolderFault(`no entry file: ${candidates.join(' or ')}`)
  return present
}

function mainOf(bytes: Buffer): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new FolderFault('package.json is not JSON')
  }
  const main = typeof value === 'object' && value !== null && 'main' in value ? value.main : undefined
  return typeof main === 'string' ? main.replace(/^\.\//, '') : undefined
}

const MEMBERS = new Set(['apiVersion', 'name', 'schema', 'check', 'state', 'create', 'explain'])

/** The default export, held to the interface. */
function checked(value: unknown, names: ReadonlySet<string>): OutsidePlugin['plugin'] {
  if (typeof value !== 'object' || value === null)
    throw new FolderFault('the entry file has no plugin as default export')
  const plugin = value as Readonly<Record<string, unknown>>
  const {apiVersion, name} = plugin
  if (apiVersion !== API_VERSION) {
    throw new FolderFault(`apiVersion must be ${API_VERSION}: the interface of this version of pipelock`)
  }
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,23}$/.test(name)) {
    throw new FolderFault('name must have 1 to 24 lower-case letters, digits and underscores, a letter first')
  }
  if (names.has(name)) throw new FolderFault(`there is another plugin of the name ${name}`)
  const unknown = Object.keys(plugin).find((key) => !MEMBERS.has(key))
  if (unknown !== undefined) throw new FolderFault(`plugin ${name} has the unknown member ${unknown}`)
  for (const member of ['schema', 'check', 'state', 'create']) {
    const given = plugin[member]
    if (typeof given === 'function' || (given === undefined && member !== 'create')) continue
    throw new FolderFault(`plugin ${name}: ${member} must be a function`)
  }
  const problem = explainProblem(plugin['explain'])
  if (problem !== undefined) throw new FolderFault(`plugin ${name}: explain${problem}`)
  return value as OutsidePlugin['plugin']
}

const SURFACES: readonly unknown[] = ['url', 'request', 'response'] satisfies readonly Surface[]
const EXPLAIN: Readonly<Record<keyof PluginExplanation<never>, (value: unknown) => string | undefined>> = {
  about: (value) => (typeof value === 'string' && value !== '' ? undefined : 'must be text'),
  surfaces: (value) =>
    Array.isArray(value) && value.every((one) => SURFACES.includes(one))
      ? undefined
      : `must be a list of ${SURFACES.join(', ')}`,
  off: optional('function', 'a function'),
  loosen: optional('function', 'a function'),
  stricter: optional('string', 'the path of a setting, as in "deny_list.action"'),
}

function optional(type: 'function' | 'string', expected: string): (value: unknown) => string | undefined {
  return (value) => (value === undefined || typeof value === type ? undefined : `must be ${expected}`)
}

/** A member of another form would end `pipelock explain` for every layer. */
function explainProblem(explain: unknown): string | undefined {
  if (explain === undefined) return undefined
  if (typeof explain !== 'object' || explain === null) return ' must be an object'
  const unknown = Object.keys(explain).find((key) => !Object.hasOwn(EXPLAIN, key))
  if (unknown !== undefined) return ` has the unknown member ${unknown}`
  for (const [key, problemOf] of Object.entries(EXPLAIN)) {
    const problem = problemOf((explain as Readonly<Record<string, unknown>>)[key])
    if (problem !== undefined) return `.${key} ${problem}`
  }
  return undefined
}

function schemasOf(plugin: OutsidePlugin['plugin'], z: Parameters<NonNullable<Plugin['schema']>>[0]): Schemas {
  if (plugin.schema === undefined) return {}
  let schemas: Schemas
  try {
    schemas = plugin.schema(z)
  } catch (error) {
    throw new FolderFault(`plugin ${plugin.name}: schema() failed: ${errorText(error)}`)
  }
  for (const [section, schema] of Object.entries(schemas)) {
    if (!/^[a-z][a-z0-9_]*$/.test(section))
      throw new FolderFault(`plugin ${plugin.name}: ${section} is no section name`)
    if (!(schema instanceof z.ZodType)) {
      throw new FolderFault(`plugin ${plugin.name}: the schema of ${section} was not made with the given zod`)
    }
  }
  return schemas
}
