// Bounds of the shared resources: descriptors as the system allows them, less the firewall's own, and memory and
// requests as configured.
import type {ShareSettings} from '../core/services/proxy.js'
import {readFileSync} from 'node:fs'
import type {Bounds} from '../core/shares.js'

/** Evidence, log, captures, worker threads, listeners, and connections beyond the shares. */
export const RESERVED_DESCRIPTORS = 192
const MAX_TUNNELS = 1_024
const MAX_OPEN_REQUESTS = 4_096
const MAX_LOOK_UPS = 256
/** A look-up has one socket per queried name server; the first one settles most. */
const DESCRIPTORS_OF_LOOK_UP = 2
/** An exchange has two: the client's and the origin's. */
const DESCRIPTORS_OF_EXCHANGE = 2
/** Used where the system does not report a limit. */
const UNKNOWN_LIMIT = 4_096
const MIB = 1_048_576

export function shareBounds(descriptorLimit: number, {heldMb, openRequests}: ShareSettings): Bounds {
  const free = Math.max(64, descriptorLimit - RESERVED_DESCRIPTORS)
  const lookUps = Math.min(MAX_LOOK_UPS, Math.max(4, Math.floor(free / 8)))
  const descriptors = Math.max(16, free - lookUps * DESCRIPTORS_OF_LOOK_UP)
  const exchanges = Math.floor(descriptors / DESCRIPTORS_OF_EXCHANGE)
  return {
    tunnels: Math.min(MAX_TUNNELS, exchanges),
    open_requests: Math.min(openRequests === 0 ? MAX_OPEN_REQUESTS : openRequests, exchanges),
    held_bytes: Math.floor(heldMb * MIB),
    descriptors,
    look_ups: lookUps,
  }
}

/** The bounds of the active configuration, computed once per configuration: they are read for every request. */
export function liveBounds(settings: () => ShareSettings, instead: Partial<Bounds> = {}): () => Bounds {
  const limit = descriptorLimit()
  let last: {readonly of: ShareSettings; readonly bounds: Bounds} | undefined
  return () => {
    const of = settings()
    if (last?.of !== of) last = {of, bounds: {...shareBounds(limit, of), ...instead}}
    return last.bounds
  }
}

/** Maximum number of open files and sockets of this process. */
function descriptorLimit(): number {
  const text = linuxLimits() ?? reportedLimits()
  if (text === 'unlimited') return Number.MAX_SAFE_INTEGER
  const limit = Number(text)
  return Number.isSafeInteger(limit) && limit > 0 ? limit : UNKNOWN_LIMIT
}

function linuxLimits(): string | undefined {
  try {
    return /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  } catch {
    return undefined // another system
  }
}

function reportedLimits(): string | undefined {
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('userLimits' in report)) return undefined
  const limits: unknown = report.userLimits
  if (typeof limits !== 'object' || limits === null || !('open_files' in limits)) return undefined
  const files: unknown = limits.open_files
  return typeof files === 'object' && files !== null && 'soft' in files ? String(files.soft) : undefined
}
