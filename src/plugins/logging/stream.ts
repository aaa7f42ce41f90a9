// Lines to standard output and files through pino's serialiser and its buffered descriptor writer. A stream is opened once
// per destination and shared across reloads; the last user flushes and closes it.
import pino from 'pino'
import type {Clock, Log} from '../../core/ports.js'
import {cleanFields, messageOf} from './event.js'
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

/** Events that `include_allowed: false` leaves out. */
const ALLOWED_EVENTS: ReadonlySet<string> = new Set(['allowed', 'forward_http', 'tunnel_open', 'tunnel_close'])

type Level = 'debug' | 'info' | 'warn' | 'error'

/** Throws PipelockError for a file that takes no lines. */
export function openLog(section: LoggingSection, state: LogState, clock: Clock): OpenLog {
  const names = [...(section.output === 'file' ? [] : ['']), ...(section.output === 'stdout' ? [] : [section.file])]
  for (const name of names) if (name !== '' && !state.streams.has(name)) checkLogFile(name)
  const streams = names.map((name) => acquire(name, state))
  const sink = {write: (line: string) => streams.forEach((stream) => stream.write(line))}
  const logger = pino(
    {base: null, timestamp: false, messageKey: 'message', formatters: {level: (level) => ({level})}},
    sink,
  )
  const stamp = secondStamp(clock)

  const write = (level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (level === 'debug' || (section.include_allowed === false && ALLOWED_EVENTS.has(event))) return
    const clean = cleanFields(fields)
    const message = messageOf(event)
    // pino puts members in the order given: time stands after the fields, message last (proxy §20.1)
    if (section.format === 'json') logger[level](ordered(event, clean, stamp()), message)
    else sink.write(textLine(stamp(), level, event, clean, message))
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

/** An agent stands before the event, as in the lines of a sub-logger (proxy §20.1). */
function ordered(event: string, {agent, ...fields}: Record<string, unknown>, time: string): Record<string, unknown> {
  return {component: 'pipelock', ...(agent === undefined ? {} : {agent}), event, ...fields, time}
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
  })
  let failed = false
  const drop = (): void => void state.dropped++
  destination.on('drop', drop)
  destination.on('error', () => {
    // a closed pipe or a full disk: nothing more can be said here, and traffic goes on with its evidence elsewhere
    failed = true
    drop()
  })
  return {
    write: (line) => (failed ? drop() : void destination.write(line)),
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
        destination.once('error', () => done())
        if (name === '') return destination.flush(() => done()) // standard output is not ours to close
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

function textLine(
  time: string,
  level: Level,
  event: string,
  fields: Readonly<Record<string, unknown>>,
  message: string,
): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  return `${time} ${level.toUpperCase().padEnd(5)} ${event}${pairs.join('')} ${message}\n`
}
