// Loads an effective configuration with its hashes from a file or the defaults. All or nothing: any problem refuses the
// whole file, and every problem is named. Missing files, unreadable ones and wrong content all end with exit status 2.
import {readFileSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import type {KeyFacts} from '../../core/key-facts.js'
import type {CommandLineValues, SettingWarning} from '../../core/plugin.js'
import type {Schemas} from './schemas.js'
import {ReadFault} from '../../lib/secure-read.js'
import type {EffectiveConfig} from '../../plugins/effective-config.js'
import {type AnyPlugin, type PluginName, plugins} from '../../plugins/registry.js'
import type {OutsidePlugin} from '../outside/load.js'
import {readConfigBytes} from './file.js'
import {type ConfigHashes, policyHash, rawHash} from './hash.js'
import {type PathBase, withPaths} from './paths.js'
import {configError, fieldPath, type Problem} from './problem.js'
import {readSettings} from './settings.js'
import type {ConfigTree} from './tree.js'
import {whoElseWrites} from './trust.js'

export interface LoadedConfig {
  readonly config: EffectiveConfig
  readonly hashes: ConfigHashes
  /** What its keys declare, with those of its plugins. */
  readonly facts: KeyFacts
  /** Absolute; undefined for built-in defaults and embedded presets. */
  readonly path?: string
  /** The file has no content: the preset at a start, refused at a reload. */
  readonly isEmpty: boolean
  /** Plugins of the operator, verified and loaded. */
  readonly plugins: readonly OutsidePlugin[]
  readonly warnings: readonly SettingWarning[]
}

/** Values of the command line: they override the file and survive a reload. */
export interface Overrides extends CommandLineValues {
  readonly mode?: string
  /** Replaces `<home>` in paths; without it such paths stay unchanged. */
  readonly home?: string
}

export type ConfigSource =
  | {readonly kind: 'file'; readonly path: string}
  /** A preset embedded in the program; hashed like a file. */
  | {readonly kind: 'text'; readonly text: string; readonly directory: string}
  | {readonly kind: 'defaults'}

export type ReadResult =
  | ({readonly ok: true} & LoadedConfig)
  | {readonly ok: false; readonly file: string; readonly problems: readonly Problem[]}

/** Throws config_unreadable or config_invalid. */
export function loadConfig(path: string | undefined, overrides: Overrides = {}): Promise<LoadedConfig> {
  return loadSource(path === undefined ? {kind: 'defaults'} : {kind: 'file', path}, overrides)
}

export async function loadSource(source: ConfigSource, overrides: Overrides = {}): Promise<LoadedConfig> {
  const result = await readConfig(source, overrides)
  if (!result.ok) throw configError(result.file, result.problems)
  return result
}

/** The same file with a changed effective configuration (a reload that keeps settings which need a restart). */
export function withConfig(loaded: LoadedConfig, config: EffectiveConfig): LoadedConfig {
  return {...loaded, config, hashes: {raw: loaded.hashes.raw, policy: policyHash(config, loaded.facts)}}
}

/** The same with one section replaced, validated like a file; undefined when it would be refused. */
export async function revalidated(
  loaded: LoadedConfig,
  section: string,
  tree: Readonly<Record<string, unknown>>,
): Promise<LoadedConfig | undefined> {
  const parsed = (await schemasOf(loaded))[section]?.safeParse(tree[section])
  if (parsed?.success !== true) return undefined
  const config = parseEffective({...tree, [section]: parsed.data})
  return (await crossChecks(config, NOTHING, loaded.plugins)).length > 0 ? undefined : withConfig(loaded, config)
}

/** Problems of the content are a value; an unreadable file throws config_unreadable. */
export async function readConfig(source: ConfigSource, overrides: Overrides = {}): Promise<ReadResult> {
  const bytes = bytesOf(source)
  const file = source.kind === 'file' ? source.path : source.kind === 'text' ? 'built-in preset' : 'built-in defaults'
  const directory =
    source.kind === 'file' ? dirname(resolve(source.path)) : source.kind === 'text' ? source.directory : '.'
  const given = bytes === undefined ? NOTHING : await treeOf(bytes)
  const tree = await withOverrides(given, overrides)
  const base = {directory, home: overrides.home}
  const checked = (tree === NOTHING ? builtDefaults() : undefined) ?? (await checkedSections(tree, base))
  if ('problems' in checked) return {ok: false, file, problems: checked.problems}
  const {facts} = checked
  const config = withPaths(checked.sections, facts, base)
  const others = source.kind === 'file' ? whoElseWrites(source.path) : undefined
  if (others !== undefined && config.mode === 'strict') {
    const message = `strict mode refuses a configuration that others can change: ${others}`
    return {ok: false, file, problems: [{field: '', line: 0, column: 0, message}]}
  }
  return {
    ok: true,
    config,
    facts,
    plugins: checked.plugins,
    hashes: {raw: rawHash(bytes), policy: policyHash(config, facts)},
    isEmpty: source.kind === 'file' && (given.value ?? null) === null,
    warnings: [
      ...(others === undefined ? [] : [{field: 'configuration', message: `others can change it: ${others}`}]),
      ...checked.warnings,
      ...(config.enforce ? [] : [{field: 'enforce', message: 'findings are reported, not blocked'}]),
    ],
    ...(source.kind === 'file' ? {path: resolve(source.path)} : {}),
  }
}

function bytesOf(source: ConfigSource): Buffer | undefined {
  if (source.kind === 'file') return readConfigFile(source.path)
  return source.kind === 'text' ? Buffer.from(source.text) : undefined
}

/** The parsed content of a source, not validated. Throws config_unreadable. */
export async function treeOfSource(source: ConfigSource): Promise<ConfigTree> {
  const bytes = bytesOf(source)
  return bytes === undefined ? NOTHING : treeOf(bytes)
}

/** The sections, paths as written, and what their keys declare. */
interface Defaults {
  readonly sections: EffectiveConfig
  readonly facts: KeyFacts
}

type Checked = (Defaults & Pick<LoadedConfig, 'plugins' | 'warnings'>) | {readonly problems: readonly Problem[]}

async function checkedSections(tree: ConfigTree, base: PathBase): Promise<Checked> {
  const [{validateTree}, {declaredFacts}, {outsidePlugins}, builtIn] = await Promise.all([
    import('./validate.js'),
    import('./declared-facts.js'),
    import('./outside.js'),
    allSchemas(),
  ])
  // their schemas come first: the sections of the file are validated against all of them
  const outside = await outsidePlugins(tree, builtIn, {...base, names: pluginNames()})
  if (!outside.ok) return {problems: outside.problems}
  const {plugins: loaded} = outside
  const all = withOutside(builtIn, loaded)
  const {config, problems} = validateTree(tree, all)
  if (problems.length > 0) return {problems}
  const sections = parseEffective(config)
  const facts = declaredFacts(all)
  const crossProblems = await crossChecks(withPaths(sections, facts, base), tree, loaded)
  if (crossProblems.length > 0) return {problems: crossProblems}
  return {sections, facts, plugins: loaded, warnings: await warningsOf(sections)}
}

/** The schema of every section of a configuration, with those of its own plugins. */
export async function schemasOf({plugins: loaded}: Pick<LoadedConfig, 'plugins'>): Promise<Schemas> {
  return withOutside(await allSchemas(), loaded)
}

function withOutside(builtIn: Schemas, loaded: readonly OutsidePlugin[]): Schemas {
  return loaded.length === 0 ? builtIn : Object.assign({...builtIn}, ...loaded.map(({schemas: own}) => own))
}

/** The defaults of all schemas, for the build to store. */
export async function defaultsOfSchemas(): Promise<Defaults> {
  const checked = await checkedSections(NOTHING, {directory: '.', home: undefined})
  if ('problems' in checked) throw configError('built-in defaults', checked.problems)
  const {sections, facts} = checked
  return {sections, facts}
}

/** The defaults as stored by the build: creating and running all schemas takes most of the time of a small command. */
function builtDefaults(): Checked | undefined {
  try {
    const text = readFileSync(new URL('../../defaults.json', import.meta.url), 'utf8')
    return {...(JSON.parse(text) as Defaults), plugins: [], warnings: []}
  } catch (error) {
    // run from sources: the build has not stored it
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const NOTHING: ConfigTree = {value: undefined, problems: [], place: () => ({line: 1, column: 1})}

/** Loads the YAML parser, which the built-in defaults do not need. */
async function treeOf(bytes: Buffer): Promise<ConfigTree> {
  const {readTree} = await import('./tree.js')
  return readTree(decode(bytes))
}

let schemas: Promise<Schemas> | undefined

/** The schema of every section, each with one owner. */
export function allSchemas(): Promise<Schemas> {
  return (schemas ??= collectSchemas())
}

async function collectSchemas(): Promise<Schemas> {
  const [{sections: core}, {pluginProblem}] = await Promise.all([
    import('../../core/config.js'),
    import('../plugin-checks.js'),
  ])
  const all: Record<string, Schemas[string]> = {...core}
  const owners = new Map(Object.keys(core).map((section) => [section, 'core']))
  // in parallel: most of the time is spent on opening small files
  const declared = await Promise.all(
    pluginNames().map(async (name) => {
      const plugin = await loadPlugin(name)
      return {plugin, own: await plugin.schema()}
    }),
  )
  for (const {plugin, own} of declared) {
    const problem = pluginProblem(plugin, Object.keys(own), owners)
    if (problem !== undefined) throw new PipelockError('internal_error', problem)
    Object.assign(all, own)
  }
  return all
}

export function pluginNames(): readonly PluginName[] {
  return Object.keys(plugins).filter((name): name is PluginName => Object.hasOwn(plugins, name))
}

/** A plugin, typed without its service: only its callers need those types. */
export async function loadPlugin(name: PluginName): Promise<AnyPlugin> {
  const {default: plugin} = await plugins[name]()
  return plugin as unknown as AnyPlugin
}

async function crossChecks(
  config: EffectiveConfig,
  tree: ConfigTree,
  loaded: readonly OutsidePlugin[],
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  const settings = await readSettings(config)
  for (const name of pluginNames()) {
    const plugin = await loadPlugin(name)
    for (const {field, message} of (await plugin.check?.(config as never, settings)) ?? []) {
      problems.push({field, ...tree.place(fieldPath(field)), message})
    }
  }
  if (loaded.length > 0) {
    const {outsideChecks} = await import('./outside.js')
    problems.push(...outsideChecks(config, tree, loaded))
  }
  return problems
}

function readConfigFile(path: string): Buffer {
  try {
    return readConfigBytes(path)
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    if (error.kind === 'missing') {
      throw new PipelockError('config_unreadable', `${path} does not exist`, {
        hint: 'pipelock generate config -o pipelock.yaml writes one',
      })
    }
    throw new PipelockError('config_unreadable', error.message)
  }
}

/** Bytes outside UTF-8 would be read as something the operator did not write. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw new PipelockError('config_invalid', 'the file is not valid UTF-8')
  }
}

async function withOverrides(tree: ConfigTree, {home: _, mode, ...values}: Overrides): Promise<ConfigTree> {
  if (mode === undefined && Object.keys(values).length === 0) return tree
  const root = tree.value ?? {}
  if (!isRecord(root)) return tree
  const value: Record<string, unknown> = {...root, ...(mode !== undefined && {mode})}
  for (const name of pluginNames()) {
    const {overrides} = await loadPlugin(name)
    for (const [section, members] of Object.entries(overrides?.(values) ?? {})) {
      const given = value[section]
      value[section] = {...(isRecord(given) ? given : {}), ...members}
    }
  }
  return {...tree, value, place: (path, key) => tree.place(path, key)}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Combines the sections, each parsed by its schema, into the effective configuration. */
function parseEffective(sections: Record<string, unknown>): EffectiveConfig {
  return sections as unknown as EffectiveConfig
}

async function warningsOf(config: EffectiveConfig): Promise<readonly SettingWarning[]> {
  const loaded = await Promise.all(pluginNames().map(loadPlugin))
  return loaded.flatMap(({warnings}) => warnings?.(config as never) ?? [])
}
