// Edits of the previous candidate (`--base`): its pins and splits hold in the next compile as well. The base is verified like
// any candidate first, since an edit decides which paths a wildcard may cover.
import {PipelockError} from '../../../core/errors.js'
import type {ContractBody} from '../../../formats/documents/contract.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {quoted} from '../../../lib/terminal.js'
import {readVerified} from '../candidate.js'
import {pathsOf, prefixOf} from './path-entry.js'
import {viewOf} from '../view/rule-view.js'
import {hostKey} from './aggregate.js'
import {PIN_REASON, SPLIT_REASON} from './segments.js'

export interface Base {
  readonly contractHash: string
  /** By hostKey: segments that stay apart everywhere on it. */
  readonly pins: ReadonlyMap<string, ReadonlySet<string>>
  /** By hostKey: positions that stay literal, by the pattern above them. */
  readonly splits: ReadonlyMap<string, readonly Split[]>
}

export interface Split {
  /** undefined: any method. */
  readonly methods: readonly string[] | undefined
  readonly prefix: string
}

/** The edits of a verified base of the same agent. */
export function readBase(path: string, agent: string, keyOf: (signerKeyId: string) => PublicKey): Base {
  const {body} = readVerified(path, keyOf)
  if (body.selector.agent !== agent) {
    throw new PipelockError(
      'bad_selector',
      `${path} is a contract of ${quoted(body.selector.agent ?? '')}, not of ${quoted(agent)}`,
    )
  }
  return editsOf(body)
}

export function editsOf(body: ContractBody): Base {
  const pins = new Map<string, Set<string>>()
  const splits = new Map<string, Split[]>()
  for (const rule of body.rules ?? []) {
    const {host, ports, methods} = viewOf(rule)
    if (host === undefined) continue
    const entries = pathsOf(rule)
    for (const port of ports.length === 0 ? [undefined] : ports) {
      const place = hostKey(host, port)
      for (const entry of entries) {
        for (const {value, reason} of entry.pinned) if (reason === PIN_REASON) setAt(pins, place).add(value)
        for (const {index, reason} of entry.retained) {
          if (reason !== SPLIT_REASON) continue
          const known = splits.get(place) ?? []
          known.push({methods: methods.length === 0 ? undefined : methods, prefix: prefixOf(entry, index)})
          splits.set(place, known)
        }
      }
    }
  }
  return {contractHash: body.contract_hash, pins, splits}
}

function setAt(map: Map<string, Set<string>>, key: string): Set<string> {
  let set = map.get(key)
  if (!set) map.set(key, (set = new Set()))
  return set
}

const NONE: ReadonlySet<string> = new Set()

export function pinsAt(base: Base | undefined, place: string): ReadonlySet<string> {
  return base?.pins.get(place) ?? NONE
}

/** The patterns above the positions that stay literal under a method. */
export function splitsAt(base: Base | undefined, place: string, method: string): ReadonlySet<string> {
  const splits = base?.splits.get(place)
  if (!splits) return NONE
  return new Set(splits.filter(({methods}) => !methods || methods.includes(method)).map(({prefix}) => prefix))
}
