// The record of forgotten rules beside candidates: what `learn ratify` goes by where no contract store is known.
import {dirname, join, resolve} from 'node:path'
import {decodeForgotten, MAX_FORGOTTEN_BYTES, type ForgottenRule} from '../../../formats/documents/forgotten.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'

/** Where `learn forget` puts tombstones unless told otherwise. */
export function tombstonesBeside(candidate: string): string {
  return join(dirname(resolve(candidate)), 'tombstones')
}

export function recordPath(tombstoneDirectory: string): string {
  return join(tombstoneDirectory, 'forgotten.json')
}

export function forgottenBeside(candidate: string): readonly ForgottenRule[] {
  return readRecord(recordPath(tombstonesBeside(candidate)))
}

/** Empty when there is none. */
export function readRecord(path: string): readonly ForgottenRule[] {
  try {
    const bytes = readFileSecurely(path, {maxBytes: MAX_FORGOTTEN_BYTES})
    return inFile(path, () => decodeForgotten(bytes))
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'file_not_found') return []
    throw error
  }
}
