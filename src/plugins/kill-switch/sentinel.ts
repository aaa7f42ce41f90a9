// The file whose existence denies all traffic. Only "does not exist" means that it does not.
import {lstatSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf} from '../../core/errors.js'

/** A directory and a dangling link exist, too; a file that cannot be looked up counts as existing. */
export function sentinelExists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ENOENT'
  }
}

/** Whether somebody other than its owner and root can remove the file, in words; undefined: nobody can. */
export function sentinelRisk(path: string): string | undefined {
  const folder = dirname(path)
  try {
    const {mode, uid} = statSync(folder)
    const isSticky = (mode & 0o1000) !== 0
    if ((mode & 0o022) !== 0 && !isSticky) return `${folder} is writable by others, who could remove the file`
    if (uid !== 0 && uid !== process.getuid?.()) return `${folder} belongs to somebody else, who could remove the file`
    return undefined
  } catch {
    return undefined
  }
}
