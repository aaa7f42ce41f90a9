// Output files of the learn commands: all are staged before one is renamed, none may be an input, a key or
// another output. A failure before the first rename leaves every old file in place; the requested output comes
// last, so whoever sees it finds everything else in place too.
import {lstatSync, realpathSync} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'
import {errnoOf, isErrno, PipelockError} from '../../core/errors.js'
import {makeDirectory, removeLeftovers, stageFile, type FileData, type StagedFile} from '../../lib/atomic-file.js'

export interface Output {
  readonly path: string
  readonly text: FileData
}

export interface StagedOutputs {
  /** Renames all, in order; what follows a failure is discarded. */
  publish(): void
  discard(): void
}

/** Throws `usage` when an output is another output or one of the `taken` files. */
export function checkOutputs(outputs: readonly string[], taken: readonly string[]): void {
  const pathsByIdentity = new Map<string, string>()
  for (const path of taken) for (const name of identities(path)) pathsByIdentity.set(name, path)
  for (const path of outputs) {
    const names = identities(path)
    const other = names.map((name) => pathsByIdentity.get(name)).find((earlier) => earlier !== undefined)
    if (other !== undefined) throw new PipelockError('usage', `the output ${path} is the same file as ${other}`)
    for (const name of names) pathsByIdentity.set(name, path)
  }
}

/** A path by place and, if it exists, by inode: two names of one file are one file. */
function identities(path: string): readonly string[] {
  const absolute = resolve(path)
  let directory = dirname(absolute)
  try {
    directory = realpathSync(directory)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error
  }
  const stat = lstatSync(absolute, {throwIfNoEntry: false})
  return [join(directory, basename(absolute)), ...(stat ? [`${stat.dev}:${stat.ino}`] : [])]
}

/** Writes every output beside its place, mode 0600, making directories. `before` are files staged elsewhere, published first. */
export function stageOutputs(outputs: readonly Output[], before: readonly StagedFile[] = []): StagedOutputs {
  const staged: StagedFile[] = [...before]
  let at = ''
  const discard = (): void => {
    for (const file of staged) file.discard()
  }
  try {
    for (const {path, text} of outputs) {
      at = path
      makeDirectory(dirname(resolve(path)))
      removeLeftovers(dirname(resolve(path)))
      staged.push(stageFile(resolve(path), text))
    }
  } catch (error) {
    discard()
    if (isErrno(error, 'ELOOP', 'EINVAL')) throw new PipelockError('file_not_regular', error.message)
    const errno = errnoOf(error)
    throw errno === undefined ? error : notWritten(at, errno, error)
  }
  return {
    publish() {
      try {
        while (staged[0]) {
          staged[0].publish()
          staged.shift()
        }
      } catch (error) {
        discard()
        throw error
      }
    },
    discard,
  }
}

/** The system names the temporary file; a person knows the output. */
function notWritten(path: string, errno: string, cause: unknown): PipelockError {
  return new PipelockError('file_permissions', `${path} cannot be written: ${errno}`, {
    hint: 'nothing was written; choose a folder that can be written to',
    cause,
  })
}

/** The path without its last extension. */
export function stem(path: string): string {
  const name = basename(path)
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? path : path.slice(0, path.length - name.length + dot)
}
