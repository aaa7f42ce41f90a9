// A private copy of the verified files, from which the code is loaded. Node reads modules when they are imported, also
// later: from the operator's folder it could load other bytes than those that the digest was computed over, and after a
// reload its cache would still hold the old ones.
import {existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {makeDirectory} from '../../lib/atomic-file.js'
import {copiesFolder, renewCopy, stagingFolder} from './copies.js'
import {FolderFault, type PluginFolder, readPluginFolder} from './folder.js'

/** The folder of the copy, below the home directory. Throws when it cannot be written, or holds other bytes. */
export function snapshotOf({files, digest}: PluginFolder, home: string): string {
  const parent = copiesFolder(home)
  const target = join(parent, digest)
  // first: a copy in use is not removed while it is read
  if (existsSync(target)) renewCopy(target)
  if (!existsSync(target)) {
    makeDirectory(home, 0o700)
    makeDirectory(parent, 0o700)
    const staged = stagingFolder(parent)
    try {
      for (const {path, bytes} of files) {
        mkdirSync(dirname(join(staged, path)), {recursive: true, mode: 0o700})
        writeFileSync(join(staged, path), bytes, {mode: 0o600, flag: 'wx'})
      }
      place(staged, target)
    } finally {
      rmSync(staged, {recursive: true, force: true})
    }
  }
  if (readPluginFolder(target).digest !== digest) {
    throw new FolderFault(`${target} was changed: remove it, it is written again`)
  }
  return target
}

/** Another process may have placed the same copy in the meantime. */
function place(staged: string, target: string): void {
  try {
    renameSync(staged, target)
  } catch (error) {
    if (!existsSync(target)) throw error
  }
}
