import {expect, test} from 'vitest'
import {leafHash, rangeHash, GrowingTree} from '../../../../../src/plugins/receipts/anchor/merkle-tree.js'
import {
  bundleOf,
  entriesOf,
  rootOfRow,
  rowOf,
  tileAt,
  tileLevels,
  tilePath,
} from '../../../../../src/plugins/receipts/anchor/tlog-tiles.js'

test('paths are those of the specification', () => {
  expect(tilePath({level: 0, index: 1234067, width: 256})).toBe('tile/0/x001/x234/067')
  expect(tilePath({level: 63, index: 0, width: 5})).toBe('tile/63/000.p/5')
  expect(tilePath({level: 'entries', index: 1000, width: 256})).toBe('tile/entries/x001/000')
})

test('a tree of 70,000 has the tiles that the specification counts', () => {
  const tiles = tileLevels(70_000).map(({level, count}) => {
    const last = Math.ceil(count / 256) - 1
    return [level, Math.floor(count / 256), tileAt(level, last, count).width]
  })
  expect(tiles).toEqual([
    [0, 273, 112],
    [1, 1, 17],
    [2, 0, 1],
  ])
  expect(tileLevels(256)).toEqual([
    {level: 0, count: 256},
    {level: 1, count: 1},
  ])
  expect(tileLevels(0)).toEqual([])
})

test('every full subtree lies in one tile, and rows give the roots of trees', () => {
  const size = 700
  const leaves = Array.from({length: size}, (_, i) => leafHash(Buffer.from([i & 255, i >> 8])))
  const level1 = [0, 256].map((from) => rootOfRow(Buffer.concat(leaves.slice(from, from + 256))))
  const full = (height: number, index: number): Buffer => {
    const {level, tile, from, count} = rowOf(height, index)
    const row = level === 0 ? leaves.slice(tile * 256, tile * 256 + 256) : level1
    return rootOfRow(Buffer.concat(row.slice(from, from + count)))
  }
  const tree = new GrowingTree()
  for (const leaf of leaves) tree.append(leaf)
  expect(rangeHash({start: 0, end: size}, full)).toEqual(tree.root())
  expect(rowOf(8, 3)).toEqual({level: 1, tile: 0, from: 3, count: 1})
  expect(rowOf(15, 3)).toEqual({level: 1, tile: 1, from: 128, count: 128})
})

test('bundles: what is cut short, or holds more than a tile, is none', () => {
  const entries = ['', 'a', 'b'.repeat(65_535)].map((text) => Buffer.from(text))
  const bundle = bundleOf(entries)
  expect(entriesOf(bundle)).toEqual(entries)
  expect(entriesOf(bundle.subarray(0, -1))).toBeUndefined()
  expect(entriesOf(bundle.subarray(0, 3))).toBeUndefined()
  expect(entriesOf(Buffer.alloc(512))).toHaveLength(256)
  expect(entriesOf(Buffer.alloc(514))).toBeUndefined()
  expect(() => bundleOf([Buffer.alloc(65_536)])).toThrow(RangeError)
})
