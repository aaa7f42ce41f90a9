// Preload (`node --import`): sends this process the signal KILL_SIGNAL at its first read of a file's bytes, in the thread
// that KILL_THREAD names (`main` or `reader`).
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {isMainThread} from 'node:worker_threads'

const {readSync} = fs
fs.readSync = (fd, ...rest) => {
  const isCapture = fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('.jsonl')
  if (isCapture && isMainThread === (process.env.KILL_THREAD === 'main')) {
    process.kill(process.pid, process.env.KILL_SIGNAL)
  }
  return readSync(fd, ...rest)
}
syncBuiltinESMExports()
