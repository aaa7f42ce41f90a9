// Whether a process of this host still runs, for files that carry the pid of who made them.
import {readFileSync, readlinkSync} from 'node:fs'

/** False when nothing runs under the pid any more: it is free, or only waits to be collected by its parent. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // a killed process whose parent never waits for it keeps its pid, but it holds nothing any more
  const [state = ''] = statOf(pid)
  return state !== 'Z' && state !== 'X'
}

/** Start time in clock ticks since boot; "" where the system does not tell. */
export function startOf(pid: number): string {
  return statOf(pid)[19] ?? ''
}

/** Fields of /proc/<pid>/stat from the third (the state) on; empty where there is none. The name in front may hold anything. */
function statOf(pid: number): readonly string[] {
  try {
    // in a namespace of its own a process may see the /proc of another one, where its pids are those of strangers
    if (readlinkSync('/proc/self') !== String(process.pid)) return []
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
