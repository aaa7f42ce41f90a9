// Reads the current files of a folder. Links are recorded as links and never followed. Special files are reported,
// since a manifest that ignored them would let an attacker replace a file by one.
import {createHash} from 'node:crypto'
import {isUtf8} from 'node:buffer'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs'
import {join} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {compareCodePoints} from '../../lib/json/writer.js'

export type Item =
  | {readonly kind: 'file'; readonly sha256: string; readonly size: number; readonly mode: string}
  | {readonly kind: 'link'; readonly target: string}
  /** A pipe, a socket, a device. */
  | {readonly kind: 'special'}

export type OnRead = (files: number, bytes: number) => void

export interface TreeOptions {
  /** True for an excluded path; everything below it is excluded, too. */
  readonly excluded: (path: string) => boolean
  /** Called repeatedly with the number of files and bytes read. */
  readonly onRead?: OnRead | undefined
}

/** By path from the top with slashes, in the order of code points. Throws for unreadable entries. */
export function readTree(root: string, {excluded, onRead}: TreeOptions): ReadonlyMap<string, Item> {
  const items: [string, Item][] = []
  let bytes = 0
  const onBytes = (count: number): void => onRead?.(items.length, (bytes += count))
  const open = ['']
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    for (const raw of readdirSync(join(root, below), {encoding: 'buffer'})) {
      const path = below === '' ? nameOf(raw, below) : `${below}/${nameOf(raw, below)}`
      if (excluded(path)) continue
      const absolute = join(root, path)
      const stat = lstatSync(absolute)
      if (stat.isDirectory()) open.push(path)
      else {
        items.push([path, itemOf(absolute, stat, onBytes)])
      }
    }
  }
  return new Map(items.sort(([a], [b]) => compareCodePoints(a, b)))
}

/** Two names that are not UTF-8 would be one name in a manifest. */
function nameOf(raw: Buffer, below: string): string {
  if (isUtf8(raw)) return raw.toString('utf8')
  const where = below === '' ? 'the folder' : below
  throw new PipelockError('file_not_regular', `${where} holds a name that is not UTF-8: ${raw.toString('latin1')}`, {
    hint: 'rename or exclude it: a manifest cannot name it',
  })
}

function itemOf(path: string, stat: Stats, onBytes: (count: number) => void): Item {
  if (stat.isSymbolicLink()) return {kind: 'link', target: targetOf(path)}
  return stat.isFile() ? readFile(path, onBytes) : {kind: 'special'}
}

/**
 * As for names: two targets that are not UTF-8 would be one in a manifest, and the link could be redirected unnoticed.
 */
function targetOf(path: string): string {
  const raw = readlinkSync(path, {encoding: 'buffer'})
  if (isUtf8(raw)) return raw.toString('utf8')
  throw new PipelockError(
    'file_not_regular',
    `${path} is a link whose target is not UTF-8: ${raw.toString('latin1')}`,
    {
      hint: 'change or exclude it: a manifest cannot name where it leads',
    },
  )
}

/** Content, size and mode of one open file: the measured file is the file that was read. */
function readFile(path: string, onBytes: (count: number) => void): Item {
  let fd: number
  try {
    // O_NONBLOCK: a pipe put here in the meantime must not block
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ELOOP')) throw new PipelockError('file_unreadable', `${path} was changed while it was read`)
    throw error
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new PipelockError('file_unreadable', `${path} was changed while it was read`)
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(256 * 1024)
    let size = 0
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, count))
      size += count
      onBytes(count)
    }
    return {kind: 'file', sha256: hash.digest('hex'), size, mode: (stat.mode & 0o7777).toString(8).padStart(4, '0')}
  } finally {
    closeSync(fd)
  }
}
