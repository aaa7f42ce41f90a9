// The accepted history as a graph: a manifest counts only when its predecessors lead back to a first
// one, each of a strictly smaller generation.
import {PipelockError} from '../../core/errors.js'
import type {StoredManifest} from './documents.js'

export class AcceptedHistory {
  /** Highest generation among the continuous ones. */
  readonly latest: StoredManifest | undefined
  private readonly byHash: ReadonlyMap<string, StoredManifest>
  private readonly continuous: ReadonlySet<string>

  constructor(manifests: readonly StoredManifest[]) {
    this.byHash = new Map(manifests.map((m) => [m.hash, m]))
    // ascending generations: a predecessor is judged before what names it, and a cycle can never be continuous
    const ordered = manifests.toSorted((a, b) =>
      a.generation < b.generation ? -1 : a.generation > b.generation ? 1 : 0,
    )
    const continuous = new Set<string>()
    for (const manifest of ordered) if (follows(manifest, this.byHash, continuous)) continuous.add(manifest.hash)
    this.continuous = continuous
    this.latest = ordered.findLast((m) => continuous.has(m.hash))
  }

  /** A continuous manifest by its hash. */
  get(hash: string): StoredManifest | undefined {
    return this.continuous.has(hash) ? this.byHash.get(hash) : undefined
  }

  has(hash: string): boolean {
    return this.byHash.has(hash)
  }

  get manifests(): readonly StoredManifest[] {
    return [...this.byHash.values()]
  }

  /** True when the manifest would be continuous if it were accepted now. */
  continues(manifest: StoredManifest): boolean {
    return follows(manifest, this.byHash, this.continuous)
  }

  descends(hash: string, ancestor: string): boolean {
    const visited = new Set<string>()
    for (let at = this.byHash.get(hash); at; at = this.byHash.get(at.priorHash)) {
      if (visited.has(at.hash)) throw new PipelockError('contract_history', 'the accepted manifests form a cycle')
      visited.add(at.hash)
      if (at.priorHash === ancestor) return true
    }
    return false
  }
}

function follows(
  manifest: StoredManifest,
  all: ReadonlyMap<string, StoredManifest>,
  continuous: ReadonlySet<string>,
): boolean {
  if (manifest.generation <= 1) return true
  const prior = all.get(manifest.priorHash)
  return prior !== undefined && continuous.has(prior.hash) && prior.generation < manifest.generation
}
