// Merkle trees: proofs built from a tree verify under its roots, for any size and any leaf, and any other bit does not.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {
  consistencyRanges,
  EMPTY_ROOT,
  GrowingTree,
  inclusionRanges,
  leafHash,
  nodeHash,
  rangeHash,
  verifyConsistency,
  verifyInclusion,
  type LeafRange,
} from '../../src/plugins/receipts/anchor/merkle-tree.js'

const MAX = 600
const leaves = Array.from({length: MAX}, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))

/** RFC 6962, section 2.1, as it is written there. */
function treeHash(start: number, end: number): Buffer {
  if (end === start) return EMPTY_ROOT
  if (end - start === 1) return leaves[start] as Buffer
  let split = 1
  while (split * 2 < end - start) split *= 2
  return nodeHash(treeHash(start, start + split), treeHash(start + split, end))
}

const full = (height: number, index: number): Buffer => treeHash(index * 2 ** height, (index + 1) * 2 ** height)
const hashes = (ranges: readonly LeafRange[]): Buffer[] => ranges.map((range) => rangeHash(range, full))

function flip(hash: Buffer, bit: number): Buffer {
  const copy = Buffer.from(hash)
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
  return copy
}

test('a tree that grows has the roots of the definition', () => {
  const tree = new GrowingTree()
  expect(tree.root()).toEqual(EMPTY_ROOT)
  for (let size = 1; size <= 300; size++) {
    tree.append(leaves[size - 1] as Buffer)
    expect([size, tree.size, tree.root().toString('hex')]).toEqual([size, size, treeHash(0, size).toString('hex')])
  }
})

const sizes = fc.integer({min: 1, max: MAX})
const bits = fc.integer({min: 0, max: 255})

test('any leaf of any tree is proven, and one changed bit anywhere proves nothing', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), bits, fc.nat(), (size, at, bit, where) => {
      const index = at % size
      const leaf = leaves[index] as Buffer
      const root = treeHash(0, size)
      const proof = hashes(inclusionRanges(index, size))
      const verify = (i: number, s: number, l: Buffer, p: Buffer[], r: Buffer): boolean =>
        verifyInclusion(BigInt(i), BigInt(s), l, p, r)
      expect(verify(index, size, leaf, proof, root)).toBe(true)
      expect(verify(index, size, flip(leaf, bit), proof, root)).toBe(false)
      expect(verify(index, size, leaf, proof, flip(root, bit))).toBe(false)
      expect(verify(index, size, leaf, [...proof, root], root)).toBe(false)
      expect(verify((index + 1) % size, size, leaf, proof, root)).toBe(size === 1)
      expect(verify(size, size, leaf, proof, root)).toBe(false)
      if (proof.length > 0) {
        const changed = proof.map((hash, i) => (i === where % proof.length ? flip(hash, bit) : hash))
        expect(verify(index, size, leaf, changed, root)).toBe(false)
        expect(verify(index, size, leaf, proof.slice(1), root)).toBe(false)
        expect(verify(index, size, leaf, proof.slice(0, -1), root)).toBe(false)
      }
    }),
  )
})

test('any tree is proven to extend any earlier one, and one changed bit anywhere proves nothing', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), bits, fc.nat(), (size2, at, bit, where) => {
      const size1 = 1 + (at % size2)
      const [root1, root2] = [treeHash(0, size1), treeHash(0, size2)]
      const proof = hashes(consistencyRanges(size1, size2))
      const verify = (s1: number, s2: number, r1: Buffer, r2: Buffer, p: Buffer[]): boolean =>
        verifyConsistency(BigInt(s1), BigInt(s2), r1, r2, p)
      expect(verify(size1, size2, root1, root2, proof)).toBe(true)
      expect(verify(size1, size2, flip(root1, bit), root2, proof)).toBe(false)
      expect(verify(size1, size2, root1, flip(root2, bit), proof)).toBe(false)
      expect(verify(size1, size2, root1, root2, [...proof, root2])).toBe(false)
      expect(verify(0, size2, EMPTY_ROOT, root2, [])).toBe(false)
      expect(verify(size2 + 1, size2, root1, root2, proof)).toBe(false)
      if (proof.length > 0) {
        const changed = proof.map((hash, i) => (i === where % proof.length ? flip(hash, bit) : hash))
        expect(verify(size1, size2, root1, root2, changed)).toBe(false)
        expect(verify(size1, size2, root1, root2, proof.slice(0, -1))).toBe(false)
      }
    }),
  )
})

test('proofs of a leaf or a tree that is not there are refused when they are requested', () => {
  for (const [index, size] of [
    [-1, 3],
    [3, 3],
    [0, 0],
  ] as const) {
    expect(() => inclusionRanges(index, size)).toThrow(RangeError)
  }
  for (const [size1, size2] of [
    [0, 3],
    [4, 3],
  ] as const)
    expect(() => consistencyRanges(size1, size2)).toThrow(RangeError)
})
