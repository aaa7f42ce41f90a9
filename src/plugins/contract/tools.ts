// What commands do with a contract store without a running firewall.
import {join, resolve} from 'node:path'
import type {ForgottenRule} from '../../formats/documents/forgotten.js'
import type {Ports} from '../../core/ports.js'
import type {StagedFile} from '../../lib/atomic-file.js'
import {sha256} from '../../lib/hash.js'
import {uuidv7} from '../../lib/uuid.js'
import type {AppendReceipt} from './activation.js'
import {
  DETERMINISTIC_NOW,
  hashFlag,
  idFlag,
  lifecycleRequest,
  storePlace,
  type KeyServices,
  type LifecycleFlags,
} from './command-line.js'
import {readForgotten} from './forgotten.js'
import {stageContract} from './install.js'
import {storeInventory, type StoreInventory} from './inventory.js'
import type {LifecyclePorts, LifecycleResult} from './lifecycle.js'
import {promote} from './promote.js'
import {rollback} from './rollback.js'
import type {LockSettings} from './runtime.js'
import {storePaths} from './store-files.js'
import {tombstoneStore, type TombstoneStore} from './tombstone-store.js'

/** What a command hands over: configuration, other plugins' tools, and where to say things. */
export interface Surroundings {
  /** `learn_lock` of the configuration that was loaded, if one was. */
  readonly lock: LockSettings | undefined
  readonly keys: KeyServices
  readonly append: AppendReceipt
  readonly note: (text: string) => void
  readonly warn: (text: string) => void
}

export interface PromoteFlags extends LifecycleFlags {
  readonly 'contract-hash': string
  readonly selector: string
  readonly candidate?: string | undefined
  readonly 'intent-id'?: string | undefined
  readonly 'replace-all': boolean
  readonly 'accept-tail': boolean
  readonly 'force-selector': boolean
}

export interface RollbackFlags extends LifecycleFlags {
  readonly to: string
  readonly 'authorization-id'?: string | undefined
}

/** What names a store, as parsed. */
export type InventoryFlags = Pick<LifecycleFlags, 'contract-store' | 'roster' | 'roster-root-fingerprint'>

export interface InventorySurroundings {
  readonly lock: LockSettings | undefined
  readonly keys: Pick<KeyServices, 'loadRoster'>
}

export interface ContractTools {
  promote(flags: PromoteFlags, around: Surroundings): Promise<LifecycleResult>
  rollback(flags: RollbackFlags, around: Surroundings): Promise<LifecycleResult>
  /** What a store holds, verified; nothing is written. */
  inventory(flags: InventoryFlags, around: InventorySurroundings): StoreInventory
  /** A contract for the history of a store, write-once. The store stays locked until it is published or discarded. */
  stageContract(storeDirectory: string, contractHash: string, text: string): Promise<StagedFile>
  /** The rules that were forgotten in a store; none when there is no store. */
  forgotten(storeDirectory: string): readonly ForgottenRule[]
  /** The tombstones of a store. Throws when there is no such store. */
  tombstones(storeDirectory: string): TombstoneStore
}

export function contractTools(ports: Ports): ContractTools {
  const given = ({deterministic}: LifecycleFlags, {append, note, warn}: Surroundings): LifecyclePorts => {
    const clock = deterministic ? {...ports.clock, now: () => DETERMINISTIC_NOW} : ports.clock
    const random = (used: number): Uint8Array =>
      deterministic ? sha256(`pipelock deterministic id ${used}`) : ports.random(10)
    return {clock, newId: (used) => uuidv7(clock.now(), random(used)), append, note, warn}
  }
  return {
    async promote(flags, around) {
      const own = given(flags, around)
      const contractHash = hashFlag(flags['contract-hash'], 'contract-hash')
      const intentId = idFlag(flags['intent-id'], 'intent-id')
      const request = {
        ...lifecycleRequest(flags, around.lock, around.keys, own.clock.now()),
        contractHash,
        selector: flags.selector,
        candidate: flags.candidate,
        candidates: join(flags.keystore ?? ports.home, 'contracts', 'candidates'),
        intentId,
        replaceAll: flags['replace-all'],
        acceptTail: flags['accept-tail'],
        forceSelector: flags['force-selector'],
      }
      return promote(request, own)
    },
    async rollback(flags, around) {
      const own = given(flags, around)
      const to = hashFlag(flags.to, 'to')
      const authorizationId = idFlag(flags['authorization-id'], 'authorization-id')
      const request = {...lifecycleRequest(flags, around.lock, around.keys, own.clock.now()), to, authorizationId}
      return rollback(request, own)
    },
    inventory(flags, {lock, keys}) {
      const place = storePlace(flags, lock)
      return storeInventory({
        storeDirectory: place.storeDirectory,
        roster: keys.loadRoster(place.rosterPath, place.pin),
        environment: lock?.environment,
        minimumSignatures: lock?.minimum_signatures ?? 1,
        clock: ports.clock,
      })
    },
    stageContract: (directory, hash, text) => stageContract(resolve(directory), hash, text),
    forgotten: (directory) => readForgotten(storePaths(resolve(directory))),
    tombstones: (directory) => tombstoneStore(resolve(directory)),
  }
}
