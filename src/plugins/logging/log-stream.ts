// Lines to one descriptor: many of them as one write, never in the way of who writes them, and none lost at an ordinary end
// of the process. What a slow reader cannot take is dropped and counted (proxy §20.1).
import {Buffer} from 'node:buffer'
import sonic from 'sonic-boom'
import {checkLogFile} from './log-file.js'
import type {LogState, LogStream} from './state.js'

// a module of CommonJS: its class is a member of itself
const {SonicBoom} = sonic

/** Bytes waiting for a slow reader; beyond, lines are dropped. */
const MAX_WAITING = 4 * 1024 * 1024
/** So many bytes are written without waiting for more of them. */
const BATCH_BYTES = 32 * 1024
const BATCH_MS = 10
/** At the end of the process a reader that takes nothing is waited for this often, 100 ms each time. */
const LAST_TRIES = 10

/** `name`: of a file, made readable by its owner only; "" is standard output. */
export function openStream(name: string, state: LogState): LogStream {
  let lastTries = Number.POSITIVE_INFINITY
  const destination = new SonicBoom({
    dest: name === '' ? 1 : name,
    sync: false,
    append: true,
    mode: 0o600,
    maxLength: MAX_WAITING,
    minLength: BATCH_BYTES,
    maxWrite: 2 * BATCH_BYTES,
    contentMode: 'buffer',
    retryEAGAIN: () => lastTries-- > 0,
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
  const atExit = (): void => {
    lastTries = LAST_TRIES
    if (!failed && waiting > 0) destination.flushSync()
  }
  flushAtExit(atExit)
  let ended = false
  return {
    write(line) {
      // after the end the library would throw, and where such a line came from nobody catches it
      if (failed || ended) return drop()
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
        ended = true
        clearTimeout(pace)
        if (name === '') {
          // standard output is not ours to close, nor to wait for: who reads it may stand still
          const rest = (): void => {
            if (waiting > 0 && !failed) return destination.flush()
            destination.off('drain', rest)
            forgetAtExit(atExit)
          }
          destination.on('drain', rest)
          rest()
          return done()
        }
        forgetAtExit(atExit)
        if (failed) return done()
        destination.once('error', () => done())
        destination.once('close', () => done())
        destination.end()
      }),
  }
}

/** What is still to be written when the process ends, of every stream that is open: one listener for all of them. */
const flushes = new Set<() => void>()

function flushAtExit(flush: () => void): void {
  if (flushes.size === 0) process.on('exit', flushAll)
  flushes.add(flush)
}

function forgetAtExit(flush: () => void): void {
  flushes.delete(flush)
  if (flushes.size === 0) process.off('exit', flushAll)
}

function flushAll(): void {
  for (const flush of flushes) {
    try {
      flush()
    } catch {
      // not open yet, or nobody reads: the exit code must not depend on it
    }
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
