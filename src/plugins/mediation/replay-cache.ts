// The signatures that were accepted and are still valid: each opens one request. They are also appended to a file, so that a
// restart does not accept them again; where that file cannot be read, no signature from before the start is accepted.
import {appendFileSync, closeSync, constants, fsync, openSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf} from '../../core/errors.js'
import {makeDirectory, writeFileAtomic} from '../../lib/atomic-file.js'
import {errorText} from '../../lib/error-text.js'
import {sha256Hex} from '../../lib/hash.js'
import {ReadFault, readSecurely} from '../../lib/secure-read.js'

export interface ReplayCache {
  /** `key`: key id and nonce. `expiresMs`, `createdMs`: Unix time. */
  take(key: string, expiresMs: number, signature: {readonly createdMs: number}): 'taken' | 'replay' | 'replay_capacity'
  /** Entries that are still valid. */
  readonly size: number
  /** The fault of the file; undefined: none. */
  problem(): string | undefined
  close(): void
}

export interface ReplayCacheOptions {
  readonly path: string
  readonly maxEntries: () => number
  readonly now: () => number
}

const MAX_FILE_BYTES = 256 * 1024 * 1024
const LINE = /^(\d{1,16}) ([0-9a-f]{32})$/
const SYNC_MS = 100
/** Further lines after which the file is written anew, if less than half of it is valid. */
const SURPLUS_LINES = 20_000

export function openReplayCache({path, maxEntries, now}: ReplayCacheOptions): ReplayCache {
  const entries = new Map<string, number>()
  let problem: string | undefined
  let lines = 0
  let shortenAt = SURPLUS_LINES
  let fd: number | undefined
  let sync: NodeJS.Timeout | undefined
  /** Signatures made before this time may have been accepted by an earlier process. */
  let acceptFromMs = 0

  const load = (): void => {
    let text: string
    try {
      text = readSecurely(path, {maxBytes: MAX_FILE_BYTES, forbiddenMode: 0o022}).toString('latin1')
    } catch (error) {
      if (error instanceof ReadFault && error.kind === 'missing') return
      acceptFromMs = now()
      problem = `${path}: ${errorText(error)}`
      return
    }
    let isTorn = false
    for (const line of text.split('\n')) {
      if (line === '') continue
      lines++
      const [, expires = '', key = ''] = LINE.exec(line) ?? []
      // a torn line is that of a signature whose request may have passed
      if (key === '') isTorn = true
      else if (Number(expires) > now()) entries.set(key, Number(expires))
    }
    if (isTorn) acceptFromMs = now()
    if (isTorn || (text !== '' && !text.endsWith('\n'))) recording(rewrite)
  }

  const opened = (): number => {
    if (fd !== undefined) return fd
    makeDirectory(dirname(path), 0o700)
    const {O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW} = constants
    fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
    return fd
  }

  const drop = (): void => {
    const at = now()
    for (const [key, expires] of entries) if (expires <= at) entries.delete(key)
  }

  const rewrite = (): void => {
    drop()
    close()
    const text = [...entries].map(([key, expires]) => `${expires} ${key}\n`).join('')
    makeDirectory(dirname(path), 0o700)
    writeFileAtomic(path, text, {mode: 0o600})
    lines = entries.size
  }

  const shorten = (): void => {
    drop()
    if (2 * entries.size < lines) rewrite()
    shortenAt = lines + SURPLUS_LINES
  }

  const record = (key: string, expires: number): void => {
    recording(() => {
      if (lines >= shortenAt) shorten()
      appendFileSync(opened(), `${expires} ${key}\n`)
      lines++
      // synced in batches, and closed while nothing is written
      sync ??= setTimeout(() => {
        sync = undefined
        const written = fd
        fd = undefined
        if (written !== undefined) fsync(written, () => closeSync(written))
      }, SYNC_MS).unref()
    })
  }

  /** A file that cannot be written costs nothing until the next restart: it is reported, and requests continue. */
  const recording = (write: () => void): void => {
    try {
      write()
      problem = undefined
    } catch (error) {
      problem = `${path}: ${errnoOf(error) ?? errorText(error)}`
    }
  }

  const close = (): void => {
    clearTimeout(sync)
    sync = undefined
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }

  load()
  return {
    take(name, expiresMs, {createdMs}) {
      // of one length, whatever a peer chooses as its nonce
      const key = sha256Hex(name).slice(0, 32)
      if (createdMs + 1_000 <= acceptFromMs) return 'replay'
      const before = entries.get(key)
      if (before !== undefined && before > now()) return 'replay'
      if (entries.size >= maxEntries()) {
        drop()
        // a valid entry is never forgotten: its request could be sent again
        if (entries.size >= maxEntries()) return 'replay_capacity'
      }
      entries.set(key, expiresMs)
      record(key, expiresMs)
      return 'taken'
    },
    get size() {
      return entries.size
    },
    problem: () => problem,
    close,
  }
}
