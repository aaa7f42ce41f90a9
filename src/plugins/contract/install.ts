// Objects that another command puts into a contract store: staged under the lock of the store, so that a conflict is known
// before the command leaves its receipt, and published after it.
import {dirname} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {checkContract, decodeContract} from '../../formats/documents/contract.js'
import {forgottenText, type ForgottenRule} from '../../formats/documents/forgotten.js'
import {makeDirectory, stageFile, type StagedFile} from '../../lib/atomic-file.js'
import {lockStore} from './activation.js'
import {readForgotten} from './forgotten.js'
import {MAX_OBJECT_BYTES, readStoreFile, storePaths, tidyStore, type StorePaths} from './store-files.js'

/** A ratified contract for the history; one contract as JSON and as YAML is one contract, what was there first stays. */
export function stageContract(storeDirectory: string, contractHash: string, text: string): Promise<StagedFile> {
  return underStoreLock(storeDirectory, (paths) => [stageOnce(paths.contract(contractHash), text, isSameContract)])
}

/**
 * A tombstone in its canonical JSON form, unless it is there already (`text` undefined), and the rule that it was made for.
 * The record comes second: a run after a crash finds the tombstone and adds the rule.
 */
export function stageTombstone(
  storeDirectory: string,
  text: string | undefined,
  rule: ForgottenRule,
): Promise<StagedFile> {
  return underStoreLock(storeDirectory, (paths) => {
    const [place] = paths.tombstones(rule.contract_hash)
    const record = forgottenText(readForgotten(paths), rule)
    const tombstone = text === undefined ? undefined : stageOnce(place, text, () => false)
    try {
      return [tombstone, record === undefined ? undefined : stageFile(paths.forgotten, record)]
    } catch (error) {
      tombstone?.discard()
      throw error
    }
  })
}

/** The lock is held until the files are published or discarded; one of the two must follow. */
async function underStoreLock(
  storeDirectory: string,
  stage: (paths: StorePaths) => readonly (StagedFile | undefined)[],
): Promise<StagedFile> {
  const paths = storePaths(storeDirectory)
  makeDirectory(storeDirectory, 0o700)
  const lock = await lockStore(paths)
  try {
    tidyStore(paths)
    const files = stage(paths).filter((file) => file !== undefined)
    return {
      path: files[0]?.path ?? storeDirectory,
      publish() {
        for (const file of files) file.publish()
        lock.release()
      },
      discard() {
        for (const file of files) file.discard()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Undefined when the same object is there already. */
function stageOnce(
  path: string,
  text: string,
  isSame: (there: Buffer, data: Buffer) => boolean,
): StagedFile | undefined {
  makeDirectory(dirname(path), 0o700)
  const data = Buffer.from(`${text.trim()}\n`)
  const there = readStoreFile(path, MAX_OBJECT_BYTES)
  if (there && !there.equals(data) && !isSame(there, data)) {
    throw new PipelockError('write_once_conflict', `${path} exists with other content`)
  }
  return there ? undefined : stageFile(path, data, {exclusive: true})
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
