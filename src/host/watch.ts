// Watches the configuration file through its directory: editors and ConfigMap mounts replace by rename, and behind a
// swapped `..data` link a watched file reports no event at all. A slow poll catches changes without an event.
import {createHash} from 'node:crypto'
import {watch, type FSWatcher} from 'node:fs'
import {dirname} from 'node:path'
import {readConfigBytes} from './config/file.js'

export interface FileWatch {
  close(): void
}

export interface WatchOptions {
  readonly path: string
  readonly debounceMs?: number
  readonly pollMs?: number
  /** Called when the content differs from the last one, once when the file is gone, and once when it is back. */
  readonly onChange: () => void
}

export function watchFile({path, onChange, debounceMs = 100, pollMs = 10_000}: WatchOptions): FileWatch {
  let known = contentHash(path)
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined

  const check = (): void => {
    const now = contentHash(path)
    if (now === known) return
    known = now
    onChange()
  }
  const start = (): void => {
    try {
      // any name may matter: the swapped entry can be a link on the way to the file
      watcher = watch(dirname(path), {persistent: false}, () => {
        clearTimeout(timer)
        timer = setTimeout(check, debounceMs)
        timer.unref()
      })
      watcher.on('error', lose)
    } catch {
      lose() // the directory is gone or cannot be watched: the poll continues and tries again
    }
  }
  const lose = (): void => {
    watcher?.close()
    watcher = undefined
  }
  const poll = setInterval(() => {
    // a watcher is bound to the directory that it opened; the name may refer to another one by now
    lose()
    start()
    check()
  }, pollMs)
  poll.unref()
  start()
  return {
    close() {
      clearTimeout(timer)
      clearInterval(poll)
      lose()
    },
  }
}

function contentHash(path: string): string | undefined {
  try {
    return createHash('sha256').update(readConfigBytes(path)).digest('hex')
  } catch {
    return undefined // between two renames, or gone
  }
}
