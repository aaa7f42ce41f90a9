// Reports that a file may have changed. Its directory is watched, not the file: editors and ConfigMap mounts replace by rename,
// and a watched file behind a swapped link sends no event. A slow poll covers volumes that deliver no events, and a directory
// that disappears is looked for again.
import {lstatSync, statSync, type Stats} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'
import {watch, type FSWatcher} from 'chokidar'

export interface WatchOptions {
  readonly path: string
  /** Milliseconds that only grow, for the debounce. */
  readonly monotonic: () => number
  /** The file may have changed; the caller compares. */
  readonly onChange: () => void
  /** The watcher failed or lost events; a change is reported as well. */
  readonly onFault?: (error: unknown) => void
  /** Whether the directory of the file exists. */
  readonly onPresence?: (present: boolean) => void
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

export interface FileWatch {
  close(): void
}

export function watchFile(options: WatchOptions): FileWatch {
  const {monotonic, onChange, onFault, onPresence} = options
  const path = resolve(options.path)
  const directory = dirname(path)
  const times = {...TIMES, ...options.times}
  let watcher: FSWatcher | undefined
  /** Device and inode of the watched directory: its name may come to mean another one. */
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

  const presence = (present: boolean): void => {
    if (present === isPresent) return
    isPresent = present
    onPresence?.(present)
  }

  const stop = (): void => {
    void watcher?.close()
    watcher = undefined
  }

  /** Watches the directory, or looks for it every few seconds while it does not exist. */
  const start = (): void => {
    if (isClosed || retry) return
    watched = identityOf(directory)
    if (watched === '') {
      presence(false)
      retry = setTimeout(() => {
        retry = undefined
        start()
      }, times.retryMs)
      retry.unref()
      return
    }
    const own = watch(directory, {
      persistent: false,
      depth: 0,
      followSymlinks: false,
      ignoreInitial: true,
      // links count, whatever their name: the path of the file may lead through one that is swapped
      ignored: (name, stats) => name !== directory && name !== path && !isLink(name, stats),
    })
    watcher = own
    presence(true)
    // what changed while the watch was set up
    own.on('ready', schedule)
    own.on('all', (event, name) => {
      if (event !== 'unlinkDir' || name !== directory) return schedule()
      restart()
    })
    // of two renames over the file within 50 ms chokidar reports one, so the events of the system count as well
    own.on('raw', (_event, name: string | null) => {
      if (name === null || name === basename(path) || isLink(join(directory, name), undefined)) schedule()
    })
    own.on('error', (error) => {
      onFault?.(error)
      restart()
    })
  }

  const restart = (): void => {
    stop()
    start()
    schedule()
  }

  const poll = setInterval(() => {
    if (watcher && identityOf(directory) !== watched) restart()
    onChange()
  }, times.pollMs)
  poll.unref()
  start()

  return {
    close() {
      isClosed = true
      stop()
      clearTimeout(pending)
      clearTimeout(retry)
      clearInterval(poll)
    },
  }
}

function identityOf(directory: string): string {
  try {
    const stat = statSync(directory, {throwIfNoEntry: false})
    return stat?.isDirectory() ? `${stat.dev}:${stat.ino}` : ''
  } catch {
    return '' // replaced by a link to itself, or closed to this user: as good as gone
  }
}

function isLink(path: string, stats: Stats | undefined): boolean {
  return (stats ?? lstatSync(path, {throwIfNoEntry: false}))?.isSymbolicLink() === true
}
