// Files that a person asked for by name: directories as needed, never over another file unless told to, never through a link.
import {dirname} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'

export function writeNew(out: string, text: string, mode: number, force: boolean): void {
  makeDirectory(dirname(out))
  try {
    writeFileAtomic(out, text, {mode, exclusive: !force})
  } catch (error) {
    if (isErrno(error, 'EEXIST'))
      throw new PipelockError('file_exists', `${out} exists`, {hint: 'pass --force to replace it'})
    if (isErrno(error, 'ELOOP', 'EINVAL')) throw new PipelockError('file_not_regular', `${out} is not a regular file`)
    throw error
  }
}
