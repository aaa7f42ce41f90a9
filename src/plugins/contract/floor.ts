// What says, besides the accepted manifests, that a contract was in force here. Whoever can write into the store can remove
// all manifests together; a start that then finds "none in force" would be a way to unlock.
import {PipelockError} from '../../core/errors.js'
import {isObject, type JsonValue} from '../../lib/json/reader.js'
import {tailOf, type StorePaths} from './store-files.js'

/** A generation that was in force, and who says so. */
export interface Trace {
  readonly generation: number
  readonly where: string
}

export interface FloorSettings {
  /** Refuse without an active set, whatever else is known. */
  readonly requireActive: boolean
  /** The operator's word; it replaces what the evidence says. */
  readonly minimumGeneration: number | undefined
  /** The last generation that the receipts of this firewall name. */
  readonly evidence: Trace | undefined
}

/** Some thousand lines; older ones say nothing that newer ones do not. */
const MAX_TAIL = 1024 * 1024

/** Journal and lifecycle receipts of the store. Neither is believed for anything but this: they can only refuse a start. */
export function storeTraces({journal, receipts}: Pick<StorePaths, 'journal' | 'receipts'>): readonly Trace[] {
  const traces: Trace[] = []
  for (const line of objects(journal)) {
    const {outcome, generation} = line
    if (outcome === 'accepted' && typeof generation === 'number') traces.push({generation, where: journal})
  }
  for (const {payload} of objects(receipts)) {
    // the receipt names a manifest and no generation: the first one at least
    if (isObject(payload) && payload['validation_outcome'] === 'accepted') traces.push({generation: 1, where: receipts})
  }
  return traces
}

/** Throws when less is in force than was: `generation` is that of the active set, undefined without one. */
export function requireFloor(
  generation: number | undefined,
  traces: readonly Trace[],
  {requireActive, minimumGeneration, evidence}: FloorSettings,
): void {
  const configured =
    minimumGeneration === undefined ? evidence : {generation: minimumGeneration, where: 'learn_lock.minimum_generation'}
  const all = configured ? [...traces, configured] : traces
  const highest = all.reduce<Trace | undefined>(
    (best, each) => (best && best.generation >= each.generation ? best : each),
    undefined,
  )
  if (generation === undefined) {
    if (highest && highest.generation > 0) {
      throw new PipelockError(
        'no_active_manifest',
        `no contract is in force, but generation ${highest.generation} was: ${highest.where}`,
        {hint: HINT},
      )
    }
    if (requireActive)
      throw new PipelockError(
        'no_active_manifest',
        'no contract is in force, and learn_lock.require_active asks for one',
        {
          hint: 'promote a contract first: pipelock learn promote',
        },
      )
    return
  }
  if (highest && generation < highest.generation) {
    throw new PipelockError(
      'generation_not_monotonic',
      `generation ${generation} is in force, but ${highest.generation} was: ${highest.where}`,
      {hint: HINT},
    )
  }
}

const HINT =
  'bring active.json and manifests/ back from a backup; to begin anew on purpose, take a new store directory and set learn_lock.minimum_generation to its generation (0: none yet)'

/** The lines that are JSON objects; a file that is missing has none. */
function* objects(path: string): Generator<{readonly [name: string]: JsonValue}> {
  for (const line of tailOf(path, MAX_TAIL).split('\n')) {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      continue // torn, or no line of ours
    }
    if (isObject(value as JsonValue)) yield value as {readonly [name: string]: JsonValue}
  }
}
