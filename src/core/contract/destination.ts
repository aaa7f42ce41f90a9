// The destination that a contract judges: the target as received, and only when that reading names the very host and
// port that would be dialled. Live gate and shadow replay share it, so that no spelling has two readings.
import type {Target} from '../exchange.js'
import {parseDestination, type Destination} from '../../formats/target.js'

/** undefined when the target is malformed for a contract: this is an evaluator error. */
export function contractDestination(target: Target | undefined): Destination | undefined {
  if (!target) return undefined
  const read = parseDestination(target.raw)
  return read && read.scheme === target.scheme && read.host === target.host && read.port === target.port
    ? read
    : undefined
}
