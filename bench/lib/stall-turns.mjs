// Preloaded into the proxy: the longest turn of its event loop, in processor time of the main thread, so that other programs
// hardly matter. Written to the file on every signal, and begun anew.
import {readFileSync, writeFileSync} from 'node:fs'
import {isMainThread} from 'node:worker_threads'

const file = process.env.PIPELOCK_BENCH_TURNS
if (isMainThread && file) {
  const spent = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6
  let longest = 0
  let before = spent()
  let first = before
  setInterval(() => {
    const now = spent()
    longest = Math.max(longest, now - before)
    before = now
  }, 1).unref()
  process.on('SIGUSR2', () => {
    const now = spent()
    writeFileSync(file, JSON.stringify({longest, spent: now - first}))
    longest = 0
    before = first = spent()
  })
}
