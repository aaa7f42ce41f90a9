// What an observation left, for the person who ended it: requests, hosts and sessions since it began. Read from the captures
// as they lie on the disk, so that what is announced is what a compile will find.
import {statSync} from 'node:fs'
import {PipelockError} from '../../../core/errors.js'
import {isObject, JsonFault, readJson} from '../../../lib/json/reader.js'
import {parseTimestampLoosely} from '../../../lib/timestamp.js'
import {decodeCapture} from '../../../formats/capture.js'
import {discoverSessions, isMetaChain} from '../compile/discover.js'
import {linesOf} from '../compile/ingest.js'
import {readFileCoded} from '../compile/source-file.js'

export interface Observed {
  readonly requests: number
  readonly blocked: number
  readonly hosts: number
  readonly sessions: number
  /** Whose captures they are, the busiest first. */
  readonly agents: readonly string[]
}

/** A summary at the end of a run must not take longer than a person waits. */
const MAX_BYTES = 128 * 1024 * 1024
/** Hosts are chosen by whoever sends the requests. */
const MAX_HOSTS = 10_000

/** undefined when there is too much to read at the end of a run. */
export function observedSince(directory: string, sinceMs: number): Observed | undefined {
  const chains = chainsSince(directory, sinceMs)
  const bytes = chains.flat().reduce((sum, path) => sum + statSync(path).size, 0)
  if (bytes > MAX_BYTES) return undefined
  const counts = {requests: 0, blocked: 0, sessions: 0}
  const hosts = new Set<string>()
  const agents = new Map<string, number>()
  for (const chain of chains) {
    let own = 0
    for (const path of chain) {
      for (const line of linesOf({path, chunks: () => readFileCoded(path)})) {
        const record = captureOf(line, sinceMs)
        if (record === undefined) continue
        own++
        if (['block', 'fail_closed'].includes(record.effectiveAction)) counts.blocked++
        agents.set(record.agent, (agents.get(record.agent) ?? 0) + 1)
        const host = URL.canParse(record.url) ? new URL(record.url).host : record.mcpServer
        if (host !== '' && hosts.size < MAX_HOSTS) hosts.add(host)
      }
    }
    counts.requests += own
    if (own > 0) counts.sessions++
  }
  return {...counts, hosts: hosts.size, agents: [...agents].sort((a, b) => b[1] - a[1]).map(([agent]) => agent)}
}

function chainsSince(directory: string, sinceMs: number): readonly (readonly string[])[] {
  try {
    return discoverSessions(directory).chains.filter(
      (chain) => !isMetaChain(chain) && chain.some((path) => statSync(path).mtimeMs >= sinceMs),
    )
  } catch (error) {
    if (error instanceof PipelockError && (error.code === 'no_captures' || error.code === 'file_not_found')) return []
    throw error
  }
}

function captureOf(line: Uint8Array, sinceMs: number) {
  try {
    const entry = readJson(line, {maxDepth: 64})
    if (!isObject(entry) || entry['type'] !== 'capture') return undefined
    const ts = entry['ts']
    const timeMs = typeof ts === 'string' ? parseTimestampLoosely(ts)?.unixMs : undefined
    if (timeMs !== undefined && timeMs < sinceMs) return undefined
    const decoded = decodeCapture(entry['detail'])
    if (decoded.kind !== 'capture') return undefined
    const {surface} = decoded.record
    return surface === 'url' || surface === 'tool_policy' ? decoded.record : undefined
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}
