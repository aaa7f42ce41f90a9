// Changes of the configuration file. Its directory is watched, not the file: editors and ConfigMap mounts replace by
// rename, and behind a swapped `..data` link a watched file sends no event at all. A slow poll catches what no event tells.
import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {dirname} from 'node:path'
import {watch} from 'chokidar'

export interface FileWatch {
  close(): Promise<void>
}

export interface WatchOptions {
  readonly path: string
  readonly debounceMs?: number
  readonly pollMs?: number
  /** Called when the content differs from the last one seen. A file that vanished is not a change: the last good one holds. */
  readonly onChange: () => void
}

export async function watchFile({path, onChange, debounceMs = 100, pollMs = 10_000}: WatchOptions): Promise<FileWatch> {
  let seen = contentHash(path)
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const now = contentHash(path)
    if (now === undefined || now === seen) return
    seen = now
    onChange()
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(look, debounceMs)
    timer.unref()
  }
  const watcher = watch(dirname(path), {followSymlinks: false, depth: 0, ignoreInitial: true})
  watcher.on('all', soon)
  watcher.on('error', () => undefined) // the poll goes on
  await new Promise<void>((done) => watcher.once('ready', () => done()))
  const poll = setInterval(look, pollMs)
  poll.unref()
  look()
  return {
    async close() {
      clearTimeout(timer)
      clearInterval(poll)
      await watcher.close()
    },
  }
}

function contentHash(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return undefined // between two renames, or gone
  }
}
