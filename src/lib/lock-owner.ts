// What a lock file says of who holds it. A process id means something only in its own PID namespace of its own kernel: two
// containers on one volume are both process 1. So the file names namespace, boot and host too, and a token that no other
// lock has.
import {readFileSync, readlinkSync} from 'node:fs'
import {hostname} from 'node:os'
import {isRunning, startOf} from './process.js'

/** Members that the system does not tell are ''. */
export interface LockOwner {
  readonly pid: number
  /** Start time of the process in clock ticks since boot. */
  readonly started: string
  /** Boot of the kernel, 36 characters. */
  readonly boot: string
  /** Inode of the PID namespace. */
  readonly pidNamespace: string
  readonly host: string
  /** 32 hexadecimal digits, made anew for each lock; '' in a file of an earlier release. */
  readonly token: string
}

/** A lock file that names no process. */
export const NOBODY: LockOwner = {pid: 0, started: '', boot: '', pidNamespace: '', host: '', token: ''}

const MAX_MEMBER = 255

export function thisProcess(token: string): LockOwner {
  return {pid: process.pid, started: startOf(process.pid), ...scope(), token}
}

export function ownerText({pid, started, boot, pidNamespace, host, token}: LockOwner): string {
  return `${JSON.stringify({pid, started, boot_id: boot, pid_namespace: pidNamespace, host, token})}\n`
}

/** undefined for what names no process. */
export function parseOwner(text: string): LockOwner | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Readonly<Record<string, unknown>>
  const {pid} = members
  // 0 and negative numbers are groups of processes, which always run: nobody could take over from them
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined
  const member = (name: string): string => {
    const result = members[name]
    return typeof result === 'string' ? result.slice(0, MAX_MEMBER) : ''
  }
  return {
    pid,
    started: member('started'),
    boot: member('boot_id'),
    pidNamespace: member('pid_namespace'),
    host: member('host'),
    token: member('token'),
  }
}

/** Whether the process id can be judged from here. A file of an earlier release names no place: it was always judged so. */
export function isLocal({boot, pidNamespace, host}: LockOwner): boolean {
  if (boot === '' && pidNamespace === '' && host === '') return true
  const own = scope()
  // without /proc nothing tells one container from the next
  if (process.platform === 'linux' && (own.boot === '' || own.pidNamespace === '')) return false
  return boot === own.boot && pidNamespace === own.pidNamespace && host === own.host
}

/** The process is there, and is the one that started then. Only for a local owner. */
export function isThere({pid, started}: LockOwner): boolean {
  if (!isRunning(pid)) return false
  const running = startOf(pid)
  return started === '' || running === '' || started === running
}

/** For messages; what stands in the file of another is not trusted to be printable. */
export function ownerName(owner: LockOwner): string {
  if (owner.pid === 0) return 'an unknown process'
  return isLocal(owner)
    ? `process ${owner.pid}`
    : `process ${owner.pid} of host ${JSON.stringify(owner.host)}, in another container or on another machine`
}

function scope(): Pick<LockOwner, 'boot' | 'pidNamespace' | 'host'> {
  return {
    boot: text(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')),
    pidNamespace: text(() => readlinkSync('/proc/self/ns/pid')).replace(/\D/g, ''),
    host: hostname().slice(0, MAX_MEMBER),
  }
}

function text(read: () => string): string {
  try {
    return read().trim().slice(0, MAX_MEMBER)
  } catch {
    return '' // no Linux, or no /proc
  }
}
