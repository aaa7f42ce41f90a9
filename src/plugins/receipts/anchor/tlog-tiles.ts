// Tiles of a transparency log (C2SP tlog-tiles): rows of up to 256 hashes, the entries they come from, and where each lies.
// A tile of level L holds the roots of the full tiles of level L−1; a partial one is never hashed into the level above.
import {HASH_BYTES, nodeHash} from './merkle-tree.js'

export const TILE_WIDTH = 256
const TILE_HEIGHT = 8

/** Longest entry: its length is written in two bytes. */
export const MAX_TILE_ENTRY = 65_535

/** A tile or bundle of which `width` items count. */
export interface Tile {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** The path with forward slashes, such as `tile/0/x001/234` or `tile/entries/000.p/7`. */
export function tilePath({level, index, width}: Tile): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** Every level that a tree of this size has, with its number of hashes. */
export function tileLevels(size: number): readonly {readonly level: number; readonly count: number}[] {
  const levels = []
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    levels.push({level, count})
  }
  return levels
}

/** The tile of a level with this index in a tree whose level has `count` hashes. */
export function tileAt(level: number | 'entries', index: number, count: number): Tile {
  return {level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH)}
}

/** The root over a row of hashes whose number is a power of two. */
export function rootOfRow(row: Buffer): Buffer {
  let hashes: readonly Buffer[] = hashesOf(row)
  while (hashes.length > 1) {
    hashes = hashes.flatMap((hash, i) => {
      const right = hashes[i + 1]
      return i % 2 === 0 && right !== undefined ? [nodeHash(hash, right)] : []
    })
  }
  const [root] = hashes
  if (root === undefined) throw new RangeError('a row without hashes has no root')
  return root
}

function hashesOf(row: Buffer): readonly Buffer[] {
  return Array.from({length: row.length / HASH_BYTES}, (_, i) => row.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

/** Where the full subtree of 2^height leaves with this index is found: a row of hashes within one tile. */
export function rowOf(height: number, index: number): {level: number; tile: number; from: number; count: number} {
  const count = 2 ** (height % TILE_HEIGHT)
  const first = index * count
  return {
    level: Math.floor(height / TILE_HEIGHT),
    tile: Math.floor(first / TILE_WIDTH),
    from: first % TILE_WIDTH,
    count,
  }
}

/** A bundle: each entry after its length in two bytes. */
export function bundleOf(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > MAX_TILE_ENTRY) throw new RangeError(`an entry has ${entry.length} bytes`)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(entry.length)
      return [length, entry]
    }),
  )
}

/** The entries of a bundle, or undefined when it ends inside one. */
export function entriesOf(bundle: Buffer): readonly Buffer[] | undefined {
  const entries: Buffer[] = []
  for (let at = 0; at < bundle.length;) {
    if (at + 2 > bundle.length) return undefined
    const end = at + 2 + bundle.readUInt16BE(at)
    if (end > bundle.length || entries.length === TILE_WIDTH) return undefined
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}

/** Lays the hashes of leaves out in tiles, level by level; holds one unfinished row a level. */
export class TileRows {
  readonly #rows: Buffer[][] = []
  readonly #finished: number[] = []
  readonly #onTile: (tile: Tile, row: Buffer) => void

  constructor(onTile: (tile: Tile, row: Buffer) => void) {
    this.#onTile = onTile
  }

  append(leaf: Buffer): void {
    this.#push(0, leaf)
  }

  #push(level: number, hash: Buffer): void {
    const row = (this.#rows[level] ??= [])
    row.push(hash)
    if (row.length < TILE_WIDTH) return
    this.#rows[level] = []
    const bytes = this.#emit(level, row)
    this.#finished[level] = (this.#finished[level] ?? 0) + 1
    this.#push(level + 1, rootOfRow(bytes))
  }

  #emit(level: number, row: readonly Buffer[]): Buffer {
    const bytes = Buffer.concat(row)
    this.#onTile({level, index: this.#finished[level] ?? 0, width: row.length}, bytes)
    return bytes
  }

  /** Hands the partial tiles out. */
  finish(): void {
    for (const [level, row] of this.#rows.entries()) if (row.length > 0) this.#emit(level, row)
  }
}
