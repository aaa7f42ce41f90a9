// The files of an outside plugin: read once, checked, and identified by one digest. Everything that its code can load by
// a relative path is in it, so a changed byte is another plugin.
import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, realpathSync} from 'node:fs'
import {join} from 'node:path'
import {errnoOf} from '../../core/errors.js'
import {errorText} from '../../lib/error-text.js'
import {ReadFault, readSecurely} from '../../lib/secure-read.js'
import {whoWritesEntry} from '../config/trust.js'

/** Bounds of a plugin: it is read at every start and reload. */
const MAX_FILES = 2_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_DEPTH = 16

export interface PluginFile {
  /** Relative to the folder, with `/`. */
  readonly path: string
  readonly bytes: Buffer
}

export interface PluginFolder {
  readonly files: readonly PluginFile[]
  /** 64 hex characters. */
  readonly digest: string
}

/** The folder cannot be a plugin: message for the operator. */
export class FolderFault extends Error {}

/** Throws FolderFault: a link, a special file, a file that others can change, or more than the bounds. */
export function readPluginFolder(folder: string): PluginFolder {
  const root = realFolder(folder)
  const files: PluginFile[] = []
  let total = 0
  const walk = (relative: string, depth: number): void => {
    const at = join(root, relative)
    if (depth > MAX_DEPTH) throw new FolderFault(`${at}: more than ${MAX_DEPTH} nested folders`)
    refuseSharedEntry(at)
    for (const entry of entriesOf(at)) {
      const path = relative === '' ? entry : `${relative}/${entry}`
      // the digest separates paths by line feeds
      if (/[\n\r]/.test(entry)) throw new FolderFault(`${at}: a name with a line break`)
      const stat = lstatSync(join(root, path))
      // a link could lead to code that the digest does not cover
      if (stat.isSymbolicLink()) throw new FolderFault(`${join(root, path)} is a symbolic link`)
      if (stat.isDirectory()) {
        walk(path, depth + 1)
        continue
      }
      if (files.length === MAX_FILES) throw new FolderFault(`${root} has more than ${MAX_FILES} files`)
      const bytes = contentOf(join(root, path), MAX_BYTES - total)
      refuseSharedEntry(join(root, path))
      total += bytes.length
      files.push({path, bytes})
    }
  }
  walk('', 0)
  files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  return {files, digest: digestOf(files)}
}

/**
 * SHA-256 over the files in the byte order of their paths: for each one its path, a line feed, its length in decimal, a
 * line feed, and its bytes.
 */
export function digestOf(files: readonly PluginFile[]): string {
  const hash = createHash('sha256')
  for (const {path, bytes} of files) hash.update(`${path}\n${bytes.length}\n`).update(bytes)
  return hash.digest('hex')
}

function realFolder(folder: string): string {
  try {
    const root = realpathSync(folder)
    if (!lstatSync(root).isDirectory()) throw new FolderFault(`${folder} is not a folder`)
    return root
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new FolderFault(`${folder} does not exist`)
    if (error instanceof FolderFault) throw error
    throw new FolderFault(`${folder} cannot be read: ${errorText(error)}`)
  }
}

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    throw new FolderFault(`${path} cannot be read: ${errorText(error)}`)
  }
}

function contentOf(path: string, maxBytes: number): Buffer {
  try {
    return readSecurely(path, {maxBytes})
  } catch (error) {
    if (!(error instanceof ReadFault)) throw error
    if (error.kind === 'too_large') throw new FolderFault(`${path}: the plugin has more than ${MAX_BYTES} bytes`)
    throw new FolderFault(error.message)
  }
}

/** The code runs with the rights of this process: whoever can write it has them too. */
function refuseSharedEntry(path: string): void {
  const problem = whoWritesEntry(path)
  if (problem !== undefined) throw new FolderFault(`others can change the plugin: ${problem}`)
}
