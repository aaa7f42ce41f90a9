// Checks that the firewall still judges: a process that holds its port but judges nothing must not pass for healthy. Traffic is
// the sign of life; without any, a request that every policy refuses is judged, outside of counters, sessions and evidence.
import type {Exchange} from '../core/exchange.js'
import type {Policy} from '../core/policy.js'
import type {Ports} from '../core/ports.js'
import {parseTarget} from '../core/target.js'
import {uuidv7} from '../lib/uuid.js'
import type {Generation} from './generation.js'

export const SUBSYSTEMS = ['scanner', 'config', 'session', 'killswitch', 'watchdog'] as const
type Subsystem = (typeof SUBSYSTEMS)[number]
export type SubsystemStates = Readonly<Record<Subsystem, boolean>>

/** A scheme that is refused before any name is looked up. */
const PROBE = 'ftp://wedge-probe.invalid/'
const STALE_TICKS = 3
const UUID_RANDOM_BYTES = 10

export interface Watchdog {
  /** undefined: off. */
  states(): Promise<SubsystemStates | undefined>
  close(): void
}

export interface WatchdogParts {
  readonly current: () => Generation
  readonly policy: () => Policy
  readonly ports: Pick<Ports, 'clock' | 'random'>
}

export function startWatchdog({current, policy, ports}: WatchdogParts): Watchdog {
  const {clock} = ports
  const {enabled, intervalMs} = current().services.watchdog
  if (!enabled) return {states: () => Promise.resolve(undefined), close: () => undefined}
  const staleMs = STALE_TICKS * intervalMs
  let tickedAt = clock.monotonic()
  let isLate = false
  let replies = {config: true, killswitch: true}
  let probedAt = clock.monotonic()
  let probing: Promise<boolean> | undefined
  let isScanning = true

  const timer = setInterval(() => {
    const now = clock.monotonic()
    // the event loop was held up: whatever waited for it was not judged in that time
    isLate = now - tickedAt > 2 * intervalMs
    tickedAt = now
    replies = {
      config: doesReply(() => current().loaded.config.mode),
      killswitch: doesReply(() => current().services['kill-switch'].states()),
    }
  }, intervalMs).unref()

  const probe = async (): Promise<boolean> => {
    const judged = Promise.resolve()
      .then(() => policy().judge(probeOf(ports)))
      .then(
        ({decision}) => decision.action === 'block',
        () => false,
      )
    isScanning = await within(intervalMs / 2, judged)
    probedAt = clock.monotonic()
    return isScanning
  }

  /** Requests for the page share one probe. */
  const scanner = async (): Promise<boolean> => {
    if (isLate) return false
    const now = clock.monotonic()
    const signAt = Math.max(current().services.watchdog.lastScanMs() ?? Number.NEGATIVE_INFINITY, probedAt)
    const isFresh = now - signAt < (isScanning ? staleMs : intervalMs / 2)
    if (isFresh) return isScanning
    return (probing ??= probe().finally(() => (probing = undefined)))
  }

  return {
    async states() {
      const isTicking = clock.monotonic() - tickedAt < staleMs
      // no session store exists yet: nothing of it can fail
      return {scanner: await scanner(), ...replies, session: true, watchdog: isTicking}
    },
    close: () => clearInterval(timer),
  }
}

function probeOf({clock, random}: WatchdogParts['ports']): Exchange {
  const at = clock.now()
  return {
    id: uuidv7(at, random(UUID_RANDOM_BYTES)),
    requestId: 'probe',
    transport: 'fetch',
    purpose: 'check',
    agent: {name: 'watchdog', basis: 'bound'},
    clientIp: '',
    rawTarget: PROBE,
    target: parseTarget(PROBE).target,
    method: 'GET',
    headers: [],
    startedAtMs: at,
    signal: new AbortController().signal,
  }
}

function doesReply(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

function within(ms: number, outcome: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    void outcome.then((is) => {
      clearTimeout(timer)
      resolve(is)
    })
  })
}
