// Objects that another command puts into a contract store: staged under the lock of the store, so that a conflict is known
// before the command leaves its receipt, and published after it (learn §2, contracts §16).
import {dirname} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {checkContract, decodeContract} from '../../core/formats/documents/contract.js'
import {makeDirectory, stageFile, type StagedFile} from '../../lib/atomic-file.js'
import {lockStore} from './activation.js'
import {MAX_OBJECT_BYTES, readStoreFile, storePaths, tidyStore, type StorePaths} from './store-files.js'

/** A ratified contract for the history; one contract as JSON and as YAML is one contract, what was there first stays. */
export function stageContract(storeDirectory: string, contractHash: string, text: string): Promise<StagedFile> {
  return stageObject(storeDirectory, (paths) => paths.contract(contractHash), text, isSameContract)
}

/** A tombstone in its canonical JSON form. */
export function stageTombstone(storeDirectory: string, contractHash: string, text: string): Promise<StagedFile> {
  return stageObject(
    storeDirectory,
    (paths) => paths.tombstones(contractHash)[0],
    text,
    () => false,
  )
}

/** The lock is held until the file is published or discarded; one of the two must follow. */
async function stageObject(
  storeDirectory: string,
  place: (paths: StorePaths) => string,
  text: string,
  isSame: (there: Buffer, data: Buffer) => boolean,
): Promise<StagedFile> {
  const paths = storePaths(storeDirectory)
  const path = place(paths)
  makeDirectory(storeDirectory, 0o700)
  const lock = await lockStore(paths)
  try {
    tidyStore(paths)
    makeDirectory(dirname(path), 0o700)
    const data = Buffer.from(`${text.trim()}\n`)
    const there = readStoreFile(path, MAX_OBJECT_BYTES)
    if (there && !there.equals(data) && !isSame(there, data)) {
      throw new PipelockError('write_once_conflict', `${path} exists with other content`)
    }
    const file = there ? undefined : stageFile(path, data, {exclusive: true})
    return {
      path,
      publish() {
        file?.publish()
        lock.release()
      },
      discard() {
        file?.discard()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Ed25519 signs one body one way, so an equal signature is as good as the one that was verified. */
function isSameContract(a: Uint8Array, b: Uint8Array): boolean {
  try {
    const [first, second] = [a, b].map((bytes) => {
      const contract = decodeContract(bytes, 'yaml')
      checkContract(contract.body)
      return contract
    })
    return first?.body.contract_hash === second?.body.contract_hash && first?.signature === second?.signature
  } catch (error) {
    if (error instanceof PipelockError) return false
    throw error
  }
}
