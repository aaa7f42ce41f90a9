// Writes lines to one descriptor: batched, without blocking the writer, and without loss at an ordinary end of the
// process. Lines that a slow reader cannot take are dropped and counted.
import {Buffer} from 'node:buffer'
import sonic from 'sonic-boom'
import {checkLogFile} from './log-file.js'
import type {LogState, LogStream} from './state.js'

// a CommonJS module: its class is a member of itself
const {SonicBoom} = sonic

/** Bytes waiting for a slow reader; further lines are dropped. */
const MAX_WAITING = 4 * 1024 * 1024
/** A batch of this size is written at once. */
const BATCH_BYTES = 32 * 1024
const BATCH_MS = 10
/** Attempts, 100 ms apart, to write to a stalled reader at the end of the process. */
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
  /** Bytes handed over but not yet written. */
  let waiting = 0
  let pace: NodeJS.Timeout | undefined
  const drop = (): void => void state.dropped++
  destination.on('write', (bytes: number) => void (waiting -= bytes))
  destination.on('drop', (bytes: Buffer) => {
    waiting -= bytes.length
    drop()
  })
  destination.on('error', () => {
    // a closed pipe or a full disk: nothing more can be logged here; traffic continues, with its evidence elsewhere
    failed = true
    drop()
  })
  // a lone line goes out at once, lines that follow closely are batched: every write is a system call on another thread
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
      // after the end the library would throw, and the caller of a log line does not catch
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
          // standard output is not ours to close or to wait for: its reader may have stalled
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

/** Pending output of every open stream at the end of the process, under one listener. */
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
      // not open yet, or without a reader: the exit code must not depend on it
    }
  }
}

/** For a file that was replaced while the firewall runs: its lines are dropped and counted, as on a full disk. */
function takesLines(name: string): boolean {
  try {
    checkLogFile(name)
    return true
  } catch {
    return false
  }
}
