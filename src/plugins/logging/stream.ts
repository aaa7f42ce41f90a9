// Lines to standard output and files. A stream is opened once per destination and shared across reloads; the last user
// flushes and closes it.
import type {Clock, Log, Ports, TerminalOutput} from '../../core/ports.js'
import type {EventTap} from '../../core/services/logging.js'
import {eventText, jsonLine, textLine, type Level} from './line.js'
import {checkLogFile} from './log-file.js'
import {eventLine} from './people.js'
import {openStream} from './log-stream.js'
import type {LogState, LogStream} from './state.js'

interface LoggingSection {
  readonly format: 'json' | 'text'
  readonly output: 'stdout' | 'file' | 'both'
  readonly file: string
  readonly include_allowed?: boolean
  readonly include_blocked?: boolean
}

interface OpenLog {
  /** Receives every event, in every stream. */
  readonly log: Log
  /** The same without the terminal, where a person reads one line per exchange instead. */
  readonly exchangeLog: Log
  /** undefined without a terminal. */
  readonly people: ((format: (time: string, terminal: TerminalOutput) => string) => void) | undefined
  attach(tap: EventTap): void
  reopen(): void
  release(): Promise<void>
}

/** Events that `include_allowed: false` suppresses. */
const ALLOWED_EVENTS: ReadonlySet<string> = new Set([
  'allowed',
  'forward_http',
  'tunnel_open',
  'tunnel_close',
  'ws_open',
  'ws_close',
])

/** Events that `include_blocked: false` keeps out of the log; others still receive them. */
const BLOCKED_EVENTS: ReadonlySet<string> = new Set(['blocked', 'ws_blocked'])

/** Throws PipelockError for a file that accepts no lines. */
export function openLog(
  section: LoggingSection,
  state: LogState,
  {clock, terminal, logFile = ''}: Pick<Ports, 'clock' | 'terminal' | 'logFile'>,
): OpenLog {
  const files = section.output === 'stdout' ? [] : [section.file]
  const names = [...new Set([...(section.output === 'file' ? [] : [logFile]), ...files])]
  for (const name of names) if (name !== '' && !state.streams.has(name)) checkLogFile(name)
  const streams = names.map((name) => acquire(name, state))
  // the text format is for people as well, and was chosen explicitly
  const isForPeople = terminal !== undefined && names.includes('') && section.format === 'json'
  const screen = isForPeople ? streams[names.indexOf('')] : undefined
  const others = streams.filter((stream) => stream !== screen)
  const stamp = secondStamp(clock)
  const format = section.format === 'json' ? jsonLine : textLine

  let tap: EventTap | undefined

  const write = (level: Level, event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (level === 'debug' || (section.include_allowed === false && ALLOWED_EVENTS.has(event))) return
    tap?.(level, event, fields)
    if (section.include_blocked === false && BLOCKED_EVENTS.has(event)) return
    const line = format(level, event, fields, stamp())
    for (const stream of others) stream.write(line)
  }
  const writeAll: typeof write = (level, event, fields = {}) => {
    if (level === 'debug') return
    if (screen && terminal && !LINE_OF_ITS_OWN.has(event)) {
      const word = level === 'warn' ? 'WARN' : level === 'error' ? 'ERROR' : 'INFO'
      screen.write(eventLine(word, eventText(event, fields), timeOfDay(clock), terminal))
    }
    write(level, event, fields)
  }
  return {
    log: logOf(writeAll),
    exchangeLog: logOf(write),
    people: screen && terminal && ((line) => screen.write(line(timeOfDay(clock), terminal))),
    attach: (given) => void (tap = given),
    reopen: () => streams.forEach((stream) => stream.reopen()),
    release: async () => {
      await Promise.all(names.map((name) => releaseStream(name, state)))
    },
  }
}

/** Events that the line of their exchange already covers. */
const LINE_OF_ITS_OWN: ReadonlySet<string> = new Set([
  'tunnel_open',
  'ws_open',
  'ws_blocked',
  'sni_mismatch',
  'media_exposure',
  'redirect',
])

function logOf(write: (level: Level, event: string, fields?: Readonly<Record<string, unknown>>) => void): Log {
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  }
}

/** In local time. */
function timeOfDay(clock: Clock): string {
  const now = new Date(clock.now())
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
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
