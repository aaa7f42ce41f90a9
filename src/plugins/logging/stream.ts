// Lines to standard output and files through pino's buffered descriptor writer. A stream is opened once
// per destination and shared across reloads; the last user flushes and closes it.
import pino from 'pino'
import type {Clock, Log} from '../../core/ports.js'
import {jsonLine, textLine, type Level} from './line.js'
import {checkLogFile} from './log-file.js'
import type {LogState, LogStream} from './state.js'

interface LoggingSection {
  readonly format: 'json' | 'text'
  readonly output: 'stdout' | 'file' | 'both'
  readonly file: string
  readonly include_allowed?: boolean
}

interface OpenLog {
  readonly log: Log
  reopen(): void
  release(): Promise<void>
}

/** Bytes waiting for a slow reader; beyond, lines are dropped. */
const MAX_WAITING = 4 * 1024 * 1024
/** So many bytes are written without waiting for more of them. */
const BATCH_BYTES = 32 * 1024
const BATCH_MS = 10

/** Events that `include_allowed: false` leaves out. */
const ALLOWED_EVENTS: ReadonlySet<string> = new Set(['allowed', 'forward_http', 'tunnel_open', 'tunnel_close'])

/** Throws PipelockError for a file that takes no lines. */
export function openLog(section: LoggingSection, state: LogState, clock: Clock): OpenLog {
  const names = [...(section.output === 'file' ? [] : ['']), ...(section.output === 'stdout' ? [] : [section.file])]
  for (const name of names) if (name !== '' && !state.streams.has(name)) checkLogFile(name)
  const streams = names.map((name) => acquire(name, state))
  const stamp = secondStamp(clock)
  const format = section.format === 'json' ? jsonLine : textLine

  const write = (level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (level === 'debug' || (section.include_allowed === false && ALLOWED_EVENTS.has(event))) return
    const line = format(level, event, fields, stamp())
    for (const stream of streams) stream.write(line)
  }
  return {
    log: {
      debug: (event, fields) => write('debug', event, fields),
      info: (event, fields) => write('info', event, fields),
      warn: (event, fields) => write('warn', event, fields),
      error: (event, fields) => write('error', event, fields),
    },
    reopen: () => streams.forEach((stream) => stream.reopen()),
    release: async () => {
      await Promise.all(names.map((name) => releaseStream(name, state)))
    },
  }
}

function acquire(name: string, state: LogState): LogStream {
  const shared = state.streams.get(name)
  if (shared) {
    shared.users++
    return shared.stream
  }
  const stream = openStream(name, state)
  state.streams.set(name, {stream, users: 1})
  return stream
}

async function releaseStream(name: string, state: LogState): Promise<void> {
  const shared = state.streams.get(name)
  if (!shared || --shared.users > 0) return
  state.streams.delete(name)
  await shared.stream.end()
}

function openStream(name: string, state: LogState): LogStream {
  const destination = pino.destination({
    dest: name === '' ? 1 : name,
    sync: false,
    append: true,
    mode: 0o600,
    maxLength: MAX_WAITING,
    minLength: BATCH_BYTES,
    maxWrite: 2 * BATCH_BYTES,
    contentMode: 'buffer',
  })
  const sink: {write(bytes: string | Buffer): boolean} = destination
  let failed = false
  /** Bytes that were handed over and not written yet. */
  let waiting = 0
  let pace: NodeJS.Timeout | undefined
  const drop = (): void => void state.dropped++
  destination.on('write', (bytes: number) => void (waiting -= bytes))
  destination.on('drop', (bytes: Buffer) => {
    waiting -= bytes.length
    drop()
  })
  destination.on('error', () => {
    // a closed pipe or a full disk: nothing more can be said here, and traffic goes on with its evidence elsewhere
    failed = true
    drop()
  })
  // a lone line goes out at once, and those that follow it closely together: every write is a system call on another thread
  const tick = (): void => {
    pace = undefined
    if (waiting > 0 && !failed) flush()
  }
  const flush = (): void => {
    destination.flush()
    pace = setTimeout(tick, BATCH_MS)
  }
  return {
    write(line) {
      if (failed) return drop()
      const bytes = Buffer.from(line, 'utf8')
      waiting += bytes.length
      sink.write(bytes)
      if (pace === undefined) flush()
    },
    reopen: () => {
      if (name === '') return
      failed = !takesLines(name)
      if (!failed) destination.reopen()
    },
    end: () =>
      new Promise((done) => {
        if (failed) return done()
        // a line that comes after the end is dropped: the library would throw, and where it came from nobody catches it
        failed = true
        clearTimeout(pace)
        destination.once('error', () => done())
        if (name === '') {
          // standard output is not ours to close, nor to wait for
          destination.flush()
          return done()
        }
        destination.once('close', () => done())
        destination.end()
      }),
  }
}

/** For a file that was exchanged while the firewall runs: its lines are dropped and counted, as on a full disk. */
function takesLines(name: string): boolean {
  try {
    checkLogFile(name)
    return true
  } catch {
    return false
  }
}

/** RFC 3339 with seconds, in UTC; formatted once per second. */
function secondStamp(clock: Clock): () => string {
  let second = Number.NaN
  let text = ''
  return () => {
    const now = Math.floor(clock.now() / 1000)
    if (now !== second) {
      second = now
      text = `${new Date(now * 1000).toISOString().slice(0, 19)}Z`
    }
    return text
  }
}
