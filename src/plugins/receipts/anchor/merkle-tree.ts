// Merkle trees of RFC 6962, section 2.1 over SHA-256: hashing, growing a tree leaf by leaf, and both kinds of proof. A leaf and a
// node are hashed under different prefixes, so that no node can be passed off as a leaf. Nothing here touches files.
import {createHash} from 'node:crypto'

export const HASH_BYTES = 32

const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])

/** The root of the tree without leaves. */
export const EMPTY_ROOT = createHash('sha256').digest()

export function leafHash(data: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(data).digest()
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest()
}

/** A tree that only grows, kept as the roots of its full subtrees from left to right: one for each bit of its size. */
export class GrowingTree {
  #size = 0
  readonly #peaks: Buffer[] = []

  get size(): number {
    return this.#size
  }

  append(leaf: Buffer): void {
    let hash = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = nodeHash(this.#peaks.pop() ?? EMPTY_ROOT, hash)
    }
    this.#peaks.push(hash)
    this.#size++
  }

  root(): Buffer {
    return joinRight(this.#peaks)
  }
}

/** The root over neighbouring full subtrees, given from left to right and each smaller than the one before. */
function joinRight(roots: readonly Buffer[]): Buffer {
  let root: Buffer | undefined
  for (const left of roots.toReversed()) root = root === undefined ? left : nodeHash(left, root)
  return root ?? EMPTY_ROOT
}

/** The leaves from `start` up to, not including, `end`. */
export interface LeafRange {
  readonly start: number
  readonly end: number
}

/** The subtrees whose hashes prove that leaf `index` is in the tree of `size` leaves, in the order of the proof. */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`leaf ${index} is not in a tree of ${size}`)
  return pathRanges(index, 0, size)
}

function pathRanges(index: number, start: number, end: number): readonly LeafRange[] {
  if (end - start === 1) return []
  const middle = start + splitOf(end - start)
  return index < middle
    ? [...pathRanges(index, start, middle), {start: middle, end}]
    : [...pathRanges(index, middle, end), {start, end: middle}]
}

/** The subtrees whose hashes prove that the tree of `size2` leaves extends the one of `size1`, in the order of the proof. */
export function consistencyRanges(size1: number, size2: number): readonly LeafRange[] {
  if (!(size1 > 0 && size1 <= size2)) throw new RangeError(`a tree of ${size2} does not extend one of ${size1}`)
  return size1 === size2 ? [] : growthRanges(size1, 0, size2, true)
}

function growthRanges(old: number, start: number, end: number, whole: boolean): readonly LeafRange[] {
  if (old === end - start) return whole ? [] : [{start, end}]
  const split = splitOf(end - start)
  const middle = start + split
  return old <= split
    ? [...growthRanges(old, start, middle, whole), {start: middle, end}]
    : [...growthRanges(old - split, middle, end, false), {start, end: middle}]
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/** The hash of a range out of the full subtrees it consists of; `full` answers the one of 2^height leaves with this index. */
export function rangeHash({start, end}: LeafRange, full: (height: number, index: number) => Buffer): Buffer {
  const roots: Buffer[] = []
  for (let at = start; at < end;) {
    let height = 0
    let width = 1
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      height++
      width *= 2
    }
    roots.push(full(height, at / width))
    at += width
  }
  return joinRight(roots)
}

const MAX_SIZE = 2n ** 64n - 1n

const isHash = (hash: Uint8Array): boolean => hash.length === HASH_BYTES

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b)
}

/** True when the proof leads from the leaf to the root (RFC 9162, section 2.1.3.2). Wrong shapes are false; nothing throws. */
export function verifyInclusion(
  index: bigint,
  size: bigint,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index < 0n || index >= size || size > MAX_SIZE) return false
  if (!isHash(leaf) || !isHash(root) || !proof.every(isHash)) return false
  let hash = leaf
  const arrived = climb(index, size - 1n, proof, (item, isLeft) => {
    hash = isLeft ? nodeHash(item, hash) : nodeHash(hash, item)
  })
  return arrived && same(hash, root)
}

/**
 * Goes up from node `at` of the level that ends with node `last`, one item of the proof for each step that has a sibling,
 * which stands on the left or on the right. True when the last item leads to the root.
 */
function climb(
  at: bigint,
  last: bigint,
  proof: readonly Uint8Array[],
  step: (item: Uint8Array, isLeft: boolean) => void,
): boolean {
  for (const item of proof) {
    if (last === 0n) return false
    const isLeft = at % 2n === 1n || at === last
    step(item, isLeft)
    // the last node of a level without a sibling goes up as it is
    while (isLeft && at % 2n === 0n && at !== 0n) {
      at >>= 1n
      last >>= 1n
    }
    at >>= 1n
    last >>= 1n
  }
  return last === 0n
}

/**
 * True when the proof shows that the tree of `size2` begins with the one of `size1` (RFC 9162, section 2.1.4.2). Nothing extends the
 * empty tree: there is no hash to compare, so that a caller who takes it for proven would trust any tree.
 */
export function verifyConsistency(
  size1: bigint,
  size2: bigint,
  root1: Uint8Array,
  root2: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (size1 <= 0n || size1 > size2 || size2 > MAX_SIZE) return false
  if (size1 === size2) return proof.length === 0 && same(root1, root2)
  if (!isHash(root1) || !isHash(root2) || !proof.every(isHash)) return false
  let at = size1 - 1n
  let last = size2 - 1n
  while (at % 2n === 1n) {
    at >>= 1n
    last >>= 1n
  }
  // a size that is a power of two is a subtree of the new tree, and its root is not repeated in the proof
  const [first, ...rest] = at === 0n ? [root1, ...proof] : proof
  if (first === undefined) return false
  let old: Uint8Array = first
  let grown: Uint8Array = first
  const arrived = climb(at, last, rest, (item, isLeft) => {
    if (isLeft) old = nodeHash(item, old)
    grown = isLeft ? nodeHash(item, grown) : nodeHash(grown, item)
  })
  return arrived && same(old, root1) && same(grown, root2)
}
