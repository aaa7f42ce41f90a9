// The cards that are known, one file each under the state root, so that a restart trusts nobody anew and an operator can see
// and reset them. A file that cannot be read is no first use; one that cannot be written is kept in memory, and that is said.
import {readdirSync, rmSync, utimesSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {parseTarget} from '../../core/target.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {sha256Hex} from '../../lib/hash.js'
import {readSecurely, ReadFault} from '../../lib/secure-read.js'

export interface StoredField {
  readonly kind: string
  readonly of: string
  readonly digest: string
  /** The beginning of the value; empty where it would tell a credential. */
  readonly excerpt: string
}

export interface CardChange {
  readonly kind: string
  readonly of: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly before: string
  readonly after: string
}

export interface Baseline {
  readonly version: 1
  readonly url: string
  /** Digest of the credentials that it was shown to; extended cards differ for each. */
  readonly principal: string
  readonly hash: string
  readonly seenAt: string
  readonly fields: readonly StoredField[]
  readonly drift?: {readonly hash: string; readonly seenAt: string; readonly changes: readonly CardChange[]}
}

const MAX_CARDS = 1_000
const MAX_OF_HOST = 50
const MAX_FILE_BYTES = 1_048_576
const NAME = /^[0-9a-f]{16}-[0-9a-f]{32}\.json$/

export interface Baselines {
  /** undefined: this card was never seen. Throws where it cannot be told. */
  read(host: string, key: string, nowMs: number): Baseline | undefined
  /** False: there is no room for another card. `persisted`: it outlives the process. */
  write(host: string, key: string, baseline: Baseline): {readonly hasRoom: boolean; readonly persisted: boolean}
  list(): readonly Baseline[]
  /** Forgets the cards of a URL; how many there were. */
  reset(url: string): number
}

export function cardFolder(home: string): string {
  return join(home, 'a2a', 'cards')
}

export function openBaselines(folder: string): Baselines {
  /** Where nothing can be written. */
  const memory = new Map<string, Baseline>()
  const fileOf = (host: string, key: string): string => `${prefixOf(host)}${sha256Hex(key).slice(0, 32)}.json`

  const load = (name: string): Baseline | undefined => {
    const path = join(folder, name)
    const hint = 'remove the file to trust the next card'
    let source: string
    try {
      source = readSecurely(path, {maxBytes: MAX_FILE_BYTES}).toString('utf8')
    } catch (error) {
      if (!(error instanceof ReadFault)) throw error
      if (error.kind === 'missing') return undefined
      throw new PipelockError('file_unreadable', `known agent card: ${error.message}`, {hint, cause: error})
    }
    const result = parseBaseline(source)
    if (result === undefined) throw new PipelockError('file_unreadable', `known agent card: ${path} is damaged`, {hint})
    return result
  }

  /** What cannot be read is that of any URL of its host. */
  const isOf = (name: string, url: string): boolean => {
    try {
      return load(name)?.url === url
    } catch (error) {
      if (!(error instanceof PipelockError)) throw error
      return name.startsWith(prefixOf(parseTarget(url).target?.host ?? ''))
    }
  }

  /** Makes room by removing the oldest unchanged one; a changed one is kept until an operator reviews it. */
  const makeRoom = (host: string, name: string): boolean => {
    const names = namesIn(folder)
    if (names.includes(name)) return true
    const own = names.filter((one) => one.startsWith(prefixOf(host)))
    const among = own.length >= MAX_OF_HOST ? own : names.length >= MAX_CARDS ? names : []
    if (among.length === 0) return true
    for (const oldest of [...among].sort((a, b) => ageOf(folder, a) - ageOf(folder, b))) {
      if (load(oldest)?.drift !== undefined) continue
      rmSync(join(folder, oldest), {force: true})
      return true
    }
    return false
  }

  return {
    read(host, key, nowMs) {
      const name = fileOf(host, key)
      const unsaved = memory.get(name)
      if (unsaved !== undefined) return unsaved
      const result = load(name)
      if (result !== undefined) touch(join(folder, name), nowMs)
      return result
    },
    write(host, key, baseline) {
      const name = fileOf(host, key)
      try {
        makeDirectory(folder, 0o700)
        if (!makeRoom(host, name)) return {hasRoom: false, persisted: false}
        writeFileAtomic(join(folder, name), `${JSON.stringify(baseline, undefined, 2)}\n`, {mode: 0o600})
        memory.delete(name)
        return {hasRoom: true, persisted: true}
      } catch (error) {
        if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EDQUOT', 'ENOENT')) throw error
        if (!memory.has(name) && memory.size >= MAX_CARDS) return {hasRoom: false, persisted: false}
        memory.set(name, baseline)
        return {hasRoom: true, persisted: false}
      }
    },
    list: () =>
      namesIn(folder)
        .flatMap((name) => load(name) ?? [])
        .sort((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0)),
    reset(url) {
      const names = namesIn(folder).filter((name) => isOf(name, url))
      for (const name of names) rmSync(join(folder, name), {force: true})
      return names.length
    },
  }
}

function prefixOf(host: string): string {
  return `${sha256Hex(host).slice(0, 16)}-`
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => NAME.test(name))
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error
    return []
  }
}

function ageOf(folder: string, name: string): number {
  return statSync(join(folder, name), {throwIfNoEntry: false})?.mtimeMs ?? 0
}

/** The one that was used last goes last; where that cannot be noted, the one that was written last. */
function touch(path: string, nowMs: number): void {
  try {
    utimesSync(path, nowMs / 1000, nowMs / 1000)
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT')) throw error
  }
}

/** undefined where it is none of ours. */
function parseBaseline(source: string): Baseline | undefined {
  try {
    const value: unknown = JSON.parse(source)
    return isBaseline(value) ? value : undefined
  } catch {
    return undefined // no JSON: half a file, or somebody else's
  }
}

function isBaseline(value: unknown): value is Baseline {
  if (typeof value !== 'object' || value === null) return false
  const {version, url, principal, hash, seenAt, fields} = value as Readonly<Record<string, unknown>>
  return (
    version === 1 &&
    [url, principal, hash, seenAt].every((one) => typeof one === 'string') &&
    Array.isArray(fields) &&
    fields.every((field) => isField(field))
  )
}

function isField(value: unknown): value is StoredField {
  if (typeof value !== 'object' || value === null) return false
  const {kind, of, digest, excerpt} = value as Readonly<Record<string, unknown>>
  return [kind, of, digest, excerpt].every((one) => typeof one === 'string')
}
