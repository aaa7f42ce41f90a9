// Files that a person requested by name: directories as needed, never over another file unless told to, never through a link.
import {statSync} from 'node:fs'
import {dirname} from 'node:path'
import {isErrno, PipelockError} from '../../core/errors.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {pathExists} from '../../lib/secure-read.js'

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

/** --force must never destroy a key: the output is none of the inputs, by whatever name. Inputs that are no files are passed over. */
export function refuseAliases(out: string, inputs: readonly string[]): void {
  const there = statSync(out, {throwIfNoEntry: false})
  if (!there) return
  for (const path of inputs) {
    const input = pathExists(path) ? statSync(path, {throwIfNoEntry: false}) : undefined
    if (input && input.dev === there.dev && input.ino === there.ino) {
      throw new PipelockError('file_exists', `${out} is the key file ${path}`, {hint: 'name another output'})
    }
  }
}
