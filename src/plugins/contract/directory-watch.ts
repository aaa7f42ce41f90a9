// Tells when one file of a directory may have changed. The directory is watched, never the file: a rename puts another
// file under the name. A slow poll covers volumes that deliver no events, and a directory that disappears is looked for
// again.
import {statSync, watch, type FSWatcher} from 'node:fs'
import {basename} from 'node:path'

export interface WatchOptions {
  readonly directory: string
  /** Base name of the file that matters. */
  readonly file: string
  /** Only growing milliseconds, for the debounce. */
  readonly monotonic: () => number
  /** The file may have changed. */
  readonly onChange: () => void
  /** The watcher failed or lost events; a change is reported as well. */
  readonly onFault: (error: unknown) => void
  /** Whether the directory is there. */
  readonly onPresence: (present: boolean) => void
  readonly times?: Partial<WatchTimes>
}

export interface WatchTimes {
  readonly debounceMs: number
  /** Events that never pause are answered this long after the first. */
  readonly forceMs: number
  readonly pollMs: number
  readonly retryMs: number
}

const TIMES: WatchTimes = {debounceMs: 100, forceMs: 2000, pollMs: 30_000, retryMs: 5000}

export interface DirectoryWatch {
  close(): void
}

export function watchDirectory(options: WatchOptions): DirectoryWatch {
  const {directory, file, monotonic, onChange, onFault, onPresence} = options
  const times = {...TIMES, ...options.times}
  const ownName = basename(directory)
  let watcher: FSWatcher | undefined
  let watched = ''
  let isPresent = true
  let first: number | undefined
  let pending: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  let isClosed = false

  const schedule = (): void => {
    if (isClosed) return
    const now = monotonic()
    first ??= now
    clearTimeout(pending)
    pending = setTimeout(fire, Math.max(0, Math.min(times.debounceMs, first + times.forceMs - now)))
    pending.unref()
  }

  const fire = (): void => {
    first = undefined
    onChange()
  }

  const identity = (): string => {
    try {
      const stat = statSync(directory, {throwIfNoEntry: false})
      return stat?.isDirectory() ? `${stat.dev}:${stat.ino}` : ''
    } catch {
      return '' // replaced by a link to itself, or closed to us: as good as gone
    }
  }

  const presence = (present: boolean): void => {
    if (present === isPresent) return
    isPresent = present
    onPresence(present)
  }

  /** Looks for the directory now and, as long as it is not there, every few seconds. */
  const lose = (): void => {
    watcher?.close()
    watcher = undefined
    if (isClosed || retry) return
    if (start()) return schedule()
    presence(false)
    retry = setTimeout(() => {
      retry = undefined
      lose()
    }, times.retryMs)
    retry.unref()
  }

  const start = (): boolean => {
    const current = identity()
    if (current === '') return false
    try {
      watcher = watch(directory, {persistent: false}, (_event, name) => {
        if (name === file || name === null) schedule()
        // a removed or replaced directory reports its own name, once and never again
        else if (name === ownName && identity() !== watched) lose()
      })
    } catch (error) {
      onFault(error)
      return false
    }
    watched = current
    presence(true)
    watcher.on('error', (error) => {
      onFault(error)
      schedule()
      lose()
    })
    return true
  }

  const poll = setInterval(() => {
    if (watcher && identity() !== watched) lose()
    onChange()
  }, times.pollMs)
  poll.unref()

  if (!start()) lose()

  return {
    close() {
      isClosed = true
      watcher?.close()
      clearTimeout(pending)
      clearTimeout(retry)
      clearInterval(poll)
    },
  }
}
