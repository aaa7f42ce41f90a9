// The body of a checkpoint note (C2SP tlog-checkpoint): origin, tree size, root hash, and lines that nobody audits.
import {HASH_BYTES} from './merkle-tree.js'
import {decodeBase64, NoteFault} from './signed-note.js'

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

export function checkpointText({origin, size, root}: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** Reads the text of a note whose signature was verified. Throws NoteFault. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  const [origin = '', size = '', encoded = ''] = lines
  // the text ends in a line feed, so that the last piece alone is empty
  if (lines.length < 4 || lines.slice(0, -1).includes(''))
    throw new NoteFault('the checkpoint has not three full lines')
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw new NoteFault('the second line of the checkpoint is no tree size')
  }
  const root = decodeBase64(encoded)
  if (root?.length !== HASH_BYTES) throw new NoteFault('the third line of the checkpoint is no root hash')
  return {origin, size: Number(size), root}
}
