// Which files a compile reads and how they form chains: files of one directory and recorder session are
// one chain in the order of their sequence numbers; any other file is a chain of its own.
import {readdirSync, realpathSync, statSync} from 'node:fs'
import {basename, dirname, join, relative, sep} from 'node:path'
import {isErrno, PipelockError} from '../../../core/errors.js'
import {expandGlob, isGlob} from '../../../lib/file-glob.js'
import {isObject, JsonFault, readJson, type JsonObject} from '../../../lib/json/reader.js'
import {readFileCoded} from './source-file.js'

export interface Discovered {
  /** Absolute paths; the files of each chain in order, the chains sorted. */
  readonly chains: readonly (readonly string[])[]
  /** Session directories that were left out, and why. */
  readonly skipped: readonly string[]
}

const META = 'capture-meta'

/** Files named by `--input`. */
export function discoverByPattern(pattern: string): Discovered {
  const paths = isGlob(pattern) ? expandGlob(pattern) : [pattern]
  if (paths.length === 0) throw new PipelockError('no_captures', `no file matches ${pattern}`)
  return {chains: chainsOf(paths), skipped: []}
}

/** Session directories of one agent below the capture root, modified since the given time, and the drop sentinels. */
export function discoverByAgent(captureDir: string, agent: string, sinceMs: number): Discovered {
  const root = realRoot(captureDir)
  const skipped: string[] = []
  const paths: string[] = []
  for (const entry of readdirSync(root, {withFileTypes: true})) {
    const directory = join(root, entry.name)
    if (entry.name === META || !mayBelong(entry.name, agent)) continue
    const real = directoryInside(root, directory)
    if (real === undefined) {
      skipped.push(`${directory}: not a directory of the capture root`)
      continue
    }
    const files = recentFiles(real, sinceMs)
    const reason = files.length === 0 ? undefined : vet(files[0] ?? '', entry.name, agent)
    if (reason !== undefined) skipped.push(`${directory}: ${reason}`)
    else paths.push(...files)
  }
  if (paths.length === 0) {
    throw new PipelockError('no_captures', `no recent captures of agent ${agent} in ${captureDir}`, {
      hint: 'run pipelock learn observe first, or widen --since',
    })
  }
  const meta = directoryInside(root, join(root, META))
  return {chains: chainsOf([...paths, ...(meta === undefined ? [] : recentFiles(meta, sinceMs))]), skipped}
}

/** The directory with its links followed; undefined when it is none, or lies outside the root. */
function directoryInside(root: string, path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return real.startsWith(root + sep) && statSync(real).isDirectory() ? real : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined
    throw error
  }
}

/** Every session directory of a folder, whoever's they are, and the drop sentinels. */
export function discoverSessions(directory: string): Discovered {
  const root = realRoot(directory)
  if (!statSync(root).isDirectory()) throw new PipelockError('file_not_found', `${directory} is not a directory`)
  const entries = readdirSync(root, {withFileTypes: true})
  const inside = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const paths = inside.filter((name) => name !== META).flatMap((name) => recentFiles(join(root, name), 0))
  if (paths.length === 0) {
    throw new PipelockError('no_captures', `no session directory with captures is in ${directory}`)
  }
  const links = entries.filter((entry) => entry.isSymbolicLink())
  return {
    chains: chainsOf([...paths, ...(inside.includes(META) ? recentFiles(join(root, META), 0) : [])]),
    skipped: links.map((entry) => `${join(root, entry.name)}: a link`),
  }
}

/** True for the chain of the drop sentinels, which is no session. */
export function isMetaChain(chain: readonly string[]): boolean {
  return basename(dirname(chain[0] ?? '')) === META
}

function realRoot(captureDir: string): string {
  try {
    return realpathSync(captureDir)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw new PipelockError('file_not_found', `${captureDir} does not exist`)
    throw error
  }
}

const HASHED = /^h-[0-9a-f]{32}$/

function mayBelong(name: string, agent: string): boolean {
  return name === agent || name.startsWith(`${agent}|`) || HASHED.test(name)
}

/** Chain files of a directory whose newest one is recent enough: a chain is read whole or not at all. */
function recentFiles(directory: string, sinceMs: number): readonly string[] {
  let names: readonly string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
  const paths = names.filter((name) => name.endsWith('.jsonl')).map((name) => join(directory, name))
  return chainsOf(paths)
    .filter((chain) => chain.some((path) => statSync(path).mtimeMs >= sinceMs))
    .flat()
}

const CHAIN_FILE = /^evidence-(.+)-(\d+)\.jsonl$/

function chainsOf(paths: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, {readonly path: string; readonly seq: bigint}[]>()
  for (const path of withoutTwins(paths)) {
    const match = CHAIN_FILE.exec(basename(path))
    const key = match ? `${dirname(path)}\0${match[1]}` : path
    const file = {path, seq: BigInt(match?.[2] ?? 0)}
    const group = groups.get(key)
    if (group) group.push(file)
    else groups.set(key, [file])
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([, files]) => files.sort((a, b) => (a.seq < b.seq ? -1 : 1)).map(({path}) => path))
}

/** One name of each file: a pattern that enters linked directories finds files twice. The last component stays, for a link there is refused. */
function withoutTwins(paths: readonly string[]): readonly string[] {
  const places = new Map<string, string>()
  const named = new Map<string, string>()
  for (const path of [...paths].sort()) {
    const directory = dirname(path)
    const real = places.get(directory) ?? resolvedDirectory(directory)
    places.set(directory, real)
    const name = join(real, basename(path))
    if (!named.has(name)) named.set(name, path)
  }
  return [...named.values()]
}

function resolvedDirectory(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return path // the read of the file reports it
    throw error
  }
}

/** Why a session directory is not this agent's, by the first line of its first file; undefined when it is. */
function vet(path: string, name: string, agent: string): string | undefined {
  const entry = firstEntry(path)
  if (!entry) return 'its first line is not a recorder entry'
  const detail = isObject(entry['detail']) ? entry['detail'] : {}
  if (HASHED.test(name)) {
    const original = detail['session_id_original']
    if (typeof original !== 'string' || (original !== agent && !original.startsWith(`${agent}|`))) {
      return 'it belongs to another session'
    }
  }
  if (entry['type'] === 'capture' && detail['agent'] !== agent) return 'it was recorded for another agent'
  return undefined
}

const FIRST_LINE_BYTES = 1 << 20

function firstEntry(path: string): JsonObject | undefined {
  try {
    const entry = readJson(firstLine(path), {maxDepth: 64})
    if (!isObject(entry)) return undefined
    const [type, hash] = [entry['type'], entry['hash']]
    return typeof type === 'string' && type !== '' && typeof hash === 'string' && hash !== '' ? entry : undefined
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

/** Through the guarded reader: a FIFO among the captures would be waited for. */
function firstLine(path: string): Buffer {
  const parts: Buffer[] = []
  let total = 0
  for (const chunk of readFileCoded(path)) {
    const end = chunk.indexOf(10)
    parts.push(Buffer.from(end === -1 ? chunk : chunk.subarray(0, end)))
    total += chunk.length
    if (end !== -1 || total >= FIRST_LINE_BYTES) break
  }
  return Buffer.concat(parts)
}

/** How an input is named in the signed manifest: below the capture root relative to it, so that no host path leaks. */
export function manifestPath(path: string, captureDir: string): string {
  if (captureDir === '') return path
  try {
    const inside = relative(realpathSync(captureDir), realpathSync(path))
    return inside === '' || inside.startsWith('..') ? path : inside
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return path // the read of the input reports it
    throw error
  }
}
