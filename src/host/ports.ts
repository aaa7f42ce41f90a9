// The real ports: the only place that reads the clock, the environment and the resolver of the process. A test or a
// demonstration passes a shifted clock; no configuration can.
import {randomBytes} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {join, resolve as resolvePath} from 'node:path'
import type {Clock, Log, Ports, Resolve} from '../core/ports.js'

export interface PortOptions {
  /** --home; else PIPELOCK_HOME; else ~/.pipelock */
  readonly home?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly log?: Log
  readonly resolve?: Resolve
}

const realClock: Clock = {now: () => Date.now(), monotonic: () => performance.now(), processor: processorMs}

/** A clock that runs `offsetMs` ahead, for sessions on other days in tests and in the demonstration. */
export function shiftedClock(offsetMs: number): Clock {
  return {now: () => Date.now() + offsetMs, monotonic: () => performance.now()}
}

export interface MovableClock extends Clock {
  /** Moves wall time only: durations stay true. */
  move(ms: number): void
}

/** A clock that starts `offsetMs` from the real one and can be moved, for several sessions of one running firewall. */
export function movableClock(offsetMs: number): MovableClock {
  let offset = offsetMs
  return {
    now: () => Date.now() + offset,
    monotonic: () => performance.now(),
    move: (ms) => void (offset += ms),
  }
}

/** Node 23.9 and later can measure the thread; before that, other threads of the process count as well. */
const usage: () => NodeJS.CpuUsage =
  'threadCpuUsage' in process && typeof process.threadCpuUsage === 'function'
    ? (process.threadCpuUsage.bind(process) as () => NodeJS.CpuUsage)
    : () => process.cpuUsage()

function processorMs(): number {
  const {user, system} = usage()
  return (user + system) / 1000
}

const silent = (): void => undefined
/** For commands: their output consists of results and errors. */
export const silentLog: Log = {debug: silent, info: silent, warn: silent, error: silent}

/** Loaded at the first name: most commands resolve none. */
function lazyResolve(): Resolve {
  let resolver: Promise<Resolve> | undefined
  return async (host, signal) => {
    resolver ??= import('./system-resolver.js').then(({systemResolver}) => systemResolver())
    return (await resolver)(host, signal)
  }
}

export function createPorts(options: PortOptions): Ports {
  const env = options.env ?? process.env
  const home = options.home || env['PIPELOCK_HOME'] || join(homedir(), '.pipelock')
  return {
    clock: options.clock ?? realClock,
    random: (bytes) => randomBytes(bytes),
    env,
    log: options.log ?? silentLog,
    resolve: options.resolve ?? lazyResolve(),
    home: resolvePath(home),
    get build() {
      return buildInfo()
    },
  }
}

let build: Ports['build'] | undefined

/** Version from package.json; the commit, where the build stored it. */
function buildInfo(): Ports['build'] {
  if (build) return build
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0.0.0'
  build = {version, sha: buildCommit(), runtime: `node ${process.version}`}
  return build
}

function buildCommit(): string {
  try {
    const text: unknown = JSON.parse(readFileSync(new URL('../build.json', import.meta.url), 'utf8'))
    return typeof text === 'object' && text !== null && 'sha' in text && typeof text.sha === 'string' ? text.sha : ''
  } catch {
    return '' // run from sources: the build has not stored it
  }
}
