// Tombstones as commands put them into a store: write-once, and only into a store that exists. A folder
// made by a mistyped flag would hold a tombstone that nothing enforces.
import {statSync} from 'node:fs'
import {PipelockError} from '../../core/errors.js'
import {MAX_DOCUMENT_BYTES} from '../../formats/documents/strict-json.js'
import type {ForgottenRule} from '../../formats/documents/forgotten.js'
import type {StagedFile} from '../../lib/atomic-file.js'
import {stageTombstone} from './install.js'
import {readStoreFile, storePaths} from './store-files.js'

export interface TombstoneStore {
  /** What stands at either place of the contract's tombstone. */
  find(contractHash: string): readonly {readonly path: string; readonly bytes: Uint8Array}[]
  /**
   * The canonical JSON form, write-once, then the record of the forgotten rule; what is already there is left alone. The
   * store stays locked until both are published or discarded.
   */
  stage(text: string | undefined, rule: ForgottenRule): Promise<StagedFile>
}

export function tombstoneStore(directory: string): TombstoneStore {
  if (!statSync(directory, {throwIfNoEntry: false})?.isDirectory()) {
    throw new PipelockError('file_not_found', `${directory} is not a contract store`, {
      hint: 'name the store that the firewall reads, learn_lock.store_dir',
    })
  }
  const paths = storePaths(directory)
  return {
    find: (contractHash) =>
      paths.tombstones(contractHash).flatMap((path) => {
        const bytes = readStoreFile(path, MAX_DOCUMENT_BYTES)
        return bytes ? [{path, bytes}] : []
      }),
    stage: (text, rule) => stageTombstone(directory, text, rule),
  }
}
