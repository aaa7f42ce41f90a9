// Changes of the configuration file: a change is other content, so that saving a file unchanged reloads nothing.
import {createHash} from 'node:crypto'
import {watchFile, type FileWatch, type WatchOptions} from '../lib/watch-file.js'
import {readConfigBytes} from './config/file.js'

/** `onChange` is called when the content differs from before: once when the file is gone, and once when it is back. */
export function watchConfig({path, onChange, ...options}: WatchOptions): FileWatch {
  let known = contentHash(path)
  return watchFile({
    path,
    ...options,
    onChange() {
      const now = contentHash(path)
      if (now === known) return
      known = now
      onChange()
    },
  })
}

function contentHash(path: string): string | undefined {
  try {
    return createHash('sha256').update(readConfigBytes(path)).digest('hex')
  } catch {
    return undefined // between two renames, or gone
  }
}
