// Files that are wholly old or wholly new: exclusive temporary file in the same directory, mode before content, fsync,
// rename, fsync of the directory. A crash at any point leaves the old file or the new one, and at most a temporary file,
// which is known by the process in its name and removed once that process is gone.
import {randomBytes} from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {isRunning} from './process.js'

export interface AtomicWriteOptions {
  /** Permission bits of the file; default 0600. */
  readonly mode?: number
  /** Refuse when the target exists (EEXIST). */
  readonly exclusive?: boolean
}

/** Makes the renames and new names of a directory durable. */
export function fsyncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

export function writeAll(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length;) at += writeSync(fd, data, at)
}

/** A staged file: complete and durable under a temporary name; `publish` renames it, `discard` removes it. */
export interface StagedFile {
  readonly path: string
  publish(): void
  discard(): void
}

/** In pieces where the whole need not lie in memory. */
export type FileData = Uint8Array | string | Iterable<Uint8Array>

/** Writes `data` beside `path` without touching `path`. An existing target must be a regular file (a link would be replaced, not followed: refused with ELOOP). */
export function stageFile(path: string, data: FileData, options: AtomicWriteOptions = {}): StagedFile {
  const mode = options.mode ?? 0o600
  const existing = lstatSync(path, {throwIfNoEntry: false})
  if (existing && !existing.isFile())
    throw coded(existing.isSymbolicLink() ? 'ELOOP' : 'EINVAL', `${path} is not a regular file`)
  if (existing && options.exclusive) throw coded('EEXIST', `${path} exists`)
  const directory = dirname(path)
  const temporary = join(directory, `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
  const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode)
  try {
    fchmodSync(fd, mode) // the umask has been applied to the mode of open
    if (typeof data === 'string') writeAll(fd, Buffer.from(data, 'utf8'))
    else if (data instanceof Uint8Array) writeAll(fd, data)
    else for (const piece of data) writeAll(fd, piece)
    fsyncSync(fd)
  } catch (error) {
    closeSync(fd)
    unlinkSync(temporary)
    throw error
  }
  closeSync(fd)
  return {
    path,
    publish() {
      if (options.exclusive) {
        linkSync(temporary, path) // fails where a rename would replace what somebody else put there meanwhile
        unlinkSync(temporary)
      } else {
        renameSync(temporary, path)
      }
      fsyncDirectory(directory)
    },
    discard() {
      removeIfPresent(temporary)
    },
  }
}

/** Replaces `path` atomically and durably. The directory must exist. */
export function writeFileAtomic(path: string, data: Uint8Array | string, options: AtomicWriteOptions = {}): void {
  const staged = stageFile(path, data, options)
  try {
    staged.publish()
  } catch (error) {
    staged.discard()
    throw error
  }
}

/** Creates a directory and its parents with mode 0750 (or `mode`); a new one is durable when this returns. */
export function makeDirectory(path: string, mode = 0o750): void {
  const first = mkdirSync(path, {recursive: true, mode})
  if (first !== undefined) fsyncDirectory(dirname(first))
}

/** Removes the temporary files of a directory whose writers ended before they could publish them. */
export function removeLeftovers(directory: string): void {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  for (const name of names) {
    const pid = /^\..+\.(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) removeIfPresent(join(directory, name))
  }
}

/** Somebody else may remove the same leftover at the same time. */
function removeIfPresent(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), {code})
}
