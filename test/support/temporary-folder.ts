// Temporary folders of `npm test` are in memory where the machine has room for them: the product syncs what it must not
// lose, and a disk takes 2 ms for each file that memory takes 0.02 ms for. `npm run test:slow` writes to the disk.
import {mkdtempSync, readFileSync, rmSync, statfsSync} from 'node:fs'
import {join} from 'node:path'

const MEMORY = '/dev/shm'
/** The tests hold tens of megabytes at a time; containers often have 64 MB there. */
const ENOUGH_BYTES = 2 ** 31

export function setup(): (() => void) | undefined {
  // a folder that somebody chose stays, as does the one of the project before
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return undefined
  const folder = mkdtempSync(join(MEMORY, 'pipelock-test-'))
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, {recursive: true, force: true})
}

/** Room for files, some of which are programs that tests run. */
function hasRoom(): boolean {
  try {
    const mount = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === MEMORY)
    const {bavail, bsize} = statfsSync(MEMORY)
    return mount?.includes('noexec') === false && bavail * bsize >= ENOUGH_BYTES
  } catch {
    return false
  }
}
