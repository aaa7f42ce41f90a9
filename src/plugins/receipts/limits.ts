// The limits of a verdict, printed with each one: readers take success for more than it proves.
import type {LogVerdict} from './log-verdict.js'

/** For which receipts the caller said whom to trust. */
export interface Pinned {
  readonly v1: boolean
  readonly v2: boolean
}

const ALONE = 'alone: one receipt says nothing about what else was done'

/** A receipt by itself, that passed; `structural` when not even its signature was checked. */
export function limitsOfReceipt(pinned: boolean, structural: boolean): readonly string[] {
  return pinned ? [ALONE] : [structural ? UNCHECKED : UNPINNED, ALONE]
}

/** One that did not: whoever wrote what stands in it, the key that it names need not have signed it. */
export const LIMITS_OF_REFUSED: readonly string[] = [
  'stopped: the first failure ended the check, and nothing that the receipt states is proven',
  ALONE,
]

const UNPINNED = 'unpinned: receipts agree with the key that they name; nobody said whose key that is'
const UNCHECKED = 'unchecked: no signature of an evidence receipt was checked'

export function limitsOf(verdict: LogVerdict, pinned: Pinned): readonly string[] {
  const {recorder, v1, v2, failure, earlier} = verdict
  const limits: string[] = []
  if (failure) limits.push('stopped: what follows the first failure of a chain was not judged')
  if (v1.observed > 0 && !pinned.v1) limits.push(UNPINNED)
  if (v2.observed > 0 && !pinned.v2) limits.push(UNCHECKED)
  if (!recorder) limits.push('signed: receipts; nothing else in the files was verified')
  else if (recorder.signedThrough === undefined)
    limits.push('signed: receipts; all else is chained by hashes, which anyone can compute anew')
  else
    limits.push(
      `signed: receipts, and entries up to seq ${recorder.signedThrough}; later ones are chained by hashes, which anyone can compute anew`,
    )
  if (earlier)
    limits.push(
      `earlier: ${earlier.checks} signatures were checked by an earlier run, as ${earlier.path} says, not now`,
    )
  limits.push(...headFile(verdict), ...tail(verdict))
  return limits
}

function headFile({headFile: word}: LogVerdict): readonly string[] {
  switch (word) {
    case 'missing':
      return [
        'head: the log has signed checkpoints, and the head file that is written with them is missing beside it: where the log ended is not known',
      ]
    case 'begun_later':
      return [
        'head: the head file says nothing of the first signed checkpoints: it was begun anew, and what the log held before is not known',
      ]
    case 'unusable':
      return ['head: no line of the head file could be held against the log']
    case 'held':
    case undefined:
      return []
  }
}

function tail({completeness}: LogVerdict): readonly string[] {
  switch (completeness) {
    case 'head_verified':
      return []
    case 'retained_suffix':
      return ['deleted: what stood before the retention anchor cannot be checked', removed('entries cut off the end')]
    case 'anchored':
    case 'sealed':
      return [removed('entries cut off the end, be it whole runs after a seal')]
    case 'not_proven':
      return [removed('entries cut off the end')]
  }
}

const removed = (what: string): string =>
  `tail: not shown: ${what}; to detect that, pass a root hash kept elsewhere (--expect-head)`
