// Rollback: what an accepted manifest said comes into force again, as a new generation. History only moves
// forward, and a target is held to everything that holds for runtime state, tombstones included.
import {existsSync} from 'node:fs'
import {PipelockError} from '../../core/errors.js'
import {signManifest} from '../../formats/documents/active-manifest.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import {activate} from './activation.js'
import {refuseForgotten} from './forgotten.js'
import type {AcceptedHistory} from './history.js'
import {
  chooseId,
  openForWriting,
  requireReplaceable,
  underLock,
  type LifecyclePorts,
  type LifecycleRequest,
  type LifecycleResult,
} from './lifecycle.js'
import {resultOf, signedAndChecked, successor} from './promote.js'

export interface RollbackRequest extends LifecycleRequest {
  /** Hash of the manifest that is to come back. */
  readonly to: string
  readonly authorizationId: string | undefined
}

export async function rollback(request: RollbackRequest, ports: LifecyclePorts): Promise<LifecycleResult> {
  const opened = openForWriting(request, ports)
  const {store, environment} = opened
  if (!existsSync(request.storeDirectory)) throw nothingAccepted() // nor is a store made for what is refused
  return underLock(opened, request, ports, ({activation, recovered, observed: observed}) => {
    const {history} = recovered
    const {latest} = history
    if (!latest) throw nothingAccepted()
    const target = history.get(request.to)
    if (!target) throw notAccepted(request.to, history)
    store.adopt(target)
    const contracts = new Map(target.selectors.map(({contract_hash: hash}) => [hash, store.contract(hash)]))
    const check = {selectors: target.selectors, contracts, restored: request.restoreForgotten ?? []}
    for (const warning of refuseForgotten(store.paths, check)) ports.warn(warning)
    requireReplaceable(store, recovered, ports.warn)
    const id = chooseId(request.authorizationId, recovered, ports, '--authorization-id')
    const manifest = signedAndChecked(
      signManifest(
        {
          generation: successor(latest),
          priorManifestHash: latest.hash,
          environment,
          selectors: target.selectors,
          rollbackTarget: target.hash,
          signedAt: formatTimestamp(ports.clock.now()),
        },
        request.signers,
      ),
    )
    store.verify(manifest)
    const signatures = (manifest.envelope.signatures ?? []).map((entry) => entry.signature)
    activate(
      activation,
      manifest,
      {kind: 'rollback', id, target: target.hash, prior: latest.hash, signatures},
      latest.generation,
      observed,
    )
    return resultOf(manifest, recovered.receipts + 2, activation.receipts.path)
  })
}

const MAX_SHOWN = 5

function notAccepted(hash: string, history: AcceptedHistory): PipelockError {
  const known = history.manifests.filter((manifest) => history.get(manifest.hash) !== undefined)
  const shown = known
    .toSorted((a, b) => (a.generation < b.generation ? 1 : -1))
    .slice(0, MAX_SHOWN)
    .map((manifest) => `${manifest.hash} (generation ${manifest.generation})`)
  return new PipelockError('contract_history', `${hash} is not an accepted manifest of this store`, {
    hint: `--to takes the hash of a manifest, not of a contract; the newest accepted: ${shown.join(', ')}`,
  })
}

function nothingAccepted(): PipelockError {
  return new PipelockError('no_active_manifest', 'no manifest has been accepted in this store')
}
