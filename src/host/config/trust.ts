// Detects whether another user can change the configuration. A firewall whose file the agent may write enforces the
// agent's policy, and one whose folder the agent may write reads another file under the same name.
import {accessSync, constants, realpathSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf} from '../../core/errors.js'

const GROUP_WRITE = 0o020
const OTHER_WRITE = 0o002
const STICKY = 0o1000

/** A description with a remedy; undefined when only this user and root can change the file. */
export function whoElseWrites(path: string): string | undefined {
  const uid = process.geteuid?.()
  if (uid === undefined) return undefined // no such permissions on this system
  const real = realpathSync(path)
  // the name may be a link, which is resolved through two folders
  for (const place of new Set([real, dirname(path), dirname(real)])) {
    const problem = isReadOnlyMount(place) ? undefined : problemOf(place, uid)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The same for one file or folder, without the folder it stands in. */
export function whoWritesEntry(path: string): string | undefined {
  const uid = process.geteuid?.()
  return uid === undefined || isReadOnlyMount(path) ? undefined : problemOf(path, uid)
}

function problemOf(place: string, uid: number): string | undefined {
  const stat = statSync(place)
  const what = stat.isDirectory() ? `its folder ${place}` : place
  if (stat.uid !== 0 && stat.uid !== uid)
    return `${what} belongs to user ${stat.uid} (chown it to root or to this user)`
  // entries of other users cannot be renamed or removed there
  if (stat.isDirectory() && (stat.mode & STICKY) !== 0) return undefined
  // on systems with a group per user the own group has no other member
  const isShared = (stat.mode & GROUP_WRITE) !== 0 && stat.gid !== 0 && stat.gid !== process.getegid?.()
  if (!isShared && (stat.mode & OTHER_WRITE) === 0) return undefined
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  return `${what} can be written by ${isShared ? `group ${stat.gid}` : 'everyone'}: mode ${mode} (chmod go-w)`
}

/** Volumes of Kubernetes show mode 0777 and are mounted read-only: nobody can write through them. */
function isReadOnlyMount(place: string): boolean {
  try {
    accessSync(place, constants.W_OK)
    return false
  } catch (error) {
    return errnoOf(error) === 'EROFS'
  }
}
