// The files of a contract store: names made of validated hashes only, reads that follow no link and look
// at the opened descriptor, writes that are whole and durable or did not happen. The port is what crash tests replace.
import {closeSync, constants, fstatSync, fsyncSync, openSync, readdirSync, readSync, unlinkSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {fsyncDirectory, makeDirectory, removeLeftovers, writeAll, writeFileAtomic} from '../../lib/atomic-file.js'
import {readSecurely, ReadFault} from '../../lib/secure-read.js'

/** Contracts may have 8 MiB; nothing in a store is larger. */
export const MAX_OBJECT_BYTES = 8 * 1024 * 1024 + 1

/** Every write of promote, rollback and recovery goes through here, in the order in which it is to become durable. */
export interface StoreWriter {
  /** Replaces the file as a whole. */
  replace(path: string, data: string): void
  /** Creates the file; the same content already there is success, other content is `write_once_conflict`. */
  writeOnce(path: string, data: string): void
  remove(path: string): void
  /** Adds one line to a file of lines. */
  appendLine(path: string, line: string): void
}

export const storeWriter: StoreWriter = {
  replace(path, data) {
    writeFileAtomic(path, data)
  },

  writeOnce(path, data) {
    makeDirectory(dirname(path), 0o700)
    const existing = readStoreFile(path, MAX_OBJECT_BYTES)
    if (existing === undefined) return writeFileAtomic(path, data, {exclusive: true})
    if (!existing.equals(Buffer.from(data))) {
      throw new PipelockError('write_once_conflict', `${path} exists with other content`)
    }
  },

  remove(path) {
    unlinkSync(path)
    fsyncDirectory(dirname(path))
  },

  appendLine(path, line) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600)
    try {
      const {size} = fstatSync(fd)
      // a line that a crash cut off must not swallow this one
      const last = Buffer.alloc(1)
      const isTorn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10
      writeAll(fd, Buffer.from(`${isTorn ? '\n' : ''}${line}\n`))
      fsyncSync(fd)
      if (size === 0) fsyncDirectory(dirname(path))
    } finally {
      closeSync(fd)
    }
  },
}

export interface StorePaths {
  readonly active: string
  readonly lock: string
  readonly journal: string
  readonly receipts: string
  readonly manifests: string
  readonly history: string
  readonly tombstoneDirectory: string
  /** Rules that must not be enforced again. */
  readonly forgotten: string
  manifest(hash: string): string
  contract(hash: string): string
  /** The JSON form and the legacy form, honoured equally. */
  tombstones(hash: string): readonly [json: string, legacy: string]
}

export function storePaths(directory: string): StorePaths {
  const manifests = join(directory, 'manifests')
  const history = join(directory, 'history')
  const tombstoneDirectory = join(directory, 'tombstones')
  return {
    active: join(directory, 'active.json'),
    lock: join(directory, '.lock'),
    journal: join(directory, '.activation_journal.jsonl'),
    receipts: join(directory, 'activation-receipts.jsonl'),
    manifests,
    history,
    tombstoneDirectory,
    forgotten: join(directory, 'forgotten.json'),
    manifest: (hash) => join(manifests, `${objectName(hash)}.json`),
    contract: (hash) => join(history, `${objectName(hash)}.yaml`),
    tombstones: (hash) => {
      const name = join(tombstoneDirectory, objectName(hash))
      return [`${name}.json`, `${name}.tombstone.yaml`]
    },
  }
}

const HASH = /^sha256:([0-9a-f]{64})$/

/** A file name can only be made of a hash: nothing in a manifest can point outside its folder. */
function objectName(hash: string): string {
  const hex = HASH.exec(hash)?.[1]
  if (hex === undefined)
    throw new PipelockError('contract_history', 'a document is named by something that is not a hash')
  return `sha256-${hex}`
}

export function isHash(text: string): boolean {
  return HASH.test(text)
}

/** Removes what interrupted writers left half written; whole files are never touched. */
export function tidyStore(paths: StorePaths): void {
  for (const directory of [dirname(paths.active), paths.manifests, paths.history, paths.tombstoneDirectory]) {
    removeLeftovers(directory)
  }
}

/** Hashes of the manifests that the folder holds, from their names. Throws when anything else is there. */
export function listManifests(paths: StorePaths): readonly string[] {
  return manifestNames(paths).map((name) => {
    const hash = hashOfName(name)
    if (hash !== undefined) return hash
    throw new PipelockError('contract_history', `${paths.manifests} holds a file that is not a manifest`)
  })
}

/** The same for whoever must not be stopped by a stray file. */
export function findManifests(paths: StorePaths): readonly string[] {
  return manifestNames(paths).flatMap((name) => hashOfName(name) ?? [])
}

/** Left-over temporary files start with a dot. */
function manifestNames(paths: StorePaths): readonly string[] {
  try {
    return readdirSync(paths.manifests)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

function hashOfName(name: string): string | undefined {
  const hex = /^sha256-([0-9a-f]{64})\.json$/.exec(name)?.[1]
  return hex === undefined ? undefined : `sha256:${hex}`
}

/** Content of a regular file, or undefined when there is none. */
export function readStoreFile(path: string, maxBytes: number): Buffer | undefined {
  try {
    return readSecurely(path, {maxBytes})
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    if (error.kind === 'missing') return undefined
    const irregular = error.kind === 'symlink' || error.kind === 'not_regular'
    const code = error.kind === 'too_large' ? 'payload_too_large' : irregular ? 'file_not_regular' : 'file_unreadable'
    throw new PipelockError(code, error.message)
  }
}

/** The end of a file of lines, complete lines only; "" when there is none. */
export function tailOf(path: string, maxBytes: number): string {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return ''
    throw error
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new PipelockError('file_not_regular', `${path} is not a regular file`)
    const start = Math.max(0, stat.size - maxBytes)
    const bytes = Buffer.alloc(stat.size - start)
    const length = readSync(fd, bytes, 0, bytes.length, start)
    const text = bytes.toString('utf8', 0, length)
    return text.slice(start === 0 ? 0 : text.indexOf('\n') + 1, text.lastIndexOf('\n') + 1)
  } finally {
    closeSync(fd)
  }
}
