// Promote: a contract comes into force for an agent. The other selectors stay as they are.
import {PipelockError} from '../../core/errors.js'
import {
  GENESIS,
  createSelector,
  manifestText,
  signManifest,
  targetOf,
  type ManifestSelector,
  type SelectorTarget,
} from '../../formats/documents/active-manifest.js'
import {quoted} from '../../lib/terminal.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import {activate} from './activation.js'
import {checkPromotable, findContract} from './contract-source.js'
import {refuseForgotten} from './forgotten.js'
import {decodeStored, targetText, type StoredManifest} from './documents.js'
import {
  chooseId,
  openForWriting,
  requireReplaceable,
  underLock,
  type LifecyclePorts,
  type LifecycleRequest,
  type LifecycleResult,
} from './lifecycle.js'

export interface PromoteRequest extends LifecycleRequest {
  readonly contractHash: string
  readonly selector: string
  readonly candidate: string | undefined
  /** Where compile leaves its candidates. */
  readonly candidates: string
  readonly intentId: string | undefined
  readonly replaceAll: boolean
  readonly acceptTail: boolean
  readonly forceSelector: boolean
}

/** `default`, a glob when it has `*` or `?`, else an agent's name. */
function parseTarget(text: string): SelectorTarget {
  if (text.trim() === '') throw new PipelockError('usage', '--selector must not be empty')
  if (text === 'default') return {kind: 'default'}
  return /[*?]/.test(text) ? {kind: 'glob', glob: text} : {kind: 'agent', agent: text}
}

export async function promote(request: PromoteRequest, ports: LifecyclePorts): Promise<LifecycleResult> {
  const target = parseTarget(request.selector)
  const selector = createSelector(target, request.contractHash)
  const opened = openForWriting(request, ports)
  const {store, environment} = opened
  const source = findContract(store, {...request, hash: request.contractHash}, request.roster, ports.clock.now())
  store.refuseTombstoned(selector)
  for (const warning of checkPromotable(source.body, target, request)) ports.warn(warning)

  return underLock(opened, request, ports, ({activation, recovered, observed: observed}) => {
    const {latest} = recovered.history
    requireReplaceable(store, recovered, ports.warn)
    const selectors = request.replaceAll ? [selector] : withSelector(latest?.selectors ?? [], selector)
    const contracts = new Map([[request.contractHash, source.body]])
    const check = {selectors, contracts, restored: request.restoreForgotten ?? []}
    for (const warning of refuseForgotten(store.paths, check)) ports.warn(warning)
    for (const line of differences(latest?.selectors ?? [], selectors)) ports.note(line)
    const prior = latest?.hash ?? GENESIS
    const id = chooseId(request.intentId, recovered, ports, '--intent-id')
    const manifest = signedAndChecked(
      signManifest(
        {
          generation: successor(latest),
          priorManifestHash: prior,
          environment,
          selectors,
          signedAt: formatTimestamp(ports.clock.now()),
        },
        request.signers,
      ),
    )
    store.verify(manifest)
    if (source.install !== undefined) store.writer.writeOnce(store.paths.contract(request.contractHash), source.install)
    store.adopt(manifest)
    activate(
      activation,
      manifest,
      {
        kind: 'promote',
        id,
        target: manifest.hash,
        prior,
        contractHash: request.contractHash,
        selectorId: selector.selector_id,
      },
      manifest.generation,
      observed,
    )
    return resultOf(manifest, recovered.receipts + 2, activation.receipts.path)
  })
}

/** Read back as a runtime would read it. */
export function signedAndChecked(envelope: Parameters<typeof manifestText>[0]): StoredManifest {
  return decodeStored(Buffer.from(manifestText(envelope)))
}

export function successor(latest: StoredManifest | undefined): number | bigint {
  if (!latest) return 1
  return typeof latest.generation === 'number' && latest.generation < Number.MAX_SAFE_INTEGER
    ? latest.generation + 1
    : BigInt(latest.generation) + 1n
}

export function resultOf(manifest: StoredManifest, receiptsEmitted: number, receiptFile: string): LifecycleResult {
  return {manifestHash: manifest.hash, generation: Number(manifest.generation), receiptsEmitted, receiptFile}
}

/** The selector of the same target is replaced in its place, a new one appended: nobody else's contract is withdrawn. */
function withSelector(current: readonly ManifestSelector[], selector: ManifestSelector): readonly ManifestSelector[] {
  const same = JSON.stringify(targetOf(selector))
  const at = current.findIndex((entry) => JSON.stringify(targetOf(entry)) === same)
  return at === -1 ? [...current, selector] : current.with(at, selector)
}

function differences(before: readonly ManifestSelector[], after: readonly ManifestSelector[]): readonly string[] {
  const old = new Map(before.map((entry) => [keyOf(entry), entry.contract_hash]))
  const lines = after.map((entry) => {
    const was = old.get(keyOf(entry))
    old.delete(keyOf(entry))
    if (was === entry.contract_hash) return `  ${keyOf(entry)}: ${was} (unchanged)`
    return was === undefined
      ? `+ ${keyOf(entry)}: ${entry.contract_hash}`
      : `~ ${keyOf(entry)}: ${was} -> ${entry.contract_hash}`
  })
  return [...lines, ...[...old].map(([key, hash]) => `- ${key}: ${hash}`)]
}

function keyOf(entry: ManifestSelector): string {
  const {kind} = targetOf(entry)
  return kind === 'default' ? 'default' : `${kind} ${quoted(targetText(entry))}`
}
