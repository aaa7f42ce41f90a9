// The folder of an anchored log, in the layout that transparency logs are served in (C2SP tlog-tiles): `checkpoint`,
// `tile/<level>/<n>` and `tile/entries/<n>`. What a checkpoint has committed to is never written again.
import {dirname, join} from 'node:path'
import {PipelockError} from '../../../core/errors.js'
import {makeDirectory, writeFileAtomic} from '../../../lib/atomic-file.js'
import {HASH_BYTES, rangeHash, type LeafRange} from './merkle-tree.js'
import {ReadFault, readSecurely} from '../../../lib/secure-read.js'
import {MAX_NOTE_BYTES} from './signed-note.js'
import {
  bundleOf,
  entriesOf,
  MAX_TILE_ENTRY,
  rootOfRow,
  rowOf,
  TILE_WIDTH,
  tileAt,
  tilePath,
  type Tile,
} from './tlog-tiles.js'

/** The folder does not hold what its checkpoint commits to. */
export class AnchorFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AnchorFault'
  }
}

const MAX_BUNDLE = TILE_WIDTH * (MAX_TILE_ENTRY + 2)
const MODE = 0o644

export class AnchorFolder {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  get checkpointPath(): string {
    return join(this.directory, 'checkpoint')
  }

  /** The note of the last checkpoint, or undefined when nothing was anchored yet. */
  readCheckpoint(): Buffer | undefined {
    return this.#read('checkpoint', MAX_NOTE_BYTES)
  }

  writeCheckpoint(note: string): void {
    writeFileAtomic(this.checkpointPath, note, {mode: MODE})
  }

  /** The hashes of a tile. A partial tile may be gone once the full one is there (tlog-tiles). Throws AnchorFault. */
  readTile(tile: Tile): Buffer {
    const own = this.#read(tilePath(tile), TILE_WIDTH * HASH_BYTES)
    if (!own && tile.width < TILE_WIDTH) return this.readTile(whole(tile)).subarray(0, tile.width * HASH_BYTES)
    if (!own) throw new AnchorFault(`${tilePath(tile)} is missing`)
    if (own.length !== tile.width * HASH_BYTES) {
      throw new AnchorFault(`${tilePath(tile)} has ${own.length} bytes, not ${tile.width * HASH_BYTES}`)
    }
    return own
  }

  /** The entries of a bundle. Throws AnchorFault. */
  readEntries(tile: Tile): readonly Buffer[] {
    const own = this.#read(tilePath(tile), MAX_BUNDLE)
    if (!own && tile.width < TILE_WIDTH) return this.readEntries(whole(tile)).slice(0, tile.width)
    if (!own) throw new AnchorFault(`${tilePath(tile)} is missing`)
    const entries = entriesOf(own)
    if (entries?.length !== tile.width) throw new AnchorFault(`${tilePath(tile)} does not hold ${tile.width} entries`)
    return entries
  }

  /** The entries of a tree of this size, from the first. Throws AnchorFault. */
  *entries(size: number): Generator<Buffer> {
    for (let index = 0; index * TILE_WIDTH < size; index++) yield* this.readEntries(tileAt('entries', index, size))
  }

  /** The hashes of subtrees of the tree of this size, as proofs need them. Throws AnchorFault. */
  hashes(ranges: readonly LeafRange[], size: number): readonly Buffer[] {
    return ranges.map((range) => rangeHash(range, (height, index) => this.#subtree(height, index, size)))
  }

  #subtree(height: number, index: number, size: number): Buffer {
    const {level, tile, from, count} = rowOf(height, index)
    const row = this.readTile(tileAt(level, tile, Math.floor(size / TILE_WIDTH ** level)))
    return rootOfRow(row.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES))
  }

  writeTile(tile: Tile, row: Buffer): void {
    this.#write(tile, row)
  }

  writeEntries(tile: Tile, entries: readonly Buffer[]): void {
    this.#write(tile, bundleOf(entries))
  }

  /** Replaces what an export that ended early left: no checkpoint covers it. */
  #write(tile: Tile, bytes: Buffer): void {
    const path = join(this.directory, tilePath(tile))
    makeDirectory(dirname(path), 0o755)
    writeFileAtomic(path, bytes, {mode: MODE})
  }

  #read(path: string, maxBytes: number): Buffer | undefined {
    try {
      return readSecurely(join(this.directory, path), {maxBytes})
    } catch (error) {
      if (!(error instanceof ReadFault)) throw error
      if (error.kind === 'missing') return undefined
      if (error.kind === 'too_large') throw new AnchorFault(error.message)
      throw new PipelockError('evidence_unreadable', error.message, {cause: error})
    }
  }
}

function whole(tile: Tile): Tile {
  return {...tile, width: TILE_WIDTH}
}
