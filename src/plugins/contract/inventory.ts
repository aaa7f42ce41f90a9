// What a store holds, for people: what is in force, and what rollback can reach. Nothing is written and no lock is taken, so
// that a live store can be read at any time. Every fact is verified like a start of the firewall verifies it; what does not
// verify is an error and never left out, since a history with a silent gap reads as a shorter one.
import {existsSync} from 'node:fs'
import {PipelockError} from '../../core/errors.js'
import type {Environment} from '../../formats/documents/active-manifest.js'
import type {Roster} from '../../formats/documents/roster.js'
import type {Clock} from '../../core/ports.js'
import {targetText, type StoredManifest} from './documents.js'
import {newestManifest} from './lifecycle.js'
import {storePaths} from './store-files.js'
import {ContractStore} from './store.js'

export interface InventoryRequest {
  /** Absolute. */
  readonly storeDirectory: string
  /** Loaded under its pin. */
  readonly roster: Roster
  /** `learn_lock.environment`; default: that of the newest manifest. */
  readonly environment: Environment | undefined
  readonly minimumSignatures: number
  readonly clock: Clock
}

export interface BoundRules {
  /** Agent, pattern of agents, or `default`. */
  readonly agent: string
  readonly contract_hash: string
  /** Absent when the key that signed the contract counts no more, so that nothing in it may be believed. */
  readonly rules_enforced?: number
  readonly rules?: number
}

export interface ManifestEntry {
  readonly generation: number
  readonly manifest_hash: string
  readonly signed_at: string
  /** The principal is "" for a key that the roster has lost. */
  readonly signed_by: readonly {readonly key_id: string; readonly principal: string}[]
  /** The manifest that this one brought back. */
  readonly rollback_target?: string
  readonly contracts: readonly BoundRules[]
  readonly in_force: boolean
  /** Why rollback would refuse it; absent when it would not. */
  readonly out_of_reach?: string
}

export interface StoreInventory {
  readonly store: string
  /** Newest first; empty before the first promote. */
  readonly manifests: readonly ManifestEntry[]
}

/** Throws PipelockError for a store that is not there, and for one that a firewall would not start with. */
export function storeInventory(request: InventoryRequest): StoreInventory {
  const {storeDirectory, roster, clock, minimumSignatures} = request
  if (!existsSync(storeDirectory)) {
    throw new PipelockError('file_not_found', `there is not a contract store ${storeDirectory}`, {
      hint: 'learn ratify --contract-store makes one',
    })
  }
  const environment = request.environment ?? newestManifest(storePaths(storeDirectory))?.envelope.body.environment
  if (!environment) return {store: storeDirectory, manifests: []}
  const store = new ContractStore({
    directory: storeDirectory,
    roster: () => roster,
    environment,
    minimumSignatures,
    clock,
  })
  const active = store.readActive()?.manifest
  store.requireHead(active)
  const history = store.history()
  const accepted = history.manifests.flatMap(({hash}) => history.get(hash) ?? [])
  // promoted, and not yet accepted by a running firewall or the next command
  const all = active && !history.has(active.hash) ? [...accepted, active] : accepted
  const entries = all
    .toSorted((a, b) => (a.generation < b.generation ? 1 : -1))
    .map((manifest) => {
      const inForce = manifest.hash === active?.hash
      return {...described(store, manifest), in_force: inForce, ...(inForce ? {} : reachOf(store, manifest))}
    })
  return {store: storeDirectory, manifests: entries}
}

function described(store: ContractStore, manifest: StoredManifest): Omit<ManifestEntry, 'in_force' | 'out_of_reach'> {
  const {body} = manifest.envelope
  return {
    generation: Number(manifest.generation),
    manifest_hash: manifest.hash,
    signed_at: body.signed_at,
    signed_by: manifest.signerKeyIds.map((id) => ({
      key_id: id,
      principal: store.trusted.keys.get(id)?.info.principal ?? '',
    })),
    ...(body.rollback_target ? {rollback_target: body.rollback_target} : {}),
    contracts: manifest.selectors.map((selector) => ({
      agent: targetText(selector),
      contract_hash: selector.contract_hash,
      ...rulesOf(store, selector.contract_hash),
    })),
  }
}

function rulesOf(store: ContractStore, contractHash: string): Pick<BoundRules, 'rules' | 'rules_enforced'> {
  try {
    const rules = store.contract(contractHash).rules ?? []
    return {rules_enforced: rules.filter((rule) => rule.lifecycle_state === 'enforce').length, rules: rules.length}
  } catch (error) {
    // keys end in the ordinary course of things; what is missing or altered is damage
    if (error instanceof PipelockError && error.code.startsWith('key_')) return {}
    throw error
  }
}

/** A tombstone or a revoked key closes the way back; that is no damage. */
function reachOf(store: ContractStore, manifest: StoredManifest): {readonly out_of_reach?: string} {
  try {
    store.adopt(manifest)
    return {}
  } catch (error) {
    if (error instanceof PipelockError) return {out_of_reach: error.code}
    throw error
  }
}
