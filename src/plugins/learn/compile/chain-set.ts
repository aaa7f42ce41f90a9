// The chains that a compile counts, each once: evidence that came twice would confirm what was seen once, and a copied
// session directory is the cheapest way to make it so. Chains are known by what is in them, never by their names.
import {PipelockError, type ErrorCode} from '../../../core/errors.js'
import type {ChainSummary} from './chain-summary.js'
import {quoted} from '../../../lib/terminal.js'

export interface ChainSet {
  /** `owner` is the aggregate file that a chain came in. Throws PipelockError for one that is there, whole or in part. */
  add(chain: ChainSummary, owner?: string): void
  /** Every chain once, in the order in which they came. */
  readonly chains: readonly ChainSummary[]
}

/**
 * A chain that holds observations may come once. Drop sentinels are cumulative and concern every session beside them, so
 * they may come again, and count once by their longest chain.
 */
export function createChainSet(): ChainSet {
  const known = new Map<string, {readonly chain: ChainSummary; readonly owner: string | undefined}>()
  const chains: ChainSummary[] = []
  const sentinels = new Map<string, number>()
  const addSentinels = (chain: ChainSummary, first: string): void => {
    const at = sentinels.get(first)
    if (at === undefined) sentinels.set(first, chains.push(chain) - 1)
    else if (isLonger(chain, chains[at])) chains[at] = chain
  }
  return {
    chains,
    add(chain, owner) {
      if (chain.entries === 0 && chain.first !== undefined) {
        addSentinels(chain, chain.first)
        return
      }
      const marks = marksOf(chain)
      for (const mark of marks) {
        const other = known.get(mark)
        if (other) throw repeated(chain, owner, other.chain, other.owner)
      }
      for (const mark of marks) known.set(mark, {chain, owner})
      chains.push(chain)
    },
  }
}

/** The ends of a chain and its files: a copy that was cut at either end still has one of them. */
function marksOf({first, last, files}: ChainSummary): ReadonlySet<string> {
  const marks = [first, last, ...files.map(({sha256, lines}) => (lines > 0 ? sha256 : undefined))]
  return new Set(marks.filter((mark) => mark !== undefined))
}

function repeated(
  chain: ChainSummary,
  owner: string | undefined,
  other: ChainSummary,
  otherOwner: string | undefined,
): PipelockError {
  const name = quoted(chain.files[0]?.path ?? '')
  const isBetweenFiles = owner !== undefined && otherOwner !== undefined && owner !== otherOwner
  const code: ErrorCode = owner === undefined ? 'captures_repeated' : 'aggregate_repeated'
  const message = isBetweenFiles
    ? `the chain of ${name} is in ${otherOwner} and in ${owner}`
    : `${owner === undefined ? '' : `${owner}: `}${name} and ${quoted(other.files[0]?.path ?? '')} hold the same chain, whole or in part`
  return new PipelockError(code, message, {
    hint:
      owner === undefined
        ? 'captures count once: take the copy away'
        : 'each chain may be counted once: leave one of the two out, or aggregate anew',
  })
}

function isLonger(a: ChainSummary, b: ChainSummary | undefined): boolean {
  const lines = (chain: ChainSummary | undefined): number =>
    chain?.files.reduce((sum, file) => sum + file.lines, 0) ?? 0
  return a.dropped > (b?.dropped ?? 0) || (a.dropped === b?.dropped && lines(a) > lines(b))
}
