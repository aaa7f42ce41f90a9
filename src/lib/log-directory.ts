// Append-only files in one directory, behind few calls so that a test can make each of them fail. Every call is
// synchronous: its users are single writers whose next step depends on the outcome of this one.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import {join} from 'node:path'
import {fsyncDirectory, makeDirectory, writeAll, writeFileAtomic} from './atomic-file.js'

export interface LogFile {
  /** One call of the system; answers how many bytes it took. */
  write(bytes: Uint8Array): number
  sync(): void
  truncate(length: number): void
  close(): void
  /** False when the name was removed or now leads to another file: what is written would be lost. */
  linked(): boolean
}

export interface LogDirectory {
  names(): readonly string[]
  size(name: string): number
  /** When it was written last, in milliseconds. */
  modifiedMs(name: string): number
  /** The bytes from `position` on; fewer than `length` at the end of the file. */
  read(name: string, position: number, length: number): Buffer
  /** A new file, mode 0600; EEXIST when there is one. */
  create(name: string): LogFile
  append(name: string): LogFile
  /** A complete, durable new file; EEXIST when there is one. */
  store(name: string, bytes: Uint8Array): void
  /** A complete, durable file in place of the one that may be there. */
  replace(name: string, bytes: Uint8Array): void
  /** Cuts a file that is not open for appending, durably. */
  cut(name: string, length: number): void
  /** Writes over the end of such a file, from `position` on, durably: bytes that stood there already are never missing. */
  rewrite(name: string, position: number, bytes: Uint8Array): void
  remove(name: string): void
  /** Makes names durable. */
  sync(): void
  /** Creates the directory when it is missing. */
  ensure(): void
}

const {O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY} = constants

export function openLogDirectory(path: string, directoryMode = 0o750): LogDirectory {
  const reading = <T>(name: string, use: (fd: number) => T): T => {
    const fd = openRegular(join(path, name), O_RDONLY)
    try {
      return use(fd)
    } finally {
      closeSync(fd)
    }
  }
  return {
    names: () => readdirSync(path),
    size: (name) => lstatSync(join(path, name)).size,
    modifiedMs: (name) => lstatSync(join(path, name)).mtimeMs,
    read: (name, position, length) =>
      reading(name, (fd) => {
        const buffer = Buffer.allocUnsafe(length)
        let filled = 0
        while (filled < length) {
          const n = readSync(fd, buffer, filled, length - filled, position + filled)
          if (n === 0) break
          filled += n
        }
        return buffer.subarray(0, filled)
      }),
    create: (name) => openForAppending(join(path, name), O_CREAT | O_EXCL),
    append: (name) => openForAppending(join(path, name), 0),
    store(name, bytes) {
      const fd = openSync(join(path, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
      try {
        writeAll(fd, bytes)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      fsyncDirectory(path)
    },
    replace: (name, bytes) => writeFileAtomic(join(path, name), bytes),
    cut(name, length) {
      const fd = openRegular(join(path, name), O_WRONLY)
      try {
        ftruncateSync(fd, length)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    },
    rewrite(name, position, bytes) {
      const fd = openRegular(join(path, name), O_WRONLY)
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, position + at)
        ftruncateSync(fd, position + bytes.length)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    },
    remove: (name) => unlinkSync(join(path, name)),
    sync: () => fsyncDirectory(path),
    ensure: () => makeDirectory(path, directoryMode),
  }
}

/**
 * A pipe or device under the name of a log would hold its writer up for as long as nobody reads: it is opened without
 * waiting, and refused.
 */
function openRegular(path: string, flags: number): number {
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw Object.assign(new Error(`EINVAL: ${path} is not a regular file`), {code: 'EINVAL'})
}

function openForAppending(path: string, extra: number): LogFile {
  const fd = openRegular(path, O_WRONLY | O_APPEND | extra)
  if (extra !== 0) fchmodSync(fd, 0o600) // whatever the umask leaves
  const own = fstatSync(fd)
  return {
    write: (bytes) => writeSync(fd, bytes),
    sync: () => fsyncSync(fd),
    truncate: (length) => ftruncateSync(fd, length),
    close: () => closeSync(fd),
    linked() {
      const now = statSync(path, {throwIfNoEntry: false})
      return now !== undefined && now.ino === own.ino && now.dev === own.dev
    },
  }
}
